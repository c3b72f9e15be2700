package lemniscate.study;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Weighting;
import lemniscate.network.DenseLayer;
import lemniscate.network.Network;
import lemniscate.network.NetworkSpec;
import lemniscate.optim.ParameterUpdate;
import lemniscate.random.NormalStream;
import lemniscate.rule.RuleContext;
import lemniscate.rule.bp.BackPropagation;
import lemniscate.rule.bp.BackPropagationStep;
import lemniscate.rule.pc.EquilibriumSearch;
import lemniscate.rule.pc.PcStep;
import lemniscate.rule.pc.Precisions;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.tensor.Arena;
import lemniscate.theory.LinearEquilibrium;
import lemniscate.theory.OutputJacobians;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.RealVector;
import org.apache.commons.math3.linear.SingularValueDecomposition;
import org.jspecify.annotations.Nullable;

/**
 * One network of {@link LinearStudy}: the weight gradients of backpropagation, predictive coding at
 * equilibrium and Gauss-Newton targets at the same weights on the same batch.
 */
final class DirectionProbe implements AutoCloseable {

  /** Streams of the batch's normals; those of the weights are the layers' numbers, from 1. */
  private static final long INPUT_STREAM = 1L << 32;

  private static final long CLASS_STREAM = INPUT_STREAM + 1;

  private final LinearStudy.Rules rules;
  private final Backend backend;
  private final Arena arena;
  private final Network network;
  private final ParameterUpdate update;
  private final BackPropagationStep bp;
  private final double[] input;
  private final double[] target;
  private final int batch;

  /** What is measured at one state of the weights. */
  private final List<RealMatrix> weights = new ArrayList<>();

  private final List<RealVector> biases = new ArrayList<>();
  private final List<RealMatrix> bpGradients = new ArrayList<>();
  private final List<RealMatrix> targetGradients = new ArrayList<>();
  private OutputJacobians jacobians;

  DirectionProbe(
      Backend backend,
      NetworkSpec spec,
      Parameterization parameterization,
      LinearStudy.Rules rules,
      int batch,
      long weightSeed,
      long batchSeed) {
    this.backend = backend;
    this.rules = rules;
    this.batch = batch;
    this.arena = backend.newArena();
    this.network = Network.create(backend, arena, spec, parameterization, weightSeed);
    this.update = new ParameterUpdate(backend, arena, network, rules.optimizer());
    update.setLearningRate(rules.learningRate(parameterization.scheme()));
    this.bp = (BackPropagationStep) new BackPropagation().prepare(context());
    this.input = normals(batchSeed, INPUT_STREAM, batch * spec.inputs());
    this.target = oneHot(normals(batchSeed, CLASS_STREAM, batch * spec.outputs()), spec.outputs());
    backend.upload(input, bp.input());
    backend.upload(target, bp.target());
    this.jacobians = refresh();
  }

  private RuleContext context() {
    return new RuleContext(backend, arena, network, Loss.MSE, batch, update);
  }

  private static double[] normals(long seed, long stream, int count) {
    double[] values = new double[count];
    new NormalStream(seed, stream).fill(0, values, 0, count);
    return values;
  }

  // A class for each row: the place of its largest entry.
  private static double[] oneHot(double[] values, int classes) {
    double[] result = new double[values.length];
    for (int first = 0; first < values.length; first += classes) {
      int largest = first;
      for (int i = first + 1; i < first + classes; i++) {
        largest = values[i] > values[largest] ? i : largest;
      }
      result[largest] = 1;
    }
    return result;
  }

  /** Trains by backpropagation, so that all rules are compared at the same weights. */
  void train(int steps) {
    if (steps > 0) {
      for (int t = 0; t < steps; t++) {
        bp.run();
      }
      jacobians = refresh();
    }
  }

  private OutputJacobians refresh() {
    weights.clear();
    biases.clear();
    bpGradients.clear();
    targetGradients.clear();
    bp.computeGradients();
    for (DenseLayer layer : network.layers()) {
      weights.add(
          matrix(backend.read(layer.weight().value()), layer.fanOut())
              .scalarMultiply(layer.multiplier()));
      bpGradients.add(gradient(layer));
      if (layer.bias() != null) {
        biases.add(MatrixUtils.createRealVector(backend.read(layer.requireBias().value())));
      }
    }
    OutputJacobians current = OutputJacobians.of(weights, derivatives());
    RealMatrix outputError =
        matrix(target, batch).subtract(matrix(backend.read(bp.forward().output()), batch));
    for (int l = 1; l <= network.spec().layers(); l++) {
      double[] below = l == 1 ? input : backend.read(bp.forward().activity(l - 1));
      targetGradients.add(current.gaussNewtonGradient(l, outputError, matrix(below, batch), 0));
    }
    return current;
  }

  // The gradient with respect to the effective weight; the engine's is that of the stored one.
  private RealMatrix gradient(DenseLayer layer) {
    return matrix(backend.read(layer.weight().gradient()), layer.fanOut())
        .scalarMultiply(1 / layer.multiplier());
  }

  private boolean linear() {
    return network.spec().activation() == Activation.LINEAR;
  }

  private List<RealMatrix> derivatives() {
    List<RealMatrix> derivatives = new ArrayList<>();
    if (!linear()) {
      for (DenseLayer layer : network.layers().subList(0, network.spec().layers() - 1)) {
        double[] values = backend.read(bp.forward().preActivation(layer.index()));
        for (int i = 0; i < values.length; i++) {
          values[i] = layer.activation().derivative(values[i]);
        }
        derivatives.add(matrix(values, batch));
      }
    }
    return derivatives;
  }

  private static RealMatrix matrix(double[] values, int rows) {
    int columns = values.length / rows;
    double[][] data = new double[rows][];
    for (int row = 0; row < rows; row++) {
      data[row] = Arrays.copyOfRange(values, row * columns, (row + 1) * columns);
    }
    return MatrixUtils.createRealMatrix(data);
  }

  // ---------------------------------------------------------------- predictive coding

  /**
   * What is found at one precision.
   *
   * @param directions of the rules
   * @param rest of the relaxation; null where there was none
   */
  record Found(LinearStudy.Directions directions, LinearStudy.@Nullable Rest rest) {}

  /**
   * Compares the three rules.
   *
   * @param gammaLast γ_L
   * @param relaxed whether the engine relaxes a network whose equilibrium is known, too; others it
   *     relaxes anyway
   */
  Found compare(double gammaLast, boolean relaxed) {
    List<Double> precisions = rules.precisions(network.spec().layers(), gammaLast);
    if (!linear()) {
      return relaxed(precisions, null);
    }
    LinearEquilibrium closed =
        LinearEquilibrium.solve(
            weights, biases, matrix(input, batch), matrix(target, batch), precisions);
    List<RealMatrix> gradients = new ArrayList<>();
    for (int l = 1; l <= network.spec().layers(); l++) {
      gradients.add(closed.weightGradient(l));
    }
    LinearStudy.Directions directions =
        directions(gradients, precisions, closed.energy() / closed.feedForwardEnergy());
    return new Found(directions, relaxed ? relaxed(precisions, closed).rest() : null);
  }

  private Found relaxed(List<Double> precisions, @Nullable LinearEquilibrium closed) {
    PredictiveCoding rule =
        PredictiveCoding.of(rules.inference())
            .withPrecisions(
                new Precisions(precisions.subList(0, precisions.size() - 1), precisions.getLast()))
            .withWeighting(Weighting.ENERGY);
    try (PcStep pc = rule.bind(context())) {
      backend.upload(input, pc.input());
      backend.upload(target, pc.target());
      pc.computeGradients();
      List<RealMatrix> gradients = new ArrayList<>();
      for (DenseLayer layer : network.layers()) {
        gradients.add(gradient(layer));
      }
      double feedForward = precisions.getLast() * batch * pc.loss();
      EquilibriumSearch.Outcome outcome = pc.equilibrium();
      double difference = closed == null ? Double.NaN : difference(pc, gradients, closed);
      return new Found(
          directions(gradients, precisions, pc.energy() / feedForward),
          new LinearStudy.Rest(
              outcome.steps(), outcome.converged(), outcome.residual(), difference));
    }
  }

  // The largest relative difference among energy, states, errors and gradients of all layers.
  private double difference(PcStep pc, List<RealMatrix> gradients, LinearEquilibrium closed) {
    double largest = Math.abs(pc.energy() / closed.energy() - 1);
    int last = network.spec().layers();
    for (int l = 1; l <= last; l++) {
      if (l < last) {
        largest = Math.max(largest, relative(matrix(pc.state(l), batch), closed.state(l)));
      }
      largest = Math.max(largest, relative(matrix(pc.error(l), batch), closed.error(l)));
      largest = Math.max(largest, relative(gradients.get(l - 1), closed.weightGradient(l)));
    }
    return largest;
  }

  private static double relative(RealMatrix found, RealMatrix expected) {
    return found.subtract(expected).getFrobeniusNorm() / expected.getFrobeniusNorm();
  }

  private LinearStudy.Directions directions(
      List<RealMatrix> pc, List<Double> precisions, double energyRatio) {
    int last = pc.size();
    List<LinearStudy.Angles> layers = new ArrayList<>();
    for (int l = 0; l < last; l++) {
      layers.add(angles(pc, l, l + 1));
    }
    return new LinearStudy.Directions(
        angles(pc, 0, last - 1),
        angles(pc, 0, last),
        layers,
        preconditionerNorm(precisions),
        energyRatio);
  }

  private LinearStudy.Angles angles(List<RealMatrix> pc, int from, int to) {
    List<RealMatrix> a = pc.subList(from, to);
    List<RealMatrix> b = bpGradients.subList(from, to);
    List<RealMatrix> c = targetGradients.subList(from, to);
    return new LinearStudy.Angles(
        Misalignment.of(a, b), Misalignment.of(a, c), Misalignment.of(b, c));
  }

  // Mean over the examples; in a linear network they have the same one.
  private double preconditionerNorm(List<Double> precisions) {
    int examples = linear() ? 1 : batch;
    double sum = 0;
    for (int example = 0; example < examples; example++) {
      sum +=
          new SingularValueDecomposition(jacobians.preconditioner(example, precisions)).getNorm();
    }
    return sum / examples;
  }

  @Override
  public void close() {
    bp.close();
    arena.close();
  }
}
