package lemniscate.tensor;

/**
 * The shape of one example, or of a layer's activity for one example: height, width and channels of
 * an image, the channels innermost (NHWC); (1, 1, n) for n features without places. A batch is a
 * matrix with an example a row, and the same memory is a matrix of a pixel a row.
 *
 * @param height H, at least 1
 * @param width W, at least 1
 * @param channels C, at least 1
 */
public record ExampleShape(int height, int width, int channels) {

  /**
   * Checks the extents.
   *
   * @throws IllegalArgumentException if one is below 1, or the product is no {@code int}
   */
  public ExampleShape {
    if (height < 1 || width < 1 || channels < 1) {
      throw new IllegalArgumentException(
          "example of shape (%d, %d, %d)".formatted(height, width, channels));
    }
    Math.multiplyExact(Math.multiplyExact(height, width), channels);
  }

  /** The shape of n features without places. */
  public static ExampleShape flat(int features) {
    return new ExampleShape(1, 1, features);
  }

  /** Whether there is one place only. */
  public boolean isFlat() {
    return height == 1 && width == 1;
  }

  /** H·W·C. */
  public int size() {
    return height * width * channels;
  }

  /** {@code 28 x 28 x 1}, or the number of features. */
  @Override
  public String toString() {
    return isFlat() ? Integer.toString(channels) : height + " x " + width + " x " + channels;
  }
}
