package lemniscate.claim;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.mup.Parameterization;
import lemniscate.network.Network;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Parameter;
import lemniscate.network.Unit;
import lemniscate.optim.Optimizer;
import lemniscate.optim.ParameterUpdate;
import lemniscate.random.NormalStream;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleContext;
import lemniscate.rule.RuleStep;
import lemniscate.study.CheckedNetworks;
import lemniscate.tensor.Arena;
import lemniscate.train.Experiment;

/** One network on one batch of normal inputs and targets, whose gradients rules compute in turn. */
final class GradientBench implements AutoCloseable {

  /** Streams of the batch's normals; those of the weights are small numbers. */
  private static final long INPUT_STREAM = 1L << 32;

  private static final long TARGET_STREAM = INPUT_STREAM + 1;

  private final Backend backend;
  private final LearningRule rule;
  private final Arena arena;
  private final Network network;
  private final ParameterUpdate update;
  private final int batch;
  private double[] input;
  private double[] target;

  private GradientBench(
      Backend backend,
      LearningRule rule,
      NetworkSpec spec,
      Parameterization parameterization,
      int batch,
      long seed) {
    this.backend = backend;
    this.rule = rule;
    this.batch = batch;
    this.arena = backend.newArena();
    this.network = Network.create(backend, arena, spec, parameterization, seed);
    this.update = new ParameterUpdate(backend, arena, network, new Optimizer.Sgd());
    this.input = normals(seed, INPUT_STREAM, spec.inputs());
    this.target = normals(seed, TARGET_STREAM, spec.outputs());
  }

  /**
   * The small network of a configuration at a width, under the parameterisation of its rule.
   *
   * @throws lemniscate.config.BadInputException if there is none
   */
  static GradientBench of(Config config, Backend backend, int width, long seed) {
    LearningRule rule = Experiment.rule(config);
    return new GradientBench(
        backend,
        rule,
        CheckedNetworks.network(config).withHiddenWidth(width),
        Experiment.parameterization(config, rule, Experiment.optimizer(config)),
        config.get(ConfigSchema.TRAIN_BATCH),
        seed);
  }

  private double[] normals(long seed, long stream, int size) {
    double[] values = new double[batch * size];
    new NormalStream(seed, stream).fill(0, values, 0, values.length);
    return values;
  }

  /** Puts a batch in the place of its own whose output errors in a linear network are units. */
  void batchOfUnitErrors() {
    int outputs = network.spec().outputs();
    if (batch != outputs) {
      throw new IllegalArgumentException("batch " + batch + " for " + outputs + " outputs");
    }
    input = new double[input.length];
    target = new double[target.length];
    for (int c = 0; c < outputs; c++) {
      target[c * outputs + c] = 1;
    }
  }

  Backend backend() {
    return backend;
  }

  /** That of the configuration. */
  LearningRule rule() {
    return rule;
  }

  Network network() {
    return network;
  }

  /** The same batch and weights, rounded as another bench holds them. */
  void copyFrom(GradientBench other) {
    for (int p = 0; p < network.parameters().size(); p++) {
      backend.upload(
          other.backend.read(other.network.parameters().get(p).value()),
          network.parameters().get(p).value());
    }
  }

  /** What is made of a rule's step after it has computed its gradients. */
  <R> R after(LearningRule rule, Function<RuleStep, R> reading) {
    try (Arena own = backend.newArena();
        RuleStep step =
            rule.prepare(new RuleContext(backend, own, network, Loss.MSE, batch, update))) {
      backend.upload(input, step.input());
      backend.upload(target, step.target());
      step.computeGradients();
      return reading.apply(step);
    }
  }

  /** {@return the gradients of all parameters of each unit, by a rule} */
  List<double[]> gradients(LearningRule rule) {
    return after(
        rule,
        _ -> {
          List<double[]> gradients = new ArrayList<>();
          for (Unit unit : network.units()) {
            List<double[]> own = new ArrayList<>();
            for (Parameter parameter : unit.parameters()) {
              own.add(backend.read(parameter.gradient()));
            }
            gradients.add(joined(own));
          }
          return gradients;
        });
  }

  /** {@return arrays one after the other} */
  static double[] joined(List<double[]> parts) {
    return parts.stream().flatMapToDouble(Arrays::stream).toArray();
  }

  /** {@return ‖a − b‖/‖b‖} */
  static double distance(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return Math.sqrt(sum / product(b, b));
  }

  /** {@return the cosine of two vectors} */
  static double cosine(double[] a, double[] b) {
    return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
  }

  private static double product(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /**
   * A number for each seed.
   *
   * @param settings of the configuration, with {@code width} and {@code seeds}
   * @param reading of the bench of a seed
   */
  static List<Double> overSeeds(
      ClaimSettings settings, Laboratory laboratory, ToDoubleFunction<GradientBench> reading) {
    Config config = laboratory.config(settings).checked();
    int width = settings.integer("width");
    List<Double> values = new ArrayList<>();
    try (Backend backend = laboratory.backend(config)) {
      for (int seed = 0; seed < settings.integer("seeds"); seed++) {
        laboratory.requireGoingOn();
        try (GradientBench bench = of(config, backend, width, seed)) {
          values.add(reading.applyAsDouble(bench));
        }
      }
    }
    return values;
  }

  @Override
  public void close() {
    arena.close();
  }
}
