package lemniscate.study;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lemniscate.backend.Backend;
import lemniscate.backend.MemoryPlan;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.config.Limits;
import lemniscate.data.DataSplits;
import lemniscate.data.Dataset;
import lemniscate.data.Normalization;
import lemniscate.tensor.Arena;
import lemniscate.text.Csv;
import lemniscate.train.Experiment;
import lemniscate.train.StepMetrics;
import lemniscate.train.StopSignal;
import lemniscate.train.Trainer;
import lemniscate.train.TrainingBuffers;
import lemniscate.train.TrainingDivergedException;
import lemniscate.train.TrainingListener;
import lemniscate.train.TrainingResult;
import lemniscate.train.TrainingSpec;

/**
 * A quantity of trained networks against their width, extrapolated by {@link WidthLimit}. Every
 * network is that of the configuration but for its width and its seed; the data set is that of the
 * configuration's own seed.
 */
public final class WidthLimitStudy {

  /** Training examples over which {@link LimitQuantity#LOSS} is taken, if there are as many. */
  public static final int LOSS_EXAMPLES = 1024;

  private static final double NANOS = 1e9;
  private static final String SOURCE = "limit";

  private final Config config;
  private final DataSplits data;
  private final LimitQuantity quantity;
  private final List<Integer> widths;
  private final int seeds;
  private final Experiment first;

  /** Told of the progress. */
  @FunctionalInterface
  public interface Progress {

    /**
     * Some steps are done.
     *
     * @param done share of the work, up to 1
     * @param width of the present network
     * @param seed which of the seeds, from 1
     * @param finished whether its last step is done
     */
    void on(double done, int width, int seed, boolean finished);
  }

  /**
   * All numbers.
   *
   * @param widths M
   * @param values of the quantity by width, then by seed
   * @param limit what they tell
   */
  public record Result(List<Integer> widths, List<List<Double>> values, WidthLimit limit) {

    /** Copies the lists. */
    public Result {
      widths = List.copyOf(widths);
      values = values.stream().map(List::copyOf).toList();
    }

    /** The mean over the seeds at the i-th width; NaN if one is missing. */
    public double mean(int i) {
      return values.get(i).stream().mapToDouble(Double::doubleValue).average().orElseThrow();
    }

    /** The standard deviation over the seeds at the i-th width; NaN for one seed. */
    public double standardDeviation(int i) {
      double mean = mean(i);
      List<Double> row = values.get(i);
      double sum = 0;
      for (double value : row) {
        sum += (value - mean) * (value - mean);
      }
      return row.size() < 2 ? Double.NaN : Math.sqrt(sum / (row.size() - 1));
    }

    /** The fitted value at the i-th width; NaN unless there is a fit. */
    public double fitted(int i) {
      PowerLawFit fit = limit.fit();
      return fit == null ? Double.NaN : fit.at(widths.get(i) / (double) widths.getFirst());
    }

    /** A line for each width, with a heading. */
    public String csv() {
      Csv csv = new Csv("width", "mean", "std", "fitted", "seeds");
      for (int i = 0; i < widths.size(); i++) {
        csv.row(
            widths.get(i),
            Csv.formatted("%.17g", mean(i)),
            Csv.formatted("%.17g", standardDeviation(i)),
            Csv.formatted("%.17g", fitted(i)),
            values.get(i).size());
      }
      return csv.toString();
    }
  }

  /**
   * Checks everything and loads the data.
   *
   * @param config of all networks; its {@code net.width} has no effect, its seed is the first
   * @param widths increasing
   * @param seeds number of networks of each width
   * @throws BadInputException if the networks cannot be trained
   */
  public WidthLimitStudy(Config config, LimitQuantity quantity, List<Integer> widths, int seeds) {
    CoordinateStudy.requireIncreasing("widths", widths, "64,128,256,512");
    Limits.requireSeeds(widths.size(), seeds);
    this.config = config;
    this.quantity = quantity;
    this.widths = List.copyOf(widths);
    this.seeds = seeds;
    this.first = Experiment.of(with(widths.getFirst(), config.get(ConfigSchema.SEED)));
    this.data = first.data();
    if (quantity == LimitQuantity.ACCURACY && !data.test().classification()) {
      throw new BadInputException(
          "--metric is accuracy, but %s has regression targets; follow test-loss."
              .formatted(data.name()));
    }
  }

  private Config with(int width, long seed) {
    return config.with(ConfigSchema.NET_WIDTH, width, SOURCE).with(ConfigSchema.SEED, seed, SOURCE);
  }

  private TrainingSpec spec(int width, long seed) {
    return Experiment.of(with(width, seed), _ -> data).spec();
  }

  /** Warnings for the user, usually none. */
  public List<String> warnings() {
    return first.warnings();
  }

  /** Training steps of each network. */
  public long steps() {
    return first.spec().steps();
  }

  /** Hidden widths. */
  public List<Integer> widths() {
    return widths;
  }

  /** Networks of each width. */
  public int seeds() {
    return seeds;
  }

  /** What is followed. */
  public LimitQuantity quantity() {
    return quantity;
  }

  /** What measurements must have in common to be used together: configuration and data. */
  public String id() {
    String hash = Experiment.completed(with(1, 0)).hash();
    return hash + "-" + data.sha256();
  }

  /**
   * Refuses widths of which the largest does not fit the backend's memory.
   *
   * @throws BadInputException as {@link MemoryPlan#requireFits}
   */
  public void requireRoom(Backend backend) {
    MemoryPlan.requireFits(backend.memory(), widths.getLast(), width -> bytes(backend, width));
  }

  /** The bytes that a network of a width takes with its probe; nothing is allocated. */
  public long bytes(Backend backend, int width) {
    TrainingSpec spec = first.spec().withHiddenWidth(width);
    return MemoryPlan.bytes(
        backend,
        counting -> {
          try (Arena arena = counting.newArena();
              TrainingBuffers buffers = TrainingBuffers.allocate(counting, arena, spec);
              WidthProbe probe =
                  new WidthProbe(counting, buffers.network(), spec, comparesGradients())) {
            buffers.rule().run();
            probe.runOnce();
          }
        });
  }

  private boolean comparesGradients() {
    return quantity == LimitQuantity.COSINE;
  }

  /**
   * Measures what the store lacks, and extrapolates.
   *
   * @return empty if the signal was raised first; what was measured is in the store
   */
  public Optional<Result> run(
      Backend backend, MeasurementStore store, Progress progress, StopSignal stop) {
    List<WidthMeasurement> known = store.latestFirst().stream().map(WidthMeasurement::of).toList();
    List<List<Double>> values = new ArrayList<>();
    Share share = new Share();
    for (int width : widths) {
      List<Double> row = new ArrayList<>();
      for (int s = 0; s < seeds; s++) {
        long seed = config.get(ConfigSchema.SEED) + s;
        Optional<WidthMeasurement> measured = measured(known, width, seed);
        if (measured.isEmpty()) {
          int number = s + 1;
          measured =
              measure(
                  backend,
                  width,
                  seed,
                  step -> progress.on(share.during(width, step), width, number, false),
                  stop);
          if (measured.isEmpty()) {
            return Optional.empty();
          }
          store.append(measured.get().fields());
        }
        share.finish(width);
        progress.on(share.during(width, 0), width, s + 1, true);
        row.add(measured.get().value(quantity));
      }
      values.add(row);
    }
    return Optional.of(new Result(widths, values, WidthLimit.of(widths, values)));
  }

  // The latest that answers.
  private Optional<WidthMeasurement> measured(List<WidthMeasurement> known, int width, long seed) {
    return known.stream()
        .filter(m -> m.width() == width && m.seed() == seed && m.answers(quantity))
        .findFirst();
  }

  /** How much of the work is done; that of a network grows with its number of weights. */
  private final class Share {
    private double done;

    private double cost(int width) {
      return first.spec().network().withHiddenWidth(width).parameterCount();
    }

    private double total() {
      return widths.stream().mapToDouble(width -> seeds * cost(width)).sum();
    }

    double during(int width, long step) {
      return (done + cost(width) * step / steps()) / total();
    }

    void finish(int width) {
      done += cost(width);
    }
  }

  /** Told of the steps of one network. */
  @FunctionalInterface
  private interface StepCount {
    void on(long step);
  }

  private Optional<WidthMeasurement> measure(
      Backend backend, int width, long seed, StepCount steps, StopSignal stop) {
    long start = System.nanoTime();
    TrainingSpec spec = spec(width, seed);
    Map<LimitQuantity, Double> values = new EnumMap<>(LimitQuantity.class);
    String diverged = null;
    try (Trainer trainer = new Trainer(backend, spec, data);
        WidthProbe probe = new WidthProbe(backend, trainer.network(), spec, comparesGradients())) {
      probe.write(data.train(), Normalization.of(spec.normalization(), data.train()));
      WidthProbe.Response before = probe.respond();
      TrainingResult result =
          trainer.run(
              new TrainingListener() {
                @Override
                public void onStep(StepMetrics metrics) {
                  steps.on(metrics.step());
                }
              },
              stop);
      if (result.interrupted()) {
        return Optional.empty();
      }
      Dataset trained = data.train().subset(Math.min(LOSS_EXAMPLES, data.train().size()));
      values.put(LimitQuantity.LOSS, trainer.evaluate(trained).loss());
      values.put(LimitQuantity.TEST_LOSS, result.testLoss());
      values.put(LimitQuantity.ACCURACY, result.testAccuracy());
      values.putAll(probe.compare(before, probe.respond()));
    } catch (TrainingDivergedException e) {
      values.clear();
      diverged = String.valueOf(e.getMessage());
    }
    return Optional.of(
        new WidthMeasurement(width, seed, values, diverged, (System.nanoTime() - start) / NANOS));
  }
}
