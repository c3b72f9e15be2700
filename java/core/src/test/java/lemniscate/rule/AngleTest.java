package lemniscate.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

final class AngleTest {

  // acos loses half the digits at 0 and 180 degrees.
  private static final double DEGREES = 1e-6;

  @Test
  void isThatOfGeometry() {
    double[] x = {2, 0, 0};
    assertThat(Angle.between(x, new double[] {0, 0, 3}).degrees()).isCloseTo(90, within(DEGREES));
    assertThat(Angle.between(x, new double[] {5, 5, 0}).degrees()).isCloseTo(45, within(DEGREES));
    assertThat(Angle.between(x, x).degrees()).isCloseTo(0, within(DEGREES));
    assertThat(Angle.between(x, new double[] {-1, 0, 0}).degrees()).isCloseTo(180, within(DEGREES));
    assertThat(Angle.between(x, new double[] {1, Math.sqrt(3), 0}).degrees())
        .isCloseTo(60, within(DEGREES));
    assertThat(Angle.between(x, x).firstLength()).isEqualTo(2);
  }

  /** (2·1, 3·1) and (2·2, 3·0): cos = 4/(√13 · 4). */
  @Test
  void factorsWeighThePieces() {
    Angle angle = new Angle();
    angle.add(2, new double[] {1}, new double[] {2});
    Angle second = new Angle();
    second.add(-3, new double[] {1}, new double[] {0});
    angle.add(second);
    assertThat(angle.degrees())
        .isCloseTo(Math.toDegrees(Math.acos(1 / Math.sqrt(3.25))), within(DEGREES));
  }

  /** Neither length may leave the range of a double when they are multiplied. */
  @Test
  void doesNotDependOnLengths() {
    double[] tiny = {1e-140, 1e-140};
    double[] huge = {0, 1e140};
    assertThat(Angle.between(tiny, huge).degrees()).isCloseTo(45, within(DEGREES));
  }

  @Test
  void zeroHasNoDirection() {
    assertThat(Angle.between(new double[] {0, 0}, new double[] {1, 0}).degrees()).isNaN();
    assertThat(Angle.between(new double[] {Double.NaN}, new double[] {1}).degrees()).isNaN();
  }
}
