package lemniscate.rule.gnt;

import java.util.List;
import lemniscate.config.BadInputException;
import lemniscate.mup.CreditRule;
import lemniscate.network.NetworkSpec;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleContext;
import lemniscate.rule.RuleStep;

/**
 * Each example's hidden targets solve the linearised network for its output target: t_l − h_l =
 * J_lᵀ (J_l J_lᵀ + λ_l I)⁻¹ η̂ e_L with J_l = ∂f/∂h_l and e_L = −∂loss/∂f (Meulemans et al., "A
 * Theoretical Framework for Target Propagation", arXiv 2006.14331). With λ = 0 this is the
 * pseudo-inverse, and to first order the layer alone moves the output all the way.
 *
 * @param damping λ′, not negative; λ_l = λ′ m^(1−2b_L), as J_l J_lᵀ scales
 * @param targetStep η̂, positive
 */
public record GaussNewtonTargets(double damping, double targetStep) implements LearningRule {

  /** Name in configurations. */
  public static final String NAME = "gnt";

  /** Outputs above which backward passes one by one are no diagnostic any more. */
  private static final int MAX_PASSES = 10;

  /** Checks the numbers. */
  public GaussNewtonTargets {
    if (!(damping >= 0) || Double.isInfinite(damping)) {
      throw new BadInputException(
          "gnt.damping " + damping + ": expected a number of at least 0, such as 0.001.");
    }
    if (!(targetStep > 0) || Double.isInfinite(targetStep)) {
      throw new BadInputException(
          "gnt.targetStep " + targetStep + ": expected a positive number, such as 1.");
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public CreditRule creditRule() {
    return new CreditRule.GaussNewtonTarget();
  }

  @Override
  public List<String> check(NetworkSpec network) {
    List<String> warnings = LearningRule.super.check(network);
    if (network.outputs() > MAX_PASSES) {
      network.requireWeightMatrices(
          2,
          "rule gnt takes a backward pass through it for each of the %d outputs, at most %d; use"
                  .formatted(network.outputs(), MAX_PASSES)
              + " rule tp or bp.");
    }
    return warnings;
  }

  @Override
  public RuleStep prepare(RuleContext context) {
    List<Integer> widths = context.network().spec().widths();
    int outputs = widths.getLast();
    int narrowest =
        widths.subList(1, widths.size() - 1).stream().min(Integer::compare).orElseThrow();
    if (damping == 0 && narrowest < outputs) {
      throw new BadInputException(
          "gnt.damping 0: a hidden layer of "
              + narrowest
              + " units cannot move "
              + outputs
              + " outputs independently, so its exact target does not exist; use a damping above 0,"
              + " such as 0.001, or a net.width of at least the outputs.");
    }
    return new GntStep(this, context);
  }
}
