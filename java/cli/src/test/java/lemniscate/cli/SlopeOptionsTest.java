package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import lemniscate.study.Judgement;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** How many seeds a verdict gets. */
class SlopeOptionsTest {

  @Command
  private static final class Study {
    @Mixin private final SlopeOptions slopes = new SlopeOptions();
  }

  private final List<Integer> run = new ArrayList<>();
  private final List<String> lines = new ArrayList<>();

  // A study that is known by its number of seeds.
  private Optional<Integer> settled(int conclusiveFrom, String... options) {
    Study study = new Study();
    new CommandLine(study).parseArgs(options);
    return study
        .slopes
        .<Integer, Integer>settle(
            seeds -> seeds,
            seeds -> {
              run.add(seeds);
              return Optional.of(seeds);
            },
            seeds -> seeds >= conclusiveFrom ? Judgement.FAIL : Judgement.INCONCLUSIVE,
            lines::add)
        .map(SlopeOptions.Settled::study);
  }

  @Test
  void fewAreEnoughForAClearVerdict() {
    assertThat(settled(1)).contains(4);
    assertThat(run).containsExactly(4);
    assertThat(lines).isEmpty();
  }

  @Test
  void noiseGetsMore() {
    assertThat(settled(8)).contains(8);
    assertThat(run).containsExactly(4, 8);
    assertThat(lines).containsExactly("inconclusive with 4 seeds, going on with 8");
  }

  @Test
  void thereIsALimit() {
    assertThat(settled(100)).contains(16);
    assertThat(run).containsExactly(4, 8, 16);
  }

  @Test
  void whoNamesANumberGetsIt() {
    assertThat(settled(100, "--seeds", "3")).contains(3);
    assertThat(run).containsExactly(3);
  }
}
