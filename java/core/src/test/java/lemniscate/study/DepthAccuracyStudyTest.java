package lemniscate.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import lemniscate.backend.Backend;
import lemniscate.backend.Precision;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.rule.RuleFixture;
import lemniscate.study.DepthAccuracyStudy.Contender;
import lemniscate.study.DepthAccuracyStudy.Measurement;
import lemniscate.study.DepthAccuracyStudy.Result;
import lemniscate.sweep.SharedData;
import lemniscate.train.StopSignal;
import org.junit.jupiter.api.Test;

final class DepthAccuracyStudyTest {

  private static final Contender BP = new Contender("bp", _ -> Map.of("rule", "bp"));

  private static final Contender FIXED =
      pc("fixed", Map.of("pc.scheme", "fpa", "pc.fpaOrder", "gauss-seidel", "pc.rate", "1"));

  private static Contender pc(String name, Map<String, String> keys) {
    return new Contender(name, _ -> keys);
  }

  private static Config base() {
    return Config.defaults()
        .withAll(
            Map.of(
                "net.preset", "resmlp",
                "net.width", "11",
                "param.baseWidth", "11",
                "data.train", "83",
                "data.test", "47",
                "train.batch", "9",
                "train.epochs", "2",
                "loss", "ce",
                "optim.name", "adam",
                "optim.lr", "0.003"),
            "test");
  }

  private static DepthAccuracyStudy study(Contender... contenders) {
    return new DepthAccuracyStudy(base(), List.of(3, 8), List.of(contenders), 1, new SharedData());
  }

  private static Result run(DepthAccuracyStudy study) {
    try (Backend backend = RuleFixture.open("cpu", Precision.FP32)) {
      study.requireRoom(backend);
      return study
          .run(backend, MeasurementStore.unsaved(), (_, _, _) -> {}, new StopSignal())
          .orElseThrow();
    }
  }

  private static Measurement of(Result result, String contender, int depth) {
    return result.measurements().stream()
        .filter(m -> m.contender().equals(contender) && m.depth() == depth)
        .findFirst()
        .orElseThrow();
  }

  /** Fixed predictions are backpropagation, so that they learn the same at every depth. */
  @Test
  void fixedPredictionsLearnWhatBackpropagationDoes() {
    Result result = run(study(BP, FIXED));
    for (int depth : List.of(3, 8)) {
      Measurement bp = of(result, "bp", depth);
      assertThat(bp.accuracies()).hasSize(2);
      assertThat(of(result, "fixed", depth).accuracies()).isEqualTo(bp.accuracies());
      assertThat(bp.reach()).isEqualTo(1);
      assertThat(bp.cosine()).isCloseTo(1, within(1e-5));
      assertThat(bp.factors()).isEmpty();
      assertThat(bp.largestFactor()).isNaN();
    }
  }

  /**
   * s − 1 is proportional to γ_L at the initial weights, and what keeps it near 1 follows. Within
   * 1e-5: the deltas are float32.
   */
  @Test
  void saysWhichPrecisionStaysNearBackpropagation() {
    Contender one = pc("one", Map.of("pc.scheme", "error", "pc.gammaLast", "1"));
    Contender tenth = pc("tenth", Map.of("pc.scheme", "error", "pc.gammaLast", "0.1"));
    Contender usual = pc("usual", Map.of("pc.scheme", "error"));
    Result result = run(study(one, tenth, usual));
    for (int depth : List.of(3, 8)) {
      double large = of(result, "one", depth).firstFactor() - 1;
      double small = of(result, "tenth", depth).firstFactor() - 1;
      assertThat(small / large).isCloseTo(0.1, within(1e-5));
      Measurement m = of(result, "tenth", depth);
      assertThat(m.precision()).isCloseTo(0.1, within(1e-12));
      assertThat(m.nearPrecision() / m.precision() * (m.largestFactor() - 1))
          .isCloseTo(DepthAccuracyStudy.NEAR - 1, within(1e-12));
      assertThat(m.largestFactor()).isGreaterThanOrEqualTo(m.firstFactor());
    }
    // Above eight units the precision falls with the number of blocks.
    assertThat(of(result, "usual", 8).precision()).isCloseTo(0.03 / 8, within(1e-12));
    assertThat(of(result, "usual", 3).precision()).isEqualTo(1);
    assertThat(result.mean("usual", 8, Measurement::largestFactor))
        .isLessThan(result.mean("one", 8, Measurement::largestFactor));
  }

  /** T steps leave units below without credit: the first cause, which s does not see. */
  @Test
  void showsCreditThatDoesNotArrive() {
    Result result =
        run(study(pc("slow", Map.of("pc.scheme", "jacobi", "pc.steps", "3", "pc.rate", "0.1"))));
    assertThat(of(result, "slow", 8).reach()).isLessThan(0.7);
    assertThat(result.csv())
        .startsWith("contender,depth,seed,accuracy,reach")
        .contains("\"slow\",8");
  }

  @Test
  void stopsWithoutTheNetworkInFlight() {
    StopSignal stop = new StopSignal();
    MeasurementStore store = MeasurementStore.unsaved();
    DepthAccuracyStudy study = study(BP, FIXED);
    try (Backend backend = RuleFixture.open("cpu", Precision.FP32)) {
      Optional<Result> none =
          study.run(backend, store, (done, _, _) -> raiseAfter(1, done, stop), stop);
      assertThat(none).isEmpty();
      assertThat(store.latestFirst()).hasSize(1);
      // Another contender of the same data goes on in the same store.
      DepthAccuracyStudy other = study(BP);
      assertThat(other.id()).isEqualTo(study.id());
      assertThat(other.run(backend, store, (_, _, _) -> {}, new StopSignal())).isPresent();
      assertThat(store.latestFirst()).hasSize(2);
    }
  }

  private static void raiseAfter(int networks, int done, StopSignal stop) {
    if (done == networks) {
      stop.raise();
    }
  }

  @Test
  void refusesWhatItCannotCompare() {
    assertThatThrownBy(() -> study(BP, BP))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("each once");
    assertThatThrownBy(
            () ->
                new DepthAccuracyStudy(
                    base()
                        .with("data.name", "synthetic-regression", "test")
                        .with("loss", "mse", "test"),
                    List.of(3, 8),
                    List.of(BP),
                    1,
                    new SharedData()))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("has no classes");
    assertThatThrownBy(
            () -> new DepthAccuracyStudy(base(), List.of(8, 3), List.of(BP), 1, new SharedData()))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("increasing");
  }
}
