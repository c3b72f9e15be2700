package lemniscate.rule.gnt;

import lemniscate.backend.Operations;
import lemniscate.network.Network;
import lemniscate.rule.Conditions;
import lemniscate.rule.LocalTargetStep;
import lemniscate.rule.LocalTargets;
import lemniscate.rule.RecordedStep;
import lemniscate.rule.RuleContext;

/** A step with Gauss-Newton targets: feed-forward pass, displacements, gradients, update. */
public final class GntStep implements LocalTargetStep {

  private final RuleContext context;
  private final LocalTargets targets;
  private final Conditions conditions;
  private final Jacobians jacobians;
  private final RecordedStep step;

  GntStep(GaussNewtonTargets rule, RuleContext context) {
    this.context = context;
    Network network = context.network();
    this.targets = new LocalTargets(context, rule.targetStep());
    this.conditions =
        new Conditions(
            context,
            "gnt.damping " + rule.damping() + ": J Jᵀ of layer",
            rule.damping() > 0,
            "Raise gnt.damping, for example to 0.001.");
    double damping =
        network.parameterization().outputDamping(rule.damping(), network.spec().size());
    // Nothing is carried through the first unit.
    this.jacobians =
        network.spec().hasWeightMatrices(2)
            ? new MatrixJacobians(context, targets, conditions, damping)
            : new SeededJacobians(context, targets, conditions, damping);
    this.step = new RecordedStep(context.backend(), this::record);
  }

  private void record(Operations ops, boolean update) {
    conditions.reset(ops);
    targets.feedForward(ops);
    jacobians.displace(ops);
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
  public void run() {
    step.run();
    conditions.check();
  }

  @Override
  public void computeGradients() {
    step.computeGradients();
    conditions.check();
  }

  @Override
  public void close() {
    step.close();
  }
}
