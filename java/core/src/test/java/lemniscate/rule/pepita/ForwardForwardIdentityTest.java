package lemniscate.rule.pepita;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.network.ForwardPass;
import lemniscate.network.Network;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Products;
import lemniscate.network.Slabs;
import lemniscate.network.UnitPass;
import lemniscate.rule.Oracle;
import lemniscate.rule.RuleFixture;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * PEPITA's Hebbian form is Forward-Forward's update with the second pass for positive data, the
 * first for negative data, layers that read activities as they are, and every logit at 0, where
 * right and wrong count the same: h̃ x̃ᵀ − h xᵀ, twice.
 */
final class ForwardForwardIdentityTest {

  private static final int BATCH = 4;
  private static final List<Integer> WIDTHS = List.of(6, 5, 7, 3);

  // Of rectifiers and the identity h φ′(u) = h: no derivative is left of Forward-Forward's.
  @ParameterizedTest
  @CsvSource({"reference, RELU", "cpu, RELU", "reference, LINEAR", "cpu, LINEAR"})
  void hebbianPepitaIsForwardForwardAtTheThreshold(String backendName, Activation activation) {
    Pepita rule = new Pepita(Variant.HEBBIAN, -1, new Projection(Projection.Kind.UNIFORM, 0.8), 0);
    NetworkSpec spec = new NetworkSpec(WIDTHS, activation, false);
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64);
        RuleFixture pepita =
            RuleFixture.plain(backend, spec, Loss.MSE, BATCH).rule(rule).drawBatch(3).gradients();
        Arena arena = backend.newArena()) {
      List<double[]> expected = pepita.parameterGradients();
      Network network = pepita.network();
      ForwardPass pass = new ForwardPass(arena, network, 2 * BATCH);
      backend.upload(perturbedAndPlain(pepita), pass.input());
      int last = spec.layers();
      List<Tensor> displacements = Slabs.activities(arena, spec, 2 * BATCH, 1, last - 1);
      List<Tensor> gated = Slabs.activities(arena, spec, 2 * BATCH, 1, last - 1);
      Tensor total = arena.allocateScalars(1);
      backend.run(
          ops -> {
            pass.record(ops);
            Products products = new Products(ops);
            for (UnitPass unit : pass.passes().subList(0, last - 1)) {
              int l = unit.unit().index();
              Tensor displacement = displacements.get(l - 1);
              // Factor and threshold 0: every logit is 0.
              ops.goodness().contrast(0, 0, unit.output(), displacement, total);
              unit.gate(ops, displacement, gated.get(l - 1));
              // The mean is over 2 B rows, PEPITA's over B.
              unit.gradients(products, 2, gated.get(l - 1), unit.input());
            }
            products.record();
          });
      List<double[]> found = new ArrayList<>();
      for (int l = 1; l < last; l++) {
        found.add(pepita.weightGradient(l));
      }
      // Products of numbers of order 1 in another order.
      Oracle.close(found, expected.subList(0, last - 1), 1e-12, "gradient of layer");
    }
  }

  // x̃ = x + s F e above x, with e = −displacement of the output.
  private static double[] perturbedAndPlain(RuleFixture pepita) {
    PepitaStep step = (PepitaStep) pepita.step();
    double[] x = pepita.backend().read(step.input());
    double[] f = pepita.backend().read(step.projection());
    double[] e = Oracle.times(-1, step.displacement(WIDTHS.size() - 1));
    int inputs = WIDTHS.getFirst();
    int outputs = WIDTHS.getLast();
    double[] both = Arrays.copyOf(x, 2 * x.length);
    System.arraycopy(x, 0, both, x.length, x.length);
    for (int i = 0; i < x.length; i++) {
      for (int c = 0; c < outputs; c++) {
        both[i] -= f[i % inputs * outputs + c] * e[i / inputs * outputs + c];
      }
    }
    return both;
  }
}
