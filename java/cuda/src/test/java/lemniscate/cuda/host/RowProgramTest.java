package lemniscate.cuda.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import lemniscate.backend.Precision;
import lemniscate.cuda.kernel.Relaxations;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Relaxations in one launch against the same in many. */
final class RowProgramTest {

  /** With one multiprocessor, a batch of 21 has more blocks than programs are made for. */
  private static final int MANY = 4;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "net.width=37 pc.scheme=jacobi pc.steps=7",
        "net.width=37 pc.scheme=jacobi pc.steps=7 loss=ce",
        "net.width=37 pc.scheme=jacobi pc.steps=7 pc.convention=a",
        "net.width=100 pc.scheme=si pc.steps=3 net.activation=gelu",
        "net.width=10 pc.scheme=fpa pc.steps=5 net.bias=true",
        "net.width=224 pc.scheme=jacobi pc.steps=4",
      })
  void oneLaunchIsAsMany(String choices) {
    for (Precision precision : List.of(Precision.FP64, Precision.FP32)) {
      TrainedOnHost many = train(choices, precision, HostDevice.MULTIPROCESSORS);
      TrainedOnHost one = train(choices, precision, MANY);
      assertThat(many.launched()).doesNotContainKey(program(precision));
      assertThat(one.launched()).containsKey(program(precision));
      assertThat(launches(one)).isLessThan(launches(many));
      for (String name : many.tensors().keySet()) {
        double[] expected = many.tensors().get(name);
        double[] found = one.tensors().get(name);
        double scale = 0;
        for (double value : expected) {
          scale = Math.max(scale, Math.abs(value));
        }
        for (int i = 0; i < expected.length; i++) {
          assertThat(Math.abs(found[i] - expected[i]))
              .as("%s %s, %s[%d]", precision, choices, name, i)
              .isLessThanOrEqualTo(TrainedOnHost.bound(precision) * scale);
        }
      }
      for (int step = 0; step < many.losses().size(); step++) {
        assertThat(one.losses().get(step) / many.losses().get(step) - 1)
            .isBetween(-TrainedOnHost.bound(precision), TrainedOnHost.bound(precision));
      }
    }
  }

  /** In the arithmetic of the elements, which is more exact than what was asked for. */
  @ParameterizedTest
  @EnumSource(
      value = Precision.class,
      names = {"TF32", "BF16"})
  void programsOfRoundedPrecisionsAreThoseOfFp32(Precision precision) {
    TrainedOnHost rounded = train("net.width=37 pc.steps=7", precision, MANY);
    assertThat(rounded.launched()).containsKey(program(precision));
  }

  /** 225 is wider than programs serve before they have been measured. */
  @Test
  void largeWeightsAreTheLibrarys() {
    TrainedOnHost wide =
        train("net.width=225 pc.steps=2 train.steps=1 train.batch=3", Precision.FP32, MANY);
    assertThat(wide.launched()).doesNotContainKey(program(Precision.FP32));
  }

  private static String program(Precision precision) {
    return precision == Precision.FP64 ? "row_program_f64" : "row_program_f32";
  }

  private static int launches(TrainedOnHost result) {
    return result.launched().values().stream().mapToInt(Integer::intValue).sum();
  }

  private static TrainedOnHost train(String choices, Precision precision, int multiprocessors) {
    return TrainedOnHost.by(
        choices,
        precision,
        Relaxations.ORDINARY,
        new HostDevice(HostExecution.library(), 9, multiprocessors));
  }
}
