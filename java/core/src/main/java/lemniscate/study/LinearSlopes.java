package lemniscate.study;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.mup.Scheme;
import lemniscate.study.LinearStudy.Measurement;
import lemniscate.study.LinearStudy.Quantity;
import lemniscate.study.LinearStudy.Slope;

/** The slopes of a linear study, beside what is expected of them. */
final class LinearSlopes {

  private LinearSlopes() {}

  private record Curve(Quantity quantity, Scheme scheme, double gammaExponent, int step) {}

  /** Of all quantities that were measured, in their order. */
  static List<Slope> of(LinearStudy study, List<Measurement> measurements) {
    // By seed, values in the order of the widths.
    Map<Curve, Map<Integer, List<Double>>> curves = new LinkedHashMap<>();
    for (Quantity quantity : Quantity.values()) {
      for (Measurement m : measurements) {
        boolean ofEach = quantity != Quantity.BP_GNT;
        if (ofEach || m.gammaExponent() == first(study, m.scheme())) {
          Curve curve =
              new Curve(quantity, m.scheme(), ofEach ? m.gammaExponent() : Double.NaN, m.step());
          curves
              .computeIfAbsent(curve, _ -> new LinkedHashMap<>())
              .computeIfAbsent(m.seed(), _ -> new ArrayList<>())
              .add(m.directions().get(quantity));
        }
      }
    }
    List<Slope> slopes = new ArrayList<>();
    curves.forEach(
        (curve, bySeed) -> {
          SlopeEstimate estimate = SlopeEstimate.of(study.widths(), bySeed.values());
          slopes.add(
              new Slope(
                  curve.quantity(),
                  curve.scheme(),
                  curve.gammaExponent(),
                  curve.step(),
                  estimate.slope(),
                  estimate.low(),
                  estimate.high(),
                  study
                      .exponents(curve.scheme(), curve.step())
                      .of(curve.quantity(), curve.gammaExponent())));
        });
    return slopes;
  }

  private static double first(LinearStudy study, Scheme scheme) {
    return study.cases().stream()
        .filter(c -> c.parameterization().scheme() == scheme)
        .findFirst()
        .orElseThrow()
        .gammaExponent();
  }
}
