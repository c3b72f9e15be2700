package lemniscate.study;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import lemniscate.text.Csv;

/**
 * Reads off trained networks whether a hyper-parameter transfers over widths or depths: a curve for
 * each rule, scheme and size, a {@link TransferResult} for each rule and scheme.
 *
 * @param key the hyper-parameter
 * @param results by rule and scheme, in the order in which trials named them first
 */
public record TransferAnalysis(String key, List<TransferResult> results) {

  /** Copies the results. */
  public TransferAnalysis {
    results = List.copyOf(results);
  }

  private record Group(String rule, String scheme) {}

  /**
   * Analyses trials.
   *
   * @param key the hyper-parameter
   * @param trials each once
   * @param ceiling above which a loss counts as diverged
   * @param expected drift of a rule under a scheme
   */
  public static TransferAnalysis of(
      String key,
      List<TransferTrial> trials,
      double ceiling,
      BiFunction<String, String, DriftExpectation> expected) {
    Map<Group, Map<Integer, List<TransferTrial>>> groups = new LinkedHashMap<>();
    for (TransferTrial trial : trials) {
      groups
          .computeIfAbsent(new Group(trial.rule(), trial.scheme()), _ -> new LinkedHashMap<>())
          .computeIfAbsent(trial.size(), _ -> new ArrayList<>())
          .add(trial);
    }
    List<TransferResult> results = new ArrayList<>();
    groups.forEach(
        (group, bySize) ->
            results.add(
                new TransferResult(
                    group.rule(),
                    group.scheme(),
                    bySize.values().stream()
                        .map(own -> LossCurve.of(own, ceiling))
                        .sorted(Comparator.comparingInt(LossCurve::size))
                        .toList(),
                    expected.apply(group.rule(), group.scheme()))));
    return new TransferAnalysis(key, results);
  }

  /** The worst verdict of those that were reached; not judged if there is none. */
  public Judgement verdict() {
    return Judgement.worst(results.stream().map(TransferResult::verdict));
  }

  /** All points as comma-separated values with a heading; an empty cell where there is no loss. */
  public String curvesCsv(NetworkAxis axis) {
    Csv csv =
        new Csv(
            "rule", "scheme", axis.word(), "key", "value", "loss", "lossStd", "seeds", "diverged");
    for (TransferResult result : results) {
      for (LossCurve curve : result.curves()) {
        for (LossCurve.Point point : curve.points()) {
          csv.row(
              result.rule(),
              result.scheme(),
              curve.size(),
              key,
              cell(point.value()),
              cell(point.loss()),
              cell(point.lossStd()),
              point.seeds(),
              point.diverged());
        }
      }
    }
    return csv.toString();
  }

  /** The optima as comma-separated values with a heading. */
  public String optimaCsv(NetworkAxis axis) {
    Csv csv =
        new Csv("rule", "scheme", axis.word(), "key", "value", "low", "high", "place", "loss");
    for (TransferResult result : results) {
      for (LossCurve curve : result.curves()) {
        Spread spread = curve.spread();
        csv.row(
            result.rule(),
            result.scheme(),
            curve.size(),
            key,
            cell(curve.optimum().value()),
            cell(Math.pow(2, spread.low())),
            cell(Math.pow(2, spread.high())),
            curve.optimum().place().text(),
            cell(curve.best().map(LossCurve.Point::loss).orElse(Double.NaN)));
      }
    }
    return csv.toString();
  }

  /** The drifts as comma-separated values with a heading. */
  public String driftsCsv() {
    Csv csv =
        new Csv(
            "rule",
            "scheme",
            "driftOctaves",
            "low",
            "high",
            "atLeast",
            "atMost",
            "flat",
            "regret",
            "widerIsBetter",
            "verdict");
    for (TransferResult result : results) {
      Spread spread = result.driftSpread();
      csv.row(
          result.rule(),
          result.scheme(),
          cell(result.drift()),
          cell(spread.low()),
          cell(spread.high()),
          cell(result.driftAtLeast()),
          cell(result.driftAtMost()),
          result.isFlat(),
          Double.isInfinite(result.regret()) ? "diverges" : cell(result.regret()),
          result.widerIsBetter(),
          result.verdict().text());
    }
    return csv.toString();
  }

  private static String cell(double number) {
    return Csv.number("%.10g", number);
  }
}
