package lemniscate.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import lemniscate.backend.Backend;
import lemniscate.backend.Plan;
import lemniscate.backend.UpdatePasses.AdamCoefficients;
import lemniscate.contract.OpensBackend;
import lemniscate.golden.Golden;
import lemniscate.mup.ParameterScaling;
import lemniscate.network.Parameter;
import lemniscate.network.ParameterKind;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * AdamW and Muon against the golden vectors of {@code optimisers.json}. A backend's test extends
 * this class and says how the backend is opened, in core's own modules as in others.
 *
 * <p>float64: 1e-10 on numbers of order 1. float32: 2e-6 after steps of size 0.01, 2e-5 on what the
 * five iterations leave, each of which multiplies an error by at most 3.5.
 */
public abstract class GoldenOptimisers implements OpensBackend {

  private static final Golden GOLDEN = Golden.load("/lemniscate/golden/optimisers.json");

  /** A case and an element type. */
  public record Case(String name, DType dtype) {}

  private static Stream<Case> cases(String kind) {
    return GOLDEN.keys(kind).stream()
        .flatMap(name -> Stream.of(DType.values()).map(dtype -> new Case(name, dtype)));
  }

  static Stream<Case> matrices() {
    return cases("orthogonalize");
  }

  static Stream<Case> adamw() {
    return cases("adamw");
  }

  static Stream<Case> muon() {
    return cases("muon");
  }

  @ParameterizedTest
  @MethodSource("matrices")
  void orthogonalizes(Case one) {
    Golden expected = GOLDEN.at("orthogonalize", one.name());
    int[] shape = expected.shape("G");
    int smaller = Math.min(shape[0], shape[1]);
    try (Backend backend = open(one.dtype());
        Arena arena = backend.newArena()) {
      Tensor g = arena.allocate(new Shape(shape[0], shape[1]));
      Tensor other = arena.allocate(g.shape());
      Tensor gram = arena.allocate(new Shape(smaller, smaller));
      Tensor polynomial = arena.allocate(gram.shape());
      backend.upload(expected.flat("G"), g);
      Tensor[] result = new Tensor[1];
      backend.run(ops -> result[0] = Muon.orthogonalize(ops, g, other, gram, polynomial));
      assertThat(backend.read(result[0]))
          .containsExactly(
              expected.flat("newton_schulz"), within(one.dtype() == DType.FLOAT64 ? 1e-10 : 2e-5));
    }
  }

  @ParameterizedTest
  @MethodSource("adamw")
  void adamW(Case one) {
    Golden golden = GOLDEN.at("adamw", one.name());
    AdamCoefficients coefficients =
        new AdamCoefficients(
            golden.number("beta1"), golden.number("beta2"), golden.number("epsilon"));
    double decay = golden.number("lambda");
    // What 'independent' means.
    double decoupled =
        golden.text("decay").equals("independent") ? decay / golden.number("peak") : decay;
    check(one, golden, new Optimizer.Adam(coefficients, decoupled));
  }

  @ParameterizedTest
  @MethodSource("muon")
  void muon(Case one) {
    Golden golden = GOLDEN.at("muon", one.name());
    Muon.Scale scale =
        Arrays.stream(Muon.Scale.values())
            .filter(value -> value.configName().equals(golden.text("scale")))
            .findFirst()
            .orElseThrow();
    check(
        one,
        golden,
        new Muon(
            golden.number("momentum"), scale, 1, Optimizer.ADAM_DEFAULTS, golden.number("lambda")));
  }

  private void check(Case one, Golden golden, Optimizer optimizer) {
    Golden given = golden.has("gradients") ? golden : GOLDEN.at("steps");
    assertThat(moved(one.dtype(), given, optimizer, ParameterKind.WEIGHT))
        .containsExactly(golden.flat("after"), within(one.dtype() == DType.FLOAT64 ? 1e-10 : 2e-6));
  }

  /** Vectors move by AdamW, at a rate of their own and without decay. */
  @Test
  void muonMovesVectorsByAdamW() {
    AdamCoefficients coefficients = new AdamCoefficients(0.9, 0.999, 1e-8);
    Golden given = GOLDEN.at("steps");
    double[] byMuon =
        moved(
            DType.FLOAT64,
            given,
            new Muon(0.9, Muon.Scale.SPECTRAL, 2, coefficients, 0.1),
            ParameterKind.BIAS);
    double[] byAdam =
        moved(DType.FLOAT64, given, new Optimizer.Adam(coefficients, 0), ParameterKind.BIAS);
    double[] w = given.flat("w");
    for (int i = 0; i < w.length; i++) {
      // Twice as far.
      assertThat(byMuon[i] - w[i]).isCloseTo(2 * (byAdam[i] - w[i]), within(1e-14));
    }
  }

  private double[] moved(DType dtype, Golden given, Optimizer optimizer, ParameterKind kind) {
    double[] w = given.flat("w");
    Shape shape =
        kind.isVector()
            ? new Shape(1, w.length)
            : new Shape(given.size("w"), w.length / given.size("w"));
    try (Backend backend = open(dtype);
        Arena arena = backend.newArena()) {
      Parameter parameter =
          new Parameter(
              "w",
              arena.allocate(shape),
              arena.allocate(shape),
              new ParameterScaling(1, 1, 1, 1, 1),
              kind);
      ParameterUpdate update = new ParameterUpdate(backend, arena, List.of(parameter), optimizer);
      backend.upload(w, parameter.value());
      try (Plan plan = backend.record(update::record)) {
        double[] rates = given.vector("rates");
        for (int step = 0; step < rates.length; step++) {
          backend.upload(given.flat("gradients", Integer.toString(step)), parameter.gradient());
          update.setLearningRate(rates[step]);
          plan.run();
        }
      }
      return backend.read(parameter.value());
    }
  }
}
