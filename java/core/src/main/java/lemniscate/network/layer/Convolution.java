package lemniscate.network.layer;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.backend.Operations;
import lemniscate.backend.Window;
import lemniscate.config.BadInputException;
import lemniscate.network.Features;
import lemniscate.network.Parameter;
import lemniscate.network.ParameterSpec;
import lemniscate.network.Point;
import lemniscate.network.Transport;
import lemniscate.network.Widths;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * y = a W ∗ x + b on images: at each place the product of W, of shape (channels, kernel, kernel,
 * input channels), with the patch that the place sees.
 *
 * @param channels number of output channels, at least 1
 * @param grows whether it grows with the width of the network
 * @param kernel extent of the patch
 * @param stride of the places
 * @param padding pixels of zeros around the image
 * @param bias whether there is a b, one number a channel
 */
public record Convolution(
    int channels, boolean grows, int kernel, int stride, int padding, boolean bias)
    implements Layer {

  /** Elements of the patches that are held at a time, unless one example has more. */
  private static final int SCRATCH = 1 << 20;

  /**
   * Checks the number of channels.
   *
   * @throws BadInputException if it is below 1
   */
  public Convolution {
    if (channels < 1) {
      throw new BadInputException(
          "a convolution of " + channels + " channels: expected at least 1");
    }
  }

  @Override
  public String kind() {
    return "conv";
  }

  private Window window(Features input) {
    return new Window(input.shape(), kernel, kernel, stride, padding);
  }

  @Override
  public Features output(Features input) {
    if (input.shape().isFlat() && readsPlaces()) {
      throw new BadInputException(
          "a convolution of kernel %d on %s features without places: expected an image; use fewer pools, put"
                  .formatted(kernel, input.shape())
              + " it before dense and flatten, or give the shape of the data's images");
    }
    return new Features(window(input).result(channels), grows);
  }

  @Override
  public List<ParameterSpec> parameters(Features input) {
    List<Integer> extents = List.of(channels, kernel, kernel, input.shape().channels());
    return ParameterSpec.affine(extents, grows, input.grow(), bias);
  }

  @Override
  public boolean readsPlaces() {
    return kernel > 1;
  }

  @Override
  public boolean startsWithWeight() {
    return true;
  }

  @Override
  public Layer withWidth(int width, int base) {
    return grows
        ? new Convolution(Widths.scaled(channels, width, base), true, kernel, stride, padding, bias)
        : this;
  }

  @Override
  public Map<String, Object> description() {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("channels", channels);
    facts.put("kernel", kernel);
    facts.put("stride", stride);
    facts.put("padding", padding);
    return facts;
  }

  @Override
  public LayerPass pass(Site site) {
    Window window = window(site.features());
    return new Pass(
        window,
        site.parameters().getFirst(),
        bias ? site.parameters().getLast() : null,
        scratch(site, window),
        site.input(),
        places(window, site.output()));
  }

  private static @Nullable Tensor scratch(Site site, Window window) {
    if (window.isPointwise()) {
      return null;
    }
    long example = (long) window.places() * window.patch();
    int examples = Math.clamp(SCRATCH / example, 1, site.batch());
    return site.arena().allocate(new Shape(examples * window.places(), window.patch()));
  }

  private static Tensor places(Window window, Tensor result) {
    int rows = result.rows() * window.places();
    return result.reshaped(rows, Math.toIntExact(result.elements() / rows));
  }

  private record Pass(
      Window window,
      Parameter weight,
      @Nullable Parameter bias,
      @Nullable Tensor scratch,
      Tensor x,
      Tensor y)
      implements LayerPass {

    private double multiplier() {
      return weight.scaling().multiplier();
    }

    @Override
    public void forward(Operations ops) {
      ops.image().convolve(window, multiplier(), x, weight.value(), scratch, y);
      if (bias != null) {
        ops.addRow(bias.value(), y);
      }
    }

    @Override
    public void shift(Operations ops, Tensor move, Tensor shift) {
      ops.image()
          .convolve(window, multiplier(), move, weight.value(), scratch, places(window, shift));
    }

    @Override
    public void pullback(Operations ops, Transport transport, Tensor error, Tensor back) {
      ops.image()
          .convolveBack(
              window,
              transport.factor(weight),
              places(window, error),
              transport.weight(weight),
              scratch,
              back);
    }

    @Override
    public void gradients(Operations ops, Point at, double factor, Tensor error, Tensor input) {
      gradient(ops, factor, error, input, false);
      if (bias != null) {
        ops.columnSum(factor, places(window, error), bias.gradient());
      }
    }

    @Override
    public void addGradients(Operations ops, Point at, double factor, Tensor error, Tensor input) {
      gradient(ops, factor, error, input, true);
    }

    @Override
    public LayerPass rows(int first, int count) {
      int places = window.places();
      return new Pass(
          window,
          weight,
          bias,
          scratch,
          x.rows(first, count),
          y.rows(first * places, count * places));
    }

    private void gradient(
        Operations ops, double factor, Tensor error, Tensor input, boolean accumulate) {
      ops.image()
          .convolutionGradient(
              window,
              factor * multiplier(),
              places(window, error),
              input,
              scratch,
              accumulate,
              weight.gradient());
    }
  }

  @Override
  public LayerOracle oracle(Features input, OracleScales scales) {
    Window window = window(input);
    double a = scales.multipliers().getFirst();
    return (x, parameters, batch) -> {
      double[] y = new double[batch * window.places() * channels];
      for (int i = 0; i < y.length; i++) {
        int o = i % channels;
        int place = i / channels % window.places();
        int example = i / channels / window.places();
        y[i] = a * product(window, x, example, place, parameters.getFirst(), o);
        if (bias) {
          y[i] += parameters.getLast()[o];
        }
      }
      return y;
    };
  }

  // Straight from the definition.
  private static double product(
      Window window, double[] x, int example, int place, double[] w, int o) {
    int height = window.image().height();
    int width = window.image().width();
    int depth = window.image().channels();
    double sum = 0;
    for (int i = 0; i < window.height(); i++) {
      int row = place / window.placesAcross() * window.stride() + i - window.padding();
      for (int j = 0; j < window.width() && row >= 0 && row < height; j++) {
        int column = place % window.placesAcross() * window.stride() + j - window.padding();
        for (int c = 0; c < depth && column >= 0 && column < width; c++) {
          sum +=
              w[((o * window.height() + i) * window.width() + j) * depth + c]
                  * x[((example * height + row) * width + column) * depth + c];
        }
      }
    }
    return sum;
  }
}
