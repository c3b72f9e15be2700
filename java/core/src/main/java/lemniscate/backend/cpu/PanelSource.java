package lemniscate.backend.cpu;

import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import lemniscate.backend.Gemm;
import lemniscate.backend.RepeatedProducts;
import lemniscate.config.BadInputException;
import lemniscate.tensor.DType;

/** Makes the panels of weights, for each part of a task an instance with the room it needs. */
interface PanelSource {

  /**
   * Instruction sets with which our own products are quicker than OpenBLAS's: measured with AVX2;
   * with AVX-512 those of the version before were, whose tile was smaller.
   */
  Set<String> MEASURED = Set.of("avx2", "avx512");

  /**
   * Panels for a weight.
   *
   * @param like a product with it
   */
  Panels[] byPart(Gemm like);

  /** Columns of the panels that transpose products; 0 where they don't. */
  default int transposing() {
    return 0;
  }

  /** Panels that convolve images without a matrix of patches; none where they don't. */
  default NativePanels[] convolving() {
    return new NativePanels[0];
  }

  /**
   * What products with weights that stay the same go through; empty where they are a library's like
   * all others.
   *
   * @param asked how they are to be made
   * @param code that has products of our own
   * @param dtype of all operands
   * @param engine the library
   * @param threads parts of a task
   * @throws BadInputException if they cannot be made so
   */
  static Optional<PanelSource> of(
      RepeatedProducts asked,
      Optional<NativeCode> code,
      DType dtype,
      MatrixProduct engine,
      int threads) {
    return switch (taken(asked, code)) {
      case PANELS ->
          Optional.of(
              code.map(own -> (PanelSource) new OwnPanels(own, dtype, threads))
                  .orElseThrow(
                      () ->
                          refused(
                              asked, "there are no loops in C: " + NativeCode.absence(), "use")));
      case PACKED_BLAS ->
          Optional.of(
              engine
                  .packing()
                  .map(library -> byLibrary(library, threads))
                  .orElseThrow(
                      () ->
                          refused(
                              asked,
                              engine.description() + " cannot pack: it has no cblas_sgemm_pack",
                              "name a library that has, such as MKL's libmkl_rt.so, with --blas, or"
                                  + " use")));
      case AUTO, BLAS -> Optional.empty();
    };
  }

  /** What is asked for, and what that means here and why, for people. */
  static String description(RepeatedProducts asked, Optional<NativeCode> code) {
    if (asked != RepeatedProducts.AUTO) {
      return asked.configName();
    }
    String why =
        code.map(NativeCode::instructionSet)
            .map(
                set ->
                    (MEASURED.contains(set) ? "the quicker with " : "no others measured with ")
                        + set)
            .orElse("no loops in C");
    return "%s (%s: %s)".formatted(asked.configName(), taken(asked, code).configName(), why);
  }

  /** What {@link RepeatedProducts#AUTO} stands for. */
  static RepeatedProducts taken(RepeatedProducts asked, Optional<NativeCode> code) {
    if (asked != RepeatedProducts.AUTO) {
      return asked;
    }
    return code.map(NativeCode::instructionSet).filter(MEASURED::contains).isPresent()
        ? RepeatedProducts.PANELS
        : RepeatedProducts.BLAS;
  }

  private static BadInputException refused(RepeatedProducts asked, String reason, String remedy) {
    return new BadInputException(
        "%s is %s, but %s; %s %s %s."
            .formatted(
                RepeatedProducts.KEY,
                asked.configName(),
                reason,
                remedy,
                RepeatedProducts.KEY,
                RepeatedProducts.AUTO.configName()));
  }

  private static PanelSource byLibrary(BlasPacking library, int threads) {
    return like -> {
      Panels[] byPart = new Panels[threads];
      Arrays.fill(byPart, new LibraryPanels(library, like, threads));
      return byPart;
    };
  }

  /** The room of our own panels serves all weights; it is taken once there are any. */
  final class OwnPanels implements PanelSource {
    private final NativeProducts products;
    private final DType dtype;
    private final int threads;
    private NativePanels[] byPart = {};

    private OwnPanels(NativeCode code, DType dtype, int threads) {
      this.products = new NativeProducts(code, dtype);
      this.dtype = dtype;
      this.threads = threads;
    }

    @Override
    public int transposing() {
      return products.panelColumns();
    }

    @Override
    public Panels[] byPart(Gemm like) {
      return convolving();
    }

    @Override
    public NativePanels[] convolving() {
      if (byPart.length == 0) {
        byPart =
            Stream.generate(() -> new NativePanels(products, dtype))
                .limit(threads)
                .toArray(NativePanels[]::new);
      }
      return byPart;
    }
  }
}
