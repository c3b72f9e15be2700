package lemniscate.sweep;

import java.util.Locale;

/** How a trial ended. */
public enum Outcome {
  /** It trained to its last step. */
  OK,
  /** A loss, an energy or a weight stopped being finite: a result like any other. */
  DIVERGED,
  /** It could not be trained; its message says why. */
  FAILED,
  /** It took longer than the sweep allows. */
  TIMEOUT;

  /** The name in the store: {@code ok}. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether trying again may end otherwise. */
  public boolean retriable() {
    return this == FAILED || this == TIMEOUT;
  }
}
