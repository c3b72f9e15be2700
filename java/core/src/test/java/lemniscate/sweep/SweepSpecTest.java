package lemniscate.sweep;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.optim.StepFamily;
import lemniscate.rule.pc.PcFamily;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SweepSpecTest {

  private static SweepSpec of(String text) {
    return SweepSpec.of(text, "s.yaml");
  }

  @Test
  void theGridIsNestedLoopsOverItsKeysAndTheSeeds() {
    SweepSpec spec =
        of(
            """
            base: {net: {width: 9}, pc.steps: 4}
            grid:
              optim: {lr: [0.1, 0.2]}
              rule: [bp, pc]
            seeds: [7, 3]
            trialTimeLimit: 1.5
            """);
    assertThat(spec.trials())
        .extracting(Trial::label)
        .containsExactly(
            "optim.lr=0.1 rule=bp seed=7",
            "optim.lr=0.1 rule=bp seed=3",
            "optim.lr=0.1 rule=pc seed=7",
            "optim.lr=0.1 rule=pc seed=3",
            "optim.lr=0.2 rule=bp seed=7",
            "optim.lr=0.2 rule=bp seed=3",
            "optim.lr=0.2 rule=pc seed=7",
            "optim.lr=0.2 rule=pc seed=3");
    Trial last = spec.trials().getLast();
    assertThat(last.index()).isEqualTo(7);
    assertThat(last.config().get(ConfigSchema.NET_WIDTH)).isEqualTo(9);
    assertThat(last.config().get(PcFamily.STEPS)).isEqualTo(4);
    assertThat(last.config().get(ConfigSchema.OPTIM_LR)).hasValue(0.2);
    assertThat(last.values()).isEqualTo(Map.of("optim.lr", 0.2, "rule", "pc", "seed", 3L));
    assertThat(spec.trialTimeLimit()).hasValue(Duration.ofMillis(1500));
  }

  @Test
  void casesAreOutermostAndSetTheirKeysTogether() {
    SweepSpec spec =
        of(
            """
            base: {net.width: 9, optim.lr: 0.5}
            cases:
              - {rule: bp}
              - rule: pepita
                pepita: {variant: hebbian}
                optim.stepEpochs: [6, 9]
            grid: {net.depth: [1, 2]}
            seeds: [4]
            """);
    assertThat(spec.trials())
        .extracting(Trial::label)
        .containsExactly(
            "rule=bp pepita.variant=modulated optim.stepEpochs=unset net.depth=1 seed=4",
            "rule=bp pepita.variant=modulated optim.stepEpochs=unset net.depth=2 seed=4",
            "rule=pepita pepita.variant=hebbian optim.stepEpochs=[6, 9] net.depth=1 seed=4",
            "rule=pepita pepita.variant=hebbian optim.stepEpochs=[6, 9] net.depth=2 seed=4");
    assertThat(spec.trials().getLast().config().get(ConfigSchema.NET_WIDTH)).isEqualTo(9);
    assertThat(spec.trials().getLast().config().get(StepFamily.EPOCHS)).hasValue(List.of(6, 9));
    // Alone, too.
    assertThat(of("cases: [{rule: bp}, {rule: pc}]").trials()).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "cases: []|s.yaml:1: cases is empty",
        "cases: [{}]|s.yaml:1: a case is empty",
        "cases: {rule: bp}|cases is a map; expected a list",
        "cases: [{rule: bb}]|rule",
        "cases: [{ruel: bp}]|unknown key 'ruel'",
        "cases: [{seed: 1}]|seed is varied here",
        "cases: [{out: x}]|out is set for a trial",
        "cases: [{rule: bp}, {rule: bp}]|trials 0 and 1 are the same",
        "{cases: [{rule: bp}], grid: {rule: [bp, pc]}}|rule is varied twice",
        "{grid: {rule: [bp, pc]}, cases: [{rule: bp}]}|rule is varied twice"
      })
  void badCasesAreRefused(String text, String message) {
    assertThatThrownBy(() -> of(text))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining(message);
  }

  @Test
  void idsAreFunctionsOfWhatIsTrained() {
    Config config = Config.defaults().with("net.width", "9", "test");
    String id = Trial.of(3, List.of(), config).id();
    assertThat(Trial.of(0, List.of("net.width"), config).id()).isEqualTo(id).hasSize(16);
    assertThat(Trial.of(0, List.of(), config.with("train.logEvery", "99", "test")).id())
        .isEqualTo(id);
    for (String change : List.of("seed=1", "net.width=8", "backend=reference", "optim.lr=0.777")) {
      assertThat(Trial.of(0, List.of(), config.withAssignment(change, "test")).id())
          .as(change)
          .isNotEqualTo(id);
    }
  }

  @Test
  void drawsAreInTheirRangesAndMoreDrawsKeepTheFirst() {
    String text =
        """
        random:
          count: %d
          seed: 5
          keys:
            optim.lr: {log: [1e-4, 1e-1]}
            pc.rate: {uniform: [0.05, 0.2]}
            net.width: {log2: [16, 256]}
            pc.scheme: {choice: [jacobi, si]}
        """;
    List<Trial> many = of(text.formatted(200)).trials();
    assertThat(of(text.formatted(10)).trials())
        .extracting(Trial::id)
        .isEqualTo(many.subList(0, 10).stream().map(Trial::id).toList());
    double[] logs =
        many.stream()
            .mapToDouble(t -> Math.log10(t.config().get(ConfigSchema.OPTIM_LR).orElseThrow()))
            .toArray();
    assertThat(Arrays.stream(logs).min().orElseThrow()).isGreaterThan(-4 - 1e-5); // six digits
    assertThat(Arrays.stream(logs).max().orElseThrow()).isLessThan(-1 + 1e-5);
    // A uniform variable of width 3 has a standard deviation of 0.87; 200 draws, five of them.
    assertThat(Arrays.stream(logs).average().orElseThrow()).isBetween(-2.8, -2.2);
    assertThat(many)
        .allMatch(t -> Math.abs(t.config().get(PcFamily.RATE) - 0.125) <= 0.075)
        .extracting(t -> t.config().get(ConfigSchema.NET_WIDTH))
        .containsOnly(16, 32, 64, 128, 256)
        .contains(16, 32, 64, 128, 256);
    assertThat(many).extracting(t -> t.config().get(PcFamily.SCHEME)).contains("jacobi");
    assertThat(many).extracting(t -> t.config().get(PcFamily.SCHEME)).contains("si");
    assertThat(of(text.formatted(3).replace("seed: 5", "seed: 6")).trials().getFirst().id())
        .isNotEqualTo(many.getFirst().id());
  }

  @Test
  void conditionsLeaveTrialsOut() {
    SweepSpec spec =
        of(
            """
            grid: {rule: [bp, pc], pc.scheme: [jacobi, si, zil], net.width: [8, 16]}
            only:
              - {when: {rule: bp}, keep: {pc.scheme: jacobi}}
            exclude:
              - {pc.scheme: [si, zil], net.width: 16}
            """);
    assertThat(spec.trials())
        .extracting(Trial::label)
        .containsExactly(
            "rule=bp pc.scheme=jacobi net.width=8",
            "rule=bp pc.scheme=jacobi net.width=16",
            "rule=pc pc.scheme=jacobi net.width=8",
            "rule=pc pc.scheme=jacobi net.width=16",
            "rule=pc pc.scheme=si net.width=8",
            "rule=pc pc.scheme=zil net.width=8");
    assertThat(spec.trials()).extracting(Trial::index).containsExactly(0, 1, 2, 3, 4, 5);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "grid: {rule: [bp | s.yaml:1:17: malformed YAML",
        "'' | the file is empty",
        "[1, 2] | s.yaml:1: the file is a list",
        "base: {rule: bp} | nothing varies",
        "grid: {} | s.yaml:1: grid is empty",
        "grid: | grid is empty",
        "grid: {rule: []} | grid lists no value of rule",
        "grid: {rule: bp} | rule is 'bp'; expected a list",
        "gird: {rule: [bp]} | unknown key 'gird' in the file; & the nearest is 'grid'",
        "grid: {optim.lrr: [1]} | s.yaml:1: unknown key 'optim.lrr' & 'optim.lr'",
        "grid: {optim: {lrr: [1]}} | unknown key 'optim.lrr' & 'optim.lr'",
        "base: {nett: {width: 3}}~seeds: 2 | s.yaml:1: unknown key 'nett.width' & 'net.width'",
        "seeds: 2~base: {net: {width: x}} | s.yaml:2: net.width is 'x'",
        "grid: {optim.lr: [0.1, -1]} | s.yaml:1: optim.lr is '-1'",
        "grid: {optim.lr: [0.1, 1e-1]} | trials 0 and 1 are the same (optim.lr=0.1)",
        "seeds: [1, 1] | trials 0 and 1 are the same (seed=1)",
        "grid: {seed: [1]} | expected under 'seeds'",
        "seeds: 2~base: {seed: 3} | s.yaml:1: seeds are given beside seed (s.yaml:2)",
        "seeds: 0 | seeds is '0'; expected an integer from 1",
        "seeds: [] | seeds is a list",
        "seeds: [a] | seeds is 'a'; expected an integer",
        "seeds: 2~base: {out: x} | out is set for a trial",
        "grid: {rule: [bp]}~grid: {rule: [pc]} | s.yaml:2: grid is given twice",
        "random: {keys: {optim.lr: {log: [1, 2]}}} | random has no 'count'",
        "random: {count: 2} | random has no 'keys'",
        "random: {count: 2, keys: {}} | random names no key",
        "random: {count: 2, keys: {optim.lr: {logg: [1, 2]}}} | key 'logg' & the nearest is 'log'",
        "random: {count: 2, keys: {optim.lr: {log: [0, 2]}}} | expected [low, high] with 0 < low",
        "random: {count: 2, keys: {optim.lr: {log: [2, 1]}}} | low < high",
        "random: {count: 2, keys: {optim.lr: {log: [2]}}} | low < high",
        "random: {count: 2, keys: {optim.lr: {uniform: [-1, 1]}}} | optim.lr is '-1'",
        "random: {count: 2, keys: {optim.lr: {log: [1, 2], uniform: [1, 2]}}} | has 2 ranges",
        "random: {count: 2, keys: {rule: {choice: [bp]}}} | are the same & in 'grid'",
        "grid: {rule: [bp]}~random: {count: 2, keys: {rule: {choice: [bp]}}} | rule is varied"
            + " twice",
        "grid: {rule: [bp]}~exclude: [{rule: bp}] | leave no trial",
        "grid: {rule: [bp]}~exclude: [{}] | a condition is empty",
        "grid: {rule: [bp]}~only: [{when: {rule: bp}}] | only has no 'keep'",
        "grid: {rule: [bp]}~only: {when: {rule: bp}} | only is a map; expected a list",
        "grid: {rule: [bp]}~trialTimeLimit: 0 | trialTimeLimit is '0'",
        "seeds: 60000~grid: {rule: [bp, pc]} | lists 120000 trials; expected at most 100000",
        "seeds: 2~base: {pc.gamma: [1, 2, 3]} | trial 0 (seed=0): & pc.gamma lists 3 numbers",
      })
  void refuses(String yaml, String messages) {
    assertThatThrownBy(() -> of(yaml.replace("~", "\n")))
        .isInstanceOf(BadInputException.class)
        .hasMessageContainingAll(messages.split(" & "));
  }

  @Test
  void countsBeforeItMakesAnything() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    String thousand =
        IntStream.rangeClosed(1, 1000).mapToObj(Integer::toString).collect(joining(", ", "[", "]"));
    String grid = "grid: {net.width: %s, train.batch: %s}".formatted(thousand, thousand);
    String conditions = "grid: {rule: [bp]}\nexclude: [" + "{rule: pc}, ".repeat(1001) + "]";
    for (String[] each :
        new String[][] {
          {grid, "lists 1000000 trials; expected at most 100000"},
          {"seeds: 1000000", "expected an integer from 1 to 100000"},
          {"seeds: [" + "1, ".repeat(100_001) + "]", "seeds has 100001 values"},
          {"grid: {seed: 1}\n", "seed is varied here"},
          {conditions, "exclude has 1001 values; expected at most 1000"},
        }) {
      long before = threads.getCurrentThreadAllocatedBytes();
      assertThatThrownBy(() -> of(each[0]))
          .isInstanceOf(BadInputException.class)
          .hasMessageContaining(each[1]);
      // The events of a YAML of some 300 kB, but not a million configurations.
      assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(300L << 20);
    }
  }

  @Test
  void aFileThatIsNotThere() {
    assertThatThrownBy(() -> SweepSpec.read(Path.of("/none.yaml")))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("/none.yaml: the file does not exist");
  }
}
