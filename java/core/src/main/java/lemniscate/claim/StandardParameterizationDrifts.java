package lemniscate.claim;

/** The negative control of μTransfer. */
final class StandardParameterizationDrifts implements Claim {

  @Override
  public Card card() {
    return new Card(
        "sp-drifts",
        "Under the standard parameterisation the best learning rate of predictive coding falls with"
            + " the width, by two thirds of an octave at each doubling or more.",
        "arXiv 2411.02001, figure 1; arXiv 2203.03466 for backpropagation",
        "lemniscate transfer --rule pc --scheme sp",
        "A best rate that stays. It would if the networks were trained under μP instead, or if the"
            + " inputs, which do not grow, held the rate back at every width.");
  }

  @Override
  public ClaimSettings settings(ClaimPreset preset) {
    return PcTransfersOverWidth.learningRates(preset)
        .with("schemes", "sp", "values", preset.pick("2^-9..2^0", "2^-10..2^0", "2^-12..2^0"));
  }

  @Override
  public Finding measure(ClaimSettings settings, Laboratory laboratory) {
    return Transfers.drifts(settings, laboratory);
  }
}
