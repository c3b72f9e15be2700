package lemniscate.invariant;

import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.mup.CreditRule;
import lemniscate.mup.Form;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.mup.Weighting;
import lemniscate.network.ActivityNorm;
import lemniscate.network.Features;
import lemniscate.network.InitialDistribution;
import lemniscate.network.NetworkSpec;
import lemniscate.network.layer.Preset;
import lemniscate.optim.Optimizer;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleFixture;
import lemniscate.tensor.ExampleShape;

/**
 * Residual streams v + L^−½ φ(W v) of unit weight variance, with the literal readout of μP, that
 * invariants are stated for.
 */
final class ResidualStreams {

  static final int INPUTS = 10;
  static final int OUTPUTS = 3;

  private ResidualStreams() {}

  static NetworkSpec spec(Activation activation, int width, int depth) {
    return new NetworkSpec(
        new Features(ExampleShape.flat(INPUTS), false),
        Preset.RESMLP.units(
            new Preset.Settings(
                width,
                depth,
                OUTPUTS,
                activation,
                false,
                ActivityNorm.NONE,
                InitialDistribution.NORMAL)));
  }

  static RuleFixture fixture(
      Backend backend, NetworkSpec spec, LearningRule rule, int batch, long seed) {
    CreditRule credit = new CreditRule.PredictiveCoding(0, Weighting.UNWEIGHTED);
    Parameterization literal =
        new Parameterization(Scheme.MUP, Form.LITERAL, 1, 1, 1, credit, StepClass.SGD_LIKE);
    return RuleFixture.scaled(backend, spec, literal, new Optimizer.Sgd(), Loss.MSE, batch, seed)
        .rule(rule);
  }
}
