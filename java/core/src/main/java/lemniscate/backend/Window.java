package lemniscate.backend;

import lemniscate.config.BadInputException;
import lemniscate.tensor.ExampleShape;

/**
 * A window that slides over an image, of a convolution or a pool. Place (p, q) of the result sees
 * the pixels (stride p + i − padding, stride q + j − padding) for i below the window's height and j
 * below its width; those outside the image count as 0.
 *
 * @param image H, W, C of what it slides over
 * @param height of the window, at least 1
 * @param width of the window, at least 1
 * @param stride at least 1
 * @param padding pixels around the image, below the window's extents
 */
public record Window(ExampleShape image, int height, int width, int stride, int padding) {

  /**
   * Checks that there is a place for it.
   *
   * @throws BadInputException if not
   */
  public Window {
    if (height < 1 || width < 1 || stride < 1) {
      throw new BadInputException(
          "a window of %d x %d with stride %d: expected at least 1"
              .formatted(height, width, stride));
    }
    if (padding < 0 || padding >= height || padding >= width) {
      throw new BadInputException(
          "padding %d of a window of %d x %d: expected at least 0 and less than the window"
              .formatted(padding, height, width));
    }
    if (height > image.height() + 2 * padding || width > image.width() + 2 * padding) {
      throw new BadInputException(
          "a window of %d x %d on an image of %s with padding %d: expected one that fits into it"
              .formatted(height, width, image, padding));
    }
  }

  /** Number of places above each other: ⌊(H + 2 padding − height) / stride⌋ + 1. */
  public int placesDown() {
    return (image.height() + 2 * padding - height) / stride + 1;
  }

  /** Number of places beside each other. */
  public int placesAcross() {
    return (image.width() + 2 * padding - width) / stride + 1;
  }

  /** P, the number of places. */
  public int places() {
    return placesDown() * placesAcross();
  }

  /** Number of pixels that a place sees. */
  public int pixels() {
    return height * width;
  }

  /** Number of values that a place sees: pixels times C. */
  public int patch() {
    return pixels() * image.channels();
  }

  /** Whether every place sees its own pixel and no other, so that patches are the image itself. */
  public boolean isPointwise() {
    return height == 1 && width == 1 && stride == 1;
  }

  /** Shape of the result with other channels. */
  public ExampleShape result(int channels) {
    return new ExampleShape(placesDown(), placesAcross(), channels);
  }
}
