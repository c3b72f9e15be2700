package lemniscate.claim;

/** μTransfer of target propagation, and its negative control. */
final class TpTransfersOverWidth implements Claim {

  @Override
  public Card card() {
    return new Card(
        "tp-transfer",
        "Under the μP of target propagation its best learning rate stays where it is as the width"
            + " grows; under SP it falls.",
        "arXiv 2411.02001, theorem on μP for TP (section 5) and figure 7",
        "lemniscate transfer --rule tp",
        "A drift of more than an octave under μP, or one of less than two thirds of an octave a"
            + " doubling under SP. On images the 784 inputs hold the rate back under SP, so the"
            + " data here have 32.");
  }

  @Override
  public ClaimSettings settings(ClaimPreset preset) {
    return Transfers.IMAGES.with(
        "data.name",
        "synthetic",
        "rules",
        "tp",
        "schemes",
        "mup,sp",
        "values",
        preset.pick("2^-7..2^0", "2^-8..2^0", "2^-10..2^0"),
        "widths",
        preset.pick("64,128,256", "64,128,256,512", "64,128,256,512,1024,2048"),
        "seeds",
        preset.pick("3", "5", "5"));
  }

  @Override
  public Finding measure(ClaimSettings settings, Laboratory laboratory) {
    return Transfers.drifts(settings, laboratory);
  }
}
