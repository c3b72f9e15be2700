package lemniscate.study;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import lemniscate.mup.Scheme;
import lemniscate.study.LinearStudy.Angles;
import lemniscate.study.LinearStudy.Directions;
import lemniscate.study.LinearStudy.Measurement;
import lemniscate.study.LinearStudy.Rest;
import lemniscate.study.LinearStudy.Slope;
import lemniscate.text.Csv;

/**
 * The numbers of a {@link LinearStudy} as tables: comma-separated, with a heading, a cell without a
 * number empty.
 *
 * @param result of the study
 */
public record LinearTables(LinearStudy.Result result) {

  /**
   * Means over seeds.
   *
   * @param scheme of the weights
   * @param gammaExponent γ̄
   * @param width M
   * @param step training steps done
   * @param directions arithmetic means
   */
  public record Row(
      Scheme scheme, double gammaExponent, int width, int step, Directions directions) {}

  private record Place(Scheme scheme, double gammaExponent, int width, int step) {}

  /** {@return a row for each scheme, precision, width and number of steps} */
  public List<Row> rows() {
    Map<Place, List<Directions>> bySeed = new LinkedHashMap<>();
    for (Measurement m : result.measurements()) {
      bySeed
          .computeIfAbsent(
              new Place(m.scheme(), m.gammaExponent(), m.width(), m.step()), _ -> new ArrayList<>())
          .add(m.directions());
    }
    List<Row> rows = new ArrayList<>();
    bySeed.forEach(
        (place, all) ->
            rows.add(
                new Row(
                    place.scheme(),
                    place.gammaExponent(),
                    place.width(),
                    place.step(),
                    mean(all))));
    return rows;
  }

  private static Directions mean(List<Directions> all) {
    List<Angles> layers = new ArrayList<>();
    for (int l = 0; l < all.getFirst().layers().size(); l++) {
      int layer = l;
      layers.add(meanAngles(all.stream().map(d -> d.layers().get(layer)).toList()));
    }
    return new Directions(
        meanAngles(all.stream().map(Directions::hidden).toList()),
        meanAngles(all.stream().map(Directions::all).toList()),
        layers,
        mean(all, Directions::preconditionerNorm),
        mean(all, Directions::energyRatio));
  }

  private static Angles meanAngles(List<Angles> all) {
    return new Angles(mean(all, Angles::pcBp), mean(all, Angles::pcGnt), mean(all, Angles::bpGnt));
  }

  private static <T> double mean(List<T> all, ToDoubleFunction<T> number) {
    return all.stream().mapToDouble(number).average().orElse(Double.NaN);
  }

  // ---------------------------------------------------------------- comma-separated values

  /** {@return 1 − cos of every network, of the hidden layers, of all and of each} */
  public String directions() {
    Csv csv =
        new Csv(
            "scheme",
            "gammaExponent",
            "width",
            "seed",
            "step",
            "layers",
            "oneMinusCosPcBp",
            "oneMinusCosPcGnt",
            "oneMinusCosBpGnt");
    for (Measurement m : result.measurements()) {
      row(csv, m, "hidden", m.directions().hidden());
      row(csv, m, "all", m.directions().all());
      for (int l = 1; l <= m.directions().layers().size(); l++) {
        row(csv, m, Integer.toString(l), m.directions().layers().get(l - 1));
      }
    }
    return csv.toString();
  }

  private static void row(Csv csv, Measurement m, String layers, Angles angles) {
    csv.row(
        m.scheme().word(),
        m.gammaExponent(),
        m.width(),
        m.seed(),
        m.step(),
        layers,
        number(angles.pcBp()),
        number(angles.pcGnt()),
        number(angles.bpGnt()));
  }

  private static String number(double value) {
    return Csv.number("%.17g", value);
  }

  /** {@return preconditioner and energy of every network, and how its relaxation ended} */
  public String equilibria() {
    Csv csv =
        new Csv(
            "scheme",
            "gammaExponent",
            "width",
            "seed",
            "step",
            "preconditionerNorm",
            "energyRatio",
            "relaxationSteps",
            "converged",
            "residual",
            "difference");
    for (Measurement m : result.measurements()) {
      Rest rest = m.rest();
      csv.row(
          m.scheme().word(),
          m.gammaExponent(),
          m.width(),
          m.seed(),
          m.step(),
          number(m.directions().preconditionerNorm()),
          number(m.directions().energyRatio()),
          rest == null ? null : rest.steps(),
          rest == null ? null : rest.converged(),
          rest == null ? null : number(rest.residual()),
          rest == null ? null : number(rest.difference()));
    }
    return csv.toString();
  }

  /** {@return every slope with its verdict} */
  public String slopes() {
    Csv csv =
        new Csv(
            "quantity",
            "scheme",
            "gammaExponent",
            "step",
            "slope",
            "low",
            "high",
            "expected",
            "tolerance",
            "verdict",
            "reason");
    for (Slope s : result.slopes()) {
      csv.row(
          s.quantity().label(),
          s.scheme().word(),
          Double.isNaN(s.gammaExponent()) ? null : s.gammaExponent(),
          s.step(),
          number(s.slope()),
          number(s.low()),
          number(s.high()),
          number(s.expected().exponent()),
          s.tolerance(),
          s.verdict(),
          s.expected().notJudged());
    }
    return csv.toString();
  }
}
