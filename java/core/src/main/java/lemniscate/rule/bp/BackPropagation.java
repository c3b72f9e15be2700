package lemniscate.rule.bp;

import lemniscate.mup.CreditRule;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleContext;
import lemniscate.rule.RuleStep;

/** Exact gradients of the loss (Rumelhart, Hinton and Williams 1986): baseline and oracle. */
public record BackPropagation() implements LearningRule {

  /** Name in configurations. */
  public static final String NAME = "bp";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public CreditRule creditRule() {
    return new CreditRule.BackPropagation();
  }

  @Override
  public RuleStep prepare(RuleContext context) {
    return new BackPropagationStep(context);
  }
}
