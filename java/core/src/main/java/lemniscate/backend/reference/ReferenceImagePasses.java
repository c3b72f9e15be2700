package lemniscate.backend.reference;

import lemniscate.backend.ImageOperation;
import lemniscate.backend.Window;
import lemniscate.tensor.Tensor;

/** Convolutions and pools, in double, straight from their definitions. */
final class ReferenceImagePasses {

  private ReferenceImagePasses() {}

  /** Runs an operation whose operands have been checked. */
  static void run(ImageOperation operation) {
    switch (operation) {
      case ImageOperation.Patches(var window, var x, var patches) -> patches(window, x, patches);
      case ImageOperation.SumPatches(var window, var patches, var x) ->
          sumPatches(window, patches, x);
      case ImageOperation.Convolve(var window, var alpha, var x, var weight, _, var u) ->
          convolve(window, alpha, x, weight, u);
      case ImageOperation.ConvolveBack(var window, var alpha, var gated, var weight, _, var back) ->
          convolveBack(window, alpha, gated, weight, back);
      case ImageOperation.ConvolutionGradient(
              var window,
              var alpha,
              var gated,
              var x,
              _,
              var accumulate,
              var gradient) ->
          gradient(window, alpha, gated, x, accumulate, gradient);
      case ImageOperation.AveragePool(var window, var x, var y) -> averagePool(window, x, y);
      case ImageOperation.AveragePoolBack(var window, var d, var back) ->
          averagePoolBack(window, d, back);
      case ImageOperation.MaxPool(var window, var x, var y, var slot) ->
          maxPool(window, x, y, slot);
      case ImageOperation.MaxPoolDifference(
              var window,
              var x,
              var y,
              var z,
              var difference,
              var slot) ->
          maxPoolDifference(window, x, y, z, difference, slot);
      case ImageOperation.MaxPoolBack(var window, var slot, var d, var back) ->
          maxPoolBack(window, slot, d, back);
    }
  }

  /** What is done for a value that a place of an example sees. */
  @FunctionalInterface
  private interface Sight {

    /**
     * Called for the values inside the image.
     *
     * @param place row of the matrix of places: example times P plus the place
     * @param slot (i · width + j) of the pixel in the window
     * @param channel c
     * @param element position of the value in the batch of images
     */
    void of(int place, int slot, int channel, int element);
  }

  // Example by example, place by place, in the order of (i, j, c).
  private static void eachSight(Window window, int batch, Sight sight) {
    int rows = window.image().height();
    int columns = window.image().width();
    int channels = window.image().channels();
    for (int b = 0; b < batch; b++) {
      for (int place = 0; place < window.places(); place++) {
        int top = place / window.placesAcross() * window.stride() - window.padding();
        int left = place % window.placesAcross() * window.stride() - window.padding();
        for (int slot = 0; slot < window.pixels(); slot++) {
          int y = top + slot / window.width();
          int x = left + slot % window.width();
          if (y < 0 || y >= rows || x < 0 || x >= columns) {
            continue;
          }
          for (int c = 0; c < channels; c++) {
            sight.of(
                b * window.places() + place,
                slot,
                c,
                ((b * rows + y) * columns + x) * channels + c);
          }
        }
      }
    }
  }

  private static void fill(Matrix to) {
    for (int i = 0; i < to.elements(); i++) {
      to.set(i, 0);
    }
  }

  private static void patches(Window window, Tensor x, Tensor patches) {
    Matrix from = Matrix.of(x);
    Matrix to = Matrix.of(patches);
    int channels = window.image().channels();
    fill(to);
    eachSight(
        window,
        x.rows(),
        (place, slot, c, element) -> to.set(place, slot * channels + c, from.get(element)));
  }

  private static void sumPatches(Window window, Tensor patches, Tensor x) {
    Matrix from = Matrix.of(patches);
    int channels = window.image().channels();
    double[] sums = new double[Math.toIntExact(x.elements())];
    eachSight(
        window,
        x.rows(),
        (place, slot, c, element) -> sums[element] += from.get(place, slot * channels + c));
    store(sums, 1, Matrix.of(x));
  }

  private static void store(double[] sums, double factor, Matrix to) {
    for (int i = 0; i < sums.length; i++) {
      to.set(i, factor * sums[i]);
    }
  }

  private static void convolve(Window window, double alpha, Tensor x, Tensor weight, Tensor u) {
    Matrix from = Matrix.of(x);
    Matrix w = Matrix.of(weight);
    int out = weight.rows();
    int channels = window.image().channels();
    double[] sums = new double[Math.toIntExact(u.elements())];
    eachSight(
        window,
        x.rows(),
        (place, slot, c, element) -> {
          for (int o = 0; o < out; o++) {
            sums[place * out + o] += w.get(o, slot * channels + c) * from.get(element);
          }
        });
    store(sums, alpha, Matrix.of(u));
  }

  private static void convolveBack(
      Window window, double alpha, Tensor gated, Tensor weight, Tensor back) {
    Matrix from = Matrix.of(gated);
    Matrix w = Matrix.of(weight);
    int out = weight.rows();
    int channels = window.image().channels();
    double[] sums = new double[Math.toIntExact(back.elements())];
    eachSight(
        window,
        back.rows(),
        (place, slot, c, element) -> {
          for (int o = 0; o < out; o++) {
            sums[element] += from.get(place, o) * w.get(o, slot * channels + c);
          }
        });
    store(sums, alpha, Matrix.of(back));
  }

  private static void gradient(
      Window window, double alpha, Tensor gated, Tensor x, boolean accumulate, Tensor gradient) {
    Matrix error = Matrix.of(gated);
    Matrix from = Matrix.of(x);
    Matrix to = Matrix.of(gradient);
    int out = gradient.rows();
    int patch = window.patch();
    int channels = window.image().channels();
    double[] sums = new double[Math.toIntExact(gradient.elements())];
    eachSight(
        window,
        x.rows(),
        (place, slot, c, element) -> {
          for (int o = 0; o < out; o++) {
            sums[o * patch + slot * channels + c] += error.get(place, o) * from.get(element);
          }
        });
    for (int i = 0; i < sums.length; i++) {
      to.set(i, alpha * sums[i] + (accumulate ? to.get(i) : 0));
    }
  }

  // ---------------------------------------------------------------- pools

  private static void averagePool(Window window, Tensor x, Tensor y) {
    Matrix from = Matrix.of(x);
    int channels = window.image().channels();
    double[] sums = new double[Math.toIntExact(y.elements())];
    eachSight(
        window,
        x.rows(),
        (place, slot, c, element) -> sums[place * channels + c] += from.get(element));
    store(sums, 1.0 / window.pixels(), Matrix.of(y));
  }

  private static void averagePoolBack(Window window, Tensor d, Tensor back) {
    Matrix from = Matrix.of(d);
    int channels = window.image().channels();
    double[] sums = new double[Math.toIntExact(back.elements())];
    eachSight(
        window,
        back.rows(),
        (place, slot, c, element) -> sums[element] += from.get(place * channels + c));
    store(sums, 1.0 / window.pixels(), Matrix.of(back));
  }

  private static void maxPool(Window window, Tensor x, Tensor y, Tensor slots) {
    Matrix from = Matrix.of(x);
    Matrix to = Matrix.of(y);
    Matrix found = Matrix.of(slots);
    int channels = window.image().channels();
    eachSight(
        window,
        x.rows(),
        (place, slot, c, element) -> {
          int at = place * channels + c;
          if (slot == 0 || from.get(element) > to.get(at)) {
            to.set(at, from.get(element));
            found.set(at, slot);
          }
        });
  }

  private static void maxPoolDifference(
      Window window, Tensor x, Tensor y, Tensor z, Tensor difference, Tensor slots) {
    Matrix from = Matrix.of(x);
    Matrix pooled = Matrix.of(y);
    Matrix shift = Matrix.of(z);
    Matrix to = Matrix.of(difference);
    Matrix found = Matrix.of(slots);
    int channels = window.image().channels();
    double[] best = new double[Math.toIntExact(difference.elements())];
    eachSight(
        window,
        x.rows(),
        (place, slot, c, element) -> {
          int at = place * channels + c;
          double moved = shift.get(element) - (pooled.get(at) - from.get(element));
          if (slot == 0 || moved > best[at]) {
            best[at] = moved;
            found.set(at, slot);
          }
        });
    store(best, 1, to);
  }

  private static void maxPoolBack(Window window, Tensor slots, Tensor d, Tensor back) {
    Matrix found = Matrix.of(slots);
    Matrix from = Matrix.of(d);
    int channels = window.image().channels();
    double[] sums = new double[Math.toIntExact(back.elements())];
    eachSight(
        window,
        back.rows(),
        (place, slot, c, element) -> {
          int at = place * channels + c;
          if (found.get(at) == slot) {
            sums[element] += from.get(at);
          }
        });
    store(sums, 1, Matrix.of(back));
  }
}
