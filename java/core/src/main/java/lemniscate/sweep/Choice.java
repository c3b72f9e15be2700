package lemniscate.sweep;

import java.util.Comparator;
import java.util.List;
import lemniscate.config.ConfigSchema;
import lemniscate.sweep.TrialRow.Metrics;

/**
 * By what the configurations of a sweep are compared. It is never what test examples say: those
 * tell how good the chosen one is only if they had no part in the choice.
 */
public enum Choice {
  /** Mean of the batch losses of the last epoch: all there is without {@code data.validation}. */
  TRAINING_LOSS("training loss"),
  /** Of the examples that {@code data.validation} holds back. */
  VALIDATION_LOSS("validation loss"),
  /** Of the examples that {@code data.validation} holds back. */
  VALIDATION_ACCURACY("validation accuracy");

  private final String text;

  Choice(String text) {
    this.text = text;
  }

  /** What some trials can be compared by: validation if every one of them validates. */
  static Choice of(List<Trial> trials, boolean accuracy) {
    boolean validated =
        trials.stream()
            .allMatch(trial -> trial.config().get(ConfigSchema.DATA_VALIDATION).isPresent());
    return !validated ? TRAINING_LOSS : accuracy ? VALIDATION_ACCURACY : VALIDATION_LOSS;
  }

  /** In words: {@code validation loss}. */
  public String text() {
    return text;
  }

  /**
   * What a trial was evaluated on, in a word: where there is validation, it is not the test set.
   */
  public String evaluated() {
    return this == TRAINING_LOSS ? "test" : "validation";
  }

  /** The quantity itself; NaN where there is none. */
  public double value(Metrics metrics) {
    return switch (this) {
      case TRAINING_LOSS -> metrics.trainLoss();
      case VALIDATION_LOSS -> metrics.testLoss();
      case VALIDATION_ACCURACY -> metrics.testAccuracy();
    };
  }

  /** A value as a number of which the smaller is the better; infinite for NaN. */
  public double cost(double value) {
    double cost = this == VALIDATION_ACCURACY ? -value : value;
    return Double.isFinite(cost) ? cost : Double.POSITIVE_INFINITY;
  }

  /** The cost of what a trial reached; infinite if it did not get there. */
  double cost(TrialRow row) {
    return row.outcome() == Outcome.OK ? cost(value(row.metrics())) : Double.POSITIVE_INFINITY;
  }

  /**
   * The best row first: of those trained furthest the one with the lowest cost, of equals the
   * first.
   */
  Comparator<TrialRow> order() {
    return Comparator.comparing(TrialRow::level, Comparator.reverseOrder())
        .thenComparingDouble(this::cost)
        .thenComparingInt(TrialRow::index);
  }
}
