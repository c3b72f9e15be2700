package lemniscate.cli.report;

import java.util.Locale;

/**
 * What a study found, in a line.
 *
 * @param outcome whether that is as it should be
 * @param line one sentence
 */
public record Verdict(Outcome outcome, String line) {

  /** Whether what was found is as it should be. */
  public enum Outcome {
    /** Judged and good. */
    PASS,
    /** Judged and bad. */
    FAIL,
    /** Judged, and either may be true. */
    INCONCLUSIVE,
    /** Not as one would wish, but as theory says: standard parameterisation that drifts. */
    AS_EXPECTED,
    /** Measured, not judged. */
    MEASURED;

    /** {@return the word on the banner} */
    public String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }

  /** {@return pass or fail} */
  public static Verdict of(boolean pass, String line) {
    return new Verdict(pass ? Outcome.PASS : Outcome.FAIL, line);
  }
}
