package lemniscate.rule.pc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.train.Experiment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What predictive coding takes in deep networks where nothing is said. */
final class DeepDefaultsTest {

  private static Config config(String assignments) {
    Config config = Config.defaults();
    for (String assignment : assignments.split(" ")) {
      config = config.withAssignment(assignment, "test");
    }
    return config;
  }

  private static PredictiveCoding rule(String assignments) {
    return (PredictiveCoding) Experiment.rule(config(assignments).checked());
  }

  /** Nine units, with input unit and readout, are more than eight. */
  @ParameterizedTest
  @CsvSource({"mlp,7,jacobi", "mlp,8,error", "resmlp,6,jacobi", "resmlp,7,error"})
  void errorCoordinatesBeginAtNineUnits(String preset, int depth, String scheme) {
    String keys = "net.preset=%s net.depth=%d".formatted(preset, depth);
    PredictiveCoding rule = rule(keys);
    assertThat(rule.inference().configName()).isEqualTo(scheme);
    boolean deep = scheme.equals("error");
    assertThat(rule.precisions().last()).isEqualTo(deep ? 0.03 : 1);
    assertThat(rule.gammaDepthExponent()).isEqualTo(deep ? 1 : 0);
    Config completed = Experiment.completed(config(keys));
    assertThat(completed.get(PcFamily.SCHEME)).isEqualTo(scheme);
    // The run that is kept trains the same rule, wherever it is read.
    assertThat(Experiment.rule(completed)).isEqualTo(rule);
  }

  @Test
  void errorCoordinatesTakeFewLargeSteps() {
    assertThat(rule("net.preset=resmlp net.depth=20").inference())
        .isEqualTo(new Inference.Errors(2, 0.9));
    assertThat(rule("net.preset=resmlp net.depth=20 pc.steps=5 pc.rate=0.3").inference())
        .isEqualTo(new Inference.Errors(5, 0.3));
    assertThat(rule("net.preset=resmlp net.depth=5 pc.scheme=error").inference())
        .isEqualTo(new Inference.Errors(20, 0.1));
  }

  /** What is given stays; one precision that is given leaves all of them alone. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "pc.scheme=jacobi",
        "pc.scheme=equilibrium",
        "pc.scheme=alm",
        "pc.momentum=0.5",
        "pc.momentum=auto",
        "pc.rate=auto",
        "pc.update=forward",
        "pc.nudge=weak"
      })
  void whatIsGivenStays(String key) {
    PredictiveCoding rule = rule("net.preset=resmlp net.depth=20 " + key);
    assertThat(rule.inference()).isNotInstanceOf(Inference.Errors.class);
    assertThat(rule.precisions()).isEqualTo(Precisions.UNIT);
    assertThat(rule.gammaDepthExponent()).isZero();
  }

  @Test
  void givenPrecisionsStay() {
    PredictiveCoding rule = rule("net.preset=resmlp net.depth=20 pc.gammaLast=0.5");
    assertThat(rule.inference()).isInstanceOf(Inference.Errors.class);
    assertThat(rule.precisions().last()).isEqualTo(0.5);
    assertThat(rule.gammaDepthExponent()).isZero();
  }

  /** A run of before holds all keys, and nothing is added to them: its hash is what it was. */
  @Test
  void earlierRunsKeepTheirHashes() {
    String earlier =
        "net.preset=resmlp net.depth=20 pc.scheme=error pc.steps=20 pc.rate=0.1 pc.gamma=1"
            + " pc.gammaLast=1 pc.gammaExponent=0 optim.lr=0.01";
    assertThat(Experiment.completed(config(earlier)).hash()).isEqualTo(config(earlier).hash());
    String shallow = "net.depth=3 optim.lr=0.01";
    assertThat(Experiment.completed(config(shallow)).hash()).isEqualTo(config(shallow).hash());
  }

  @Test
  void otherNetworksStayAsTheyWere() {
    assertThat(rule("net.preset=resnet18").inference()).isEqualTo(new Inference.Jacobi(20, 0.1));
  }

  @Test
  void fixedPredictionsGoTopDown() {
    assertThat(rule("pc.scheme=fpa pc.fpaOrder=gauss-seidel pc.steps=1 pc.rate=1").inference())
        .isEqualTo(new Inference.FixedPrediction(1, 1, true));
    assertThat(rule("pc.scheme=fpa").inference())
        .isEqualTo(new Inference.FixedPrediction(20, 0.1, false));
    assertThatThrownBy(() -> rule("pc.scheme=si pc.fpaOrder=gauss-seidel"))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("pc.fpaOrder with pc.scheme si");
  }
}
