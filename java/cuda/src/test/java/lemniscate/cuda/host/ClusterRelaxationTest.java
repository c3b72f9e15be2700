package lemniscate.cuda.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import lemniscate.backend.Precision;
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

  /** A batch of 21 is two clusters, the second of 5 rows. */
  @ParameterizedTest
  @CsvSource({
    "net.width=37 pc.scheme=jacobi pc.steps=7, 32000, 4",
    "net.width=37 pc.scheme=jacobi pc.steps=7 loss=ce, 32000, 4",
  })
  void oneLaunchIsAsMany(String choices, int bytes, int blocks) {
    for (Precision precision : List.of(Precision.FP64, Precision.FP32)) {
      TrainedOnHost many = train(choices, precision, ordinary());
      TrainedOnHost one = train(choices, precision, clusters(9, of(precision, bytes)));
      requireClusters(one, precision, blocks);
      assertThat(one.farthestFrom(many)).isLessThanOrEqualTo(TrainedOnHost.bound(precision));
      for (int step = 0; step < many.losses().size(); step++) {
        assertThat(one.losses().get(step) / many.losses().get(step) - 1)
            .isBetween(-TrainedOnHost.bound(precision), TrainedOnHost.bound(precision));
      }
    }
  }

  private static int of(Precision precision, int bytes) {
    return switch (precision) {
      case FP64 -> bytes;
      case FP32, TF32 -> bytes / 2;
      case BF16 -> bytes / 3;
    };
  }

  private static void requireClusters(TrainedOnHost result, Precision precision, int blocks) {
    List<Launch> programs =
        result.recorded().stream()
            .filter(Launch.class::isInstance)
            .map(Launch.class::cast)
            .filter(launch -> launch.kernel().equals(program(precision)))
            .toList();
    assertThat(programs).isNotEmpty().allMatch(launch -> launch.cluster() == blocks);
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
