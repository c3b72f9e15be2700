package lemniscate.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import lemniscate.study.CurveOptimum.Place;
import org.junit.jupiter.api.Test;

final class CurveOptimumTest {

  private static final double NAN = Double.NaN;

  // A few roundings of numbers of order one.
  private static final double ROUNDING = 1e-14;

  private static List<Double> parabola(List<Double> x, double vertex) {
    return x.stream().map(at -> 0.3 + 0.07 * (at - vertex) * (at - vertex)).toList();
  }

  @Test
  void threePointsByHand() {
    // y = (x - 1/4)² through -1, 0, 1, up to a constant: 25/16, 1/16, 9/16.
    CurveOptimum optimum =
        CurveOptimum.of(List.of(-1.0, 0.0, 1.0), List.of(25 / 16.0, 1 / 16.0, 9 / 16.0));
    assertThat(optimum.log2()).isCloseTo(0.25, within(ROUNDING));
    assertThat(optimum.value()).isCloseTo(Math.pow(2, 0.25), within(ROUNDING));
    assertThat(optimum.place()).isEqualTo(Place.INSIDE);
    assertThat(optimum.index()).isEqualTo(1);
    assertThat(optimum.lowest()).isEqualTo(optimum.log2());
    assertThat(optimum.highest()).isEqualTo(optimum.log2());
  }

  @Test
  void unevenGridFindsTheVertexToo() {
    List<Double> x = List.of(-9.0, -6.5, -4.0, -3.5, -1.0);
    for (double vertex : new double[] {-5.9, -4.2, -3.6}) {
      CurveOptimum optimum = CurveOptimum.of(x, parabola(x, vertex));
      assertThat(optimum.place()).isEqualTo(Place.INSIDE);
      assertThat(optimum.log2()).isCloseTo(vertex, within(ROUNDING * 10));
    }
  }

  @Test
  void onlyTheNeighboursMatter() {
    List<Double> x = List.of(0.0, 1.0, 2.0, 3.0, 4.0);
    assertThat(CurveOptimum.of(x, List.of(9.0, 2.0, 1.0, 2.0, NAN)).log2()).isEqualTo(2);
    assertThat(CurveOptimum.of(x, List.of(NAN, 2.0, 1.0, 2.0, 70.0)).log2()).isEqualTo(2);
  }

  @Test
  void besideADivergedPointItIsTheLowestPoint() {
    List<Double> x = List.of(0.0, 1.0, 2.0, 3.0);
    for (double diverged : new double[] {NAN, Double.POSITIVE_INFINITY}) {
      CurveOptimum right = CurveOptimum.of(x, List.of(3.0, 2.0, 1.0, diverged));
      assertThat(right.log2()).isEqualTo(2);
      assertThat(right.place()).isEqualTo(Place.BESIDE_DIVERGENCE);
      assertThat(CurveOptimum.of(x, List.of(diverged, 1.0, 2.0, 3.0)).place())
          .isEqualTo(Place.BESIDE_DIVERGENCE);
    }
  }

  @Test
  void edgesSayOnWhichSideTheOptimumLies() {
    List<Double> x = List.of(-3.0, -2.0, -1.0);
    CurveOptimum low = CurveOptimum.of(x, List.of(1.0, 2.0, NAN));
    assertThat(low.place()).isEqualTo(Place.LOW_EDGE);
    assertThat(low.log2()).isEqualTo(-3);
    assertThat(low.lowest()).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(low.highest()).isEqualTo(-3);
    CurveOptimum high = CurveOptimum.of(x, List.of(3.0, 2.0, 1.0));
    assertThat(high.place()).isEqualTo(Place.HIGH_EDGE);
    assertThat(high.lowest()).isEqualTo(-1);
    assertThat(high.highest()).isEqualTo(Double.POSITIVE_INFINITY);
  }

  @Test
  void flatBottomIsItsFirstPointAndNothingIsNone() {
    List<Double> x = List.of(0.0, 1.0, 2.0, 3.0);
    assertThat(CurveOptimum.of(x, List.of(2.0, 1.0, 1.0, 2.0)).log2()).isEqualTo(1.5);
    assertThat(CurveOptimum.of(x, List.of(1.0, 1.0, 1.0, 1.0)).place()).isEqualTo(Place.LOW_EDGE);
    CurveOptimum none = CurveOptimum.of(x, List.of(NAN, NAN, NAN, NAN));
    assertThat(none).isEqualTo(CurveOptimum.NONE);
    assertThat(none.value()).isNaN();
  }
}
