package lemniscate.study;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.study.CoordinateStudy.Measurement;
import lemniscate.study.CoordinateStudy.Slope;

/** The slopes of a coordinate check, beside what is expected of them. */
final class CoordinateSlopes {

  private CoordinateSlopes() {}

  /** A curve over sizes. */
  private record Curve(String quantity, int layer, int step) {}

  /** Of all quantities of all layers that were measured, in their order. */
  static List<Slope> of(CoordinateStudy study, List<Measurement> measurements) {
    // By seed, values in the order of the sizes.
    Map<Curve, Map<Integer, List<Double>>> curves = new LinkedHashMap<>();
    for (Measurement m : measurements) {
      curves
          .computeIfAbsent(new Curve(m.quantity(), m.layer(), m.step()), _ -> new LinkedHashMap<>())
          .computeIfAbsent(m.seed(), _ -> new ArrayList<>())
          .add(m.value());
    }
    Exponents exponents =
        study.network().overDepths()
            ? new DepthExponents(study.claimed(), study.rule())::of
            : ExpectedExponents.of(
                    study.claimed(),
                    study.rule(),
                    study.network().bias(),
                    study.network().depth() + 1)
                ::of;
    List<Slope> slopes = new ArrayList<>();
    curves.forEach((curve, bySeed) -> slopes.add(slope(study, curve, bySeed.values(), exponents)));
    return slopes;
  }

  // An output that starts at 0 sends nothing down, and has no direction.
  private static boolean isNothing(Curve curve, Iterable<List<Double>> bySeed) {
    for (List<Double> values : bySeed) {
      for (double value : values) {
        boolean undefined = Double.isNaN(value) && curve.quantity().equals("omega");
        if (value != 0 && !undefined) {
          return false;
        }
      }
    }
    return true;
  }

  /** What is expected of a quantity of a layer. */
  @FunctionalInterface
  private interface Exponents {
    ExpectedExponents.Expectation of(String quantity, int layer);
  }

  private static Slope slope(
      CoordinateStudy study, Curve curve, Iterable<List<Double>> bySeed, Exponents exponents) {
    SlopeEstimate estimate = SlopeEstimate.of(study.sizes(), bySeed);
    ExpectedExponents.Expectation expected = exponents.of(curve.quantity(), curve.layer());
    if (expected.judged() && isNothing(curve, bySeed)) {
      expected = new ExpectedExponents.Expectation(expected.exponent(), "it is exactly 0");
    }
    return new Slope(
        curve.quantity(),
        curve.layer(),
        curve.step(),
        estimate.slope(),
        estimate.low(),
        estimate.high(),
        expected,
        study.tolerance());
  }
}
