package lemniscate.config;

/**
 * What a key of the configuration is about. Commands take the keys of the aspects that they use.
 */
public enum Aspect {
  /** The data set and how it is read. */
  DATA(true),
  /** The learning rule and what belongs to it alone. */
  RULE(true),
  /** How things follow the width. */
  PARAMETERISATION(true),
  /** Shape and activations. */
  NETWORK(true),
  /** The loss at the output. */
  LOSS(true),
  /** How gradients move weights. */
  OPTIMISER(true),
  /** How the learning rate changes over the steps. */
  SCHEDULE(true),
  /** Batches and how many there are. */
  TRAINING(true),
  /** When training ends before its last step. */
  STOPPING(true),
  /** The weights that training starts from, where they are not drawn. */
  INITIALISATION(true),
  /** What is measured; nothing of it moves a weight. */
  MEASUREMENT(false),
  /** Where a run writes and how often. */
  OUTPUT(false),
  /** What computes; it moves weights within rounding at most. */
  DEVICE(false),
  /** How it computes, which may change bits. */
  MACHINE(true),
  /** Everything random. */
  SEED(true);

  private final boolean hashed;

  Aspect(boolean hashed) {
    this.hashed = hashed;
  }

  /** Whether its keys decide the trained weights and so enter {@link Config#hash}. */
  public boolean isHashed() {
    return hashed;
  }
}
