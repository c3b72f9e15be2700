package lemniscate.cuda.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import lemniscate.backend.Precision;
import lemniscate.cuda.driver.Device;
import lemniscate.cuda.driver.Launch;
import lemniscate.cuda.kernel.Relaxations;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Relaxations whose weights the blocks of a cluster share out against the same as launches and
 * products: on a device whose blocks have so little shared memory that small weights are large.
 */
final class ClusterRelaxationTest {

  private static final int MULTIPROCESSORS = 64;

  /**
   * A batch of 21 is two clusters, the second of 5 rows. Widths leave the last slices short or
   * empty, and outputs of 10 leave all but the first empty.
   */
  @ParameterizedTest
  @CsvSource({
    "net.width=37 pc.scheme=jacobi pc.steps=7, 32000, 4",
    "net.width=37 pc.scheme=jacobi pc.steps=7 loss=ce, 32000, 4",
    "net.width=37 pc.scheme=jacobi pc.steps=7 pc.convention=a, 45000, 2",
    "net.width=100 pc.scheme=si pc.steps=3 net.activation=gelu, 66000, 8",
    "net.width=60 pc.scheme=fpa pc.steps=5 net.bias=true, 50000, 4",
  })
  void oneLaunchIsAsMany(String choices, int bytes, int blocks) {
    for (Precision precision : List.of(Precision.FP64, Precision.FP32)) {
      TrainedOnHost many = train(choices, precision, ordinary());
      TrainedOnHost one = train(choices, precision, clusters(9, of(precision, bytes)));
      requireClusters(one, precision, blocks);
      requireClose(one, many, TrainedOnHost.bound(precision));
    }
  }

  /**
   * As in {@code ResidentRelaxationTest}: two roundings in each product, and a gradient is a
   * product of products. Sums that are split are added in float32, which is nothing beside them.
   */
  @ParameterizedTest
  @CsvSource({
    "net.width=37 pc.scheme=jacobi pc.steps=7, 32000, 4",
    "net.width=100 pc.scheme=si pc.steps=3 net.activation=gelu, 66000, 8",
  })
  void tensorCoresRoundAsTheyMay(String choices, int bytes, int blocks) {
    String gradients = choices + " optim.name=momentum";
    TrainedOnHost exact = train(gradients, Precision.FP64, ordinary());
    for (Precision precision : List.of(Precision.TF32, Precision.BF16)) {
      double unit = precision == Precision.TF32 ? 0x1p-11 : 0x1p-8;
      TrainedOnHost library = train(gradients, precision, ordinary());
      TrainedOnHost one = train(gradients, precision, clusters(9, of(precision, bytes)));
      requireClusters(one, precision, blocks);
      one.requireRoundedLike(library, exact, unit);
    }
  }

  /**
   * Blocks of the host execution run as far ahead of each other as barriers let them, in an order
   * that is shuffled: a missing barrier of the cluster would show here, with one place for what
   * blocks send each other (the smaller memory) and with two.
   */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void bitsDoNotDependOnTheOrderOfBlocks(Precision precision) {
    String choices = "net.width=37 pc.steps=4 loss=ce train.steps=2";
    TrainedOnHost two = train(choices, precision, clusters(5, of(precision, 36000)));
    TrainedOnHost single = train(choices, precision, clusters(5, of(precision, 28000)));
    assertThat(apart(two)).isPositive();
    assertThat(apart(single)).isZero();
    single.requireSameAs(two);
    for (long seed = 6; seed < 9; seed++) {
      train(choices, precision, clusters(seed, of(precision, 36000))).requireSameAs(two);
      train(choices, precision, clusters(seed, of(precision, 28000))).requireSameAs(two);
    }
  }

  /**
   * The first of three weights, of 784 inputs, is read once; the loss is a sum over the blocks of
   * two clusters.
   */
  @ParameterizedTest
  @CsvSource({"FP64, 66000", "FP32, 34000", "TF32, 34000", "BF16, 21000"})
  void theFeedForwardPassIsTakenIn(Precision precision, int bytes) {
    for (String loss : List.of("mse", "ce")) {
      String choices =
          "data.name=fashion-mnist-mini net.width=96 net.depth=2 pc.steps=3 train.steps=2"
              + " optim.name=momentum loss="
              + loss;
      TrainedOnHost many = train(choices, Precision.FP64, ordinary());
      TrainedOnHost one = train(choices, precision, clusters(9, bytes));
      Launch program = programs(one, precision).getFirst();
      Device.Work next = one.recorded().get(one.recorded().indexOf(program) + 1);
      assertThat(next).isInstanceOf(Launch.class);
      Launch sum = (Launch) next;
      assertThat(sum.kernel()).isEqualTo("sum_partials");
      assertThat(sum.parameters().get(2)).containsExactly(program.gridX());
      requireClose(one, many, TrainedOnHost.bound(precision));
    }
  }

  /** Where a device has no clusters, or smaller ones, relaxations are what they were. */
  @Test
  void theDeviceDecides() {
    String choices = "net.width=100 pc.scheme=si pc.steps=3 train.steps=1";
    for (int largest : List.of(1, 4)) {
      HostDevice device =
          new HostDevice(HostExecution.library(), 9, MULTIPROCESSORS, 33_000).withClusters(largest);
      assertThat(train(choices, Precision.FP32, device).launched())
          .doesNotContainKey(program(Precision.FP32));
    }
    requireClusters(train(choices, Precision.FP32, clusters(9, 33_000)), Precision.FP32, 8);
  }

  private static void requireClose(TrainedOnHost found, TrainedOnHost expected, double bound) {
    assertThat(found.farthestFrom(expected)).isLessThanOrEqualTo(bound);
    for (int step = 0; step < expected.losses().size(); step++) {
      assertThat(found.losses().get(step) / expected.losses().get(step) - 1)
          .isBetween(-bound, bound);
    }
  }

  // Distance of the places that blocks write to in turns.
  private static long apart(TrainedOnHost result) {
    return result.recorded().stream()
        .filter(Launch.class::isInstance)
        .map(Launch.class::cast)
        .filter(launch -> launch.cluster() > 1)
        .mapToLong(launch -> launch.parameters().getLast()[0])
        .max()
        .orElseThrow();
  }

  private static int of(Precision precision, int bytes) {
    return switch (precision) {
      case FP64 -> bytes;
      case FP32, TF32 -> bytes / 2;
      case BF16 -> bytes * 38 / 100;
    };
  }

  private static List<Launch> programs(TrainedOnHost result, Precision precision) {
    return result.recorded().stream()
        .filter(Launch.class::isInstance)
        .map(Launch.class::cast)
        .filter(launch -> launch.kernel().equals(program(precision)))
        .toList();
  }

  private static void requireClusters(TrainedOnHost result, Precision precision, int blocks) {
    assertThat(programs(result, precision))
        .isNotEmpty()
        .allMatch(launch -> launch.cluster() == blocks);
    assertThat(result.launched().keySet())
        .noneMatch(kernel -> kernel.startsWith("resident_program"));
  }

  private static HostDevice ordinary() {
    return new HostDevice(HostExecution.library(), 9);
  }

  private static HostDevice clusters(long seed, int sharedBytes) {
    return new HostDevice(HostExecution.library(), seed, MULTIPROCESSORS, sharedBytes)
        .withClusters(8);
  }

  private static String program(Precision precision) {
    return "cluster_program_"
        + switch (precision) {
          case FP32 -> "f32";
          case FP64 -> "f64";
          case TF32 -> "tf32";
          case BF16 -> "bf16";
        };
  }

  private static TrainedOnHost train(String choices, Precision precision, HostDevice device) {
    Relaxations relaxations =
        device.multiprocessors() == MULTIPROCESSORS ? Relaxations.RESIDENT : Relaxations.ORDINARY;
    return TrainedOnHost.by(choices, precision, relaxations, device);
  }
}
