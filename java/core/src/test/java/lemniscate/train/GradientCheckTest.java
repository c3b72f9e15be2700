package lemniscate.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
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
import lemniscate.network.NetworkSpec;
import lemniscate.rule.LearningRule;
import lemniscate.rule.Objective;
import lemniscate.rule.RuleContext;
import lemniscate.rule.RuleStep;
import lemniscate.rule.bp.BackPropagation;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.tensor.Tensor;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;

final class GradientCheckTest {

  @Test
  void passesRightGradients() {
    assertThat(check(new BackPropagation())).allMatch(GradientCheck.Row::pass).hasSize(6);
    assertThat(check(PredictiveCoding.jacobi(5, 0.2))).allMatch(GradientCheck.Row::pass).hasSize(6);
  }

  // A wrong sign, and an error of a thousandth, in the gradient of one weight.
  @Test
  void failsWrongGradients() {
    for (double factor : new double[] {-1, 1.001}) {
      assertThat(check(new Scaled(new BackPropagation(), factor)))
          .extracting(GradientCheck.Row::tensor, GradientCheck.Row::pass)
          .contains(Tuple.tuple("layer1.weight", true))
          .contains(Tuple.tuple("layer2.weight", false));
    }
  }

  private static List<GradientCheck.Row> check(LearningRule rule) {
    NetworkSpec spec = new NetworkSpec(List.of(5, 4, 3, 2), Activation.GELU, true);
    Parameterization parameterization =
        Parameterization.relative(Scheme.NTK, 3, rule.creditRule(), StepClass.SGD_LIKE);
    try (Backend backend =
        Backends.open("reference", BackendOptions.defaults().withPrecision(Precision.FP64))) {
      return GradientCheck.run(backend, spec, parameterization, Loss.CROSS_ENTROPY, rule, 3, 1);
    }
  }

  private record Scaled(LearningRule inner, double factor) implements LearningRule {
    @Override
    public String name() {
      return inner.name();
    }

    @Override
    public CreditRule creditRule() {
      return inner.creditRule();
    }

    @Override
    public List<String> check(Parameterization parameterization) {
      return inner.check(parameterization);
    }

    @Override
    public RuleStep prepare(RuleContext context) {
      RuleStep step = inner.prepare(context);
      return new RuleStep() {
        @Override
        public Tensor input() {
          return step.input();
        }

        @Override
        public Tensor target() {
          return step.target();
        }

        @Override
        public void run() {
          step.run();
        }

        @Override
        public void computeGradients() {
          step.computeGradients();
          context
              .backend()
              .run(ops -> ops.scale(factor, context.network().layer(2).weight().gradient()));
        }

        @Override
        public double loss() {
          return step.loss();
        }

        @Override
        public Objective objective() {
          return step.objective();
        }

        @Override
        public void close() {
          step.close();
        }
      };
    }
  }
}
