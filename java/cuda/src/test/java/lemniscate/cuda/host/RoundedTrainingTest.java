package lemniscate.cuda.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.Backends;
import lemniscate.backend.Precision;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Fifty steps whose products round their operands, beside the CPU's, which do not. */
final class RoundedTrainingTest {

  private static final int STEPS = 50;

  private static final String SIZES =
      "net.width=32 data.train=210 optim.lr=0.1 train.steps=" + STEPS + " ";

  /** Of a loss: less would be float32, of which 50 steps leave some 1e-6. */
  private static final double LEAST = 1e-5;

  /**
   * How far a loss may be from the CPU's, of the loss: one rounding of an operand to nearest. The
   * roundings of a product's operands are independent and average out over its sum, so that what 50
   * steps add up stays below; found were 1.1e-4 to 1.8e-4 and 1.1e-3 to 1.7e-3. A device that
   * truncates to TF32 rounds twice as far.
   */
  private static double apart(Precision precision) {
    return switch (precision) {
      case TF32 -> 0x1p-11;
      case BF16 -> 0x1p-8;
      case FP32, FP64 -> throw new IllegalArgumentException(precision.configName());
    };
  }

  @ParameterizedTest
  @CsvSource({
    "TF32, rule=bp",
    "BF16, rule=bp",
    "TF32, rule=pc pc.scheme=jacobi pc.steps=5",
    "BF16, rule=pc pc.scheme=jacobi pc.steps=5",
    "TF32, rule=pc pc.scheme=fpa pc.steps=3 net.bias=true",
    "BF16, rule=pc pc.scheme=fpa pc.steps=3 net.bias=true",
    "TF32, rule=dfa",
    "BF16, rule=dfa",
  })
  void lossesGoTheWayOfTheCpu(Precision precision, String choices) {
    requireNearTheCpu(precision, choices, HostExecution.open(precision, 3));
  }

  @ParameterizedTest
  @CsvSource({
    "TF32, rule=pc pc.scheme=jacobi pc.steps=5",
    "BF16, rule=pc pc.scheme=jacobi pc.steps=5",
  })
  void residentLossesGoTheWayOfTheCpu(Precision precision, String choices) {
    ResidentDevices devices = ResidentDevices.ofBlocks();
    requireNearTheCpu(precision, choices, devices.open(precision));
    devices.requireResident();
  }

  private static void requireNearTheCpu(Precision precision, String choices, Backend rounding) {
    List<Double> expected =
        TrainedOnHost.losses(
            SIZES + choices, Backends.open("cpu", new BackendOptions(Precision.FP32, 1, null)));
    List<Double> found = TrainedOnHost.losses(SIZES + choices, rounding);
    assertThat(found).hasSize(STEPS).hasSameSizeAs(expected);
    double farthest = 0;
    for (int step = 0; step < STEPS; step++) {
      double distance = Math.abs(found.get(step) / expected.get(step) - 1);
      assertThat(distance).isNotNaN();
      farthest = Math.max(farthest, distance);
    }
    assertThat(farthest).as("of rounded operands").isBetween(LEAST, apart(precision));
    // Otherwise a network that learns nothing would pass.
    assertThat(expected.getLast()).isLessThan(0.8 * expected.getFirst());
  }
}
