package lemniscate.sweep;

import java.util.ArrayList;
import java.util.List;
import lemniscate.config.BadInputException;

/**
 * Asynchronous successive halving (Li, Jamieson, Rostamizadeh, Gonina, Ben-tzur, Hardt, Recht and
 * Talwalkar, "A System for Massively Parallel Hyperparameter Tuning", 2020, arXiv 1810.05934,
 * algorithm 2): every trial is trained a little, the best 1/η of them η times as long, and so on.
 *
 * @param unit of the lengths
 * @param rungs length to which a trial is trained at each rung, from the shortest, r, by r η^k to
 *     the full one; two or more
 * @param eta reduction factor η, 2 or more
 */
public record Asha(Unit unit, List<Integer> rungs, int eta) {

  /** In what lengths are given. */
  public enum Unit {
    /** Passes over the training examples. */
    EPOCHS("epochs"),
    /** Updates. */
    STEPS("steps");

    private final String text;

    Unit(String text) {
      this.text = text;
    }

    /** In a word. */
    public String text() {
      return text;
    }
  }

  /** Copies the rungs. */
  public Asha {
    rungs = List.copyOf(rungs);
  }

  /**
   * The rungs from one length to another.
   *
   * @param at what errors name
   * @throws BadInputException unless 1 &lt;= min &lt; max = min η^k for an integer k, and η &gt;= 2
   */
  static Asha of(Unit unit, long min, long max, long eta, String at) {
    if (eta < 2) {
      throw new BadInputException(
          at
              + ": asha.eta is "
              + eta
              + "; expected an integer >= 2, by which trials get fewer and longer from rung to"
              + " rung. Write 3, or leave it out.");
    }
    String name = unit == Unit.EPOCHS ? "Epochs" : "Steps";
    if (min >= max) {
      throw new BadInputException(
          "%s: asha.min%s is %d and asha.max%s is %d; expected a smaller one first. Lower asha.min%s."
              .formatted(at, name, min, name, max, name));
    }
    List<Integer> rungs = new ArrayList<>();
    long length = min;
    while (length <= max) {
      rungs.add((int) length);
      length *= eta;
    }
    if (rungs.getLast() != max) {
      throw new BadInputException(
          "%s: asha.max%s is %d, which is not reached from %d by factors of %d; expected one of %d, %d, … Write %d, or another asha.min%s or asha.eta."
              .formatted(at, name, max, min, eta, rungs.getLast(), length, rungs.getLast(), name));
    }
    return new Asha(unit, rungs, (int) eta);
  }

  /** The number of the last rung, at which a trial has its full length. */
  int top() {
    return rungs.size() - 1;
  }

  /** What a rung trains to: {@code 3 epochs}. */
  public String text(int rung) {
    int length = rungs.get(Math.min(rung, top()));
    return length == 1
        ? "1 " + unit.text().substring(0, unit.text().length() - 1)
        : length + " " + unit.text();
  }
}
