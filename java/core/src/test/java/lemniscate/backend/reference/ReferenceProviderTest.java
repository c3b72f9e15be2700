package lemniscate.backend.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.BackendProvider;
import lemniscate.backend.Backends;
import lemniscate.backend.Precision;
import lemniscate.config.BadInputException;
import lemniscate.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class ReferenceProviderTest {

  private final BackendOptions options = BackendOptions.defaults();

  @Test
  void isInstalledWithTheLowestRank() {
    BackendProvider provider =
        Backends.providers().stream()
            .filter(candidate -> candidate.name().equals("reference"))
            .findFirst()
            .orElseThrow();
    assertThat(provider).isInstanceOf(ReferenceProvider.class);
    assertThat(provider.availability().usable()).isTrue();
    assertThat(Backends.providers())
        .allSatisfy(other -> assertThat(other.rank()).isGreaterThanOrEqualTo(provider.rank()));
  }

  @Test
  void opensInBothElementTypes() {
    try (Backend single = Backends.open("reference", options.withThreads(3));
        Backend full = Backends.open("reference", options.withPrecision(Precision.FP64))) {
      assertThat(single.name()).isEqualTo("reference");
      assertThat(single.dtype()).isEqualTo(DType.FLOAT32);
      assertThat(full.dtype()).isEqualTo(DType.FLOAT64);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Precision.class,
      names = {"TF32", "BF16"})
  void refusesOtherPrecisions(Precision precision) {
    assertThatExceptionOfType(BadInputException.class)
        .isThrownBy(() -> Backends.open("reference", options.withPrecision(precision)))
        .withMessageContaining(precision.configName())
        .withMessageContaining("fp64");
  }

  @Test
  void refusesALibrary() {
    BackendOptions withLibrary = new BackendOptions(Precision.FP32, 0, Path.of("libblas.so.3"));
    assertThatExceptionOfType(BadInputException.class)
        .isThrownBy(() -> Backends.open("reference", withLibrary))
        .withMessageContaining("libblas.so.3");
  }
}
