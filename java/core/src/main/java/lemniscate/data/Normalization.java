package lemniscate.data;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import lemniscate.config.BadInputException;
import lemniscate.text.Shown;

/**
 * What is done to each feature before a network sees it. With u = byte/255 for byte features and u
 * = x for float features:
 *
 * <table>
 * <caption>kinds</caption>
 * <tr><th>kind</th><th>byte feature b</th><th>float feature x</th></tr>
 * <tr><td>{@code none}</td><td>b, that is 0..255</td><td>x</td></tr>
 * <tr><td>{@code unit}</td><td>b/255</td><td>x</td></tr>
 * <tr><td>{@code standard}</td><td>(b/255 - mean) scale</td><td>(x - mean) scale</td></tr>
 * </table>
 *
 * <p>{@code standard} uses one mean and one standard deviation over all features of the
 * <em>training</em> split, so that the features have mean 0 and variance 1 there; the test split
 * gets the same two numbers. A feature-wise version would divide by zero at pixels that never
 * change.
 *
 * <p>Worked out in double and rounded to float once. Immutable.
 */
public final class Normalization {
  /** What {@code unit} divides bytes by. */
  static final double BYTE_MAX = 255.0;

  private static final Normalization NONE = new Normalization(Kind.NONE, 0, 1);
  private static final Normalization UNIT = new Normalization(Kind.UNIT, 0, 1);

  /** The three ways to normalise. */
  public enum Kind {
    /** Raw values. */
    NONE,
    /** Bytes scaled to [0, 1]. */
    UNIT,
    /** Mean 0 and variance 1 over the training split. */
    STANDARD;

    /** The name in a config file: lower case. */
    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The kind with a name as written in a config file.
     *
     * @throws BadInputException for any other name
     */
    public static Kind of(String key) {
      for (Kind kind : values()) {
        if (kind.key().equals(key)) {
          return kind;
        }
      }
      throw new BadInputException(
          "normalisation %s is unknown; give one of %s."
              .formatted(
                  Shown.quoted(key),
                  Arrays.stream(values()).map(Kind::key).collect(Collectors.joining(", "))));
    }
  }

  private final Kind kind;
  private final double mean;
  private final double scale;
  private final float[] byteTable = new float[256];

  private Normalization(Kind kind, double mean, double scale) {
    this.kind = kind;
    this.mean = mean;
    this.scale = scale;
    for (int b = 0; b < byteTable.length; b++) {
      double u = kind == Kind.NONE ? b : b / BYTE_MAX;
      byteTable[b] = (float) ((u - mean) * scale);
    }
  }

  /** Raw values. */
  public static Normalization none() {
    return NONE;
  }

  /** Bytes scaled to [0, 1]; floats unchanged. */
  public static Normalization unit() {
    return UNIT;
  }

  /**
   * Mean 0 and (population) variance 1 over all features of a training split.
   *
   * @throws BadInputException if all features are equal, so that there is no variance to scale
   */
  public static Normalization standard(Dataset train) {
    double[] moments = train.meanAndDeviation();
    if (!(moments[1] > 0)) {
      throw new BadInputException(
          ("%s: all feature values are equal, so 'standard' normalisation cannot scale "
                  + "them; use 'unit' or 'none', or check the data.")
              .formatted(train.where()));
    }
    return standard(moments[0], 1 / moments[1]);
  }

  /**
   * The standard kind with given numbers, as a resumed run or an evaluation restores them.
   *
   * @param mean subtracted (from byte/255, or from the float)
   * @param scale multiplied with afterwards, finite and positive
   */
  public static Normalization standard(double mean, double scale) {
    if (!Double.isFinite(mean) || !Double.isFinite(scale) || scale <= 0) {
      throw new BadInputException(
          ("normalisation with mean %s and scale %s: expected a finite mean and a finite, "
                  + "positive scale.")
              .formatted(mean, scale));
    }
    return new Normalization(Kind.STANDARD, mean, scale);
  }

  /** The normalisation of a kind, with the moments of a training split where it needs them. */
  public static Normalization of(Kind kind, Dataset train) {
    return switch (kind) {
      case NONE -> none();
      case UNIT -> unit();
      case STANDARD -> standard(train);
    };
  }

  /** The kind. */
  public Kind kind() {
    return kind;
  }

  /** What is subtracted: 0 unless the kind is {@code standard}. */
  public double mean() {
    return mean;
  }

  /** What is multiplied with afterwards: 1 unless the kind is {@code standard}. */
  public double scale() {
    return scale;
  }

  /** The normalised value of a float feature. */
  public float apply(float x) {
    return kind == Kind.STANDARD ? (float) ((x - mean) * scale) : x;
  }

  /** The normalised value of a byte feature. */
  public float apply(byte b) {
    return byteTable[b & 0xff];
  }

  /** The normalised value of each byte 0..255; not to be modified. */
  float[] byteTable() {
    return byteTable;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Normalization n
        && n.kind == kind
        && Double.compare(n.mean, mean) == 0
        && Double.compare(n.scale, scale) == 0;
  }

  @Override
  public int hashCode() {
    return 31 * (31 * kind.ordinal() + Double.hashCode(mean)) + Double.hashCode(scale);
  }

  @Override
  public String toString() {
    return kind == Kind.STANDARD ? "standard(mean=" + mean + ", scale=" + scale + ")" : kind.key();
  }
}
