package lemniscate.rule.tp;

import java.util.List;
import lemniscate.config.BadInputException;
import lemniscate.optim.Optimizer;
import lemniscate.optim.UsualRates;
import lemniscate.rule.TrainingSetting;

/** Where feedback maps come from. */
public sealed interface Feedback {

  /** Name in configurations. */
  String word();

  /** η_Q of feedback that learns, where {@code tp.feedbackLr} is not given. */
  static double usualLearningRate(Optimizer optimizer) {
    return optimizer.usualRate(new UsualRates(0.05, 0.005, TrainingSetting.ADAM));
  }

  /**
   * The best linear maps for the batch: Q_l minimises Σ_b ‖h_{l−1} − Q_l h_l‖² + μ_l ‖Q_l‖². They
   * are applied in the space of the examples and never formed.
   *
   * <p>With channels, units that give images have maps of their own kind: the regression is of the
   * patch below on the channels of its place, with all places of all examples as examples, so that
   * the map is a transposed convolution with as much stride as the unit has.
   *
   * @param damping μ′, one for all maps or one for each source layer 2 … L; μ_l = μ′ n_l below the
   *     output and μ′ at it, and n_l the number of channels where those are what is regressed on
   * @param channels whether images are regressed place by place
   * @param residual what is done at residual units that keep the shape
   */
  record Ridge(List<Double> damping, boolean channels, ResidualFeedback residual)
      implements Feedback {
    /** Checks the numbers. */
    public Ridge {
      damping = List.copyOf(damping);
      damping.forEach(Feedback::requireDamping);
    }

    /** Of whole activities, towards the identity at residual units. */
    public Ridge(List<Double> damping) {
      this(damping, false, ResidualFeedback.IDENTITY_PRIOR);
    }

    /** One damping for all. */
    public Ridge(double damping) {
      this(List.of(damping));
    }

    /** Says only what is not as usual: checkpoints name their rule, and earlier ones know no more. */
    @Override
    public String toString() {
      return "Ridge[damping=%s%s%s]"
          .formatted(
              damping,
              channels ? ", channels=true" : "",
              residual == ResidualFeedback.IDENTITY_PRIOR ? "" : ", residual=" + residual);
    }

    @Override
    public String word() {
      return channels ? "channel-ridge" : "ridge";
    }

    /** Of a source layer l. */
    double of(int l) {
      return damping.size() == 1 ? damping.getFirst() : damping.get(l - 2);
    }

    /**
     * Checks that there is one damping, or as many as there are maps.
     *
     * @param layers L
     * @throws BadInputException if not
     */
    public void requireFor(int layers) {
      if (damping.size() != 1 && damping.size() != layers - 1) {
        throw new BadInputException(
            "tp.damping "
                + damping
                + ": expected one number, or one for each of the layers 2 to "
                + layers
                + " that feedback starts from.");
      }
    }
  }

  /**
   * Q_l = W_lᵀ (W_l W_lᵀ + μ_l I)⁻¹ of the present weights.
   *
   * @param damping μ′; that of the output layer follows the size of W_L W_Lᵀ
   */
  record PseudoInverse(double damping) implements Feedback {
    /** Checks the number. */
    public PseudoInverse {
      requireDamping(damping);
    }

    @Override
    public String word() {
      return "pinv";
    }
  }

  /** Q_l = W_lᵀ of the present weights. */
  record Transpose() implements Feedback {
    @Override
    public String word() {
      return "transpose";
    }
  }

  /** Drawn once and kept. */
  record Random(Maps maps) implements Feedback {
    @Override
    public String word() {
      return "random";
    }
  }

  /**
   * Trained along with the network.
   *
   * @param maps what is trained
   * @param reconstruction the loss of every map
   * @param noise s, positive
   * @param iterations steps of feedback training for each batch, with the forward weights held, at
   *     least 1
   * @param warmupEpochs epochs in which feedback alone is trained
   * @param learningRate η_Q at the base width
   * @param optimizer of the feedback weights
   * @param decay λ′ in λ/2 ‖Q‖² added to the loss, of the size of W_L W_Lᵀ
   */
  record Learned(
      Maps maps,
      Reconstruction reconstruction,
      double noise,
      int iterations,
      int warmupEpochs,
      double learningRate,
      Optimizer optimizer,
      double decay)
      implements Feedback {
    /** Checks the numbers. */
    public Learned {
      requirePositive("tp.noise", noise, "0.1");
      requirePositive("tp.feedbackLr", learningRate, "0.01");
      if (iterations < 1) {
        throw new BadInputException("tp.iterations " + iterations + ": expected at least 1.");
      }
      if (warmupEpochs < 0) {
        throw new BadInputException("tp.warmupEpochs " + warmupEpochs + ": expected at least 0.");
      }
      if (!(decay >= 0) || Double.isInfinite(decay)) {
        throw new BadInputException(
            "tp.feedbackDecay " + decay + ": expected a number of at least 0, such as 0.001.");
      }
    }

    @Override
    public String word() {
      return "learned";
    }
  }

  private static void requireDamping(double damping) {
    if (!(damping >= 0) || Double.isInfinite(damping)) {
      throw new BadInputException(
          "tp.damping " + damping + ": expected a number of at least 0, such as 0.01.");
    }
  }

  private static void requirePositive(String key, double value, String example) {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw new BadInputException(
          key + " " + value + ": expected a positive number, such as " + example + ".");
    }
  }
}
