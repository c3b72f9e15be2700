package lemniscate.rule.pepita;

import lemniscate.config.BadInputException;

/**
 * Weight mirroring (Akrout et al., arXiv 1904.05391; for PEPITA arXiv 2302.05440): the factors B_l
 * of F learn the transposed weights from noise that each layer is shown by itself.
 *
 * @param warmupEpochs epochs at the start that mirror and do nothing else
 * @param every epochs between two that mirror beside learning, the first after as many; 0 for none
 * @param learningRate η_B, at the base width
 * @param decay λ_B
 */
public record Mirroring(int warmupEpochs, int every, double learningRate, double decay) {

  /** Deviation of the noise, as published. */
  static final double NOISE = 0.1;

  /** Checks the numbers. */
  public Mirroring {
    if (warmupEpochs < 0 || every < 0 || warmupEpochs == 0 && every == 0) {
      throw new BadInputException(
          "pepita.mirrorWarmupEpochs "
              + warmupEpochs
              + ", pepita.mirrorEvery "
              + every
              + ": expected numbers of epochs that are not negative, and not both 0.");
    }
    if (!(learningRate > 0) || Double.isInfinite(learningRate)) {
      throw new BadInputException(
          "pepita.mirrorLr " + learningRate + ": expected a positive number, such as 0.1.");
    }
    if (!(decay >= 0 && learningRate * decay <= 1)) {
      throw new BadInputException(
          "pepita.mirrorDecay "
              + decay
              + ": expected a number that is not negative and at most 1/pepita.mirrorLr, which is "
              + 1 / learningRate
              + "; beyond that the mirrored weights change their sign in every step.");
    }
  }

  /** {@return whether an epoch, from 0, mirrors} */
  boolean mirrors(long epoch) {
    return epoch < warmupEpochs || every > 0 && (epoch + 1) % every == 0;
  }

  /** {@return whether the network learns in an epoch, from 0} */
  boolean learns(long epoch) {
    return epoch >= warmupEpochs;
  }
}
