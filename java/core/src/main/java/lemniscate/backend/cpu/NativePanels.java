package lemniscate.backend.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import lemniscate.backend.Window;
import lemniscate.tensor.DType;

/** {@link Panels} of our own loops in C. */
final class NativePanels implements Panels {

  private final NativeProducts products;
  private final long bytes;
  private final MemorySegment scratch;

  NativePanels(NativeProducts products, DType dtype) {
    this.products = products;
    this.bytes = dtype.bytes();
    this.scratch = Arena.ofAuto().allocate(products.scratchBytes(), CpuArena.ALIGNMENT);
  }

  @Override
  public int columns() {
    return products.panelColumns();
  }

  // Where it begins, of which that many elements are reached.
  private long address(MemorySegment segment, long elements) {
    return NativeMemory.address(segment, elements * bytes);
  }

  @Override
  public void pack(
      boolean transpose, int k, int n, MemorySegment b, MemorySegment panels, int from, int to) {
    long source = address(b, (long) k * n);
    long target = address(panels, elements(k, n));
    products.pack(transpose, k, n, source, transpose ? k : n, target, from, to);
  }

  @Override
  public void multiply(
      int k,
      int n,
      double alpha,
      MemorySegment a,
      MemorySegment panels,
      double beta,
      MemorySegment c,
      int rowFrom,
      int rowTo,
      int panelFrom,
      int panelTo) {
    products.multiplyPacked(
        k,
        n,
        alpha,
        address(a, (long) rowTo * k),
        k,
        address(panels, elements(k, n)),
        beta,
        address(c, (long) rowTo * n),
        n,
        rowFrom,
        rowTo,
        panelFrom,
        panelTo,
        scratch.address());
  }

  @Override
  public void multiplyTransposed(
      int k,
      int n,
      int m,
      double alpha,
      MemorySegment a,
      MemorySegment panels,
      MemorySegment c,
      int from,
      int to) {
    products.multiplyTransposed(
        k,
        n,
        alpha,
        address(a, (long) to * k),
        k,
        address(panels, elements(k, n)),
        address(c, (long) n * m),
        m,
        from,
        to,
        scratch.address());
  }

  /**
   * Some places of u = alpha patches(x) weightᵀ, of {@code out} channels, with weightᵀ in panels.
   *
   * @param from first place of the batch
   * @param to one past the last
   */
  void convolve(
      Window window,
      int out,
      double alpha,
      MemorySegment x,
      MemorySegment panels,
      MemorySegment u,
      int from,
      int to) {
    int images = (to + window.places() - 1) / window.places();
    products.convolve(
        window,
        out,
        alpha,
        address(x, (long) images * window.image().size()),
        address(panels, elements(window.patch(), out)),
        address(u, (long) to * out),
        from,
        to,
        scratch.address());
  }

  /**
   * Some images of back = alpha gated weight, summed patch by patch, with the weight, of {@code
   * out} rows, in panels.
   *
   * @param from first image of the batch
   * @param to one past the last
   */
  void convolveBack(
      Window window,
      int out,
      double alpha,
      MemorySegment gated,
      MemorySegment panels,
      MemorySegment back,
      int from,
      int to) {
    products.convolveBack(
        window,
        out,
        alpha,
        address(gated, (long) to * window.places() * out),
        address(panels, elements(out, window.patch())),
        address(back, (long) to * window.image().size()),
        from,
        to,
        scratch.address());
  }

  /** Some rows and panels of columns of gradient = alpha gatedᵀ patches(x) + beta gradient. */
  void convolutionGradient(
      Window window,
      int out,
      double alpha,
      int batch,
      MemorySegment gated,
      MemorySegment x,
      double beta,
      MemorySegment gradient,
      int rowFrom,
      int rowTo,
      int panelFrom,
      int panelTo) {
    products.convolutionGradient(
        window,
        out,
        alpha,
        batch,
        address(gated, (long) batch * window.places() * out),
        address(x, (long) batch * window.image().size()),
        beta,
        address(gradient, (long) out * window.patch()),
        rowFrom,
        rowTo,
        panelFrom,
        panelTo,
        scratch.address());
  }
}
