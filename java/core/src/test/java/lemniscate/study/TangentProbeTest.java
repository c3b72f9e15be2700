package lemniscate.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Plan;
import lemniscate.backend.Precision;
import lemniscate.mup.CreditRule;
import lemniscate.mup.Form;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.network.ForwardPass;
import lemniscate.network.Network;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Parameter;
import lemniscate.random.NormalStream;
import lemniscate.rule.RuleFixture;
import lemniscate.tensor.Arena;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TangentProbeTest {

  private static final int INPUTS = 5;
  private static final int OUTPUTS = 3;
  private static final int BATCH = 4;

  private static NetworkSpec spec(Activation activation) {
    return NetworkSpec.mlp(INPUTS, 7, 2, OUTPUTS, activation).withBias(true);
  }

  // A base width below the width: multipliers and learning-rate factors differ from 1.
  private static Parameterization parameterization(Scheme scheme) {
    return new Parameterization(
        scheme, Form.RELATIVE, 2, 1, 1, new CreditRule.BackPropagation(), StepClass.SGD_LIKE);
  }

  private static double[] normals(int stream, int count) {
    double[] values = new double[count];
    new NormalStream(31, stream).fill(0, values, 0, count);
    return values;
  }

  private static void add(Backend backend, Parameter parameter, double factor, double[] direction) {
    double[] values = backend.read(parameter.value());
    for (int i = 0; i < values.length; i++) {
      values[i] += factor * direction[i];
    }
    backend.upload(values, parameter.value());
  }

  private static double[] output(Backend backend, Plan pass, ForwardPass forward) {
    pass.run();
    return backend.read(forward.output());
  }

  @ParameterizedTest
  @MethodSource("lemniscate.rule.RuleFixture#backends")
  void kernelIsTheProductOfDerivativesByDifferences(String name) {
    try (Backend backend = RuleFixture.open(name, Precision.FP64);
        Arena arena = backend.newArena()) {
      Network network =
          Network.create(backend, arena, spec(Activation.TANH), parameterization(Scheme.NTK), 5);
      double[] input = normals(1, BATCH * INPUTS);
      ForwardPass forward = new ForwardPass(arena, network, BATCH);
      backend.upload(input, forward.input());
      double[] expected = new double[OUTPUTS * BATCH * BATCH];
      try (Plan pass = backend.record(forward::record);
          TangentProbe probe = new TangentProbe(backend, arena, network, BATCH)) {
        probe.begin(input);
        double[] kernel = probe.kernel();
        for (Parameter parameter : network.parameters()) {
          double rate = parameter.scaling().learningRateFactor();
          int count = Math.toIntExact(parameter.value().elements());
          for (int p = 0; p < count; p++) {
            double[] direction = new double[count];
            direction[p] = 1;
            double h = 1e-5;
            add(backend, parameter, h, direction);
            double[] up = output(backend, pass, forward);
            add(backend, parameter, -2 * h, direction);
            double[] down = output(backend, pass, forward);
            add(backend, parameter, h, direction);
            addProducts(expected, up, down, h, rate);
          }
        }
        // Central differences: h² and rounding over h.
        assertThat(kernel).containsExactly(expected, within(1e-8));
        assertThat(probe.kernelChange()).isLessThan(1e-12);
      }
    }
  }

  private static void addProducts(
      double[] kernel, double[] up, double[] down, double h, double rate) {
    for (int c = 0; c < OUTPUTS; c++) {
      for (int i = 0; i < BATCH; i++) {
        for (int j = 0; j < BATCH; j++) {
          double first = (up[i * OUTPUTS + c] - down[i * OUTPUTS + c]) / (2 * h);
          double second = (up[j * OUTPUTS + c] - down[j * OUTPUTS + c]) / (2 * h);
          kernel[(c * BATCH + i) * BATCH + j] += rate * first * second;
        }
      }
    }
  }

  /** The gap of a smooth network is of first order in the move of its weights. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void gapIsProportionalToTheMove(boolean kernel) {
    double far = changeAfter(2e-4, kernel);
    double near = changeAfter(1e-4, kernel);
    // The next order in a move of 1e-4.
    assertThat(far / near).isCloseTo(2, within(1e-2));
    assertThat(near).isBetween(1e-6, 1e-2);
  }

  private static double changeAfter(double move, boolean kernel) {
    try (Backend backend = RuleFixture.open("reference", Precision.FP64);
        Arena arena = backend.newArena()) {
      Network network =
          Network.create(backend, arena, spec(Activation.TANH), parameterization(Scheme.MUP), 9);
      double[] input = normals(1, BATCH * INPUTS);
      ForwardPass forward = new ForwardPass(arena, network, BATCH);
      backend.upload(input, forward.input());
      try (Plan pass = backend.record(forward::record);
          TangentProbe probe = new TangentProbe(backend, arena, network, BATCH)) {
        probe.begin(input);
        double[] before = output(backend, pass, forward);
        int stream = 2;
        for (Parameter parameter : network.parameters()) {
          int count = Math.toIntExact(parameter.value().elements());
          add(backend, parameter, move, normals(stream++, count));
        }
        double[] after = output(backend, pass, forward);
        return kernel
            ? probe.kernelChange()
            : probe.gap(ActivityMeasures.difference(after, before));
      }
    }
  }

  /** A linear network is linear in the weights of any one layer, however far they move. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void linearNetworkHasNoGapWhenOneLayerMoves(int layer) {
    try (Backend backend = RuleFixture.open("reference", Precision.FP64);
        Arena arena = backend.newArena()) {
      Network network =
          Network.create(backend, arena, spec(Activation.LINEAR), parameterization(Scheme.NTK), 9);
      double[] input = normals(1, BATCH * INPUTS);
      ForwardPass forward = new ForwardPass(arena, network, BATCH);
      backend.upload(input, forward.input());
      try (Plan pass = backend.record(forward::record);
          TangentProbe probe = new TangentProbe(backend, arena, network, BATCH)) {
        probe.begin(input);
        double[] before = output(backend, pass, forward);
        Parameter weight = network.layer(layer).weight();
        add(backend, weight, 3, normals(2, Math.toIntExact(weight.value().elements())));
        Parameter bias = network.layer(layer).requireBias();
        add(backend, bias, 2, normals(3, Math.toIntExact(bias.value().elements())));
        double[] after = output(backend, pass, forward);
        // Rounding.
        assertThat(probe.gap(ActivityMeasures.difference(after, before))).isLessThan(1e-12);
      }
    }
  }
}
