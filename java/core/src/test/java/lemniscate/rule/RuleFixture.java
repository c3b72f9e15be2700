package lemniscate.rule;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.Backends;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.mup.CreditRule;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.network.DenseLayer;
import lemniscate.network.Network;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Parameter;
import lemniscate.network.ParameterKind;
import lemniscate.network.Unit;
import lemniscate.optim.Optimizer;
import lemniscate.optim.ParameterUpdate;
import lemniscate.random.NormalStream;
import lemniscate.rule.pc.PcStep;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.tensor.Arena;

/** A rule on a small network with given weights, on any backend: what the tests of rules share. */
public final class RuleFixture implements AutoCloseable {

  private final Backend backend;
  private final Arena arena;
  private final Network network;
  private final ParameterUpdate update;
  private final RuleContext context;
  private RuleStep step;

  private RuleFixture(
      Backend backend,
      NetworkSpec spec,
      Parameterization parameterization,
      Optimizer optimizer,
      Loss loss,
      int batch,
      long seed) {
    this.backend = backend;
    this.arena = backend.newArena();
    this.network = Network.create(backend, arena, spec, parameterization, seed);
    this.update = new ParameterUpdate(backend, arena, network, optimizer);
    this.context = new RuleContext(backend, arena, network, loss, batch, update, seed);
  }

  /** Backends that every test of a rule runs on. */
  public static Stream<String> backends() {
    return Stream.of("reference", "cpu");
  }

  /** Opens a backend with two threads. */
  public static Backend open(String name, Precision precision) {
    return Backends.open(name, new BackendOptions(precision, 2, null));
  }

  /** A network at its base width (no scaling), SGD, not yet bound to a rule. */
  public static RuleFixture plain(Backend backend, NetworkSpec spec, Loss loss, int batch) {
    return scaled(backend, spec, plainScaling(spec), new Optimizer.Sgd(), loss, batch, 1);
  }

  /** The parameterisation in which every factor is 1. */
  public static Parameterization plainScaling(NetworkSpec spec) {
    return Parameterization.relative(
        Scheme.SP, spec.size().width(), new CreditRule.BackPropagation(), StepClass.SGD_LIKE);
  }

  /** A network under any parameterisation. */
  public static RuleFixture scaled(
      Backend backend,
      NetworkSpec spec,
      Parameterization parameterization,
      Optimizer optimizer,
      Loss loss,
      int batch,
      long seed) {
    return new RuleFixture(backend, spec, parameterization, optimizer, loss, batch, seed);
  }

  /** A multilayer perceptron by its widths. */
  public static NetworkSpec spec(Activation activation, boolean bias, Integer... widths) {
    return new NetworkSpec(List.of(widths), activation, bias);
  }

  /** Sets weights and biases, layer by layer, row-major. */
  public RuleFixture parameters(List<double[]> weights, List<double[]> biases) {
    for (DenseLayer layer : network.layers()) {
      backend.upload(weights.get(layer.index() - 1), layer.weight().value());
      if (layer.bias() != null) {
        backend.upload(biases.get(layer.index() - 1), layer.bias().value());
      }
    }
    return this;
  }

  /** Sets all parameters, in the network's order, row-major. */
  public RuleFixture parameters(List<double[]> values) {
    List<Parameter> parameters = network.parameters();
    if (values.size() != parameters.size()) {
      throw new IllegalArgumentException(
          "%d arrays for %d parameters".formatted(values.size(), parameters.size()));
    }
    for (int p = 0; p < values.size(); p++) {
      backend.upload(values.get(p), parameters.get(p).value());
    }
    return this;
  }

  /** Standard normals, a function of the seed and the stream alone. */
  public static double[] normals(long seed, long stream, int count) {
    double[] values = new double[count];
    new NormalStream(seed, stream).fill(0, values, 0, count);
    return values;
  }

  /** Draws biases, which start at zero otherwise, from N(0, std²). */
  public RuleFixture drawBiases(double std, long seed) {
    for (Unit unit : network.units()) {
      long stream = 100 + unit.index();
      for (Parameter parameter : unit.parameters()) {
        if (parameter.kind() == ParameterKind.BIAS) {
          double[] values = normals(seed, stream, (int) parameter.value().elements());
          backend.upload(Oracle.times(std, values), parameter.value());
          stream += 1000;
        }
      }
    }
    return this;
  }

  /**
   * Writes a batch drawn from a seed: normal inputs; normal targets, or one-hot ones for
   * cross-entropy.
   */
  public RuleFixture drawBatch(long seed) {
    int batch = context.batch();
    int outputs = network.spec().outputs();
    double[] y = normals(seed, 201, batch * outputs);
    if (context.loss() == Loss.CROSS_ENTROPY) {
      y = new double[batch * outputs];
      for (int example = 0; example < batch; example++) {
        y[example * outputs + Math.floorMod(seed + 7L * example, outputs)] = 1;
      }
    }
    return batch(normals(seed, 200, batch * network.spec().inputs()), y);
  }

  /** Binds a rule. */
  public RuleFixture rule(LearningRule rule) {
    step = rule.prepare(context);
    return this;
  }

  /** Writes the batch. */
  public RuleFixture batch(double[] x, double[] y) {
    backend.upload(x, step.input());
    backend.upload(y, step.target());
    return this;
  }

  /** Gradients only. */
  public RuleFixture gradients() {
    step.computeGradients();
    return this;
  }

  /** Training steps at a learning rate. */
  public RuleFixture train(double learningRate, int steps) {
    update.setLearningRate(learningRate);
    for (int t = 0; t < steps; t++) {
      step.run();
    }
    // What an update leaves there is not specified: nobody is to rely on it.
    for (Parameter parameter : network.parameters()) {
      double[] poison = new double[(int) parameter.gradient().elements()];
      Arrays.fill(poison, Double.NaN);
      backend.upload(poison, parameter.gradient());
    }
    return this;
  }

  public Backend backend() {
    return backend;
  }

  public Network network() {
    return network;
  }

  public RuleStep step() {
    return step;
  }

  public PcStep pc() {
    return (PcStep) step;
  }

  /** Binds predictive coding. */
  public RuleFixture pc(PredictiveCoding rule) {
    return rule(rule);
  }

  /** What the rule is bound to. */
  public RuleContext context() {
    return context;
  }

  /** Gradient of the weights of layer l. */
  public double[] weightGradient(int l) {
    return backend.read(network.layer(l).weight().gradient());
  }

  /** Gradient of the bias of layer l. */
  public double[] biasGradient(int l) {
    return backend.read(network.layer(l).requireBias().gradient());
  }

  /** Values of all parameters in the network's order. */
  public List<double[]> parameterValues() {
    return network.parameters().stream().map(Parameter::value).map(backend::read).toList();
  }

  /** Gradients of all parameters in the network's order. */
  public List<double[]> parameterGradients() {
    return network.parameters().stream().map(Parameter::gradient).map(backend::read).toList();
  }

  @Override
  public void close() {
    if (step != null) {
      step.close();
    }
    arena.close();
  }
}
