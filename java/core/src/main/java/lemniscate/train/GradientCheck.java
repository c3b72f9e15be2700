package lemniscate.train;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.config.BadInputException;
import lemniscate.mup.Parameterization;
import lemniscate.network.Network;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Parameter;
import lemniscate.optim.Optimizer;
import lemniscate.optim.ParameterUpdate;
import lemniscate.random.NormalStream;
import lemniscate.rule.LearningRule;
import lemniscate.rule.Objective;
import lemniscate.rule.RuleContext;
import lemniscate.rule.RuleStep;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;

/**
 * Compares a rule's gradients with central differences of its own objective, computed in plain
 * double precision on the host.
 */
public final class GradientCheck {

  /**
   * h of the central difference: rounding error ε/h and truncation error h² are both below 1e-9.
   */
  private static final double STEP = 1e-6;

  // Differences of float64 values of size 1 carry an error of about 1e-16 / 1e-6.
  private static final double FLOAT64_BOUND = 1e-7;
  // A difference of two values of the objective, each of some ulps, over the step. Where targets
  // lie
  // far from the activities the objective is large, and with it what its differences can tell.
  private static final double ROUNDING = 8 * 0x1p-53 / STEP;
  // The float32 forward pass and the T steps of an inference each lose some units in the 7th digit.
  private static final double FLOAT32_BOUND = 2e-3;

  // Streams of the seed that no layer's weights use.
  private static final long INPUT_STREAM = 1_000;
  private static final long TARGET_STREAM = 1_001;
  private static final long BIAS_STREAM = 1_002;

  /**
   * How one weight or bias came out.
   *
   * @param tensor its name
   * @param maxAbsError largest difference of an entry
   * @param maxAbsGradient largest entry of the differences, which sets the scale
   * @param pass whether the former is small against the latter
   */
  public record Row(String tensor, double maxAbsError, double maxAbsGradient, boolean pass) {}

  private static final int MOST_PARAMETERS = 1_000_000;

  private GradientCheck() {}

  /**
   * Checks a rule on a network with random weights, biases, gains, inputs and targets.
   *
   * @param batch number of examples
   * @param seed of everything random
   * @return a row for every parameter; none for a rule without {@link RuleStep#objective}
   */
  public static List<Row> run(
      Backend backend,
      NetworkSpec spec,
      Parameterization parameterization,
      Loss loss,
      LearningRule rule,
      int batch,
      long seed) {
    if (spec.parameterCount() > MOST_PARAMETERS) {
      throw new BadInputException(
          "the network has %d parameters, each of which a check moves; expected at most %d. Use a smaller net.depth or net.layers."
              .formatted(spec.parameterCount(), MOST_PARAMETERS));
    }
    try (Arena arena = backend.newArena()) {
      Network network = Network.create(backend, arena, spec, parameterization, seed);
      for (Parameter parameter : network.parameters()) {
        if (parameter.kind().isVector()) {
          // Around the initial value, with the gradient as scratch.
          backend.run(
              ops -> {
                ops.randomNormal(seed, BIAS_STREAM, 0.3, parameter.gradient());
                ops.axpy(1, parameter.gradient(), parameter.value());
              });
        }
      }
      ParameterUpdate update = new ParameterUpdate(backend, arena, network, new Optimizer.Sgd());
      try (RuleStep step =
          rule.prepare(new RuleContext(backend, arena, network, loss, batch, update, seed))) {
        backend.run(ops -> ops.randomNormal(seed, INPUT_STREAM, 1, step.input()));
        boolean labels = loss == Loss.CROSS_ENTROPY || rule.learnsFromLabels();
        backend.upload(targets(labels, spec.outputs(), batch, seed), step.target());
        step.computeGradients();
        backend.synchronize();
        Objective objective = step.objective();
        return objective == null ? List.of() : compare(backend, network, objective);
      }
    }
  }

  private static double[] targets(boolean labels, int outputs, int batch, long seed) {
    NormalStream normals = new NormalStream(seed, TARGET_STREAM);
    double[] targets = new double[batch * outputs];
    for (int i = 0; i < targets.length; i++) {
      targets[i] = labels ? (i % outputs == i / outputs % outputs ? 1 : 0) : normals.normal(i);
    }
    return targets;
  }

  private static List<Row> compare(Backend backend, Network network, Objective objective) {
    List<double[]> values = new ArrayList<>();
    for (Parameter parameter : network.parameters()) {
      values.add(backend.read(parameter.value()));
    }
    double bound = backend.dtype() == DType.FLOAT64 ? FLOAT64_BOUND : FLOAT32_BOUND;
    List<Row> rows = new ArrayList<>();
    for (int p = 0; p < values.size(); p++) {
      Parameter parameter = network.parameters().get(p);
      double[] gradient = backend.read(parameter.gradient());
      double[] entries = values.get(p);
      double error = 0;
      double size = 0;
      double largest = 0;
      for (int i = 0; i < entries.length; i++) {
        double held = entries[i];
        entries[i] = held + STEP;
        double above = objective.value(values);
        entries[i] = held - STEP;
        double below = objective.value(values);
        entries[i] = held;
        double difference = (above - below) / (2 * STEP);
        // Math.max keeps a NaN, which then fails the comparison below.
        error = Math.max(error, Math.abs(difference - gradient[i]));
        size = Math.max(size, Math.abs(difference));
        largest = Math.max(largest, Math.abs(above));
      }
      double allowed = bound * Math.max(size, 1e-2) + ROUNDING * largest;
      rows.add(new Row(parameter.name(), error, size, error <= allowed));
    }
    return rows;
  }
}
