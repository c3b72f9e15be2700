package lemniscate.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import lemniscate.config.BadInputException;
import org.junit.jupiter.api.Test;

/** What is said of backends that are not there. */
final class BackendsTest {

  @Test
  void optionalBackendIsRefusedWithItsRemedy() {
    assertThatExceptionOfType(BadInputException.class)
        .isThrownBy(() -> Backends.open("nd4j", BackendOptions.defaults()))
        .withMessageStartingWith("backend nd4j is not installed; build it with `mvn -Pnd4j ")
        .withMessageContaining("or choose auto or one of: cpu, reference");
    assertThat(Backends.optional()).doesNotContainKey("cpu");
  }

  @Test
  void unknownBackendIsRefusedWithTheOnesThatExist() {
    assertThatExceptionOfType(BadInputException.class)
        .isThrownBy(() -> Backends.open("abacus", BackendOptions.defaults()))
        .withMessageStartingWith(
            "backend abacus is not installed; expected auto or one of: cpu, reference");
  }
}
