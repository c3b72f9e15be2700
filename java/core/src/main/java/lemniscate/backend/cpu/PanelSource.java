package lemniscate.backend.cpu;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import lemniscate.backend.Gemm;
import lemniscate.backend.RepeatedProducts;
import lemniscate.config.BadInputException;

/** Makes the panels of weights, for each part of a task an instance with the room it needs. */
interface PanelSource {

  /**
   * Panels for a weight.
   *
   * @param like a product with it
   */
  Panels[] byPart(Gemm like);

  /** Columns of the panels that turn products; 0 where they don't. */
  default int turning() {
    return 0;
  }

  /**
   * What products with weights that stay the same go through; empty where they are a library's like
   * all others.
   *
   * @param asked how they are to be made
   * @param own what makes our own panels; empty where there are none
   * @param engine the library
   * @param threads parts of a task
   * @throws BadInputException if they cannot be made so
   */
  static Optional<PanelSource> of(
      RepeatedProducts asked, Optional<Supplier<Panels>> own, MatrixProduct engine, int threads) {
    return switch (taken(asked, own)) {
      case PANELS ->
          Optional.of(
              own.map(layout -> (PanelSource) new OwnPanels(layout, threads))
                  .orElseThrow(() -> refused(asked, "there are no panels here", "use")));
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

  /** What is asked for, and what that means here, for people. */
  static String description(RepeatedProducts asked, Optional<Supplier<Panels>> own) {
    String name = asked.configName();
    return asked == RepeatedProducts.AUTO
        ? name + " (" + taken(asked, own).configName() + ")"
        : name;
  }

  private static RepeatedProducts taken(RepeatedProducts asked, Optional<Supplier<Panels>> own) {
    return asked != RepeatedProducts.AUTO
        ? asked
        : own.isPresent() ? RepeatedProducts.PANELS : RepeatedProducts.BLAS;
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
    private final Supplier<Panels> layout;
    private final int threads;
    private Panels[] byPart = {};

    private OwnPanels(Supplier<Panels> layout, int threads) {
      this.layout = layout;
      this.threads = threads;
    }

    @Override
    public int turning() {
      return parts()[0].columns();
    }

    @Override
    public Panels[] byPart(Gemm like) {
      return parts();
    }

    private Panels[] parts() {
      if (byPart.length == 0) {
        byPart = Stream.generate(layout).limit(threads).toArray(Panels[]::new);
      }
      return byPart;
    }
  }
}
