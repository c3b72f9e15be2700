package lemniscate.study;

import java.util.Arrays;
import java.util.stream.Collectors;
import lemniscate.config.BadInputException;
import lemniscate.text.Shown;

/**
 * What {@link WidthLimitStudy} follows over the width, after t training steps. The probe is a fixed
 * batch of training examples, the same for all widths and seeds.
 */
public enum LimitQuantity {
  /** Loss over the first training examples, at most {@link WidthLimitStudy#LOSS_EXAMPLES}. */
  LOSS("loss", "training loss"),
  /** Loss over the test examples. */
  TEST_LOSS("test-loss", "test loss"),
  /** Share of the test examples that are classified right. */
  ACCURACY("accuracy", "test accuracy"),
  /** ‖h_{L−1}(t) − h_{L−1}(0)‖ / ‖h_{L−1}(0)‖ over the probe. */
  FEATURE_CHANGE("feature-change", "relative change of the features"),
  /** The same of the feature kernel K = h_{L−1} h_{L−1}ᵀ/M over the probe. */
  KERNEL_CHANGE("kernel-change", "relative change of the feature kernel"),
  /** Mean entry of that kernel over pairs of different examples. */
  KERNEL("kernel", "mean entry of the feature kernel"),
  /** Root mean square of the output over the probe. */
  LOGIT_RMS("logit-rms", "root mean square of the output"),
  /** Cosine of the rule's gradient of all weights and that of backpropagation, over the probe. */
  COSINE("cosine", "cosine with the gradient of backpropagation");

  private final String word;
  private final String description;

  LimitQuantity(String word, String description) {
    this.word = word;
    this.description = description;
  }

  /** The name on the command line: {@code feature-change}. */
  public String word() {
    return word;
  }

  /** For people. */
  public String description() {
    return description;
  }

  /**
   * The quantity of that name.
   *
   * @throws BadInputException if there is none
   */
  public static LimitQuantity of(String word) {
    return Arrays.stream(values())
        .filter(quantity -> quantity.word.equals(word))
        .findFirst()
        .orElseThrow(
            () ->
                new BadInputException(
                    "--metric is %s; expected one of %s.".formatted(Shown.quoted(word), words())));
  }

  /** All names, for people. */
  public static String words() {
    return Arrays.stream(values()).map(LimitQuantity::word).collect(Collectors.joining(", "));
  }
}
