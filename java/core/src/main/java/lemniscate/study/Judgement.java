package lemniscate.study;

import java.util.List;
import java.util.stream.Stream;

/** How what was measured compares with what is expected. */
public enum Judgement {
  /** As expected. */
  PASS("pass"),
  /** Not as expected. */
  FAIL("fail"),
  /** Either may be true. */
  INCONCLUSIVE("inconclusive"),
  /** Nothing is expected. */
  NOT_JUDGED("not judged");

  private final String text;

  Judgement(String text) {
    this.text = text;
  }

  /** The name in tables: {@code not judged}. */
  public String text() {
    return text;
  }

  /** Whether nothing speaks against what is expected. */
  public boolean isGood() {
    return this == PASS || this == NOT_JUDGED;
  }

  /**
   * Of a value that lies somewhere in an interval.
   *
   * @param low lower end of the interval; −∞ where it has none
   * @param high upper end; ∞ where it has none
   * @param lowest least value that is expected
   * @param highest greatest value that is expected
   */
  public static Judgement of(double low, double high, double lowest, double highest) {
    if (high < lowest || low > highest) {
      return FAIL;
    }
    return low >= lowest && high <= highest ? PASS : INCONCLUSIVE;
  }

  /** The worst of those that were reached; not judged if there is none. */
  public static Judgement worst(Stream<Judgement> all) {
    List<Judgement> reached = all.toList();
    return Stream.of(FAIL, INCONCLUSIVE, PASS)
        .filter(reached::contains)
        .findFirst()
        .orElse(NOT_JUDGED);
  }
}
