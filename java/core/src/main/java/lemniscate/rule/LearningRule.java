package lemniscate.rule;

import java.util.List;
import lemniscate.mup.CreditRule;
import lemniscate.mup.Parameterization;

/**
 * A way to turn a batch into parameter gradients. A rule is a description without state; {@link
 * #prepare} binds it to a network and a batch size.
 */
public interface LearningRule {

  /** Name in configurations: {@code bp}, {@code pc}, … */
  String name();

  /** What the width exponents of the parameterisation depend on. */
  CreditRule creditRule();

  /**
   * Whether the rule can run under a parameterisation.
   *
   * @return warnings for the user, usually none
   * @throws lemniscate.config.BadInputException for a combination without a stable width limit
   */
  List<String> check(Parameterization parameterization);

  /** Allocates the rule's buffers in the context's arena and records its step. */
  RuleStep prepare(RuleContext context);
}
