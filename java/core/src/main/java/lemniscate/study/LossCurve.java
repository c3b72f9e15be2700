package lemniscate.study;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import lemniscate.sweep.SeedMean;
import org.apache.commons.math3.stat.descriptive.SummaryStatistics;

/**
 * The loss of networks of one size as a function of a hyper-parameter, over several seeds.
 *
 * <p>A point at which some seed diverged counts as diverged: its value cannot be recommended.
 * Losses of a point are averaged in the logarithm where they are compared.
 */
public final class LossCurve {

  private final String rule;
  private final String scheme;
  private final int size;
  private final List<Point> points;
  private final CurveOptimum optimum;
  private final Map<Long, CurveOptimum> bySeed;

  /** ln loss of each point by seed; NaN where it diverged. */
  private final List<Map<Long, Double>> logs;

  /**
   * A value of the hyper-parameter.
   *
   * @param value of the hyper-parameter
   * @param loss mean over the seeds that did not diverge; NaN if all did
   * @param lossStd their standard deviation; NaN for fewer than two
   * @param logLoss mean of ln loss; NaN if a seed diverged
   * @param logError standard error of that mean; 0 for a single seed
   * @param seeds number of seeds
   * @param diverged how many of them diverged
   */
  public record Point(
      double value,
      double loss,
      double lossStd,
      double logLoss,
      double logError,
      int seeds,
      int diverged) {}

  private LossCurve(
      String rule,
      String scheme,
      int size,
      List<Point> points,
      CurveOptimum optimum,
      Map<Long, CurveOptimum> bySeed,
      List<Map<Long, Double>> logs) {
    this.rule = rule;
    this.scheme = scheme;
    this.size = size;
    this.points = points;
    this.optimum = optimum;
    this.bySeed = bySeed;
    this.logs = logs;
  }

  /**
   * Puts trials together.
   *
   * @param trials of one rule, scheme and size, in any order, each value with the same seeds
   * @param ceiling above which a loss counts as diverged
   */
  static LossCurve of(List<TransferTrial> trials, double ceiling) {
    TreeMap<Double, TreeMap<Long, Double>> losses = new TreeMap<>();
    TreeSet<Long> seeds = new TreeSet<>();
    for (TransferTrial trial : trials) {
      boolean kept = trial.loss() <= ceiling; // false for NaN too
      losses
          .computeIfAbsent(trial.value(), _ -> new TreeMap<>())
          .put(trial.seed(), kept ? trial.loss() : Double.NaN);
      seeds.add(trial.seed());
    }
    List<Double> log2Values = losses.keySet().stream().map(LossCurve::log2).toList();
    List<Point> points = new ArrayList<>();
    losses.forEach((value, all) -> points.add(point(value, all)));
    Map<Long, CurveOptimum> bySeed = new TreeMap<>();
    for (long seed : seeds) {
      List<Double> own =
          losses.values().stream()
              .map(all -> Math.log(all.getOrDefault(seed, Double.NaN)))
              .toList();
      bySeed.put(seed, CurveOptimum.of(log2Values, own));
    }
    TransferTrial first = trials.getFirst();
    return new LossCurve(
        first.rule(),
        first.scheme(),
        first.size(),
        List.copyOf(points),
        CurveOptimum.of(log2Values, points.stream().map(Point::logLoss).toList()),
        bySeed,
        losses.values().stream().map(LossCurve::logs).toList());
  }

  private static Map<Long, Double> logs(Map<Long, Double> losses) {
    Map<Long, Double> logs = new TreeMap<>();
    losses.forEach((seed, loss) -> logs.put(seed, Math.log(loss)));
    return logs;
  }

  private static Point point(double value, Map<Long, Double> bySeed) {
    SummaryStatistics losses = new SummaryStatistics();
    SummaryStatistics logs = new SummaryStatistics();
    for (double loss : bySeed.values()) {
      if (Double.isFinite(loss)) {
        losses.addValue(loss);
        logs.addValue(Math.log(loss));
      }
    }
    int count = (int) losses.getN();
    int diverged = bySeed.size() - count;
    return new Point(
        value,
        losses.getMean(),
        count < 2 ? Double.NaN : losses.getStandardDeviation(),
        diverged > 0 ? Double.NaN : logs.getMean(),
        count < 2 ? 0 : logs.getStandardDeviation() / Math.sqrt(count),
        bySeed.size(),
        diverged);
  }

  /**
   * Whether the loss does not differ by more than its noise from the lowest one between that and
   * another point: by the differences of each seed, Student's t at 5 % for every point between.
   *
   * @param index of a point of the grid; negative for none
   * @return false for a single seed, of which nothing tells the noise, and where one diverged
   */
  boolean isFlatTo(int index) {
    int best = optimum.index();
    if (best < 0 || index < 0) {
      return false;
    }
    for (int i = Math.min(index, best); i <= Math.max(index, best); i++) {
      if (i != best && !isAsGood(i, best)) {
        return false;
      }
    }
    return true;
  }

  private boolean isAsGood(int index, int best) {
    List<Double> differences = new ArrayList<>();
    logs.get(index)
        .forEach(
            (seed, log) -> differences.add(log - logs.get(best).getOrDefault(seed, Double.NaN)));
    return differences.stream().allMatch(Double::isFinite)
        && SeedMean.of(differences).mayBeNoMoreThanZero();
  }

  static double log2(double value) {
    return Math.log(value) / Math.log(2);
  }

  /** The learning rule. */
  public String rule() {
    return rule;
  }

  /** The parameterisation. */
  public String scheme() {
    return scheme;
  }

  /** The size: the width M, or the depth. */
  public int size() {
    return size;
  }

  /** The points, by increasing value. */
  public List<Point> points() {
    return points;
  }

  /** The optimum of the mean over seeds. */
  public CurveOptimum optimum() {
    return optimum;
  }

  /** The optimum of each seed alone. */
  public Map<Long, CurveOptimum> optimumBySeed() {
    return bySeed;
  }

  /** log2 of the optima of the seeds: the smallest and the largest; NaN for fewer than two. */
  public Spread spread() {
    return Spread.of(bySeed.values().stream().map(CurveOptimum::log2).toList());
  }

  /** The lowest point of the grid; empty if all diverged. */
  public Optional<Point> best() {
    return optimum.index() < 0 ? Optional.empty() : Optional.of(points.get(optimum.index()));
  }
}
