package lemniscate.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.BackendProvider;
import lemniscate.backend.Backends;
import lemniscate.backend.Precision;
import lemniscate.backend.RepeatedProducts;
import lemniscate.config.BadInputException;
import lemniscate.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class Nd4jProviderTest {

  private final BackendOptions options = BackendOptions.defaults();

  @Test
  void isFoundBehindTheCpuBackend() {
    assertThat(Backends.providers())
        .extracting(BackendProvider::name)
        .containsExactly("cpu", "nd4j", "reference");
    assertThat(new Nd4jProvider().availability().usable()).isTrue();
  }

  @Test
  void opensInBothElementTypes() {
    try (Backend single = Backends.open("nd4j", options.withThreads(1));
        Backend full = Backends.open("nd4j", options.withPrecision(Precision.FP64))) {
      assertThat(single.dtype()).isEqualTo(DType.FLOAT32);
      assertThat(single.description()).startsWith("1 thread, ND4J").contains("native CPU");
      assertThat(full.dtype()).isEqualTo(DType.FLOAT64);
      assertThat(full.memory().availableBytes().orElseThrow()).isPositive();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Precision.class,
      names = {"TF32", "BF16"})
  void refusesPrecisionsOfGpus(Precision precision) {
    assertThatExceptionOfType(BadInputException.class)
        .isThrownBy(() -> Backends.open("nd4j", options.withPrecision(precision)))
        .withMessageStartingWith("precision " + precision.configName());
  }

  @Test
  void refusesAnotherLibrary() {
    BackendOptions withLibrary = new BackendOptions(Precision.FP32, 1, Path.of("libother.so"));
    assertThatExceptionOfType(BadInputException.class)
        .isThrownBy(() -> Backends.open("nd4j", withLibrary))
        .withMessageStartingWith("blas libother.so");
  }

  @Test
  void refusesProductsOfTheCpu() {
    BackendOptions options = BackendOptions.defaults().withProducts(RepeatedProducts.BLAS);
    assertThatExceptionOfType(BadInputException.class)
        .isThrownBy(() -> Backends.open("nd4j", options))
        .withMessageContaining("cpu.products is blas");
  }
}
