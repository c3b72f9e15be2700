package lemniscate.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import lemniscate.study.CurveOptimum.Place;
import org.junit.jupiter.api.Test;

final class JointOptimumTest {

  // A few roundings of numbers of order one.
  private static final double ROUNDING = 1e-13;

  private static final List<Double> FIRST = List.of(-4.0, -2.5, -1.0, 0.0);
  private static final List<Double> SECOND = List.of(-3.0, -2.0, -1.5, -0.5, 0.5);

  private static List<List<Double>> losses(DoubleBinaryOperator loss) {
    List<List<Double>> lines = new ArrayList<>();
    for (double x : FIRST) {
      lines.add(new ArrayList<>(SECOND.stream().map(y -> loss.applyAsDouble(x, y)).toList()));
    }
    return lines;
  }

  private static double tilted(double x, double y) {
    double u = x + 2.3;
    double v = y + 1.4;
    return 0.7 + u * u + 0.8 * v * v + 0.9 * u * v;
  }

  /** Any quadratic with a lowest point is found, on uneven grids, with or without its corners. */
  @Test
  void findsTheVertexOfATiltedQuadratic() {
    List<List<Double>> all = losses(JointOptimumTest::tilted);
    List<List<Double>> fewer = losses(JointOptimumTest::tilted);
    fewer.get(2).set(3, Double.NaN);
    fewer.get(0).set(1, Double.POSITIVE_INFINITY);
    for (List<List<Double>> losses : List.of(all, fewer)) {
      JointOptimum optimum = JointOptimum.of(FIRST, SECOND, losses);
      assertThat(optimum.first().log2()).isCloseTo(-2.3, within(ROUNDING));
      assertThat(optimum.second().log2()).isCloseTo(-1.4, within(ROUNDING));
      assertThat(optimum.first().place()).isEqualTo(Place.INSIDE);
      assertThat(optimum.first().index()).isEqualTo(1);
      assertThat(optimum.second().index()).isEqualTo(2);
    }
  }

  /** Without any corner nothing tells of a tilt: the vertices along both lines. */
  @Test
  void withoutCornersTheLinesDecide() {
    List<List<Double>> losses = losses(JointOptimumTest::tilted);
    for (int i : new int[] {0, 2}) {
      losses.get(i).set(1, Double.NaN);
      losses.get(i).set(3, Double.NaN);
    }
    JointOptimum optimum = JointOptimum.of(FIRST, SECOND, losses);
    // With y at -1.5, -0.1 from the vertex; with x at -2.5, -0.2 from it.
    assertThat(optimum.first().log2()).isCloseTo(-2.3 + 0.9 * 0.1 / 2, within(ROUNDING));
    assertThat(optimum.second().log2()).isCloseTo(-1.4 + 0.9 * 0.2 / 1.6, within(ROUNDING));
  }

  /** A saddle has no lowest point: the vertices along both lines, which lie inside. */
  @Test
  void ofASaddleTheLinesDecide() {
    List<List<Double>> losses = losses((x, y) -> 5 * (Math.abs(x + 2.5) + Math.abs(y + 1.5)));
    losses.get(0).set(1, 0.1);
    losses.get(2).set(3, 0.1);
    losses.get(0).set(3, 40.0);
    losses.get(2).set(1, 40.0);
    JointOptimum optimum = JointOptimum.of(FIRST, SECOND, losses);
    assertThat(optimum.first()).isEqualTo(CurveOptimum.of(FIRST, column(losses, 2)));
    assertThat(optimum.second()).isEqualTo(CurveOptimum.of(SECOND, losses.get(1)));
  }

  private static List<Double> column(List<List<Double>> losses, int column) {
    return losses.stream().map(line -> line.get(column)).toList();
  }

  @Test
  void edgesAndDivergenceStayWhatTheyAreOfALine() {
    JointOptimum edge = JointOptimum.of(FIRST, SECOND, losses((x, y) -> x * x + (y + 1) * (y + 1)));
    assertThat(edge.first().place()).isEqualTo(Place.HIGH_EDGE);
    assertThat(edge.first().highest()).isInfinite();
    assertThat(edge.second().place()).isEqualTo(Place.INSIDE);
    JointOptimum beside =
        JointOptimum.of(FIRST, SECOND, losses((x, y) -> y > -1 ? Double.NaN : tilted(x, y)));
    assertThat(beside.second().place()).isEqualTo(Place.BESIDE_DIVERGENCE);
    assertThat(beside.second().log2()).isEqualTo(-1.5);
    JointOptimum none = JointOptimum.of(FIRST, SECOND, losses((_, _) -> Double.NaN));
    assertThat(none.first().place()).isEqualTo(Place.NONE);
    assertThat(none.second().log2()).isNaN();
  }

  /** The lowest point of a plateau is its first, whatever lies behind it. */
  @Test
  void ofEqualPointsTheFirstCounts() {
    List<List<Double>> flat = Collections.nCopies(4, Collections.nCopies(5, 1.0));
    JointOptimum optimum = JointOptimum.of(FIRST, SECOND, flat);
    assertThat(optimum.first().place()).isEqualTo(Place.LOW_EDGE);
    assertThat(optimum.second().place()).isEqualTo(Place.LOW_EDGE);
  }
}
