package lemniscate.study;

import com.fasterxml.jackson.core.type.TypeReference;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.IntFunction;
import java.util.function.ToDoubleFunction;
import lemniscate.backend.Backend;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.config.Limits;
import lemniscate.rule.CreditReach;
import lemniscate.sweep.SharedData;
import lemniscate.train.EpochMetrics;
import lemniscate.train.Experiment;
import lemniscate.train.StopSignal;
import lemniscate.train.Trainer;
import lemniscate.train.TrainingBuffers;
import lemniscate.train.TrainingDivergedException;
import lemniscate.train.TrainingListener;

/**
 * What networks of growing depth learn, for ways to train them side by side, and why some do not:
 * because credit does not arrive, which {@link CreditReach} shows, or because what arrives is that
 * of an equilibrium that has left backpropagation, which its s shows. s − 1 is proportional to γ_L,
 * so that s also says which γ_L would have kept it near 1.
 *
 * @param base all other keys
 * @param depths values of {@code net.depth}, increasing, at least two
 * @param contenders what is compared, at least one, of different names
 * @param seeds number of seeds, at least 1; {@code seed} of the base is the first
 * @param data the data sets that were read
 */
public record DepthAccuracyStudy(
    Config base, List<Integer> depths, List<Contender> contenders, int seeds, SharedData data) {

  /** s up to which an equilibrium counts as that of backpropagation. */
  public static final double NEAR = 1.1;

  private static final TypeReference<Map<String, List<Double>>> NUMBERS = new TypeReference<>() {};
  private static final String ACCURACIES = "accuracies";
  private static final String REACHES = "reaches";
  private static final String COSINES = "cosines";
  private static final String FACTORS = "factors";

  /**
   * A way to train.
   *
   * @param name in tables
   * @param keys of the configuration at a depth, by dotted name
   */
  public record Contender(String name, IntFunction<Map<String, String>> keys) {}

  /**
   * One network.
   *
   * @param contender name
   * @param depth of the network
   * @param seed of its weights
   * @param accuracies on the test examples after every epoch; none if training diverged
   * @param reaches of credit at the start, after 10 and 100 steps and every epoch; none for a rule
   *     that backpropagation cannot be compared with
   * @param cosines the smallest of a unit to backpropagation, at the same times
   * @param factors s of {@link CreditReach#equilibriumFactor} at the same times; none for a rule
   *     whose states do not settle
   * @param precision γ_L
   */
  public record Measurement(
      String contender,
      int depth,
      long seed,
      List<Double> accuracies,
      List<Double> reaches,
      List<Double> cosines,
      List<Double> factors,
      double precision) {

    /** Copies the lists. */
    public Measurement {
      accuracies = List.copyOf(accuracies);
      reaches = List.copyOf(reaches);
      cosines = List.copyOf(cosines);
      factors = List.copyOf(factors);
    }

    /** After the last epoch; NaN if training diverged. */
    public double accuracy() {
      return last(accuracies);
    }

    /** After the last epoch; NaN if it was not measured. */
    public double reach() {
      return last(reaches);
    }

    /** The smallest of a unit to backpropagation after the last epoch; NaN as the reach. */
    public double cosine() {
      return last(cosines);
    }

    /** s of the initial weights; NaN where there is none. */
    public double firstFactor() {
      return factors.isEmpty() ? Double.NaN : factors.getFirst();
    }

    /** The largest s of all times; NaN where there is none. */
    public double largestFactor() {
      return factors.stream().mapToDouble(s -> s).max().orElse(Double.NaN);
    }

    /**
     * γ_L that would have kept s at {@value DepthAccuracyStudy#NEAR} with the same weights; NaN
     * where there is no s.
     */
    public double nearPrecision() {
      return precision * (NEAR - 1) / (largestFactor() - 1);
    }

    private static double last(List<Double> values) {
      return values.isEmpty() ? Double.NaN : values.getLast();
    }
  }

  /**
   * All numbers.
   *
   * @param measurements by depth, then contender, then seed
   */
  public record Result(List<Measurement> measurements) {

    /** Copies the list. */
    public Result {
      measurements = List.copyOf(measurements);
    }

    /** {@return the mean over seeds of what is a number; NaN without one} */
    public double mean(String contender, int depth, ToDoubleFunction<Measurement> number) {
      OptionalDouble mean =
          measurements.stream()
              .filter(m -> m.contender().equals(contender) && m.depth() == depth)
              .mapToDouble(number)
              .filter(Double::isFinite)
              .average();
      return mean.orElse(Double.NaN);
    }

    /** {@return the numbers as comma-separated values with a heading} */
    public String csv() {
      StringBuilder csv =
          new StringBuilder(
              "contender,depth,seed,accuracy,reach,cosine,s_first,s_largest,gamma_last,gamma_near\n");
      for (Measurement m : measurements) {
        csv.append(
            String.format(
                Locale.ROOT,
                "\"%s\",%d,%d,%.6f,%.6f,%.6f,%.6f,%.6f,%.6e,%.6e\n",
                m.contender(),
                m.depth(),
                m.seed(),
                m.accuracy(),
                m.reach(),
                m.cosine(),
                m.firstFactor(),
                m.largestFactor(),
                m.precision(),
                m.nearPrecision()));
      }
      return csv.toString();
    }
  }

  /**
   * Checks everything that can be checked before work starts; reads the data.
   *
   * @throws BadInputException if a network cannot be trained
   */
  public DepthAccuracyStudy {
    depths = List.copyOf(depths);
    contenders = List.copyOf(contenders);
    CoordinateStudy.requireIncreasing("depths", depths, "8,16,32");
    List<String> names = contenders.stream().map(Contender::name).toList();
    if (names.isEmpty() || names.stream().distinct().count() < names.size()) {
      throw new BadInputException(
          "contenders %s: expected at least one, each once.".formatted(names));
    }
    Limits.requireSeeds(depths.size(), seeds);
    for (Contender contender : contenders) {
      for (int depth : depths) {
        Experiment checked = experiment(base, contender, depth, 0, data);
        if (!checked.data().train().classification()) {
          throw new BadInputException(
              base.get(ConfigSchema.DATA_NAME)
                  + " has no classes, and accuracies are compared; name another.");
        }
      }
    }
  }

  private static Experiment experiment(
      Config base, Contender contender, int depth, int s, SharedData data) {
    Config config =
        base.with(ConfigSchema.NET_DEPTH, depth, "--depths")
            .with(ConfigSchema.SEED, base.get(ConfigSchema.SEED) + s, "--seeds")
            .withAll(contender.keys().apply(depth), contender.name());
    boolean comparable = !Experiment.rule(config).learnsFromLabels();
    return Experiment.of(
        config.with(ConfigSchema.METRICS_REACH, Optional.of(comparable), "depth"), data);
  }

  /** Number of networks that are trained. */
  public int size() {
    return depths.size() * contenders.size() * seeds;
  }

  /** What measurements have in common; the rest of what decides them is in a network's name. */
  public String id() {
    return "accuracy over depth of " + data.apply(base).sha256();
  }

  /**
   * Refuses networks of which the deepest does not fit the backend's memory.
   *
   * @throws BadInputException as {@link TrainingBuffers#requireRoom}
   */
  public void requireRoom(Backend backend) {
    for (Contender contender : contenders) {
      Experiment deepest = experiment(base, contender, depths.getLast(), 0, data);
      TrainingBuffers.requireRoom(backend, deepest.spec(), deepest.diagnostics());
    }
  }

  /**
   * Trains what the store lacks.
   *
   * @return empty if the signal was raised first; the networks trained by then are in the store
   */
  public Optional<Result> run(
      Backend backend, MeasurementStore store, CoordinateStudy.Progress progress, StopSignal stop) {
    MeasuredNetworks networks = new MeasuredNetworks(store, progress, stop, size());
    List<Measurement> measurements = new ArrayList<>();
    for (int depth : depths) {
      for (Contender contender : contenders) {
        for (int s = 0; s < seeds; s++) {
          Experiment experiment = experiment(base, contender, depth, s, data);
          long seed = experiment.spec().seed();
          Optional<Map<String, List<Double>>> numbers =
              networks.measureUnlessStopped(
                  depth,
                  "%s=%d contender=%s seed=%d %s"
                      .formatted(
                          NetworkAxis.DEPTH.word(),
                          depth,
                          contender.name(),
                          seed,
                          Experiment.completed(experiment.config()).hash()),
                  NUMBERS,
                  () -> train(backend, experiment, stop));
          if (numbers.isEmpty()) {
            return Optional.empty();
          }
          measurements.add(measurement(contender.name(), depth, seed, numbers.get(), experiment));
        }
      }
    }
    return Optional.of(new Result(measurements));
  }

  private static Measurement measurement(
      String name, int depth, long seed, Map<String, List<Double>> numbers, Experiment experiment) {
    return new Measurement(
        name,
        depth,
        seed,
        numbers.getOrDefault(ACCURACIES, List.of()),
        numbers.getOrDefault(REACHES, List.of()),
        numbers.getOrDefault(COSINES, List.of()),
        numbers.getOrDefault(FACTORS, List.of()),
        experiment
            .spec()
            .parameterization()
            .lastLayerPrecision(
                experiment.spec().rule().lastLayerPrecision(), experiment.spec().network().size()));
  }

  private static Optional<Map<String, List<Double>>> train(
      Backend backend, Experiment experiment, StopSignal stop) {
    List<Double> accuracies = new ArrayList<>();
    List<Double> reaches = new ArrayList<>();
    List<Double> cosines = new ArrayList<>();
    List<Double> factors = new ArrayList<>();
    TrainingListener recorder =
        new TrainingListener() {
          @Override
          public void onReach(long step, CreditReach reach) {
            add(reaches, reach.reach());
            add(
                cosines,
                reach.units().stream()
                    .mapToDouble(CreditReach.OfUnit::cosine)
                    .min()
                    .orElse(Double.NaN));
            add(factors, reach.equilibriumFactor());
          }

          @Override
          public void onEpoch(EpochMetrics metrics) {
            add(accuracies, metrics.testAccuracy());
          }

          // What is no number has no JSON.
          private void add(List<Double> values, double value) {
            if (Double.isFinite(value)) {
              values.add(value);
            }
          }
        };
    try (Trainer trainer =
        new Trainer(backend, experiment.spec(), experiment.data(), experiment.diagnostics())) {
      if (trainer.run(recorder, stop).interrupted()) {
        return Optional.empty();
      }
    } catch (TrainingDivergedException e) {
      accuracies.clear();
    }
    Map<String, List<Double>> numbers = new LinkedHashMap<>();
    numbers.put(ACCURACIES, accuracies);
    numbers.put(REACHES, reaches);
    numbers.put(COSINES, cosines);
    numbers.put(FACTORS, factors);
    return Optional.of(numbers);
  }
}
