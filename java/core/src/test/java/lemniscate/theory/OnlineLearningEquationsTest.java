package lemniscate.theory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import lemniscate.theory.OnlineLearningEquations.Solution;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The integrator against solutions of another one, and the equations against what must hold. */
final class OnlineLearningEquationsTest {

  /** A case of {@code pepita-ode.py}. */
  private record Reference(JsonNode node) {
    String name() {
      return node.get("name").asText() + " " + node.get("rule").asText();
    }

    OnlineLearningEquations equations() {
      double eta = node.get("eta").asDouble();
      return new OnlineLearningEquations(
          ForwardRule.valueOf(node.get("rule").asText()), eta, eta, 0);
    }

    OrderParameters start() {
      return new OrderParameters(
          rows("Q"),
          rows("R"),
          rows("T"),
          row("A"),
          row("S"),
          node.get("phi").asDouble(),
          row("v"),
          row("teacher"));
    }

    double[] row(String field) {
      return numbers(node.get(field));
    }

    double[][] rows(String field) {
      return IntStream.range(0, node.get(field).size())
          .mapToObj(i -> numbers(node.get(field).get(i)))
          .toArray(double[][]::new);
    }

    private static double[] numbers(JsonNode list) {
      return IntStream.range(0, list.size()).mapToDouble(i -> list.get(i).asDouble()).toArray();
    }
  }

  private static List<Reference> references;

  @BeforeAll
  static void read() throws IOException {
    try (InputStream in =
        OnlineLearningEquationsTest.class.getResourceAsStream("pepita-ode.json")) {
      List<Reference> all = new ArrayList<>();
      new ObjectMapper().readTree(in).forEach(node -> all.add(new Reference(node)));
      references = all;
    }
  }

  @Test
  void solutionsAreThoseOfAnotherIntegrator() {
    assertThat(references).hasSize(8);
    for (Reference reference : references) {
      Solution solution = reference.equations().solve(reference.start(), reference.row("times"));
      assertThat(solution.diverged()).isFalse();
      double[] found =
          solution.points().stream().mapToDouble(OrderParameters::generalizationError).toArray();
      // A local error of 1e-10 a step, over some hundred steps that contract or grow slowly.
      assertThat(found).as(reference.name()).containsExactly(reference.row("error"), within(1e-8));
      OrderParameters last = solution.points().getLast();
      near(reference, "endA", last.feedback());
      near(reference, "endV", last.outputs());
      for (int k = 0; k < last.studentUnits(); k++) {
        assertThat(last.students()[k]).containsExactly(reference.rows("endQ")[k], within(1e-7));
        assertThat(last.studentTeacher()[k])
            .containsExactly(reference.rows("endR")[k], within(1e-7));
      }
    }
  }

  private static void near(Reference reference, String field, double[] found) {
    assertThat(found)
        .as(reference.name() + " " + field)
        .containsExactly(reference.row(field), within(1e-7));
  }

  /** Means of two copies at D = 500, published with the derivation of the equations. */
  @Test
  void tableOfTheDerivation() {
    Map<String, double[]> table =
        Map.of(
            "afa", new double[] {.33575, .09171, .03595, .02372, .01569},
            "pepita 0.3", new double[] {.33460, .23919, .14201, .08816, .03474},
            "pepita 0.1", new double[] {.33161, .28554, .21267, .15155, .06433});
    table.forEach(
        (name, expected) -> {
          List<Reference> copies =
              references.stream().filter(r -> r.node().get("name").asText().equals(name)).toList();
          assertThat(copies).hasSize(2);
          for (int i = 0; i < expected.length; i++) {
            double mean = 0;
            for (Reference copy : copies) {
              mean +=
                  copy.equations()
                          .solve(copy.start(), copy.row("times"))
                          .points()
                          .get(i)
                          .generalizationError()
                      / 2;
            }
            // That table's integrator was a midpoint rule of step 0.05, its digits are five.
            assertThat(mean).as(name).isCloseTo(expected[i], Percentage.withPercentage(0.1));
          }
        });
  }

  @Test
  void pointsDoNotDependOnWhichAreAskedFor() {
    Reference reference = references.getFirst();
    double[] few = {7.25, 20};
    double[] many = IntStream.rangeClosed(0, 80).mapToDouble(i -> i * 0.25).toArray();
    List<OrderParameters> atFew = reference.equations().solve(reference.start(), few).points();
    List<OrderParameters> atMany = reference.equations().solve(reference.start(), many).points();
    assertThat(atMany).hasSize(81);
    // Dense output: steps are the same, whatever is read off between them.
    assertThat(atFew.get(0).generalizationError()).isEqualTo(atMany.get(29).generalizationError());
    assertThat(atFew.get(1).moving()).containsExactly(atMany.get(80).moving(), within(1e-13));
    assertThat(reference.equations().solve(reference.start(), new double[] {0}).points())
        .singleElement()
        .extracting(OrderParameters::generalizationError)
        .isEqualTo(reference.start().generalizationError());
  }

  @Test
  void learnedStudentStays() {
    double[][] weights = {{1.1, 0.2}, {0.2, 0.8}};
    double[] v = {1, -0.5};
    double[] a = {0.3, -0.4};
    OrderParameters learned = new OrderParameters(weights, weights, weights, a, a, 0.25, v, v);
    // Terms of order 1 cancel.
    assertThat(learned.generalizationError()).isCloseTo(0, within(1e-15));
    for (ForwardRule rule : ForwardRule.values()) {
      double[] rates = new OnlineLearningEquations(rule, 0.7, 0.9, 0).derivatives(learned);
      assertThat(rates).containsExactly(new double[rates.length], within(1e-15));
    }
  }

  /** Noise moves a student that has learned: hand values of what is left of the equations. */
  @Test
  void noiseEntersWhereTheSquaredErrorIs() {
    double[][] one = {{1}};
    double[] a = {0.4};
    OrderParameters learned =
        new OrderParameters(
            one, one, one, a, new double[] {0.4}, 0.5, new double[] {1}, new double[] {1});
    double noise = 0.3;
    double eta = 0.7;
    double outputEta = 0.9;
    double fluctuation = eta * eta * 0.16 * noise * (2 / Math.PI) / Math.sqrt(3);
    assertThat(
            new OnlineLearningEquations(ForwardRule.AFA, eta, outputEta, noise)
                .derivatives(learned))
        .containsExactly(new double[] {fluctuation, 0, 0, 0}, within(1e-15));
    // A J with J = Δ⟨g′⟩ = Δ/√π.
    double second = 0.4 * noise / Math.sqrt(Math.PI);
    assertThat(
            new OnlineLearningEquations(ForwardRule.PEPITA, eta, outputEta, noise)
                .derivatives(learned))
        .containsExactly(
            new double[] {
              fluctuation + 2 * eta * second * 0.4,
              eta * second * 0.4,
              eta * 0.5 * second,
              outputEta * second
            },
            within(1e-15));
  }

  @Test
  void ratesOfTheTwoLayersAreTheirOwn() {
    OrderParameters start = references.getLast().start();
    int units = start.studentUnits();
    double[] still = new OnlineLearningEquations(ForwardRule.PEPITA, 0, 1, 0).derivatives(start);
    double[] moving = new OnlineLearningEquations(ForwardRule.PEPITA, 1, 0, 0).derivatives(start);
    int first = still.length - units;
    // ± 0.
    assertThat(Arrays.stream(still, 0, first)).allMatch(rate -> rate == 0);
    assertThat(Arrays.stream(moving, first, still.length)).allMatch(rate -> rate == 0);
    assertThat(moving[0]).isNotZero();
    assertThat(still[first]).isNotZero();
  }

  @Test
  void divergenceEndsTheSolution() {
    OrderParameters start = references.getLast().start();
    OnlineLearningEquations wild = new OnlineLearningEquations(ForwardRule.PEPITA, 400, 400, 0);
    Solution solution = wild.solve(start, new double[] {0, 1e-4, 1000});
    assertThat(solution.diverged()).isTrue();
    assertThat(solution.divergedAt()).isBetween(0.0, 1000.0);
    assertThat(solution.points()).hasSizeLessThan(3).isNotEmpty();
  }

  @Test
  void timesIncrease() {
    Reference reference = references.getFirst();
    for (double[] times : new double[][] {{1, 1}, {-1}, {2, 1}, {Double.NaN}}) {
      assertThatThrownBy(() -> reference.equations().solve(reference.start(), times))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void shapesMustAgree() {
    double[][] two = new double[2][2];
    assertThatThrownBy(
            () ->
                new OrderParameters(
                    two,
                    two,
                    new double[3][3],
                    new double[2],
                    new double[3],
                    1,
                    new double[2],
                    new double[3]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("R has length 2, expected 3");
  }
}
