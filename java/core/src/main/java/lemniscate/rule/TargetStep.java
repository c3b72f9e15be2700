package lemniscate.rule;

/** A step of a rule that gives every layer a target. */
public interface TargetStep extends RuleStep {

  /**
   * Target minus activity, t_l − h_l, of the last batch, shape (B, n_l), l = 1 … L.
   *
   * <p>At the output it is the target step times −∂loss/∂f.
   */
  double[] displacement(int l);

  @Override
  default double[] localError(int l) {
    return displacement(l);
  }
}
