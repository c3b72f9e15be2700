package lemniscate.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.optim.MomentumFamily;
import lemniscate.rule.pc.PcFamily;
import lemniscate.study.TransferStudy.Metric;
import lemniscate.sweep.SweepSpec;
import lemniscate.sweep.Trial;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TransferStudyTest {

  private static final Config BASE =
      Config.defaults()
          .withAll(
              Map.of(
                  "data.name", "synthetic",
                  "data.train", "50",
                  "optim.momentum", "1e-8",
                  "pc.gamma", "[1, 2]",
                  "seed", "7",
                  "out", "somewhere"),
              "test");

  private static TransferStudy study(String key, String values, List<Integer> widths) {
    return new TransferStudy(
        BASE,
        ConfigSchema.key(key, "test"),
        TransferStudy.values(values, "values"),
        NetworkAxis.WIDTH,
        widths,
        List.of("sp", "mup"),
        List.of("pc"),
        2,
        Metric.TRAIN,
        1);
  }

  @Test
  void listsEveryCombinationOnce() {
    SweepSpec sweep = study("optim.lr", "2^-3..2^-1", List.of(4, 8)).sweep();
    assertThat(sweep.trials()).hasSize(2 * 2 * 3 * 2);
    Trial first = sweep.trials().getFirst();
    assertThat(first.values())
        .containsExactly(
            Map.entry("rule", "pc"),
            Map.entry("param.scheme", "sp"),
            Map.entry("net.width", 4),
            Map.entry("optim.lr", 0.125),
            Map.entry("seed", 7L));
    assertThat(first.config().get(MomentumFamily.MOMENTUM)).isEqualTo(1e-8);
    assertThat(first.config().get(PcFamily.GAMMA)).containsExactly(1.0, 2.0);
    assertThat(first.config().get(ConfigSchema.DATA_NAME)).isEqualTo("synthetic");
    assertThat(first.config().isSet(ConfigSchema.OUT)).isFalse();
    assertThat(sweep.trials().getLast().values())
        .containsEntry("net.width", 8)
        .containsEntry("optim.lr", 0.5)
        .containsEntry("seed", 8L);
  }

  @Test
  void integerKeysVaryToo() {
    SweepSpec sweep = study("pc.steps", "2,4,8", List.of(4, 8)).sweep();
    assertThat(sweep.trials().getLast().values()).containsEntry("pc.steps", 8);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0.1,0.2 | 0.1 0.2",
        "2^-2..2^1 | 0.25 0.5 1 2",
        "0.01, 4^0..4^1 ,1e2 | 0.01 1 4 1E+2",
        "10^-3 | 0.001",
      })
  void readsValues(String text, String values) {
    assertThat(TransferStudy.values(text, "--values")).containsExactly(values.split(" "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"x", "0.1,", "2^1..2^0", "2^0..3^2", "2^x", "0.1..0.2", "2^0..2^1..2^2", "2^2000"})
  void refusesOtherTexts(String text) {
    assertThatThrownBy(() -> TransferStudy.values(text, "--values"))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("--values has '")
        .hasMessageContaining("2^-9..2^0");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "net.activation | 1,2,3 | takes one of linear",
        "net.width | 1,2,3 | no part as a hyper-parameter",
        "data.train | 1,2,3 | expected a numeric hyper-parameter",
        "optim.lr | -1,1,2 | optim.lr is '-1'",
        "pc.gammaExponent | -1,1,2 | values has -1; expected numbers > 0",
        "optim.weightDecay | 0,1,2 | values has 0; expected numbers > 0",
        "pc.steps | 1.5,2,3 | pc.steps is '1.5'",
        "optim.lr | 1,3,2 | increasing numbers",
        "optim.lr | 1,1,2 | each once",
        "optim.lr | 1,2 | at least 3",
      })
  void refusesKeysAndValues(String key, String values, String message) {
    assertThatThrownBy(() -> study(key, values, List.of(4, 8)))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining(message);
  }

  @Test
  void refusesWidthsNamesAndCounts() {
    assertThatThrownBy(() -> study("optim.lr", "1,2,3", List.of(4)))
        .hasMessageContaining("at least two to transfer between");
    assertThatThrownBy(() -> study("optim.lr", "1,2,3", List.of(8, 4)))
        .hasMessageContaining("increasing integers");
    assertThatThrownBy(() -> with(List.of("sp", "sp"), List.of("pc"), 1, 1))
        .hasMessageContaining("schemes is [sp, sp]");
    assertThatThrownBy(() -> with(List.of("up"), List.of("pc"), 1, 1))
        .hasMessageContaining("param.scheme is 'up'");
    assertThatThrownBy(() -> with(List.of("sp"), List.of(), 1, 1))
        .hasMessageContaining("rules is []");
    assertThatThrownBy(() -> with(List.of("sp"), List.of("pc"), 0, 1))
        .hasMessageContaining("seeds is 0");
    assertThatThrownBy(() -> with(List.of("sp"), List.of("pc"), 1, 0))
        .hasMessageContaining("tolerance is 0");
  }

  private static TransferStudy with(
      List<String> schemes, List<String> rules, int seeds, double tolerance) {
    return new TransferStudy(
        BASE,
        ConfigSchema.OPTIM_LR,
        List.of("1", "2", "3"),
        NetworkAxis.WIDTH,
        List.of(4, 8),
        schemes,
        rules,
        seeds,
        Metric.TEST,
        tolerance);
  }

  @Test
  void refusesWhatItVariesItself() {
    assertThatThrownBy(
            () ->
                new TransferStudy(
                    BASE.with("net.width", "8", "--set"),
                    ConfigSchema.OPTIM_LR,
                    List.of("1", "2", "3"),
                    NetworkAxis.WIDTH,
                    List.of(4, 8),
                    List.of("sp"),
                    List.of("bp"),
                    1,
                    Metric.TRAIN,
                    1))
        .hasMessageContaining("--set: net.width is set")
        .hasMessageContaining("--widths");
  }

  /** With normed activities the best rate need not fall under SP, and is not judged there. */
  @Test
  void normsAreJudgedUnderMupAlone() {
    TransferStudy study =
        new TransferStudy(
            BASE.with("net.norm", "example", "--set"),
            ConfigSchema.OPTIM_LR,
            List.of("1", "2", "3"),
            NetworkAxis.WIDTH,
            List.of(4, 8),
            List.of("sp", "mup"),
            List.of("pepita"),
            1,
            Metric.TRAIN,
            1);
    assertThat(study.expectation("sp").notJudged()).contains("normed");
    assertThat(study.expectation("mup").notJudged()).isNull();
  }

  @Test
  void backpropagationHasNoInference() {
    assertThatThrownBy(
            () ->
                new TransferStudy(
                    BASE,
                    PcFamily.RATE,
                    List.of("0.1", "0.2", "0.3"),
                    NetworkAxis.WIDTH,
                    List.of(4, 8),
                    List.of("sp"),
                    List.of("pc", "bp"),
                    1,
                    Metric.TRAIN,
                    1))
        .hasMessageContaining("plays no part in the rules bp; use --rules pc");
  }
}
