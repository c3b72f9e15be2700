package lemniscate.study;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import lemniscate.config.ConfigKey;
import lemniscate.sweep.SweepSpec;
import lemniscate.sweep.TrialRow;

/**
 * Does the joint optimum of two hyper-parameters that is best for narrow networks stay best for
 * wide ones? A {@link TransferStudy} of one of them at each value of the other, of one rule and one
 * scheme.
 *
 * @param study of the first key
 * @param second the second key
 * @param values of it, as texts; positive, increasing, at least three
 */
public record JointTransferStudy(TransferStudy study, ConfigKey<?> second, List<String> values) {

  /**
   * Checks both keys.
   *
   * @throws lemniscate.config.BadInputException if one of the two studies cannot be run
   */
  public JointTransferStudy {
    values = List.copyOf(values);
    if (second.equals(study.key()) || study.rules().size() != 1 || study.schemes().size() != 1) {
      throw new IllegalArgumentException(
          "a joint study of %s and %s, of %s under %s"
              .formatted(study.key(), second, study.rules(), study.schemes()));
    }
    study.of(second, values);
  }

  /** The sweep that trains it: a grid of both keys. */
  public SweepSpec sweep() {
    return study.sweep(second, values);
  }

  /**
   * The losses of networks of one size and seed.
   *
   * @param first values of the first key, increasing
   * @param second values of the second key, increasing
   * @param losses by the first and then the second; NaN where a point diverged
   */
  public record Surface(List<Double> first, List<Double> second, List<List<Double>> losses) {

    /** Copies the lists. */
    public Surface {
      first = List.copyOf(first);
      second = List.copyOf(second);
      losses = losses.stream().map(List::copyOf).toList();
    }

    /** Where it is lowest. */
    public JointOptimum optimum() {
      return JointOptimum.of(
          first.stream().map(LossCurve::log2).toList(),
          second.stream().map(LossCurve::log2).toList(),
          losses.stream().map(line -> line.stream().map(Math::log).toList()).toList());
    }
  }

  /**
   * The drift of one coordinate of the joint optimum from the narrowest to the widest network, of
   * one seed.
   *
   * @param octaves log2 of the ratio; NaN if every point of one of them diverged
   * @param atLeast the least that the grids allow; −∞ where an edge hides it
   * @param atMost the most that they allow
   */
  public record Drift(double octaves, double atLeast, double atMost) {

    static Drift of(CurveOptimum narrow, CurveOptimum wide) {
      return new Drift(
          wide.log2() - narrow.log2(),
          wide.lowest() - narrow.highest(),
          wide.highest() - narrow.lowest());
    }
  }

  /** The surfaces of a size, by seed; what failed or took too long is left out. */
  public Map<Long, Surface> surfaces(List<TrialRow> rows, int size) {
    double ceiling = study.ceiling();
    Map<Long, Map<List<Double>, Double>> all = new TreeMap<>();
    for (TrialRow row : rows) {
      TransferTrial trial = study.trial(row);
      if (trial.size() == size && !row.outcome().retriable()) {
        double other = TransferStudy.number(row.values(), second).doubleValue();
        // False for NaN too.
        double loss = trial.loss() <= ceiling ? trial.loss() : Double.NaN;
        all.computeIfAbsent(trial.seed(), _ -> new HashMap<>())
            .put(List.of(trial.value(), other), loss);
      }
    }
    Map<Long, Surface> surfaces = new TreeMap<>();
    all.forEach((seed, losses) -> surfaces.put(seed, surface(losses)));
    return surfaces;
  }

  private static Surface surface(Map<List<Double>, Double> losses) {
    TreeSet<Double> first = new TreeSet<>();
    TreeSet<Double> second = new TreeSet<>();
    losses
        .keySet()
        .forEach(
            point -> {
              first.add(point.getFirst());
              second.add(point.getLast());
            });
    List<List<Double>> lines = new ArrayList<>();
    for (double value : first) {
      lines.add(
          second.stream()
              .map(other -> losses.getOrDefault(List.of(value, other), Double.NaN))
              .toList());
    }
    return new Surface(List.copyOf(first), List.copyOf(second), lines);
  }

  /**
   * The drifts of both coordinates, by key and then by seed.
   *
   * @param rows of the sweep
   */
  public Map<ConfigKey<?>, List<Drift>> drifts(List<TrialRow> rows) {
    Map<Long, Surface> narrow = surfaces(rows, study.sizes().getFirst());
    Map<Long, Surface> wide = surfaces(rows, study.sizes().getLast());
    List<Drift> first = new ArrayList<>();
    List<Drift> other = new ArrayList<>();
    narrow.forEach(
        (seed, surface) -> {
          Surface last = wide.get(seed);
          if (last != null) {
            JointOptimum from = surface.optimum();
            JointOptimum to = last.optimum();
            first.add(Drift.of(from.first(), to.first()));
            other.add(Drift.of(from.second(), to.second()));
          }
        });
    return Map.of(study.key(), first, second, other);
  }
}
