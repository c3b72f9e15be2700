package lemniscate.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import lemniscate.golden.Golden;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MisalignmentTest {

  private static RealMatrix row(double... values) {
    return MatrixUtils.createRealMatrix(new double[][] {values});
  }

  @Test
  void anglesByHand() {
    assertThat(Misalignment.of(List.of(row(3, 0)), List.of(row(0, 5)))).isCloseTo(1, within(1e-15));
    assertThat(Misalignment.of(List.of(row(3, 0)), List.of(row(-5, 0))))
        .isCloseTo(2, within(1e-15));
    assertThat(Misalignment.of(List.of(row(3, 4)), List.of(row(6, 8)))).isCloseTo(0, within(1e-30));
    // 60 degrees.
    assertThat(Misalignment.of(List.of(row(1, 0)), List.of(row(1, Math.sqrt(3)))))
        .isCloseTo(0.5, within(1e-15));
  }

  /** Two matrices are one vector: (1, 1) and (1, 0), at 45 degrees. */
  @Test
  void matricesMakeOneVector() {
    assertThat(Misalignment.of(List.of(row(1), row(1)), List.of(row(1), row(0))))
        .isCloseTo(1 - Math.sqrt(0.5), within(1e-15));
  }

  /** An angle of 1e-10 has 1 − cos = 5e-21, of which a difference from 1 would keep no digit. */
  @Test
  void smallAnglesKeepTheirDigits() {
    assertThat(Misalignment.of(List.of(row(1, 0)), List.of(row(1, 1e-10))))
        .isCloseTo(5e-21, Percentage.withPercentage(1e-3));
  }

  @Test
  void nothingHasNoDirection() {
    assertThat(Misalignment.of(List.of(row(1, 0)), List.of(row(0, 0)))).isNaN();
  }

  @ParameterizedTest
  @CsvSource({"bp, cos_pc_bp_allW", "gnt_lam0, cos_pc_gnt_allW"})
  void goldenCosines(String other, String cosine) {
    Golden golden = Golden.load().at("linear_3_5_4_2");
    assertThat(1 - Misalignment.of(gradients(golden, "equilibrium"), gradients(golden, other)))
        .isCloseTo(golden.number(cosine), within(1e-12));
  }

  private static List<RealMatrix> gradients(Golden golden, String entry) {
    return golden.layers(entry, "gradW").stream().map(MatrixUtils::createRealMatrix).toList();
  }
}
