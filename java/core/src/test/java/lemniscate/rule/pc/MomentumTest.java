package lemniscate.rule.pc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Collections;
import java.util.List;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.network.NetworkSpec;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.SmallStacks;
import lemniscate.train.Experiment;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.EigenDecomposition;
import org.apache.commons.math3.linear.RealMatrix;
import org.junit.jupiter.api.Test;

/** Momentum of the relaxation: its limit, its speed, how it is given. */
final class MomentumTest {

  private static final int HIDDEN = 7;

  // One unit a layer, all weights 1: the Hessian of the states is tridiagonal.
  private static double[] displacements(Inference inference) {
    NetworkSpec spec =
        new NetworkSpec(Collections.nCopies(HIDDEN + 2, 1), Activation.LINEAR, false);
    try (Backend backend = RuleFixture.open("reference", Precision.FP64);
        RuleFixture fixture = RuleFixture.plain(backend, spec, Loss.MSE, 1)) {
      fixture
          .parameters(Collections.nCopies(HIDDEN + 1, new double[] {1}))
          .rule(PredictiveCoding.of(inference))
          .batch(new double[] {0.3}, new double[] {1.5})
          .gradients();
      double[] all = new double[HIDDEN];
      for (int l = 1; l <= HIDDEN; l++) {
        all[l - 1] = fixture.pc().displacement(l)[0];
      }
      return all;
    }
  }

  private static double distance(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return Math.sqrt(sum);
  }

  /**
   * V71: at the optimum of a quadratic the distance to the fixed point, which is that without
   * momentum, shrinks by √μ a step. Within 0.02, as at the double root it is t μ^(t/2).
   */
  @Test
  void heavyBallAtItsOptimumConvergesByTheRootOfTheMomentum() {
    RealMatrix hessian = new Array2DRowRealMatrix(HIDDEN, HIDDEN);
    for (int i = 0; i < HIDDEN; i++) {
      hessian.setEntry(i, i, 2);
      if (i > 0) {
        hessian.setEntry(i, i - 1, -1);
        hessian.setEntry(i - 1, i, -1);
      }
    }
    double[] eigenvalues = new EigenDecomposition(hessian).getRealEigenvalues();
    double high = Math.sqrt(eigenvalues[0]);
    double low = Math.sqrt(eigenvalues[HIDDEN - 1]);
    double rate = Math.pow(2 / (high + low), 2);
    double root = (high - low) / (high + low);
    Inference.Jacobi optimum =
        new Inference.Jacobi(60, rate, new Momentum(Momentum.Form.HEAVY_BALL, root * root));
    double[] rest = displacements(new Inference.Jacobi(4000, 0.4));
    double first = distance(displacements(optimum), rest);
    double second =
        distance(displacements(new Inference.Jacobi(90, rate, optimum.momentum())), rest);
    assertThat(Math.pow(second / first, 1.0 / 30)).isCloseTo(root, within(0.02));
  }

  /** In 3 L steps errors reach the first unit of a stream, whither Jacobi's take L². */
  @Test
  void tunedMomentumReachesTheFirstUnit() {
    int blocks = 12;
    NetworkSpec spec = SmallStacks.residual(Activation.TANH, blocks);
    assertThat(Momentum.tuned(Momentum.Form.NESTEROV).coefficient(spec))
        .isEqualTo(Math.pow(11.0 / 12, 2));
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64)) {
      double without = firstError(backend, spec, new Inference.Jacobi(3 * blocks, 0.3));
      for (Momentum.Form form : Momentum.Form.values()) {
        Momentum tuned = Momentum.tuned(form);
        double with =
            firstError(backend, spec, new Inference.Jacobi(3 * blocks, tuned.tunedRate(), tuned));
        assertThat(with).as(form.configName()).isBetween(0.3, 3.0).isGreaterThan(10 * without);
      }
    }
  }

  /** A state whose rate is at the limit swings for ever: a hundredth below it, it comes to rest. */
  @Test
  void restEndsAtTheLargestStep() {
    for (Momentum.Form form : Momentum.Form.values()) {
      Momentum momentum = new Momentum(form, 0.6);
      double[] rest = displacements(new Inference.Jacobi(4000, 0.4));
      double highest = 2 + 2 * Math.cos(Math.PI / (HIDDEN + 1));
      for (double part : new double[] {0.99, 1.01}) {
        double rate = part * momentum.largestStep(0.6) / highest;
        double[] moved = displacements(new Inference.Jacobi(4000, rate, momentum));
        assertThat(distance(moved, rest) < 1e-6).as("%s %s", form, part).isEqualTo(part < 1);
      }
    }
  }

  // rms(e_1) over that of the last hidden unit: errors are flat over a stream at equilibrium.
  private static double firstError(Backend backend, NetworkSpec spec, Inference inference) {
    try (RuleFixture fixture = RuleFixture.plain(backend, spec, Loss.MSE, 3)) {
      fixture.rule(PredictiveCoding.of(inference)).drawBatch(3).gradients();
      double[] none = new double[3 * 6];
      int last = spec.layers() - 1;
      return distance(fixture.pc().error(1), none) / distance(fixture.pc().error(last), none);
    }
  }

  private static PredictiveCoding rule(String... assignments) {
    return (PredictiveCoding) Experiment.rule(config(assignments).checked());
  }

  private static Config config(String... assignments) {
    Config config = Config.defaults();
    for (String assignment : assignments) {
      config = config.withAssignment(assignment, "test");
    }
    return config;
  }

  @Test
  void isReadFromConfigurations() {
    assertThat(rule("pc.momentum=0.4", "pc.momentumForm=nesterov").inference())
        .isEqualTo(new Inference.Jacobi(20, 0.1, new Momentum(Momentum.Form.NESTEROV, 0.4)));
    assertThat(rule("pc.momentum=auto").inference())
        .isEqualTo(new Inference.Jacobi(20, 0.5, Momentum.tuned(Momentum.Form.HEAVY_BALL)));
    assertThat(rule("pc.momentum=auto", "pc.rate=0.2").inference().rate()).isEqualTo(0.2);
    Config kept = Experiment.completed(config("pc.momentum=auto"));
    assertThat(kept.toYaml()).contains("momentum: auto", "rate: 0.5");
    assertThat(Config.defaults().withYaml(kept.toYaml(), "kept")).isEqualTo(kept);
    assertThat(Config.defaults().toYaml()).doesNotContain("momentumForm");
  }

  @Test
  void isRefusedOutsideItsRange() {
    for (String value : List.of("1", "-0.1", "1.5", "much")) {
      assertThatThrownBy(() -> config("pc.momentum=" + value))
          .isInstanceOf(BadInputException.class)
          .hasMessageContaining("pc.momentum is '" + value + "'; expected a number in [0, 1), or");
    }
    assertThatThrownBy(() -> new Momentum(Momentum.Form.HEAVY_BALL, 1.0))
        .isInstanceOf(BadInputException.class);
    assertThatThrownBy(() -> rule("pc.scheme=si", "pc.momentum=0.5"))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("pc.scheme si");
  }
}
