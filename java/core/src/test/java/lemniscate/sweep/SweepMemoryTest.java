package lemniscate.sweep;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.OptionalLong;
import lemniscate.backend.BackendMemory;
import lemniscate.config.BadInputException;
import org.junit.jupiter.api.Test;

final class SweepMemoryTest {

  private static final List<Long> TRIALS = List.of(2_000L, 5_000L, 1_000L, 4_000L);

  private static BackendMemory memory(OptionalLong available) {
    return new BackendMemory("memory", available, 1);
  }

  @Test
  void theLargestTrialsMustFitSideBySide() {
    BackendMemory memory = memory(OptionalLong.of(9_000));
    assertThatCode(() -> SweepMemory.requireTogether(memory, TRIALS, 2)).doesNotThrowAnyException();
    assertThatThrownBy(() -> SweepMemory.requireTogether(memory, TRIALS, 3))
        .isInstanceOf(BadInputException.class)
        .hasMessageContainingAll(
            "--workers 3",
            "the 3 largest trials take 11.0 kB of memory",
            "9.0 kB are free",
            "use --workers 2");
  }

  @Test
  void noMoreThanAllTrialsRun() {
    assertThatCode(
            () -> SweepMemory.requireTogether(memory(OptionalLong.of(12_000)), TRIALS, 1_000_000))
        .doesNotThrowAnyException();
  }

  @Test
  void withoutKnowledgeNothingIsRefused() {
    assertThatCode(() -> SweepMemory.requireTogether(memory(OptionalLong.empty()), TRIALS, 4))
        .doesNotThrowAnyException();
  }

  @Test
  void smallSweepsFit() {
    assertThatCode(() -> SweepMemory.require(SmallSweep.spec(), Shard.ALL, 4, new SharedData()))
        .doesNotThrowAnyException();
  }
}
