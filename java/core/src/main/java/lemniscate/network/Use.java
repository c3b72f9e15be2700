package lemniscate.network;

/** What will be asked of a pass, so that it takes no more memory than that needs. */
public enum Use {
  /** Predictions alone. */
  PREDICTION(false, false),
  /** Also the adjoint: errors carried down, gradients. */
  ADJOINT(true, false),
  /** Also displacements, and the adjoint at what they move to. */
  DISPLACEMENTS(true, true);

  private final boolean adjoint;
  private final boolean displacements;

  Use(boolean adjoint, boolean displacements) {
    this.adjoint = adjoint;
    this.displacements = displacements;
  }

  /** Whether errors are carried down. */
  public boolean adjoint() {
    return adjoint;
  }

  /** Whether displacements are carried up. */
  public boolean displacements() {
    return displacements;
  }
}
