package lemniscate.claim;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import lemniscate.config.Config;
import lemniscate.study.Judgement;
import lemniscate.study.OnlineLearningStudy;
import lemniscate.theory.OnlineLearningEquations;
import lemniscate.train.StopSignal;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Claims of tiny networks pass, and fail as soon as something is wrong: an exponent, a sign, SP
 * taken for μP, a rule taken for another. Widths and seeds are the fewest at which the intervals of
 * the sound ones lie within their bounds.
 */
final class PlantedErrorTest {

  @TempDir private Path folder;

  private Laboratory laboratory() {
    return new Laboratory(
        Config.defaults().with("backend", "cpu", "test").with("threads", "1", "test"),
        folder,
        1,
        new StopSignal());
  }

  private Judgement judgement(Claim claim, ClaimSettings settings) {
    return claim.measure(settings, laboratory()).judgement();
  }

  /** Tiny settings of a claim with others in their place. */
  private static ClaimSettings tiny(Claim claim, String... pairs) {
    return claim.settings(ClaimPreset.MINUTES).with(pairs);
  }

  private void turns(Claim claim, ClaimSettings sound, String... planted) {
    assertThat(judgement(claim, sound)).as("sound").isEqualTo(Judgement.PASS);
    assertThat(judgement(claim, sound.with(planted))).as("planted").isEqualTo(Judgement.FAIL);
  }

  /** As {@link #turns}, where so tiny networks leave the sound one undecided. */
  private void fails(Claim claim, ClaimSettings sound, String... planted) {
    assertThat(judgement(claim, sound)).as("sound").isNotEqualTo(Judgement.FAIL);
    assertThat(judgement(claim, sound.with(planted))).as("planted").isEqualTo(Judgement.FAIL);
  }

  private static ClaimSettings transfer(Claim claim) {
    return tiny(
        claim,
        "data.name",
        "synthetic",
        "data.train",
        "1024",
        "data.test",
        "100",
        "train.batch",
        "16",
        "param.baseWidth",
        "16",
        "param.outputScale",
        "0.25",
        "widths",
        "16,128",
        "values",
        "2^-8..2^0",
        "seeds",
        "2",
        // Two seeds have no interval to speak of; three octaves lie between the widths.
        "tolerance",
        "1.5");
  }

  /** SP taken for μP: its best rate drifts by three octaves. */
  @Tag("study")
  @Test
  void transferUnderTheWrongScheme() {
    TpTransfersOverWidth claim = new TpTransfersOverWidth();
    ClaimSettings sound = transfer(claim).with("schemes", "mup");
    Finding found = Transfers.drifts(sound, laboratory());
    Finding wrong = Transfers.drifts(sound.with("schemes", "sp"), laboratory());
    Check own = found.checks().getFirst();
    Check other = wrong.checks().getFirst();
    assertThat(own.value()).isBetween(own.lowest(), own.highest());
    // Judged as if it were μP.
    assertThat(
            new Check(
                    other.what(),
                    other.value(),
                    other.low(),
                    other.high(),
                    own.lowest(),
                    own.highest())
                .value())
        .isLessThan(own.lowest());
  }

  /** A rate that is not 1 leaves a tenth of the gradient. */
  @Test
  void predictiveCodingAtAnotherRate() {
    Claim claim = new PcIsBackpropagation();
    ClaimSettings sound = tiny(claim, "width", "9", "seeds", "2");
    turns(claim, sound, "pc.rate", "0.9");
  }

  /** SP taken for μP: 1 − cos falls like 1/M, and ‖C‖ stays. */
  @Tag("study")
  @Test
  void firstOrderUnderTheWrongScheme() {
    Claim claim = new PcBecomesFirstOrder();
    ClaimSettings sound = tiny(claim, "widths", "64,128,256", "seeds", "3");
    assertThat(judgement(claim, sound)).as("sound").isNotEqualTo(Judgement.FAIL);
    assertThat(judgement(claim, sound.with("param.scheme", "sp"))).isEqualTo(Judgement.FAIL);
  }

  /** A constant precision taken for one that grows like the width. */
  @Tag("study")
  @Test
  void directionAtTheWrongExponent() {
    Claim claim = new PcBetweenFirstOrderAndGaussNewton();
    ClaimSettings sound = tiny(claim, "widths", "64,128,256", "seeds", "3");
    assertThat(judgement(claim, sound)).as("sound").isNotEqualTo(Judgement.FAIL);
    assertThat(judgement(claim, sound.with("judged", "0"))).isEqualTo(Judgement.FAIL);
  }

  /** The right exponent taken for the wrong one. */
  @Test
  void movesWithTheRightExponent() {
    Claim claim = new PcNeedsItsOwnExponents();
    turns(claim, tiny(claim, "tolerance", "0.4"), "hiddenShift", "0");
  }

  /** An exponent that is off by 1. */
  @Test
  void convolutionsWithAWrongExponent() {
    Claim claim = new ConvolutionalNetworksMoveAlike();
    ClaimSettings sound =
        tiny(claim, "widths", "4,8,16", "seeds", "8", "train.batch", "2", "tolerance", "0.5");
    assertThat(judgement(claim, sound)).as("sound").isNotEqualTo(Judgement.FAIL);
    assertThat(judgement(claim, sound.with("hiddenShift", "-2"))).isEqualTo(Judgement.FAIL);
  }

  /** Backpropagation taken for target propagation. */
  @Test
  void backpropagationInTheKernelRegime() {
    Claim claim = new TpHasNoKernelRegime();
    ClaimSettings sound = tiny(claim, "widths", "64,128,256", "seeds", "6");
    assertThat(judgement(claim, sound)).as("sound").isNotEqualTo(Judgement.FAIL);
    assertThat(judgement(claim, sound.with("lazy", "dtp", "learning", "bp")))
        .isEqualTo(Judgement.FAIL);
  }

  /** The Hebbian form differs from adaptive feedback in the first order. */
  @Test
  void anotherFormOfPepita() {
    Claim claim = new PepitaIsAdaptiveFeedback();
    turns(claim, tiny(claim, "width", "48", "seeds", "8"), "pepita.variant", "hebbian");
  }

  /** PEPITA's modulated form taken for the Hebbian one. */
  @Test
  void forwardForwardOfAnotherForm() {
    Claim claim = new HebbianPepitaIsForwardForward();
    turns(claim, tiny(claim, "widths", "5,9", "seeds", "1"), "pepita.variant", "modulated");
  }

  /** A sign in the equations: the first layer climbs what it should descend. */
  @Test
  void equationsWithAWrongSign() {
    ClaimSettings settings =
        new PepitaFollowsItsEquations()
            .settings(ClaimPreset.MINUTES)
            .with("inputs", "200", "end", "20", "points", "8", "copies", "4");
    List<OnlineLearningStudy.Trajectory> sound =
        PepitaFollowsItsEquations.study(settings).run(_ -> {}).trajectories();
    assertThat(PepitaFollowsItsEquations.judged(sound).judgement())
        .as("sound")
        .isNotEqualTo(Judgement.FAIL);
    List<OnlineLearningStudy.Trajectory> planted = new ArrayList<>();
    double rate = settings.number("rate");
    for (OnlineLearningStudy.Trajectory t : sound) {
      double[] times = t.times().stream().mapToDouble(time -> time).toArray();
      planted.add(
          new OnlineLearningStudy.Trajectory(
              t.rule(),
              t.copy(),
              t.times(),
              t.simulation(),
              new OnlineLearningEquations(t.rule(), -rate, rate, 0)
                  .solve(t.theory().getFirst(), times)
                  .points()));
    }
    assertThat(PepitaFollowsItsEquations.judged(planted).judgement()).isEqualTo(Judgement.FAIL);
  }

  /** Predictions that stay fixed taken for ones that move. */
  @Test
  void sequentialInferenceWithFixedPredictions() {
    Claim claim = new SequentialInferenceTurns();
    turns(claim, tiny(claim, "width", "256", "seeds", "8", "rates", "0.5,1"), "pc.scheme", "fpa");
  }

  /** Branches by another power of the depth. */
  @Test
  void streamsWithAWrongDepthExponent() {
    Claim claim = new StreamsTendToAConstant();
    ClaimSettings sound = tiny(claim, "width", "64", "depths", "4,16", "seeds", "12");
    assertThat(judgement(claim, sound)).as("sound").isNotEqualTo(Judgement.FAIL);
    assertThat(judgement(claim, sound.with("param.depthExponent", "1"))).isEqualTo(Judgement.FAIL);
  }

  /** Relaxing states taken for error coordinates. */
  @Test
  void creditOfRelaxingStates() {
    Claim claim = new CreditReachesByErrorCoordinates();
    ClaimSettings sound = tiny(claim, "depths", "8,12,20", "seeds", "1", "net.width", "16");
    turns(claim, sound, "judged", "error,jacobi");
  }

  /** Mirroring that never happens. */
  @Tag("study")
  @Test
  void mirroringThatDoesNotMirror() {
    Claim claim = new MirroringAligns();
    ClaimSettings sound =
        tiny(claim, "net.width", "32", "data.train", "2048", "train.batch", "8", "seeds", "2");
    assertThat(judgement(claim, sound)).as("sound").isNotEqualTo(Judgement.FAIL);
    assertThat(judgement(claim, sound.with("mirrorEvery", "0"))).isEqualTo(Judgement.FAIL);
  }

  /** SP taken for μP: errors are of the order of the states, whose roundings they have. */
  @Test
  void displacementsUnderTheWrongScheme() {
    Claim claim = new DisplacementsKeepSinglePrecision();
    fails(claim, tiny(claim, "widths", "16,64,256", "seeds", "3"), "param.scheme", "sp");
  }

  /** SP taken for μP and μP for SP: the best rate falls, and stays. */
  @Test
  void ratesUnderTheOtherScheme() {
    ClaimSettings settings =
        transfer(new PcTransfersOverWidth())
            .with("schemes", "mup,sp", "values", "2^-6..2^0", "seeds", "3");
    List<Check> checks = Transfers.drifts(settings, laboratory()).checks();
    Check own = checks.getFirst();
    Check control = checks.getLast();
    assertThat(own.judgement()).as("pc-transfer").isNotEqualTo(Judgement.FAIL);
    assertThat(control.judgement()).as("sp-drifts").isNotEqualTo(Judgement.FAIL);
    assertThat(within(control, own).judgement()).as("SP for μP").isEqualTo(Judgement.FAIL);
    assertThat(within(own, control).judgement()).as("μP for SP").isEqualTo(Judgement.FAIL);
  }

  /** A measured number judged by the bounds of another. */
  private static Check within(Check found, Check bounds) {
    return new Check(
        found.what(), found.value(), found.low(), found.high(), bounds.lowest(), bounds.highest());
  }

  /** SP taken for μP: the learning rate of the best pair falls by half an octave a doubling. */
  @Tag("study")
  @Test
  void pairsUnderTheWrongScheme() {
    Claim claim = new PcTransfersJointly();
    ClaimSettings sound =
        tiny(
            claim,
            "data.train",
            "1024",
            "data.test",
            "100",
            "train.batch",
            "16",
            "widths",
            "32,128",
            "seeds",
            "2",
            "values",
            "0.0625,0.125,0.25,0.5",
            "inferenceRates",
            "0.2,0.4,0.6",
            "controlValues",
            "2^-6..2^-1");
    fails(claim, sound, "schemes", "sp");
  }

  /**
   * The sign of an exponent: a precision that grows more slowly taken for one that grows faster.
   */
  @Test
  void precisionOfTheOtherSign() {
    Claim claim = new LargePrecisionHurtsWideNetworks();
    ClaimSettings sound =
        transfer(claim)
            .with("values", "2^-5..2^-1", "seeds", "3", "pc.steps", "10", "excess", "1.5");
    fails(claim, sound, "excess", "-1.5");
  }

  /** SP taken for μP: at the rates that are good for the narrow network the wide one does worse. */
  @Test
  void widerUnderTheWrongScheme() {
    Claim claim = new WiderIsBetter();
    turns(claim, transfer(claim).with("values", "2^-2..2^0"), "schemes", "sp");
  }

  private static final String RATES =
      "bp 0.03,fa 0.03,pepita 0.1,pepita+wd 0.1,pepita+wm 0.1,pepita+norm 30";

  private static ClaimSettings table(Claim claim) {
    return tiny(
        claim,
        "rows",
        "bp,fa,pepita,pepita+wd,pepita+wm,pepita+norm",
        "rates",
        RATES,
        "net.width",
        "64",
        "data.train",
        "4000",
        "data.test",
        "1000",
        "validation",
        "200",
        "epochs",
        "1",
        "seeds",
        "4");
  }

  /** A rate that is off by an exponent: what is claimed to be ahead hardly learns. */
  @Tag("study")
  @Test
  void tablesWithAWrongRate() {
    for (Claim claim :
        List.of(
            new RulesAreInOrder(),
            new MirroringHelps(),
            new DecayHelps(),
            new NormalisationHelps())) {
      String row =
          switch (claim) {
            case MirroringHelps _ -> "pepita+wm 0.1";
            case DecayHelps _ -> "pepita+wd 0.1";
            case NormalisationHelps _ -> "pepita+norm 30";
            default -> "bp 0.03";
          };
      String slow = row.substring(0, row.indexOf(' ')) + " 1e-6";
      fails(claim, table(claim), "rates", RATES.replace(row, slow));
    }
  }

  /** PEPITA without normalised activities taken for PEPITA with them. */
  @Test
  void depthWithoutNormalisation() {
    Claim claim = new PepitaInDepth();
    ClaimSettings sound =
        table(claim)
            .with("rows", "pepita,pepita+norm", "rates", "pepita 0.1,pepita+norm 30")
            .with("data.train", "6000");
    fails(claim, sound, "better", "pepita");
  }

  /** Branches by another power of the depth: what has momentum does not come to rest. */
  @Test
  void depthLawsWithAWrongExponent() {
    Claim claim = new InferenceTakesTheSquareOfDepth();
    ClaimSettings sound =
        tiny(claim, "net.width", "16", "seeds", "3", "contenders", "momentum,error");
    fails(claim, sound, "param.depthExponent", "0");
  }
}
