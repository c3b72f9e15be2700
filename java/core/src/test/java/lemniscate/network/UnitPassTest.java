package lemniscate.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.config.BadInputException;
import lemniscate.rule.Oracle;
import lemniscate.rule.RuleFixture;
import lemniscate.tensor.Arena;
import lemniscate.tensor.ExampleShape;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a unit records, against its oracle and finite differences of it. */
final class UnitPassTest {

  private static final int BATCH = 3;
  private static final NetworkSpec SPEC =
      new NetworkSpec(List.of(4, 6, 5, 2), Activation.TANH, true);

  /** Every method of the second unit, in float64. */
  @ParameterizedTest
  @CsvSource({"reference, NONE", "cpu, NONE", "reference, BATCH", "cpu, EXAMPLE"})
  void agreesWithItsOracle(String backendName, ActivityNorm norm) {
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64);
        RuleFixture fixture =
            RuleFixture.plain(backend, SPEC.withNorm(norm), Loss.MSE, BATCH).drawBiases(0.5, 3);
        Arena arena = backend.newArena()) {
      Network network = fixture.network();
      Unit unit = network.unit(2);
      ForwardPass forward = new ForwardPass(arena, network, BATCH);
      UnitPass pass = forward.pass(2);
      backend.upload(RuleFixture.normals(1, 1, BATCH * 4), forward.input());
      Tensor move = arena.allocate(new Shape(BATCH, 6));
      Tensor error = arena.allocate(new Shape(BATCH, 5));
      backend.upload(RuleFixture.normals(1, 2, BATCH * 6), move);
      backend.upload(RuleFixture.normals(1, 3, BATCH * 5), error);
      Tensor shift = arena.allocate(error.shape());
      Tensor difference = arena.allocate(error.shape());
      Tensor derivative = arena.allocate(error.shape());
      Tensor gated = arena.allocate(error.shape());
      Tensor back = arena.allocate(move.shape());
      backend.run(
          ops -> {
            forward.record(ops);
            pass.gate(ops, error, gated);
            Products products = new Products(ops);
            pass.shift(products, move, shift);
            pass.pullback(products, 2, gated, back);
            pass.gradients(products, 2, gated, pass.input());
            products.record();
            pass.difference(ops, shift, difference, derivative);
          });
      UnitOracle oracle = unit.oracle();
      List<double[]> own = unit.parameters().stream().map(p -> backend.read(p.value())).toList();
      double[] x = backend.read(pass.input());
      double[] h = oracle.predict(x, own, BATCH);
      Oracle.close(backend.read(pass.output()), h, 1e-12, "h");
      double[] moved = Oracle.sum(x, 1, backend.read(move));
      double[] expected = Oracle.sum(oracle.predict(moved, own, BATCH), -1, h);
      Oracle.close(backend.read(difference), expected, 1e-12, "difference");

      // Of e · φ(u), without the norm, which gates do not see.
      double[] e = backend.read(error);
      UnitOracle plain =
          SPEC.unit(2).bind(2, SPEC.features(1), unit.parameters(), UnitScales.NONE).oracle();
      double[] input = Oracle.differences(x, () -> dot(e, plain.predict(x, own, BATCH)));
      Oracle.close(backend.read(back), Oracle.times(2, input), 1e-8, "back");
      for (int p = 0; p < own.size(); p++) {
        double[] gradient =
            Oracle.differences(own.get(p), () -> dot(e, plain.predict(x, own, BATCH)));
        Oracle.close(
            backend.read(unit.parameters().get(p).gradient()),
            Oracle.times(-2.0 / BATCH, gradient),
            1e-8,
            unit.parameters().get(p).name());
      }
    }
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  @Test
  void countsNamesAndShapesParameters() {
    assertThat(SPEC.parameterCount()).isEqualTo(4 * 6 + 6 + 6 * 5 + 5 + 5 * 2 + 2);
    assertThat(SPEC.parameters(1))
        .extracting(p -> p.role().label())
        .containsExactly("in", "hid bias");
    assertThat(SPEC.parameters(2))
        .extracting(ParameterSpec::name)
        .containsExactly("weight", "bias");
    assertThat(SPEC.parameters(3))
        .extracting(p -> p.role().label())
        .containsExactly("out", "out bias");
    assertThat(SPEC.withHiddenWidth(9).widths()).containsExactly(4, 9, 8, 2);
    assertThat(SPEC.reading(new ExampleShape(2, 1, 2)).widths()).isEqualTo(SPEC.widths());
  }

  /** A unit whose weight is no matrix, such as a convolution will be. */
  private record Opaque(DenseSpec inner) implements UnitSpec {
    @Override
    public String kind() {
      return "opaque";
    }

    @Override
    public Features output(Features input) {
      return inner.output(input);
    }

    @Override
    public List<ParameterSpec> parameters(Features input) {
      return inner.parameters(input);
    }

    @Override
    public Activation activation() {
      return inner.activation();
    }

    @Override
    public InitialDistribution distribution() {
      return inner.distribution();
    }

    @Override
    public UnitSpec withWidth(int width, int base) {
      return new Opaque(inner.withWidth(width, base));
    }

    @Override
    public Map<String, Object> description() {
      return Map.of();
    }

    @Override
    public Unit bind(int index, Features input, List<Parameter> parameters, UnitScales scales) {
      return inner.bind(index, input, parameters, scales);
    }
  }

  @Test
  void refusesUnitsWithoutMatrix() {
    NetworkSpec spec =
        new NetworkSpec(
            SPEC.input(),
            List.of(SPEC.unit(1), new Opaque((DenseSpec) SPEC.unit(2)), SPEC.unit(3)));
    spec.requireWeightMatrices(3, "");
    assertThatThrownBy(() -> spec.requireWeightMatrices(1, "rule x inverts it; use rule y."))
        .isInstanceOf(BadInputException.class)
        .hasMessage(
            "unit 2 of the network (opaque) has no single weight matrix: rule x inverts it; use"
                + " rule y.");
  }
}
