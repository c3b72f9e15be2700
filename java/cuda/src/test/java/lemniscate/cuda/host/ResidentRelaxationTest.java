package lemniscate.cuda.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import lemniscate.backend.Backend;
import lemniscate.backend.Precision;
import lemniscate.cuda.CudaBackend;
import lemniscate.cuda.driver.Device;
import lemniscate.cuda.driver.Launch;
import lemniscate.cuda.kernel.Relaxations;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Relaxations with their weights in shared memory against the same as launches and products. */
final class ResidentRelaxationTest {

  /** A batch of 21 is two blocks, the second of 5 rows. */
  private static final int MULTIPROCESSORS = 4;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "net.width=37 pc.scheme=jacobi pc.steps=7",
        "net.width=37 pc.scheme=jacobi pc.steps=7 loss=ce",
        "net.width=37 pc.scheme=jacobi pc.steps=7 pc.convention=a",
        "net.width=100 pc.scheme=si pc.steps=3 net.activation=gelu",
        "net.width=10 pc.scheme=fpa pc.steps=5 net.bias=true",
        "net.width=32 pc.scheme=jacobi pc.steps=4 net.depth=5",
      })
  void oneLaunchIsAsMany(String choices) {
    for (Precision precision : List.of(Precision.FP64, Precision.FP32)) {
      TrainedOnHost many = train(choices, precision, ordinary(9));
      TrainedOnHost one = train(choices, precision, resident(9));
      assertThat(many.launched()).doesNotContainKey(program(precision));
      assertThat(one.launched()).containsKey(program(precision));
      assertThat(one.farthestFrom(many)).isLessThanOrEqualTo(TrainedOnHost.bound(precision));
      for (int step = 0; step < many.losses().size(); step++) {
        assertThat(one.losses().get(step) / many.losses().get(step) - 1)
            .isBetween(-TrainedOnHost.bound(precision), TrainedOnHost.bound(precision));
      }
    }
  }

  /**
   * Operands are rounded by at most 2^-11 or 2^-8 of themselves, two in each product. A gradient is
   * a product of what came from products: four such roundings, in case they add up.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "net.width=37 pc.scheme=jacobi pc.steps=7",
        "net.width=37 pc.scheme=jacobi pc.steps=7 loss=ce",
        "net.width=100 pc.scheme=si pc.steps=3 net.activation=gelu",
        "net.width=10 pc.scheme=fpa pc.steps=5 net.bias=true",
        "net.width=32 pc.scheme=jacobi pc.steps=4 net.depth=5",
        "net.width=37 pc.scheme=jacobi pc.steps=20",
      })
  void tensorCoresRoundAsTheyMay(String choices) {
    String gradients = choices + " optim.name=momentum";
    TrainedOnHost exact = train(gradients, Precision.FP64, ordinary(9));
    for (Precision precision : List.of(Precision.TF32, Precision.BF16)) {
      double unit = precision == Precision.TF32 ? 0x1p-11 : 0x1p-8;
      TrainedOnHost library = train(gradients, precision, ordinary(9));
      TrainedOnHost one = train(gradients, precision, resident(9));
      assertThat(one.launched()).containsKey(program(precision));
      one.requireRoundedLike(library, exact, unit);
    }
  }

  /** Sums have an order that is not that of the threads; a missing barrier would show here. */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void bitsDoNotDependOnTheOrderOfThreads(Precision precision) {
    String choices = "net.width=37 pc.steps=4 loss=ce train.steps=2";
    TrainedOnHost one = train(choices, precision, resident(5));
    for (long seed = 6; seed < 9; seed++) {
      train(choices, precision, resident(seed)).requireSameAs(one);
    }
  }

  /**
   * Weights of 37 · 37 and 10 · 37, of which a block of less and less shared memory keeps fewer.
   */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void whatDoesNotFitIsReadWhereItLies(Precision precision) {
    String choices = "net.width=37 pc.steps=4 optim.name=momentum";
    TrainedOnHost many = train(choices, Precision.FP64, ordinary(9));
    double bound = TrainedOnHost.bound(precision);
    Set<Integer> sizes = new TreeSet<>();
    int bytes = HostDevice.SHARED_BYTES;
    for (; bytes > 0; bytes -= 4000) {
      TrainedOnHost one = train(choices, precision, resident(9, bytes));
      assertThat(one.farthestFrom(many)).isLessThanOrEqualTo(bound);
      List<Launch> programs = programs(one);
      if (programs.isEmpty()) {
        break;
      }
      int limit = bytes;
      assertThat(programs).allMatch(launch -> launch.sharedBytes() <= limit);
      sizes.add(programs.getFirst().sharedBytes());
      // Where nothing is left out less room makes no difference.
      bytes = Math.min(bytes, programs.getFirst().sharedBytes());
    }
    // Rows that do not fit, then weights.
    assertThat(sizes).hasSizeGreaterThan(5);
    // Last of all a weight that nobody keeps.
    assertThat(bytes).isPositive();
  }

  /**
   * The first of three weights, of 784 inputs, is read once, in pieces; the loss is a sum over
   * blocks.
   */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void theFeedForwardPassIsTakenIn(Precision precision) {
    for (String loss : List.of("mse", "ce")) {
      String choices =
          "data.name=fashion-mnist-mini net.width=20 net.depth=2 pc.steps=4 train.steps=2"
              + " optim.name=momentum loss="
              + loss;
      TrainedOnHost many = train(choices, Precision.FP64, ordinary(9));
      TrainedOnHost one = train(choices, precision, resident(9));
      assertThat(one.launched()).containsKey(program(precision));
      // With the sum of the losses of two blocks behind it.
      List<Device.Work> work = one.recorded();
      int at = work.indexOf(programs(one).getFirst());
      assertThat(work.get(at + 1)).isInstanceOf(Launch.class);
      Launch sum = (Launch) work.get(at + 1);
      assertThat(sum.kernel()).isEqualTo("sum_partials");
      assertThat(sum.parameters().get(2)).containsExactly(2);
      double bound = TrainedOnHost.bound(precision);
      assertThat(one.farthestFrom(many)).isLessThanOrEqualTo(bound);
      for (int step = 0; step < many.losses().size(); step++) {
        assertThat(one.losses().get(step) / many.losses().get(step) - 1).isBetween(-bound, bound);
      }
    }
  }

  /** The weight of 256 · 256 fits as bf16, not as float32. */
  @Test
  void widthAndPrecisionDecide() {
    String choices =
        "net.width=256 net.depth=2 pc.steps=5 train.steps=1 train.batch=5 data.train=5";
    assertThat(train(choices, Precision.BF16, resident(9)).launched())
        .containsKey("resident_program_bf16");
    for (Precision precision : List.of(Precision.TF32, Precision.FP32)) {
      assertThat(train(choices, precision, resident(9)).launched())
          .doesNotContainKey(program(precision));
    }
    assertThat(
            train(choices.replace("width=256", "width=224"), Precision.TF32, resident(9))
                .launched())
        .containsKey("resident_program_tf32");
  }

  /** Who has not asked for it does not get what nobody has measured. */
  @Test
  void ordinaryIsTheDefault() {
    HostDevice device = new HostDevice(HostExecution.library(), 9, MULTIPROCESSORS);
    try (Backend backend = new CudaBackend(device, Precision.TF32)) {
      assertThat(backend.description()).doesNotContain("resident");
    }
    try (Backend backend = new CudaBackend(device, Precision.TF32, Relaxations.RESIDENT)) {
      assertThat(backend.description()).endsWith(", resident relaxations");
    }
  }

  private static List<Launch> programs(TrainedOnHost result) {
    return result.recorded().stream()
        .filter(Launch.class::isInstance)
        .map(Launch.class::cast)
        .filter(launch -> launch.kernel().startsWith("resident_program"))
        .toList();
  }

  private static HostDevice ordinary(long seed) {
    return new HostDevice(HostExecution.library(), seed);
  }

  private static HostDevice resident(long seed) {
    return resident(seed, HostDevice.SHARED_BYTES);
  }

  private static HostDevice resident(long seed, int sharedBytes) {
    return new HostDevice(HostExecution.library(), seed, MULTIPROCESSORS, sharedBytes);
  }

  private static String program(Precision precision) {
    return "resident_program_"
        + switch (precision) {
          case FP32 -> "f32";
          case FP64 -> "f64";
          case TF32 -> "tf32";
          case BF16 -> "bf16";
        };
  }

  private static TrainedOnHost train(String choices, Precision precision, HostDevice device) {
    Relaxations relaxations =
        device.multiprocessors() == HostDevice.MULTIPROCESSORS
            ? Relaxations.ORDINARY
            : Relaxations.RESIDENT;
    return TrainedOnHost.by(choices, precision, relaxations, device);
  }
}
