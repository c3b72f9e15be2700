package lemniscate.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.Optional;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.Backends;
import lemniscate.backend.Precision;
import lemniscate.backend.RepeatedProducts;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.tensor.DType;
import lemniscate.train.Experiment;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The choice of what multiplies by weights that stay the same. */
class RepeatedProductsTest {

  private static final Optional<NativeCode> BEST = CpuKernels.best().code();
  private static final Optional<NativeCode> NONE = Optional.empty();
  private static final boolean MEASURED =
      BEST.map(NativeCode::instructionSet).filter(PanelSource.MEASURED::contains).isPresent();
  private static final MatrixProduct PLAIN = new JavaProduct("in a test");

  private static Backend open(@Nullable Path blas, RepeatedProducts products) {
    return Backends.open("cpu", new BackendOptions(Precision.FP32, 1, blas).withProducts(products));
  }

  @Test
  void autoTakesPanelsWhereTheyAreQuickerAndNeverTheLibrarysPacking() {
    Optional<PanelSource> taken =
        PanelSource.of(RepeatedProducts.AUTO, BEST, DType.FLOAT32, PLAIN, 2);
    assertThat(taken.isPresent()).isEqualTo(MEASURED);
    assertThat(PanelSource.of(RepeatedProducts.AUTO, NONE, DType.FLOAT32, PLAIN, 2)).isEmpty();
    assertThat(PanelSource.description(RepeatedProducts.AUTO, NONE))
        .isEqualTo("auto (blas: no loops in C)");
    assertThat(PanelSource.description(RepeatedProducts.AUTO, BEST))
        .startsWith(MEASURED ? "auto (panels: " : "auto (blas: ");
  }

  @Test
  void blasPacksNothing() {
    assertThat(PanelSource.of(RepeatedProducts.BLAS, BEST, DType.FLOAT32, PLAIN, 2)).isEmpty();
  }

  @Test
  void panelsNeedVectors() {
    assertThatThrownBy(() -> PanelSource.of(RepeatedProducts.PANELS, NONE, DType.FLOAT32, PLAIN, 2))
        .isInstanceOf(BadInputException.class)
        .hasMessageContainingAll(
            "cpu.products is panels", "no loops in C", "use cpu.products auto.");
  }

  @Test
  void packingNeedsALibraryThatPacks() {
    assertThatThrownBy(
            () -> PanelSource.of(RepeatedProducts.PACKED_BLAS, BEST, DType.FLOAT32, PLAIN, 2))
        .isInstanceOf(BadInputException.class)
        .hasMessageContainingAll(
            "cpu.products is packed-blas",
            "plain Java products",
            "no cblas_sgemm_pack",
            "--blas",
            "use cpu.products auto.");
    assertThatThrownBy(() -> open(null, RepeatedProducts.PACKED_BLAS))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("cannot pack");
  }

  @Test
  void mklPacks() {
    try (Backend backend = open(MklLibrary.orSkip(), RepeatedProducts.PACKED_BLAS)) {
      assertThat(backend.description()).contains("mkl").endsWith("products packed-blas");
    }
  }

  /** Where MKL is named its packing is not taken unasked: our panels were quicker. */
  @Test
  void autoTakesNoPackingOfMkl() {
    try (Backend backend = open(MklLibrary.orSkip(), RepeatedProducts.AUTO)) {
      assertThat(backend.description()).contains("mkl").doesNotContain("packed-blas");
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "PACKED_BLAS")
  void theConfigurationNamesThem(RepeatedProducts products) {
    assumeTrue(products != RepeatedProducts.PANELS || BEST.isPresent(), "no panels here");
    Config config =
        Config.defaults()
            .with("backend", "cpu", "test")
            .with(ConfigSchema.CPU_PRODUCTS.name(), products.configName(), "test");
    try (Backend backend = Experiment.openBackend(config, line -> {})) {
      assertThat(backend.description())
          .endsWith("products " + PanelSource.description(products, BEST));
    }
  }

  @Test
  void theReferenceHasNoChoice() {
    BackendOptions options = BackendOptions.defaults().withProducts(RepeatedProducts.BLAS);
    assertThatThrownBy(() -> Backends.open("reference", options))
        .isInstanceOf(BadInputException.class)
        .hasMessageContainingAll("cpu.products is blas", "not reference", "choose the cpu backend");
  }
}
