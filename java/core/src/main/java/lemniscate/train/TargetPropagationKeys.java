package lemniscate.train;

import java.util.List;
import java.util.Optional;
import lemniscate.backend.Activation;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;
import lemniscate.optim.Optimizer;
import lemniscate.rule.tp.Feedback;
import lemniscate.rule.tp.Maps;
import lemniscate.rule.tp.Pathway;
import lemniscate.rule.tp.Reconstruction;
import lemniscate.rule.tp.TargetPropagation;

/** The keys of the group {@code tp}, as a rule. */
final class TargetPropagationKeys {

  private TargetPropagationKeys() {}

  /**
   * The rule that a configuration names.
   *
   * @throws BadInputException if its keys do not go together
   */
  static TargetPropagation rule(Config config) {
    String variant = config.get(ConfigSchema.TP_VARIANT);
    String source = config.get(ConfigSchema.TP_FEEDBACK).orElse(ownFeedback(variant));
    if (variant.equals("drl") || variant.equals("ldrl")) {
      require(variant, source, "learned", "its maps learn to reconstruct noise");
    }
    if (variant.equals("fixed")) {
      require(variant, source, "random", "its maps are drawn once and kept");
    }
    return new TargetPropagation(
        switch (variant) {
          case "tp" -> Pathway.PLAIN;
          case "ddtp" -> Pathway.DIRECT;
          default -> Pathway.DIFFERENCE;
        },
        feedback(config, variant, source),
        config.get(ConfigSchema.TP_TARGET_STEP));
  }

  private static String ownFeedback(String variant) {
    return switch (variant) {
      case "ddtp", "drl", "ldrl" -> "learned";
      case "fixed" -> "random";
      default -> "ridge";
    };
  }

  private static void require(String variant, String source, String expected, String reason) {
    if (!source.equals(expected)) {
      throw new BadInputException(
          "tp.variant "
              + variant
              + " with tp.feedback "
              + source
              + ": "
              + reason
              + ", so tp.feedback must be "
              + expected
              + "; leave it out, or use tp.variant dtp.");
    }
  }

  private static Feedback feedback(Config config, String variant, String source) {
    boolean ownMaps = source.equals("learned") || source.equals("random");
    if (!ownMaps) {
      refuse(config, ConfigSchema.TP_ACTIVATION, "linear", source);
      refuse(config, ConfigSchema.TP_HIDDEN_UNITS, 0, source);
    }
    List<Double> damping = config.get(ConfigSchema.TP_DAMPING);
    return switch (source) {
      case "ridge" -> {
        Feedback.Ridge ridge = new Feedback.Ridge(damping);
        ridge.requireFor(config.get(ConfigSchema.NET_DEPTH) + 1);
        yield ridge;
      }
      case "pinv" -> {
        if (damping.size() > 1) {
          throw new BadInputException(
              "tp.damping " + damping + ": tp.feedback pinv takes one number for all layers.");
        }
        yield new Feedback.PseudoInverse(damping.getFirst());
      }
      case "transpose" -> new Feedback.Transpose();
      case "random" -> new Feedback.Random(maps(config, variant));
      case "learned" -> learned(config, variant);
      case String other -> throw new IllegalStateException("tp.feedback of the schema: " + other);
    };
  }

  // These feedback maps are linear by what they are.
  private static <T> void refuse(Config config, ConfigKey<T> key, T only, String source) {
    T value = config.get(key);
    if (!value.equals(only)) {
      throw new BadInputException(
          key.name()
              + " "
              + value
              + " with tp.feedback "
              + source
              + ": these maps are linear and have no weights of their own; leave it out, or use"
              + " tp.feedback learned or random.");
    }
  }

  private static Maps maps(Config config, String variant) {
    Activation activation =
        config.get(ConfigSchema.TP_ACTIVATION).equals("tanh") ? Activation.TANH : Activation.LINEAR;
    return new Maps(
        List.of(activation),
        config.get(ConfigSchema.TP_FEEDBACK_SCALE).orElse(variant.equals("ldrl") ? 0.0 : 1.0),
        config.get(ConfigSchema.TP_HIDDEN_UNITS));
  }

  private static Feedback learned(Config config, String variant) {
    Reconstruction reconstruction =
        switch (variant) {
          case "ddtp", "drl" -> Reconstruction.OUTPUT_NOISE;
          case "ldrl" -> Reconstruction.LOCAL_NOISE;
          default -> Reconstruction.ACTIVITY;
        };
    int warmup = config.get(ConfigSchema.TP_WARMUP_EPOCHS);
    Optional<Integer> steps = config.get(ConfigSchema.TRAIN_STEPS);
    if (steps.isEmpty() && warmup >= config.get(ConfigSchema.TRAIN_EPOCHS)) {
      throw new BadInputException(
          "tp.warmupEpochs "
              + warmup
              + ": the run has "
              + config.get(ConfigSchema.TRAIN_EPOCHS)
              + " epochs, so the network would never learn; use fewer, or more train.epochs.");
    }
    Optimizer optimizer =
        Experiment.optimizer(config, config.get(ConfigSchema.TP_FEEDBACK_OPTIMIZER), 0);
    return new Feedback.Learned(
        maps(config, variant),
        reconstruction,
        config.get(ConfigSchema.TP_NOISE),
        config.get(ConfigSchema.TP_ITERATIONS),
        warmup,
        config
            .get(ConfigSchema.TP_FEEDBACK_LR)
            .orElseGet(() -> Feedback.usualLearningRate(optimizer.kind())),
        optimizer,
        config.get(ConfigSchema.TP_FEEDBACK_DECAY));
  }
}
