package lemniscate.rule;

/**
 * A test accuracy that a paper reports for 100 epochs of a network with one hidden layer of 1024
 * units.
 *
 * @param paper where
 * @param dataSet name in the catalogue of data sets
 * @param percent mean over seeds
 * @param deviation over seeds; NaN where it is not known
 * @param mark how well the number is known here
 */
public record PublishedAccuracy(
    Paper paper, String dataSet, double percent, double deviation, Mark mark) {

  /** Where numbers come from. */
  public enum Paper {
    /** Dellaferrera and Kreiman, arXiv 2201.11665. */
    ICML_2022("ICML 2022"),
    /** Srinivasan et al., arXiv 2302.05440. */
    ICLR_2024("ICLR 2024");

    private final String label;

    Paper(String label) {
      this.label = label;
    }

    /** {@return what tables call it} */
    public String label() {
      return label;
    }
  }

  /** How well a number is known. */
  public enum Mark {
    /** Found quoted in an independent place. */
    CONFIRMED("confirmed"),
    /** Remembered, and no target. */
    FROM_MEMORY("from memory");

    private final String word;

    Mark(String word) {
      this.word = word;
    }

    /** {@return what tables call it} */
    public String word() {
      return word;
    }
  }

  /** A number that an independent place quotes. */
  public static PublishedAccuracy confirmed(
      Paper paper, String dataSet, double percent, double deviation) {
    return new PublishedAccuracy(paper, dataSet, percent, deviation, Mark.CONFIRMED);
  }

  /** A number from memory. */
  public static PublishedAccuracy remembered(
      Paper paper, String dataSet, double percent, double deviation) {
    return new PublishedAccuracy(paper, dataSet, percent, deviation, Mark.FROM_MEMORY);
  }

  /** A number from memory, whose deviation is not known. */
  public static PublishedAccuracy remembered(Paper paper, String dataSet, double percent) {
    return remembered(paper, dataSet, percent, Double.NaN);
  }
}
