package lemniscate.rule;

import lemniscate.backend.Operations;

/** A step that is the shared one of {@link LocalTargets} around a rule's own displacements. */
final class DisplacementStep implements LocalTargetStep, RecordedRuleStep {

  private final RuleContext context;
  private final LocalTargets targets;
  private final LocalTargets.Displacements displacements;
  private final RecordedStep step;

  DisplacementStep(
      RuleContext context, LocalTargets targets, LocalTargets.Displacements displacements) {
    this.context = context;
    this.targets = targets;
    this.displacements = displacements;
    this.step = new RecordedStep(context.backend(), this::record);
  }

  private void record(Operations ops, boolean update) {
    targets.feedForward(ops);
    displacements.record(ops, targets);
    targets.gradients(ops);
    if (update) {
      context.update().record(ops);
    }
  }

  @Override
  public LocalTargets targets() {
    return targets;
  }

  @Override
  public RecordedStep recorded() {
    return step;
  }
}
