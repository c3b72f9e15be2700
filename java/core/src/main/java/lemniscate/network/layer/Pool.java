package lemniscate.network.layer;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import lemniscate.backend.Operations;
import lemniscate.backend.Window;
import lemniscate.config.BadInputException;
import lemniscate.network.Features;
import lemniscate.network.Transport;
import lemniscate.tensor.ExampleShape;
import lemniscate.tensor.Tensor;

/**
 * One value for each window and channel. Places that no whole window covers are left out.
 *
 * @param how mean or maximum
 * @param kernel extent of the window; 0 for the whole image
 * @param stride of the windows
 */
public record Pool(How how, int kernel, int stride) implements Layer {

  /** What is made of the values of a window. */
  public enum How {
    /** Their mean. */
    AVERAGE,
    /** Their maximum: the first of the largest, line by line. */
    MAX
  }

  /**
   * Checks the extents.
   *
   * @throws BadInputException if one is out of range
   */
  public Pool {
    if (kernel < 0 || stride < 1) {
      throw new BadInputException(
          "a pool of kernel %d and stride %d: expected at least 1".formatted(kernel, stride));
    }
  }

  /** The mean over all places: one value for each channel. */
  public static Pool global() {
    return new Pool(How.AVERAGE, 0, 1);
  }

  @Override
  public String kind() {
    return "pool";
  }

  private Window window(Features input) {
    ExampleShape image = input.shape();
    return kernel == 0
        ? new Window(image, image.height(), image.width(), 1, 0)
        : new Window(image, kernel, kernel, stride, 0);
  }

  @Override
  public Features output(Features input) {
    ExampleShape image = input.shape();
    if (kernel > image.height() || kernel > image.width()) {
      throw new BadInputException(
          "a pool of %d x %d on %s: expected a window that fits into the image; use a smaller one or"
                  .formatted(kernel, kernel, image)
              + " fewer pools");
    }
    return new Features(window(input).result(image.channels()), input.grow());
  }

  @Override
  public boolean readsPlaces() {
    return kernel > 1;
  }

  @Override
  public boolean isBounded(boolean input) {
    return input;
  }

  @Override
  public Map<String, Object> description() {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("pool", how == How.MAX ? "max" : "average");
    facts.put("kernel", kernel);
    facts.put("stride", stride);
    return facts;
  }

  @Override
  public LayerPass pass(Site site) {
    Window window = window(site.features());
    return how == How.AVERAGE
        ? new Average(window, site.input(), site.output())
        : new Max(
            window,
            site.input(),
            site.output(),
            site.like(site.output()),
            site.likeForMoves(site.output()));
  }

  private record Average(Window window, Tensor x, Tensor y) implements LayerPass {

    @Override
    public void forward(Operations ops) {
      ops.image().averagePool(window, x, y);
    }

    @Override
    public void shift(Operations ops, Tensor move, Tensor shift) {
      ops.image().averagePool(window, move, shift);
    }

    @Override
    public void pullback(Operations ops, Transport transport, Tensor error, Tensor back) {
      ops.image().averagePoolBack(window, error, back);
      LayerPass.scale(ops, transport, back);
    }

    @Override
    public LayerPass rows(int first, int count) {
      return new Average(window, x.rows(first, count), y.rows(first, count));
    }
  }

  /** With the places of the maxima at x and at x + d. */
  private record Max(Window window, Tensor x, Tensor y, Tensor slot, Tensor shiftedSlot)
      implements LayerPass {

    @Override
    public void forward(Operations ops) {
      ops.image().maxPool(window, x, y, slot);
    }

    @Override
    public void shift(Operations ops, Tensor move, Tensor shift) {
      ops.image().maxPoolDifference(window, x, y, move, shift, shiftedSlot);
    }

    @Override
    public void pullback(Operations ops, Transport transport, Tensor error, Tensor back) {
      ops.image().maxPoolBack(window, transport.shifted() ? shiftedSlot : slot, error, back);
      LayerPass.scale(ops, transport, back);
    }

    @Override
    public LayerPass rows(int first, int count) {
      return new Max(
          window,
          x.rows(first, count),
          y.rows(first, count),
          slot.rows(first, count),
          shiftedSlot.rows(first, count));
    }
  }

  @Override
  public LayerOracle oracle(Features input, OracleScales scales) {
    Window window = window(input);
    int channels = input.shape().channels();
    return (x, parameters, batch) -> {
      double[] y = new double[batch * window.places() * channels];
      for (int i = 0; i < y.length; i++) {
        double[] seen = seen(window, x, i / channels, i % channels);
        y[i] =
            how == How.MAX
                ? Arrays.stream(seen).max().orElseThrow()
                : Arrays.stream(seen).average().orElseThrow();
      }
      return y;
    };
  }

  // The values that a place sees in one channel.
  private static double[] seen(Window window, double[] x, int place, int channel) {
    ExampleShape image = window.image();
    int example = place / window.places();
    int at = place % window.places();
    double[] seen = new double[window.pixels()];
    for (int s = 0; s < seen.length; s++) {
      int row = at / window.placesAcross() * window.stride() + s / window.width();
      int column = at % window.placesAcross() * window.stride() + s % window.width();
      seen[s] =
          x[
              ((example * image.height() + row) * image.width() + column) * image.channels()
                  + channel];
    }
    return seen;
  }
}
