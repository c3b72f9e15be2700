package lemniscate.claim;

/** μTransfer of predictive coding, in the learning rate and in the inference rate. */
final class PcTransfersOverWidth implements Claim {

  /** Settings that other claims of the same networks share. */
  static ClaimSettings learningRates(ClaimPreset preset) {
    return Transfers.IMAGES.with(
        "rules", "pc",
        "schemes", "mup",
        "values", "2^-5..2^0",
        "widths", preset.pick("64,256,512", "64,128,256,512,1024", "64,128,256,512,1024,2048"),
        "seeds", preset.pick("5", "8", "8"));
  }

  @Override
  public Card card() {
    return new Card(
        "pc-transfer",
        "Under μP the best learning rate and the best inference rate of predictive coding stay"
            + " where they are as the width grows.",
        "arXiv 2411.02001, theorem on μP for PC (section 4) and figure 1",
        "lemniscate transfer --rule pc --scheme mup",
        "An optimum that drifts by more than an octave over these widths; a wrong exponent of a"
            + " learning rate moves it by an octave at each doubling.");
  }

  @Override
  public ClaimSettings settings(ClaimPreset preset) {
    // Half of the best learning rate: beside the largest stable one the grid ends where trainings
    // do.
    return learningRates(preset)
        .with("inferenceRates", "0.05,0.1,0.2,0.3,0.4,0.6,0.8", "optimum", "0.125");
  }

  @Override
  public Finding measure(ClaimSettings settings, Laboratory laboratory) {
    ClaimSettings rates =
        settings.with(
            "key", "pc.rate",
            "values", settings.text("inferenceRates"),
            "optim.lr", settings.text("optimum"));
    return Transfers.drifts(settings, laboratory).and(Transfers.drifts(rates, laboratory));
  }
}
