package lemniscate.rule.tp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.golden.Golden;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Parameter;
import lemniscate.optim.Optimizer;
import lemniscate.rule.Oracle;
import lemniscate.rule.RuleFixture;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Learned feedback: the golden vectors of given maps and frozen noise, and invariant V12, gradients
 * against differences of losses that {@link PlainFeedback} computes in plain double.
 */
final class LearnedFeedbackTest {

  private static final String NET = "tanh_3_5_4_2";
  private static final int BATCH = 3;

  private final Golden golden = Golden.load().at(NET);

  private static TargetPropagation rule(
      Pathway pathway, List<Activation> activations, Reconstruction reconstruction, double decay) {
    // Noise of deviation 1 is what the golden losses have, which are not divided by s².
    return new TargetPropagation(
        pathway,
        new Feedback.Learned(
            new Maps(activations, 1, 0), reconstruction, 1, 1, 0, 0.01, new Optimizer.Sgd(), decay),
        0.5);
  }

  private RuleFixture goldenFixture(Backend backend, TargetPropagation rule) {
    NetworkSpec spec = RuleFixture.spec(Activation.TANH, true, 3, 5, 4, 2);
    List<double[]> weights = new ArrayList<>();
    golden.layers("net", "W").forEach(w -> weights.add(flat(w)));
    RuleFixture fixture =
        RuleFixture.plain(backend, spec, Loss.MSE, BATCH)
            .parameters(weights, golden.layerVectors("net", "b"))
            .rule(rule)
            .batch(golden.flat("net", "X"), golden.flat("net", "Y"));
    TpStep step = (TpStep) fixture.step();
    for (int k = 1; k <= 2; k++) {
      List<Parameter> parameters = step.feedbackParameters();
      backend.upload(
          golden.flat("tp_learned_feedback", "Q_layer" + (k + 1)),
          parameters.get(2 * k - 2).value());
      backend.upload(
          golden.flat("tp_learned_feedback", "bias_layer" + (k + 1)),
          parameters.get(2 * k - 1).value());
    }
    return fixture;
  }

  private static double[] flat(double[][] matrix) {
    return Stream.of(matrix).flatMapToDouble(Arrays::stream).toArray();
  }

  // float64: sums of at most five terms of order 1. float32: the same, relative.
  private static double tolerance(Precision precision) {
    return precision == Precision.FP64 ? 1e-10 : 1e-5;
  }

  @ParameterizedTest
  @CsvSource({
    "reference,FP64,ACTIVITY,dtp_recon",
    "reference,FP64,LOCAL_NOISE,ldrl",
    "reference,FP64,OUTPUT_NOISE,drl",
    "cpu,FP64,ACTIVITY,dtp_recon",
    "cpu,FP64,LOCAL_NOISE,ldrl",
    "cpu,FP64,OUTPUT_NOISE,drl",
    "cpu,FP32,ACTIVITY,dtp_recon",
    "cpu,FP32,LOCAL_NOISE,ldrl",
    "cpu,FP32,OUTPUT_NOISE,drl"
  })
  void goldenGradients(
      String backendName, Precision precision, Reconstruction reconstruction, String entry) {
    double decay =
        reconstruction == Reconstruction.OUTPUT_NOISE
            ? golden.number("tp_learned_feedback", "drl_weight_decay")
            : 0;
    List<Activation> activations = List.of(Activation.TANH, Activation.LINEAR);
    try (Backend backend = RuleFixture.open(backendName, precision);
        RuleFixture fixture =
            goldenFixture(backend, rule(Pathway.DIFFERENCE, activations, reconstruction, decay))) {
      TpStep step = (TpStep) fixture.step();
      fixture.gradients();
      FeedbackTraining training = step.training();
      for (int k = 1; k <= 2; k++) {
        String layer = "_layer" + (k + 1);
        backend.upload(golden.flat("tp_learned_feedback", "eps" + layer), training.noise(k));
        backend.upload(
            golden.flat("tp_learned_feedback", "eta" + layer), training.noiseAbove(k + 1));
      }
      backend.run(training::gradientsOfNoise);
      for (int k = 1; k <= 2; k++) {
        String path = entry + "_layer" + (k + 1);
        Oracle.close(
            backend.read(step.feedbackParameters().get(2 * k - 2).gradient()),
            golden.flat("tp_learned_feedback", path, "gradQ"),
            tolerance(precision),
            path + " Q");
        Oracle.close(
            backend.read(step.feedbackParameters().get(2 * k - 1).gradient()),
            golden.flat("tp_learned_feedback", path, "gradbias"),
            tolerance(precision),
            path + " d");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"reference,FP64", "cpu,FP64", "cpu,FP32"})
  void goldenTargets(String backendName, Precision precision) {
    List<Activation> activations = List.of(Activation.TANH, Activation.LINEAR);
    try (Backend backend = RuleFixture.open(backendName, precision);
        RuleFixture fixture =
            goldenFixture(
                backend, rule(Pathway.DIFFERENCE, activations, Reconstruction.ACTIVITY, 0))) {
      fixture.gradients();
      TpStep step = (TpStep) fixture.step();
      Golden expected = golden.at("tp_learned_feedback", "dtp");
      for (int l = 1; l <= 3; l++) {
        double[] targets = step.activity(l);
        double[] moves = step.displacement(l);
        Arrays.setAll(targets, i -> targets[i] + moves[i]);
        Oracle.close(
            targets, flat(expected.layers("targets").get(l - 1)), tolerance(precision), "t" + l);
        Oracle.close(
            fixture.weightGradient(l),
            flat(expected.layers("gradW").get(l - 1)),
            tolerance(precision),
            "gradW" + l);
      }
    }
  }

  static Stream<Arguments> losses() {
    List<Arguments> cases = new ArrayList<>();
    for (Activation activation : List.of(Activation.LINEAR, Activation.TANH)) {
      for (Reconstruction reconstruction : Reconstruction.values()) {
        cases.add(Arguments.of(Pathway.DIFFERENCE, activation, reconstruction, 0));
      }
      for (int hiddenUnits : new int[] {0, 6}) {
        cases.add(
            Arguments.of(Pathway.DIRECT, activation, Reconstruction.OUTPUT_NOISE, hiddenUnits));
      }
    }
    return cases.stream();
  }

  /** V12, tolerance 1e-8: central differences of size 1e-6 are good to about 1e-10. */
  @ParameterizedTest
  @MethodSource("losses")
  void gradientsAreThoseOfTheLosses(
      Pathway pathway, Activation activation, Reconstruction reconstruction, int hiddenUnits) {
    double noise = 0.4;
    TargetPropagation rule =
        new TargetPropagation(
            pathway,
            new Feedback.Learned(
                new Maps(List.of(activation), 0.7, hiddenUnits),
                reconstruction,
                noise,
                1,
                0,
                0.01,
                new Optimizer.Sgd(),
                0.03),
            1);
    NetworkSpec spec = RuleFixture.spec(Activation.TANH, true, 3, 5, 6, 4, 2);
    for (String name : RuleFixture.backends().toList()) {
      try (Backend backend = RuleFixture.open(name, Precision.FP64);
          RuleFixture fixture = RuleFixture.plain(backend, spec, Loss.MSE, BATCH)) {
        fixture.drawBiases(0.3, 4).rule(rule).drawBatch(5);
        TpStep step = (TpStep) fixture.step();
        // Offsets start at 0, where a wrong gradient of a linear map would not show.
        for (Parameter parameter : step.feedbackParameters()) {
          if (!parameter.decays()) {
            backend.run(ops -> ops.randomNormal(8, 1, 0.2, parameter.value()));
          }
        }
        step.computeFeedbackGradients();
        PlainFeedback plain = new PlainFeedback(fixture, rule);
        List<double[]> values = new ArrayList<>();
        step.feedbackParameters().forEach(p -> values.add(backend.read(p.value())));
        for (int i = 0; i < values.size(); i++) {
          Parameter parameter = step.feedbackParameters().get(i);
          int map = i / 2 + 1;
          double[] expected = Oracle.differences(values.get(i), () -> plain.loss(map, values));
          Oracle.close(backend.read(parameter.gradient()), expected, 1e-8, parameter.name());
          if (parameter.decays()) {
            assertThat(Oracle.largest(expected)).as(parameter.name()).isGreaterThan(1e-3);
          }
        }
      }
    }
  }
}
