package lemniscate.backend;

import static lemniscate.backend.Operand.reads;
import static lemniscate.backend.Operand.updates;
import static lemniscate.backend.Operand.writes;

import java.util.ArrayList;
import java.util.List;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Convolutions and pools of batches of images. An image is a row of (H, W, C), the channels
 * innermost; the results of a convolution are a matrix of a place a row, (B·P, channels). The
 * weights of a convolution are a matrix (channels out, height·width·C), pixel by pixel.
 *
 * <p>Scratch of a convolution holds the patches of some whole examples, n·P rows of which each has
 * what a place sees; the batch is cut accordingly, so that memory is bounded.
 */
public sealed interface ImageOperation extends Operation {

  /**
   * patches[(b, p, q), (i, j, c)] = x[b, stride p + i − padding, stride q + j − padding, c].
   *
   * @param x shape (B, H·W·C)
   * @param patches shape (B·P, height·width·C)
   */
  record Patches(Window window, Tensor x, Tensor patches) implements ImageOperation {
    @Override
    public List<Operand> operands() {
      return List.of(
          reads("x", x).shape(x.rows(), window.image().size()),
          writes("patches", patches).shape(x.rows() * window.places(), window.patch(), "x", x));
    }
  }

  /**
   * x[b, y, x, c] = sum over the patches that see it, in the order of (i, j): the adjoint of {@link
   * Patches}, gathered.
   *
   * @param patches shape (B·P, height·width·C)
   * @param x shape (B, H·W·C)
   */
  record SumPatches(Window window, Tensor patches, Tensor x) implements ImageOperation {
    @Override
    public List<Operand> operands() {
      return List.of(
          reads("patches", patches).shape(x.rows() * window.places(), window.patch(), "x", x),
          writes("x", x).shape(x.rows(), window.image().size()));
    }
  }

  /**
   * u = alpha · patches(x) weightᵀ.
   *
   * @param x shape (B, H·W·C)
   * @param weight shape (channels, height·width·C)
   * @param scratch n·P rows of patches; null where the window is pointwise
   * @param u shape (B·P, channels)
   */
  record Convolve(
      Window window, double alpha, Tensor x, Tensor weight, @Nullable Tensor scratch, Tensor u)
      implements ImageOperation {
    /** Checks that only a pointwise window goes without scratch. */
    public Convolve {
      requireScratch(window, scratch);
    }

    @Override
    public List<Operand> operands() {
      return List.of(
          reads("x", x).shape(x.rows(), window.image().size()),
          reads("weight", weight).shape(weight.rows(), window.patch()),
          someExamples(scratch, window),
          writes("u", u).shape(x.rows() * window.places(), weight.rows(), "x", x));
    }

    @Override
    public List<Operation> expansion() {
      List<Operation> all = new ArrayList<>();
      if (scratch == null) {
        all.add(Gemm.forward(alpha, pixels(window, x), weight, u));
        return all;
      }
      for (Chunk chunk : chunks(window, x.rows(), scratch)) {
        all.add(new Patches(window, chunk.examples(x), chunk.patches()));
        all.add(Gemm.forward(alpha, chunk.patches(), weight, chunk.places(u)));
      }
      return all;
    }
  }

  /**
   * back = alpha · the adjoint of the convolution: gated weight, patches summed.
   *
   * @param gated shape (B·P, channels)
   * @param back shape (B, H·W·C)
   */
  record ConvolveBack(
      Window window,
      double alpha,
      Tensor gated,
      Tensor weight,
      @Nullable Tensor scratch,
      Tensor back)
      implements ImageOperation {
    /** Checks that only a pointwise window goes without scratch. */
    public ConvolveBack {
      requireScratch(window, scratch);
    }

    @Override
    public List<Operand> operands() {
      return List.of(
          reads("weight", weight).shape(weight.rows(), window.patch()),
          reads("gated", gated).shape(back.rows() * window.places(), weight.rows(), "back", back),
          someExamples(scratch, window),
          writes("back", back).shape(back.rows(), window.image().size()));
    }

    @Override
    public List<Operation> expansion() {
      List<Operation> all = new ArrayList<>();
      if (scratch == null) {
        all.add(Gemm.backward(alpha, gated, weight, pixels(window, back)));
        return all;
      }
      for (Chunk chunk : chunks(window, back.rows(), scratch)) {
        all.add(Gemm.backward(alpha, chunk.places(gated), weight, chunk.patches()));
        all.add(new SumPatches(window, chunk.patches(), chunk.examples(back)));
      }
      return all;
    }
  }

  /**
   * gradient = alpha · gatedᵀ patches(x) + (accumulate ? gradient : 0).
   *
   * @param gated shape (B·P, channels)
   * @param x shape (B, H·W·C)
   * @param gradient shape (channels, height·width·C)
   */
  record ConvolutionGradient(
      Window window,
      double alpha,
      Tensor gated,
      Tensor x,
      @Nullable Tensor scratch,
      boolean accumulate,
      Tensor gradient)
      implements ImageOperation {
    /** Checks that only a pointwise window goes without scratch. */
    public ConvolutionGradient {
      requireScratch(window, scratch);
    }

    @Override
    public List<Operand> operands() {
      return List.of(
          (accumulate ? updates("gradient", gradient) : writes("gradient", gradient))
              .shape(gradient.rows(), window.patch()),
          reads("gated", gated).shape(x.rows() * window.places(), gradient.rows(), "x", x),
          reads("x", x).shape(x.rows(), window.image().size()),
          someExamples(scratch, window));
    }

    @Override
    public List<Operation> expansion() {
      List<Operation> all = new ArrayList<>();
      if (scratch == null) {
        Tensor pixels = pixels(window, x);
        all.add(new Gemm(alpha, gated, true, pixels, false, accumulate ? 1 : 0, gradient));
        return all;
      }
      boolean first = !accumulate;
      for (Chunk chunk : chunks(window, x.rows(), scratch)) {
        all.add(new Patches(window, chunk.examples(x), chunk.patches()));
        all.add(
            new Gemm(
                alpha, chunk.places(gated), true, chunk.patches(), false, first ? 0 : 1, gradient));
        first = false;
      }
      return all;
    }
  }

  /**
   * y = mean over the places of each window of x, channel by channel; the window has no padding.
   *
   * @param x shape (B, H·W·C)
   * @param y shape (B, P·C)
   */
  record AveragePool(Window window, Tensor x, Tensor y) implements ImageOperation {
    /** Checks that there is no padding. */
    public AveragePool {
      requireNoPadding(window);
    }

    @Override
    public List<Operand> operands() {
      return List.of(
          reads("x", x).shape(x.rows(), window.image().size()),
          writes("y", y).shape(x.rows(), pooled(window), "x", x));
    }
  }

  /**
   * The adjoint of {@link AveragePool}: every window spreads its d over its pixels.
   *
   * @param d shape (B, P·C)
   * @param back shape (B, H·W·C)
   */
  record AveragePoolBack(Window window, Tensor d, Tensor back) implements ImageOperation {
    /** Checks that there is no padding. */
    public AveragePoolBack {
      requireNoPadding(window);
    }

    @Override
    public List<Operand> operands() {
      return List.of(
          reads("d", d).shape(back.rows(), pooled(window), "back", back),
          writes("back", back).shape(back.rows(), window.image().size()));
    }
  }

  /**
   * y = maximum over the pixels of each window of x, channel by channel, and where it was found:
   * the first maximum in the order of (i, j).
   *
   * @param x shape (B, H·W·C)
   * @param y shape (B, P·C)
   * @param slot i · width + j of the maximum, same shape; the first is 0
   */
  record MaxPool(Window window, Tensor x, Tensor y, Tensor slot) implements ImageOperation {
    /** Checks that there is no padding. */
    public MaxPool {
      requireNoPadding(window);
    }

    @Override
    public List<Operand> operands() {
      return List.of(
          reads("x", x).shape(x.rows(), window.image().size()),
          writes("y", y).shape(x.rows(), pooled(window), "x", x),
          writes("slot", slot).shape(x.rows(), pooled(window), "x", x));
    }
  }

  /**
   * difference = pool(x + z) − pool(x) without cancellation, max_j (z_j − (pool(x) − x_j)), and the
   * first j that has it.
   *
   * @param x shape (B, H·W·C)
   * @param y pool(x), shape (B, P·C)
   * @param z shift of x
   * @param difference shape (B, P·C)
   * @param slot of the maximum at x + z, same shape
   */
  record MaxPoolDifference(
      Window window, Tensor x, Tensor y, Tensor z, Tensor difference, Tensor slot)
      implements ImageOperation {
    /** Checks that there is no padding. */
    public MaxPoolDifference {
      requireNoPadding(window);
    }

    @Override
    public List<Operand> operands() {
      return List.of(
          reads("x", x).shape(x.rows(), window.image().size()),
          reads("y", y).shape(x.rows(), pooled(window), "x", x),
          reads("z", z).like("x", x),
          writes("difference", difference).shape(x.rows(), pooled(window), "x", x),
          writes("slot", slot).shape(x.rows(), pooled(window), "x", x));
    }
  }

  /**
   * The adjoint of a maximum: d goes to the pixels that were it, gathered in the order of the
   * windows.
   *
   * @param slot as {@link MaxPool} leaves it, shape (B, P·C)
   * @param d shape (B, P·C)
   * @param back shape (B, H·W·C)
   */
  record MaxPoolBack(Window window, Tensor slot, Tensor d, Tensor back) implements ImageOperation {
    /** Checks that there is no padding. */
    public MaxPoolBack {
      requireNoPadding(window);
    }

    @Override
    public List<Operand> operands() {
      return List.of(
          reads("slot", slot).shape(back.rows(), pooled(window), "back", back),
          reads("d", d).shape(back.rows(), pooled(window), "back", back),
          writes("back", back).shape(back.rows(), window.image().size()));
    }
  }

  private static int pooled(Window window) {
    return window.places() * window.image().channels();
  }

  private static void requireNoPadding(Window window) {
    if (window.padding() != 0) {
      throw new IllegalArgumentException("a pool with padding " + window.padding());
    }
  }

  private static void requireScratch(Window window, @Nullable Tensor scratch) {
    if (scratch == null && !window.isPointwise()) {
      throw new IllegalArgumentException("a convolution without scratch for its patches");
    }
  }

  // Whole examples, at least one.
  private static Operand someExamples(@Nullable Tensor scratch, Window window) {
    int examples = scratch == null ? 1 : Math.max(1, scratch.rows() / window.places());
    return updates("scratch", scratch).shape(examples * window.places(), window.patch());
  }

  private static Tensor pixels(Window window, Tensor x) {
    return x.reshaped(x.rows() * window.places(), window.image().channels());
  }

  /** Some examples of a batch, and the scratch for their patches. */
  record Chunk(Window window, int first, int count, Tensor scratch) {
    Tensor examples(Tensor batch) {
      return batch.rows(first, count);
    }

    Tensor places(Tensor matrix) {
      return matrix.rows(first * window.places(), count * window.places());
    }

    Tensor patches() {
      return scratch.rows(0, count * window.places());
    }
  }

  private static List<Chunk> chunks(Window window, int batch, Tensor scratch) {
    int most = scratch.rows() / window.places();
    List<Chunk> chunks = new ArrayList<>();
    for (int first = 0; first < batch; first += most) {
      chunks.add(new Chunk(window, first, Math.min(most, batch - first), scratch));
    }
    return chunks;
  }
}
