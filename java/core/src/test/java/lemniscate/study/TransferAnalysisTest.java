package lemniscate.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.study.CurveOptimum.Place;
import org.junit.jupiter.api.Test;

final class TransferAnalysisTest {

  private static final double CEILING = 5;
  private static final double NAN = Double.NaN;

  // A few roundings of numbers of order ten.
  private static final double ROUNDING = 1e-12;

  private final List<TransferTrial> trials = new ArrayList<>();

  private void curve(
      String scheme, int width, long seed, int first, int last, DoubleUnaryOperator lossOfLog2) {
    for (int x = first; x <= last; x++) {
      trials.add(
          new TransferTrial(
              "pc", scheme, width, Math.pow(2, x), seed, lossOfLog2.applyAsDouble(x)));
    }
  }

  // Best at 2^vertex, with the loss floor there; diverges an octave and a half above.
  private static DoubleUnaryOperator valley(double vertex, double floor) {
    return x -> x > vertex + 1.5 ? NAN : floor * Math.exp(0.1 * (x - vertex) * (x - vertex));
  }

  private TransferAnalysis analyse(DriftExpectation expected) {
    return TransferAnalysis.of("optim.lr", trials, CEILING, (rule, scheme) -> expected);
  }

  private TransferResult result(DriftExpectation expected) {
    return analyse(expected).results().getFirst();
  }

  @Test
  void fallingOptimumIsANegativeDrift() {
    curve("sp", 512, 0, -9, 0, valley(-5.25, 0.2)); // in any order
    curve("sp", 64, 0, -9, 0, valley(-2.25, 0.3));
    curve("sp", 128, 0, -9, 0, valley(-3.1, 0.25));
    TransferResult result = result(DriftExpectation.falls(2));
    assertThat(result.curves()).extracting(LossCurve::size).containsExactly(64, 128, 512);
    assertThat(result.drift()).isCloseTo(-3, within(ROUNDING));
    assertThat(result.driftAtLeast()).isEqualTo(result.drift());
    assertThat(result.driftAtMost()).isEqualTo(result.drift());
    assertThat(result.verdict()).isEqualTo(Judgement.PASS);
    assertThat(result.widerIsBetter()).isTrue();
    // 1/4 was best for the narrowest; the widest diverges there.
    assertThat(result.regret()).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(result(DriftExpectation.stays(1)).verdict()).isEqualTo(Judgement.FAIL);
  }

  @Test
  void steadyOptimumTransfers() {
    curve("mup", 64, 0, -6, 1, valley(-2.25, 0.3));
    curve("mup", 512, 0, -6, 1, valley(-2.75, 0.2));
    TransferResult result = result(DriftExpectation.stays(1));
    assertThat(result.drift()).isCloseTo(-0.5, within(ROUNDING));
    assertThat(result.verdict()).isEqualTo(Judgement.PASS);
    // The narrow one takes 2^-2, the wide one 2^-3: exp(0.1 * 0.75²) / exp(0.1 * 0.25²) - 1.
    assertThat(result.regret()).isCloseTo(Math.expm1(0.05), within(ROUNDING));
    assertThat(result(DriftExpectation.falls(2)).verdict()).isEqualTo(Judgement.FAIL);
    assertThat(result(DriftExpectation.stays(0.4)).verdict()).isEqualTo(Judgement.FAIL);
    assertThat(result(DriftExpectation.none("why")).verdict()).isEqualTo(Judgement.NOT_JUDGED);
  }

  private static final double[] SHIFTS = {0.004, -0.007, 0.003};

  // Flat from 2^-6 to 2^-2 within the noise of three seeds; the lowest point is where it is
  // lowered.
  private void plateau(int width, int lowest) {
    for (int seed = 0; seed < 3; seed++) {
      int s = seed;
      curve(
          "mup",
          width,
          seed,
          -8,
          0,
          x -> {
            double wall = x < -6 ? -6 - x : x > -2 ? x + 2 : 0;
            double noise = 0.005 * Math.sin(40 * s + 7 * x + width);
            return 0.3 * Math.exp(0.2 * wall + noise - (x == lowest ? 0.004 : 0));
          });
    }
  }

  @Test
  void onAPlateauThereIsNoDrift() {
    plateau(64, -6);
    plateau(512, -3);
    TransferResult result = result(DriftExpectation.stays(1));
    assertThat(result.drift()).isGreaterThan(2);
    assertThat(result.isFlat()).isTrue();
    assertThat(result.verdict()).isEqualTo(Judgement.PASS);
    // Nor is a fall seen there, or refuted.
    assertThat(result(DriftExpectation.falls(2)).verdict()).isEqualTo(Judgement.INCONCLUSIVE);
  }

  @Test
  void noiseThatDoesNotReachSoFarMakesNoPlateau() {
    for (int seed = 0; seed < SHIFTS.length; seed++) {
      double noise = SHIFTS[seed];
      curve("mup", 64, seed, -6, 1, x -> valley(-4.1 + noise, 0.3).applyAsDouble(x));
      curve("mup", 512, seed, -6, 1, x -> valley(-1.9 + noise, 0.3).applyAsDouble(x));
    }
    TransferResult result = result(DriftExpectation.stays(1));
    assertThat(result.isFlat()).isFalse();
    assertThat(result.verdict()).isEqualTo(Judgement.FAIL);
  }

  @Test
  void anIntervalAcrossTheToleranceIsInconclusive() {
    double[] vertex = {-3.4, -2.9, -2.3};
    for (int seed = 0; seed < vertex.length; seed++) {
      curve("mup", 64, seed, -7, 1, valley(-3.8, 0.3));
      curve("mup", 512, seed, -7, 1, valley(vertex[seed], 0.2));
    }
    TransferResult result = result(DriftExpectation.stays(1));
    // Drifts of 0.4, 0.9 and 1.5: a mean of 0.933, t of two degrees of freedom 4.303, s = 0.551.
    assertThat(result.driftInterval().low()).isCloseTo(-0.435, within(1e-3));
    assertThat(result.driftInterval().high()).isCloseTo(2.302, within(1e-3));
    assertThat(result.verdict()).isEqualTo(Judgement.INCONCLUSIVE);
    assertThat(result(DriftExpectation.stays(2.5)).verdict()).isEqualTo(Judgement.PASS);
    assertThat(result(DriftExpectation.falls(1)).verdict()).isEqualTo(Judgement.FAIL);
  }

  @Test
  void risingOptimumFailsToo() {
    curve("mup", 64, 0, -6, 1, valley(-3.75, 0.3));
    curve("mup", 128, 0, -6, 1, valley(-2.25, 0.2));
    assertThat(result(DriftExpectation.stays(1)).drift()).isCloseTo(1.5, within(ROUNDING));
    assertThat(result(DriftExpectation.stays(1)).verdict()).isEqualTo(Judgement.FAIL);
    assertThat(result(DriftExpectation.falls(1)).verdict()).isEqualTo(Judgement.FAIL);
  }

  @Test
  void edgesBoundTheDrift() {
    curve("sp", 64, 0, -6, -1, valley(-2, 0.3));
    // The widest is best at 2^-6 or below: it fell by 4 octaves or more.
    curve("sp", 512, 0, -6, -1, x -> x > -5.5 ? NAN : 0.2);
    TransferResult result = result(DriftExpectation.falls(2));
    assertThat(result.curves().getLast().optimum().place()).isEqualTo(Place.LOW_EDGE);
    assertThat(result.driftAtMost()).isCloseTo(-4, within(ROUNDING));
    assertThat(result.driftAtLeast()).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(result.verdict()).isEqualTo(Judgement.PASS);
    assertThat(result(DriftExpectation.stays(1)).verdict()).isEqualTo(Judgement.FAIL);
    assertThat(result(DriftExpectation.falls(5)).verdict()).isEqualTo(Judgement.INCONCLUSIVE);
  }

  @Test
  void edgesOnTheWrongSideProveNothing() {
    curve("mup", 64, 0, -6, -3, valley(-1, 0.3));
    curve("mup", 512, 0, -6, -3, valley(-1, 0.2));
    TransferResult result = result(DriftExpectation.stays(1));
    assertThat(result.drift()).isZero();
    assertThat(result.driftAtLeast()).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(result.driftAtMost()).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(result.verdict()).isEqualTo(Judgement.INCONCLUSIVE);
  }

  @Test
  void edgesOfTheNarrowestBoundTheDriftTheOtherWay() {
    // Best at 2^-3 or above, against 2^-5: a fall by two octaves or more.
    curve("sp", 64, 0, -8, -3, valley(-1, 0.3));
    curve("sp", 512, 0, -8, -3, valley(-5, 0.2));
    TransferResult fallen = result(DriftExpectation.falls(2));
    assertThat(fallen.driftAtLeast()).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(fallen.driftAtMost()).isCloseTo(-2, within(ROUNDING));
    assertThat(result(DriftExpectation.falls(1.9)).verdict()).isEqualTo(Judgement.PASS);
    trials.clear();
    // Best at 2^-6 or below, against 2^-4: a rise by two octaves or more.
    curve("mup", 64, 0, -6, -1, x -> 0.3 + 0.01 * x);
    curve("mup", 512, 0, -6, -1, valley(-4, 0.2));
    TransferResult risen = result(DriftExpectation.stays(1));
    assertThat(risen.driftAtLeast()).isCloseTo(2, within(ROUNDING));
    assertThat(risen.driftAtMost()).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(risen.verdict()).isEqualTo(Judgement.FAIL);
  }

  @Test
  void divergedTrialsArePointsWithoutALoss() {
    curve("mup", 64, 0, -4, 0, x -> x > -2 ? NAN : 0.5 - 0.01 * x);
    curve("mup", 64, 1, -4, 0, x -> x > -1 ? CEILING * 1.01 : 0.3 - 0.01 * x);
    curve("mup", 128, 0, -4, 0, _ -> NAN);
    curve("mup", 128, 1, -4, 0, _ -> Double.POSITIVE_INFINITY);
    TransferResult result = result(DriftExpectation.stays(1));
    List<LossCurve.Point> points = result.curves().getFirst().points();
    assertThat(points).extracting(LossCurve.Point::diverged).containsExactly(0, 0, 0, 1, 2);
    assertThat(points).allMatch(point -> point.seeds() == 2);
    assertThat(points.get(2).loss()).isCloseTo(0.42, within(ROUNDING));
    // Of 0.52 and 0.32: half the difference times the root of two.
    assertThat(points.get(2).lossStd()).isCloseTo(0.1 * Math.sqrt(2), within(ROUNDING));
    assertThat(points.get(2).logLoss())
        .isCloseTo((Math.log(0.52) + Math.log(0.32)) / 2, within(ROUNDING));
    // What is left of it is a loss, but no point to choose.
    assertThat(points.get(3).loss()).isCloseTo(0.31, within(ROUNDING));
    assertThat(points.get(3).logLoss()).isNaN();
    assertThat(points.get(4).loss()).isNaN();
    assertThat(result.curves().getFirst().optimum().log2()).isCloseTo(-2, within(ROUNDING));
    assertThat(result.curves().getFirst().optimum().place()).isEqualTo(Place.BESIDE_DIVERGENCE);
    assertThat(result.curves().getLast().optimum().place()).isEqualTo(Place.NONE);
    assertThat(result.curves().getLast().best()).isEmpty();
    assertThat(result.drift()).isNaN();
    assertThat(result.regret()).isNaN();
    assertThat(result.widerIsBetter()).isFalse();
    assertThat(result.verdict()).isEqualTo(Judgement.INCONCLUSIVE);
  }

  @Test
  void noisySeedsSpreadAroundTheKnownOptimum() {
    Random random = new Random(5);
    for (int seed = 0; seed < 9; seed++) {
      double shift = 0.3 * random.nextGaussian();
      curve("mup", 64, seed, -7, 1, valley(-3.2 + shift, 0.3));
      curve("mup", 256, seed, -7, 1, valley(-3.9 + shift, 0.2));
    }
    TransferResult result = result(DriftExpectation.stays(1));
    // The mean of nine shifts of standard deviation 0.3 strays by 0.1; three times that.
    assertThat(result.curves().getFirst().optimum().log2()).isCloseTo(-3.2, within(0.3));
    // Nine shifts lie within four standard deviations.
    Spread spread = result.curves().getFirst().spread();
    assertThat(spread.low()).isBetween(-4.4, -3.2);
    assertThat(spread.high()).isBetween(-3.2, -2.0);
    assertThat(result.curves().getFirst().optimum().log2()).isBetween(spread.low(), spread.high());
    // The shift of a seed cancels in its own drift.
    assertThat(result.driftSpread().low()).isCloseTo(-0.7, within(ROUNDING));
    assertThat(result.driftSpread().high()).isCloseTo(-0.7, within(ROUNDING));
  }

  @Test
  void oneSeedHasNoSpread() {
    curve("mup", 64, 3, -6, 1, valley(-2, 0.3));
    curve("mup", 128, 3, -6, 1, valley(-2, 0.3));
    assertThat(result(DriftExpectation.stays(1)).driftSpread().low()).isNaN();
    assertThat(result(DriftExpectation.stays(1)).curves().getFirst().spread().high()).isNaN();
  }

  @Test
  void widerIsWorseOnlyBeyondTheStandardError() {
    // Means of ln loss 0 and 0.1, standard errors 0.1 each: hypot is 0.141.
    for (int seed = 0; seed < 2; seed++) {
      double noise = seed == 0 ? 0.1 : -0.1;
      curve("mup", 64, seed, -4, 0, x -> Math.exp(noise + 0.2 * (x + 2) * (x + 2)));
      curve("mup", 128, seed, -4, 0, x -> Math.exp(0.1 + noise + 0.2 * (x + 2) * (x + 2)));
    }
    assertThat(result(DriftExpectation.stays(1)).widerIsBetter()).isTrue();
    for (int seed = 0; seed < 2; seed++) {
      double noise = seed == 0 ? 0.1 : -0.1;
      curve("mup", 256, seed, -4, 0, x -> Math.exp(0.25 + noise + 0.2 * (x + 2) * (x + 2)));
    }
    assertThat(result(DriftExpectation.stays(1)).widerIsBetter()).isFalse();
  }

  @Test
  void worstVerdictCounts() {
    curve("mup", 64, 0, -6, 1, valley(-2, 0.3));
    curve("mup", 128, 0, -6, 1, valley(-2, 0.3));
    curve("sp", 64, 0, -6, 1, valley(-2, 0.3));
    curve("sp", 128, 0, -6, 1, valley(-2, 0.3));
    TransferAnalysis analysis =
        TransferAnalysis.of(
            "optim.lr",
            trials,
            CEILING,
            (rule, scheme) ->
                scheme.equals("mup") ? DriftExpectation.stays(1) : DriftExpectation.falls(2));
    assertThat(analysis.results())
        .extracting(TransferResult::verdict)
        .containsExactly(Judgement.PASS, Judgement.FAIL);
    assertThat(analysis.verdict()).isEqualTo(Judgement.FAIL);
    assertThat(analyse(DriftExpectation.stays(1)).verdict()).isEqualTo(Judgement.PASS);
    assertThat(analyse(DriftExpectation.none("why")).verdict()).isEqualTo(Judgement.NOT_JUDGED);
  }

  @Test
  void tablesHaveALineForEachPointOptimumAndDrift() {
    curve("mup", 64, 0, -4, 0, valley(-2, 0.3));
    curve("mup", 128, 0, -4, 0, valley(-3, 0.25));
    TransferAnalysis analysis = analyse(DriftExpectation.stays(1));
    assertThat(analysis.curvesCsv(NetworkAxis.WIDTH).lines())
        .hasSize(11)
        .contains("pc,mup,64,optim.lr,0.2500000000,0.3000000000,,1,0")
        .contains("pc,mup,128,optim.lr,0.5000000000,,,1,1");
    assertThat(analysis.optimaCsv(NetworkAxis.WIDTH).lines())
        .containsExactly(
            "rule,scheme,width,key,value,low,high,place,loss",
            "pc,mup,64,optim.lr,0.2500000000,,,inside,0.3000000000",
            "pc,mup,128,optim.lr,0.1250000000,,,inside,0.2500000000");
    assertThat(analysis.driftsCsv().lines().toList())
        .last()
        .asString()
        .startsWith("pc,mup,-1.000000000,,,")
        .endsWith(",0.1051709181,true,pass");
  }

  @Test
  void theoryExpectsDriftsOnlyWhereItKnowsThem() {
    DriftExpectation mup = DriftExpectation.of(Scheme.MUP, "pc.rate", StepClass.SIGN_LIKE, 3, 0.75);
    assertThat(mup).isEqualTo(new DriftExpectation(-0.75, 0.75, null));
    DriftExpectation sp = DriftExpectation.of(Scheme.SP, "optim.lr", StepClass.SGD_LIKE, 3, 1);
    assertThat(sp).isEqualTo(new DriftExpectation(Double.NEGATIVE_INFINITY, -2, null));
    assertThat(DriftExpectation.of(Scheme.SP, "pc.rate", StepClass.SGD_LIKE, 3, 1).notJudged())
        .contains("pc.rate");
    assertThat(DriftExpectation.of(Scheme.SP, "optim.lr", StepClass.SIGN_LIKE, 3, 1).notJudged())
        .isNotNull();
    assertThat(DriftExpectation.of(Scheme.NTK, "optim.lr", StepClass.SGD_LIKE, 3, 1).notJudged())
        .isNotNull();
  }

  @Test
  void valuesMustBePositive() {
    assertThatThrownBy(() -> new TransferTrial("bp", "sp", 3, 0, 1, 0.1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
