package lemniscate.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Precision;
import lemniscate.config.BadInputException;
import lemniscate.journal.JournalContract;
import lemniscate.mup.CreditRule;
import lemniscate.mup.Form;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.optim.Optimizer;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.bp.BackPropagation;
import lemniscate.rule.pc.Inference;
import lemniscate.train.StopSignal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Studies over widths lose at most the network in flight. */
final class ResumedStudyTest {

  private static final List<Integer> WIDTHS = List.of(11, 13, 17);
  private static final int SEEDS = 2;

  @TempDir private Path folder;

  /** Any of the studies. */
  private interface Study {
    Optional<?> run(
        Backend backend,
        MeasurementStore store,
        CoordinateStudy.Progress progress,
        StopSignal stop);
  }

  private record Named(String name, int networks, Study study) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static CoordinateStudy check(Scheme scheme) {
    return new CoordinateStudy(
        WIDTHS,
        List.of(1, 3),
        SEEDS,
        0.1,
        CoordinateStudy.Networks.perceptron(2, Activation.TANH, false, 5),
        new BackPropagation(),
        literal(scheme),
        literal(scheme),
        new Optimizer.Sgd(),
        0.01,
        5);
  }

  private static Parameterization literal(Scheme scheme) {
    return new Parameterization(
        scheme, Form.LITERAL, 1, 1, 1, new CreditRule.BackPropagation(), StepClass.SGD_LIKE);
  }

  private static Stream<Named> studies() {
    RegimeStudy regime =
        new RegimeStudy(
            Stream.of(Scheme.NTK, Scheme.MUP)
                .map(scheme -> new RegimeStudy.Case("bp", check(scheme)))
                .toList());
    LinearStudy linear =
        new LinearStudy(
            WIDTHS,
            List.of(literal(Scheme.SP), literal(Scheme.MUP)),
            List.of(0.0, -1.0),
            List.of(0, 2),
            SEEDS,
            CoordinateStudy.Networks.perceptron(2, Activation.LINEAR, false, 7),
            new LinearStudy.Rules(
                List.of(1.0),
                1,
                // So few steps that the states do not come to rest, which must be read back, too.
                new Inference.Equilibrium(3, 0.2, 1e-11),
                new Optimizer.Sgd(),
                Optional.empty()),
            11,
            3);
    return Stream.of(
        new Named("coord-check", 3 * 2 * SEEDS, check(Scheme.MUP)::run),
        new Named("regime", 2 * 3 * 2 * SEEDS, regime::run),
        new Named("linear", 3 * 2 * SEEDS, linear::run));
  }

  private Optional<?> run(Study study, CoordinateStudy.Progress progress, StopSignal stop) {
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
        MeasurementStore store = MeasurementStore.open(folder, "study")) {
      return study.run(backend, store, progress, stop);
    }
  }

  private List<String> lines() throws IOException {
    return Files.readAllLines(folder.resolve(MeasurementStore.FILE));
  }

  @ParameterizedTest
  @MethodSource("studies")
  void goesOnWhereItStopped(Named named) throws IOException {
    StopSignal stop = new StopSignal();
    assertThat(
            run(
                named.study(),
                (done, _, _) -> {
                  if (done == 3) {
                    stop.raise();
                  }
                },
                stop))
        .isEmpty();
    List<String> before = lines();
    assertThat(before).hasSize(3);
    Optional<?> resumed = run(named.study(), (_, _, _) -> {}, new StopSignal());
    assertThat(lines()).hasSize(named.networks()).startsWith(before.toArray(String[]::new));
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64)) {
      Optional<?> atOnce =
          named.study().run(backend, MeasurementStore.unsaved(), (_, _, _) -> {}, new StopSignal());
      assertThat(resumed).isPresent().isEqualTo(atOnce);
    }
    // All is there: a signal stops nothing, and nothing is measured again.
    assertThat(run(named.study(), (_, _, _) -> {}, stop)).isEqualTo(resumed);
    assertThat(lines()).hasSize(named.networks());
  }

  /** A network whose measurements cannot all be read is not taken for one with zeros. */
  @ParameterizedTest
  @MethodSource("studies")
  void fieldsHaveNoDefaults(Named named) throws IOException {
    run(named.study(), (_, _, _) -> {}, new StopSignal());
    Path file = folder.resolve(MeasurementStore.FILE);
    List<String> lines = lines();
    String line = lines.get(1).replaceFirst(",\"crc\":\"[0-9a-f]{8}\"}$", "}");
    // The last number of the line.
    String damaged = line.replaceFirst(":[-0-9.E]+([^0-9]*)$", ":\"1 \"$1");
    assertThat(damaged).isNotEqualTo(line);
    for (String wrong : List.of(damaged, line.replace("\"measured\"", "\"measure\""))) {
      Files.write(file, List.of(lines.get(0), wrong, lines.get(2)));
      assertThatThrownBy(() -> run(named.study(), (_, _, _) -> {}, new StopSignal()))
          .isInstanceOf(BadInputException.class)
          .hasMessageContaining("measurements.jsonl:2: field measured is ");
    }
  }

  @Test
  void readsStoresOfTheVersionBefore() throws IOException {
    JournalContract.putOld("linear/measurements.jsonl", folder.resolve(MeasurementStore.FILE));
    JsonNode first = new ObjectMapper().readTree(lines().getFirst());
    try (MeasurementStore store = MeasurementStore.open(folder, first.get("study").asText())) {
      MeasuredNetworks networks = new MeasuredNetworks(store, (_, _, _) -> {}, new StopSignal(), 1);
      Optional<List<LinearStudy.Measurement>> measured =
          networks.measure(
              16,
              first.get("network").asText(),
              new TypeReference<>() {},
              () -> {
                throw new AssertionError("it is stored");
              });
      assertThat(measured.orElseThrow().getFirst().directions().hidden().pcBp())
          .isEqualTo(first.at("/measured/0/directions/hidden/pcBp").doubleValue());
    }
  }
}
