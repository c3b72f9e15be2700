package lemniscate.claim;

/** Weight mirroring, by what it is for. */
final class MirroringHelps implements Claim {

  @Override
  public Card card() {
    return new Card(
        "pepita-mirroring",
        "Weight mirroring raises the test accuracy of PEPITA.",
        "arXiv 2302.05440, table 1",
        "lemniscate reproduce rules-table --rows pepita,pepita+wm --seeds 5",
        "An interval over seeds that excludes 0. It includes 0 where mirroring does nothing to"
            + " accuracy, whatever it does to the angle.",
        "MNIST, 100 epochs, with decay as well: 98.1 beside 98.02 (ICLR 2024, from memory, to about"
            + " ± 0.2).");
  }

  @Override
  public ClaimSettings settings(ClaimPreset preset) {
    return RuleTables.settings(preset).with("against", "pepita");
  }

  @Override
  public Finding measure(ClaimSettings settings, Laboratory laboratory) {
    return RuleTables.gain("pepita+wm", settings, laboratory);
  }
}
