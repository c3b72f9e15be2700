package lemniscate.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.IntStream;
import lemniscate.config.BadInputException;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SlownessTest {

  /** What the model itself gives comes back. 1e-5: a minimum is known to the root of rounding. */
  @ParameterizedTest
  @ValueSource(doubles = {0.026, 0.4, 7})
  void isThatOfItsOwnModel(double slowness) {
    List<Double> accuracies =
        IntStream.rangeClosed(1, 20).mapToObj(t -> 0.9 * t / (slowness + t)).toList();
    Slowness fit = Slowness.of(accuracies);
    assertThat(fit.slowness()).isCloseTo(slowness, Offset.offset(1e-5 * (1 + slowness)));
    assertThat(fit.ceiling()).isCloseTo(0.9, Offset.offset(1e-5));
  }

  @Test
  void fasterIsSmaller() {
    assertThat(Slowness.of(List.of(0.5, 0.6, 0.65)).slowness())
        .isGreaterThan(Slowness.of(List.of(0.6, 0.64, 0.65)).slowness());
  }

  @Test
  void refusesTooFew() {
    for (List<Double> few : List.of(List.of(0.5), List.of(0.5, Double.NaN))) {
      assertThatThrownBy(() -> Slowness.of(few))
          .isInstanceOf(BadInputException.class)
          .hasMessageContaining("at least two epochs");
    }
  }
}
