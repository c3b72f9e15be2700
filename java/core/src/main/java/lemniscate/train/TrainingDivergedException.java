package lemniscate.train;

/** A run that cannot go on because a loss, an energy or a weight is no longer finite. */
public final class TrainingDivergedException extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final long step;
  private final int layer;
  private final double value;

  /**
   * Describes the divergence.
   *
   * @param quantity what is not finite: "loss", "free energy", "weight", "test loss"
   * @param step number of the step that found it, from 1
   * @param layer first layer with a non-finite weight or activity, from 1; 0 if there is none
   * @param value the offending number
   * @param learningRate at the base width, for the remedy
   */
  public TrainingDivergedException(
      String quantity, long step, int layer, double value, double learningRate) {
    this(quantity, step, layer, value, learningRate, "");
  }

  /**
   * Describes the divergence of a network for which more is known to help.
   *
   * @param further remedy, after the others, as {@code ", or …"}; empty for none
   */
  TrainingDivergedException(
      String quantity, long step, int layer, double value, double learningRate, String further) {
    super(
        "training diverged at step "
            + step
            + ": "
            + quantity
            + " is "
            + value
            + (layer > 0 ? ", layer " + layer + " is the first that is not finite" : "")
            + "; use a smaller optim.lr (it was "
            + learningRate
            + ")"
            + (quantity.equals("free energy") ? " or a smaller pc.rate" : "")
            + further);
    this.step = step;
    this.layer = layer;
    this.value = value;
  }

  /** Number of the step that found it, from 1. */
  public long step() {
    return step;
  }

  /** First layer with a non-finite weight or activity, from 1; 0 if there is none. */
  public int layer() {
    return layer;
  }

  /** The offending number. */
  public double value() {
    return value;
  }
}
