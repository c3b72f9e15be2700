package lemniscate.mup;

import static lemniscate.mup.ParameterRole.HIDDEN_BIAS;
import static lemniscate.mup.ParameterRole.HIDDEN_WEIGHT;
import static lemniscate.mup.ParameterRole.INPUT_WEIGHT;
import static lemniscate.mup.ParameterRole.OUTPUT_BIAS;
import static lemniscate.mup.ParameterRole.OUTPUT_WEIGHT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import lemniscate.config.BadInputException;
import lemniscate.golden.Golden;
import lemniscate.mup.CreditRule.BackPropagation;
import lemniscate.mup.CreditRule.ForwardForward;
import lemniscate.mup.CreditRule.GaussNewtonTarget;
import lemniscate.mup.CreditRule.PredictiveCoding;
import lemniscate.mup.CreditRule.TargetPropagation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ParameterizationTest {
  private static final CreditRule BP = new BackPropagation();
  private static final CreditRule GNT = new GaussNewtonTarget();
  private static final CreditRule TP = new TargetPropagation();
  private static final CreditRule FF = new ForwardForward(false);
  private static final CreditRule FF_UNIT = new ForwardForward(true);

  private static CreditRule pc(double gammaExponent) {
    return new PredictiveCoding(gammaExponent, Weighting.UNWEIGHTED);
  }

  private static CreditRule energy(double gammaExponent) {
    return new PredictiveCoding(gammaExponent, Weighting.ENERGY);
  }

  private static Size chain(int width) {
    return new Size(width, 0);
  }

  private static List<CreditRule> rules() {
    return List.of(
        BP, pc(0), pc(-0.5), pc(-1), pc(1), energy(0), energy(-0.5), GNT, TP, FF, FF_UNIT);
  }

  private static List<Parameterization> all(int baseWidth) {
    List<Parameterization> all = new ArrayList<>();
    for (Scheme scheme : Scheme.values()) {
      for (StepClass optimizer : StepClass.values()) {
        for (CreditRule rule : rules()) {
          all.add(Parameterization.relative(scheme, baseWidth, rule, optimizer));
        }
      }
    }
    return all;
  }

  @Test
  void everySchemeIsTheOrdinaryNetworkAtTheBaseWidth() {
    for (Parameterization p : all(96)) {
      for (ParameterRole role : ParameterRole.values()) {
        for (int fanIn : new int[] {1, 3, 96, 864}) {
          double std = role.isBias() ? 0 : 1 / Math.sqrt(fanIn);
          // Exactly equal: every power is of 1.
          assertThat(p.scaling(role, false, chain(96), fanIn))
              .as("%s %s", p, role)
              .isEqualTo(new ParameterScaling(1, std, 1, 1, 1));
        }
      }
      assertThat(p.lastLayerPrecision(0.7, chain(96))).isEqualTo(0.7);
    }
  }

  /** Target propagation's; with inputs of length 1 a multiplier m^-½ comes in by the symmetry. */
  @Test
  void exponentsOfForwardForward() {
    for (StepClass optimizer : StepClass.values()) {
      for (ParameterRole role : ParameterRole.values()) {
        AbcExponents abc = relative(Scheme.MUP, FF, optimizer).exponents(role);
        assertThat(abc).isEqualTo(relative(Scheme.MUP, TP, optimizer).exponents(role));
        boolean grows = role == HIDDEN_WEIGHT || role == OUTPUT_WEIGHT;
        assertThat(relative(Scheme.MUP, FF_UNIT, optimizer).exponents(role))
            .isEqualTo(grows ? abc.shift(0.5, optimizer) : abc);
      }
    }
    assertThat(relative(Scheme.MUP, FF_UNIT, StepClass.SGD_LIKE).exponents(HIDDEN_WEIGHT))
        .isEqualTo(new AbcExponents(0.5, 0, 0));
    assertThat(relative(Scheme.MUP, FF_UNIT, StepClass.SIGN_LIKE).exponents(OUTPUT_WEIGHT))
        .isEqualTo(new AbcExponents(0.5, 0, 0.5));
  }

  @Test
  void factorsAtRatioFourAreThoseOfTheGoldenVectors() {
    Golden golden = Golden.load().at("abc_factors_width_ratio_4");
    Map<String, Parameterization> cases =
        Map.of(
            "bp_sp_sgd", relative(Scheme.SP, BP, StepClass.SGD_LIKE),
            "bp_ntk_sgd", relative(Scheme.NTK, BP, StepClass.SGD_LIKE),
            "bp_mup_sgd", relative(Scheme.MUP, BP, StepClass.SGD_LIKE),
            "bp_mup_adam", relative(Scheme.MUP, BP, StepClass.SIGN_LIKE),
            "pc_mup_sgd_g-1", relative(Scheme.MUP, pc(-1), StepClass.SGD_LIKE),
            "pc_mup_sgd_g-0.5", relative(Scheme.MUP, pc(-0.5), StepClass.SGD_LIKE),
            "gnt_mup_sgd", relative(Scheme.MUP, GNT, StepClass.SGD_LIKE),
            "tp_mup_sgd", relative(Scheme.MUP, TP, StepClass.SGD_LIKE),
            "tp_mup_adam", relative(Scheme.MUP, TP, StepClass.SIGN_LIKE));
    assertThat(golden.keys()).containsExactlyInAnyOrderElementsOf(cases.keySet());
    for (String name : golden.keys()) {
      Parameterization p = cases.get(name);
      for (ParameterRole role : List.of(INPUT_WEIGHT, HIDDEN_WEIGHT, OUTPUT_WEIGHT)) {
        String as = name + " " + role;
        AbcExponents abc = p.exponents(role);
        assertThat(new double[] {abc.a(), abc.b(), abc.c()})
            .as(as)
            .containsExactly(golden.vector(name, "abc", role.label()));
        Golden factors = golden.at(name, "m=4", role.label());
        // Powers of 4 by multiples of a half are exact: 1e-15 leaves one rounding of pow.
        assertThat(abc.initStdFactor(4))
            .as(as)
            .isCloseTo(factors.number("init_std_factor"), within(1e-15));
        // Base width 16, so 64 is ratio 4; fan-in 16 at the base, 64 of them or the 5 inputs here.
        ParameterScaling scaling = p.scaling(role, false, chain(64), role == INPUT_WEIGHT ? 5 : 64);
        assertThat(scaling.multiplier())
            .as(as)
            .isCloseTo(factors.number("weight_multiplier"), within(1e-15));
        assertThat(scaling.learningRateFactor())
            .as(as)
            .isCloseTo(factors.number("lr_factor"), within(1e-15));
        double baseStd = 1 / Math.sqrt(role == INPUT_WEIGHT ? 5 : 16);
        assertThat(scaling.initStd())
            .as(as)
            .isCloseTo(baseStd * factors.number("init_std_factor"), within(1e-15));
      }
    }
  }

  private static Parameterization relative(Scheme scheme, CreditRule rule, StepClass optimizer) {
    return Parameterization.relative(scheme, 16, rule, optimizer);
  }

  /** Exponents c of input, hidden, output weight, hidden bias, output bias; b of the output. */
  @Test
  void exponentsAreThoseOfTheTables() {
    StepClass sgd = StepClass.SGD_LIKE;
    assertTable(relative(Scheme.MUP, BP, sgd), 1, -1, 0, 1, -1, 0);
    assertTable(relative(Scheme.MUP, pc(0), sgd), 1, -1, 0, 1, -1, 0);
    assertTable(relative(Scheme.MUP, pc(-0.5), sgd), 1, -0.5, 0.5, 1, -0.5, 0);
    assertTable(relative(Scheme.MUP, energy(-0.5), sgd), 1, -0.5, 0.5, 1.5, -0.5, 0.5);
    assertTable(relative(Scheme.MUP, energy(-1), sgd), 1, 0, 1, 2, 0, 1);
    assertTable(relative(Scheme.MUP, pc(1), sgd), 1, -2, -1, 1, -2, 0);
    assertTable(relative(Scheme.MUP, GNT, sgd), 1, 0, 1, 1, 0, 0);
    assertTable(relative(Scheme.MUP, TP, sgd), 0.5, 0, 1, 1, 0, 0);
    for (CreditRule rule : rules()) {
      double outputStd = rule == TP || rule == FF ? 0.5 : 1;
      if (rule != FF_UNIT) {
        assertTable(relative(Scheme.MUP, rule, StepClass.SIGN_LIKE), outputStd, 0, 1, 1, 0, 0);
      }
      assertTable(relative(Scheme.SP, rule, StepClass.SGD_LIKE), 0.5, 0, 0, 0, 0, 0);
      assertTable(relative(Scheme.SP, rule, StepClass.SIGN_LIKE), 0.5, 0, 0, 0, 0, 0);
      assertTable(relative(Scheme.NTK, rule, StepClass.SGD_LIKE), 0, 0, 0, 0, 0, 0);
      assertTable(relative(Scheme.NTK, rule, StepClass.SIGN_LIKE), 0, 0.5, 1, 0.5, 0.5, 0);
    }
  }

  private static void assertTable(
      Parameterization p, double outputB, double in, double hid, double out, double hb, double ob) {
    double multiplier = p.scheme() == Scheme.NTK ? 0.5 : 0;
    double hiddenB = p.scheme() == Scheme.NTK ? 0 : 0.5;
    assertThat(p.exponents(INPUT_WEIGHT)).as("%s", p).isEqualTo(new AbcExponents(0, 0, in));
    assertThat(p.exponents(HIDDEN_WEIGHT))
        .as("%s", p)
        .isEqualTo(new AbcExponents(multiplier, hiddenB, hid));
    assertThat(p.exponents(OUTPUT_WEIGHT))
        .as("%s", p)
        .isEqualTo(new AbcExponents(multiplier, outputB, out));
    assertThat(p.exponents(HIDDEN_BIAS)).as("%s", p).isEqualTo(new AbcExponents(0, 0, hb));
    assertThat(p.exponents(OUTPUT_BIAS)).as("%s", p).isEqualTo(new AbcExponents(0, 0, ob));
  }

  /** Base width 64, width 256, so m = 4 and sqrt(m) = 2; γ̄ = -1/2. */
  @Test
  void handNumbersOfPredictiveCoding() {
    Parameterization p = Parameterization.relative(Scheme.MUP, 64, pc(-0.5), StepClass.SGD_LIKE);
    // ε like the error m^(-1-γ̄) = 1/2, decay the inverse of the learning rate's factor.
    assertThat(p.scaling(INPUT_WEIGHT, false, chain(256), 784))
        .isEqualTo(new ParameterScaling(1, 1.0 / 28, 2, 0.5, 0.5));
    assertThat(p.scaling(HIDDEN_WEIGHT, false, chain(256), 256))
        .isEqualTo(new ParameterScaling(1, 0.125 / 2, 0.5, 0.5, 2));
    assertThat(p.scaling(OUTPUT_WEIGHT, false, chain(256), 256))
        .isEqualTo(new ParameterScaling(1, 0.125 / 4, 0.25, 1, 4));
    assertThat(p.scaling(HIDDEN_BIAS, false, chain(256), 1))
        .isEqualTo(new ParameterScaling(1, 0, 2, 0.5, 0.5));
    assertThat(p.scaling(OUTPUT_BIAS, false, chain(256), 1))
        .isEqualTo(new ParameterScaling(1, 0, 1, 1, 1));
    assertThat(p.lastLayerPrecision(3, chain(256))).isEqualTo(6);

    Parameterization weighted =
        Parameterization.relative(Scheme.MUP, 64, energy(-0.5), StepClass.SGD_LIKE);
    // The output gradient carries γ_L = 2: a half of the rate, twice the ε.
    assertThat(weighted.scaling(OUTPUT_WEIGHT, false, chain(256), 256))
        .isEqualTo(new ParameterScaling(1, 0.125 / 4, 0.125, 2, 8));
    assertThat(weighted.scaling(OUTPUT_BIAS, false, chain(256), 1))
        .isEqualTo(new ParameterScaling(1, 0, 0.5, 2, 2));
  }

  /** ε factors at m = 4 for input, hidden, output weight, hidden bias, output bias. */
  @Test
  void epsilonScalesLikeTheGradient() {
    assertEpsilon(Scheme.MUP, BP, 0.25, 0.25, 1, 0.25, 1);
    assertEpsilon(Scheme.MUP, pc(0), 0.25, 0.25, 1, 0.25, 1);
    assertEpsilon(Scheme.MUP, pc(-1), 1, 1, 1, 1, 1);
    assertEpsilon(Scheme.MUP, energy(-1), 1, 1, 4, 1, 4);
    assertEpsilon(Scheme.MUP, GNT, 1, 1, 1, 1, 1);
    assertEpsilon(Scheme.MUP, TP, 1, 1, 1, 1, 1);
    assertEpsilon(Scheme.NTK, BP, 0.5, 0.25, 0.5, 0.5, 1);
    assertEpsilon(Scheme.NTK, GNT, 0.5, 0.25, 0.5, 0.5, 1);
    assertEpsilon(Scheme.NTK, TP, 1, 0.5, 0.5, 1, 1);
    for (CreditRule rule : rules()) {
      assertEpsilon(Scheme.SP, rule, 1, 1, 1, 1, 1);
    }
  }

  private static void assertEpsilon(Scheme scheme, CreditRule rule, double... expected) {
    Parameterization p = Parameterization.relative(scheme, 8, rule, StepClass.SIGN_LIKE);
    for (ParameterRole role : ParameterRole.values()) {
      assertThat(p.scaling(role, false, chain(32), 32).epsilonFactor())
          .as("%s %s %s", scheme, rule, role)
          .isEqualTo(expected[role.ordinal()]);
    }
  }

  @Test
  void learningRateTimesWeightDecayIsFreeOfTheWidth() {
    for (Parameterization p : all(16)) {
      for (ParameterRole role : ParameterRole.values()) {
        ParameterScaling s = p.scaling(role, false, chain(144), 144);
        // Two roundings of pow.
        assertThat(s.learningRateFactor() * s.weightDecayFactor()).isCloseTo(1, within(1e-15));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void literalFormIsRelativeFormAtBaseWidthOne(Scheme scheme) {
    for (CreditRule rule : rules()) {
      for (StepClass optimizer : StepClass.values()) {
        Parameterization literal =
            new Parameterization(scheme, Form.LITERAL, 64, 0.5, 3, rule, optimizer);
        Parameterization relative =
            new Parameterization(scheme, Form.RELATIVE, 1, 0.5, 3, rule, optimizer);
        assertThat(literal.widthRatio(chain(77))).isEqualTo(77);
        assertThat(literal.lastLayerPrecision(2, chain(77)))
            .isEqualTo(relative.lastLayerPrecision(2, chain(77)));
        for (ParameterRole role : ParameterRole.values()) {
          assertThat(literal.scaling(role, false, chain(77), 77))
              .isEqualTo(relative.scaling(role, false, chain(77), 77));
        }
      }
    }
  }

  /** In the literal form the standard deviation is a power of the width alone. */
  @Test
  void literalStandardDeviations() {
    Parameterization p =
        new Parameterization(Scheme.MUP, Form.LITERAL, 64, 1, 1, BP, StepClass.SGD_LIKE);
    assertThat(p.scaling(HIDDEN_WEIGHT, false, chain(256), 256).initStd()).isEqualTo(1.0 / 16);
    assertThat(p.scaling(OUTPUT_WEIGHT, false, chain(256), 256).initStd()).isEqualTo(1.0 / 256);
    // Output scale 1 / sqrt(base width) makes the relative form start its output like that.
    Parameterization relative =
        new Parameterization(Scheme.MUP, Form.RELATIVE, 64, 1, 0.125, BP, StepClass.SGD_LIKE);
    assertThat(relative.scaling(OUTPUT_WEIGHT, false, chain(256), 256).initStd())
        .isEqualTo(1.0 / 256);
    assertThat(relative.scaling(HIDDEN_WEIGHT, false, chain(256), 256).initStd())
        .isEqualTo(1.0 / 16);
  }

  /** A 3 × 3 kernel over 256 channels: only the channels count as width. */
  @Test
  void constantFanInFactorsStayConstant() {
    Parameterization p = Parameterization.relative(Scheme.MUP, 64, BP, StepClass.SGD_LIKE);
    // One rounding of the square root and of the product.
    assertThat(p.scaling(HIDDEN_WEIGHT, false, chain(256), 9 * 256).initStd())
        .isCloseTo(1 / Math.sqrt(9 * 256), within(1e-17));
    Parameterization sp = Parameterization.relative(Scheme.SP, 64, BP, StepClass.SGD_LIKE);
    assertThat(sp.scaling(OUTPUT_WEIGHT, false, chain(200), 25 * 200).initStd())
        .isCloseTo(1 / Math.sqrt(25 * 200), within(1e-17));
  }

  @Test
  void scalesMultiplyStandardDeviationsOnly() {
    Parameterization p =
        new Parameterization(Scheme.MUP, Form.RELATIVE, 64, 2, 3, BP, StepClass.SGD_LIKE);
    Parameterization unit = Parameterization.relative(Scheme.MUP, 64, BP, StepClass.SGD_LIKE);
    for (ParameterRole role : ParameterRole.values()) {
      ParameterScaling u = unit.scaling(role, false, chain(256), 256);
      double scale = role == OUTPUT_WEIGHT ? 6 : 2;
      assertThat(p.scaling(role, false, chain(256), 256))
          .isEqualTo(
              new ParameterScaling(
                  u.multiplier(),
                  scale * u.initStd(),
                  u.learningRateFactor(),
                  u.epsilonFactor(),
                  u.weightDecayFactor()));
    }
  }

  @Test
  void precisionFollowsTheExponentUnderEveryScheme() {
    for (Scheme scheme : Scheme.values()) {
      assertThat(
              Parameterization.relative(scheme, 64, pc(-1), StepClass.SGD_LIKE)
                  .lastLayerPrecision(0.5, chain(256)))
          .isEqualTo(2);
      assertThat(
              Parameterization.relative(scheme, 64, energy(0.5), StepClass.SGD_LIKE)
                  .lastLayerPrecision(0.5, chain(256)))
          .isEqualTo(0.25);
      assertThat(
              Parameterization.relative(scheme, 64, TP, StepClass.SGD_LIKE)
                  .lastLayerPrecision(0.5, chain(256)))
          .isEqualTo(0.5);
    }
  }

  @Test
  void refusesStatesThatGrowWithTheWidth() {
    Parameterization p = relative(Scheme.MUP, pc(-1.5), StepClass.SGD_LIKE);
    for (StateDynamics moving : List.of(StateDynamics.RELAXED, StateDynamics.INCREMENTAL)) {
      assertThatThrownBy(() -> p.admissibility(moving))
          .isInstanceOf(BadInputException.class)
          .hasMessageContaining("pc.gammaExponent -1.5")
          .hasMessageContaining("width^0.5")
          .hasMessageContaining("at least -1");
    }
    assertThat(p.admissibility(StateDynamics.FIXED_PREDICTION)).isEmpty();
    assertThat(
            relative(Scheme.NTK, pc(-1.5), StepClass.SGD_LIKE).admissibility(StateDynamics.RELAXED))
        .isEmpty();
    assertThat(
            relative(Scheme.MUP, pc(-1), StepClass.SGD_LIKE).admissibility(StateDynamics.RELAXED))
        .isEmpty();
  }

  @Test
  void warnsOfIncrementalUpdatesAwayFromMinusOne() {
    assertThat(
            relative(Scheme.MUP, pc(0), StepClass.SGD_LIKE)
                .admissibility(StateDynamics.INCREMENTAL))
        .singleElement()
        .asString()
        .contains("pc.gammaExponent 0.0", "only -1");
    assertThat(
            relative(Scheme.MUP, pc(-1), StepClass.SGD_LIKE)
                .admissibility(StateDynamics.INCREMENTAL))
        .isEmpty();
    assertThat(
            relative(Scheme.SP, pc(0), StepClass.SGD_LIKE).admissibility(StateDynamics.INCREMENTAL))
        .isEmpty();
    assertThat(relative(Scheme.MUP, pc(0), StepClass.SGD_LIKE).admissibility(StateDynamics.RELAXED))
        .isEmpty();
    assertThat(
            relative(Scheme.MUP, BP, StepClass.SGD_LIKE).admissibility(StateDynamics.INCREMENTAL))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1})
  void refusesWidthsBelowOne(int width) {
    assertBad(
        () -> Parameterization.relative(Scheme.MUP, width, BP, StepClass.SGD_LIKE), "" + width);
    Parameterization p = Parameterization.relative(Scheme.MUP, 8, BP, StepClass.SGD_LIKE);
    assertBad(() -> p.widthRatio(chain(width)), "net.width " + width);
    assertBad(() -> p.scaling(OUTPUT_BIAS, false, chain(width), 1), "net.width " + width);
    assertBad(() -> p.lastLayerPrecision(1, chain(width)), "net.width " + width);
    assertBad(() -> p.scaling(INPUT_WEIGHT, false, chain(8), width), "Fan-in " + width);
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
  void refusesNumbersThatAreNotFinite(double x) {
    assertBad(() -> pc(x), "pc.gammaExponent");
    assertBad(() -> new AbcExponents(x, 0, 0), "finite");
    assertBad(() -> new AbcExponents(0, x, 0), "finite");
    assertBad(() -> new AbcExponents(0, 0, x), "finite");
    assertBad(() -> scaled(x, 1), "Weight scale");
    assertBad(() -> scaled(1, x), "Output scale");
    assertBad(() -> scaled(1, 1).lastLayerPrecision(x, chain(8)), "pc.gammaLast");
  }

  @Test
  void refusesScalesOfTheWrongSign() {
    assertBad(() -> scaled(0, 1), "Weight scale 0.0");
    assertBad(() -> scaled(1, -1), "Output scale -1.0");
    assertBad(() -> scaled(1, 1).lastLayerPrecision(0, chain(8)), "pc.gammaLast 0.0");
    // A zero output layer is a legitimate start.
    assertThat(scaled(1, 0).scaling(OUTPUT_WEIGHT, false, chain(8), 8).initStd()).isZero();
  }

  private static Parameterization scaled(double weightScale, double outputScale) {
    return new Parameterization(
        Scheme.MUP, Form.RELATIVE, 8, weightScale, outputScale, BP, StepClass.SGD_LIKE);
  }

  private static void assertBad(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String message) {
    assertThatThrownBy(call).isInstanceOf(BadInputException.class).hasMessageContaining(message);
  }

  @Test
  void readsTheWordsOfOptions() {
    assertThat(Scheme.parse("mup")).isEqualTo(Scheme.MUP);
    assertThat(Scheme.parse("NTK")).isEqualTo(Scheme.NTK);
    assertThat(Form.parse("literal")).isEqualTo(Form.LITERAL);
    assertThat(Weighting.parse("energy").word()).isEqualTo("energy");
    assertThatThrownBy(() -> Scheme.parse("mupp"))
        .isInstanceOf(BadInputException.class)
        .hasMessage("Unknown parameterisation scheme 'mupp': expected one of sp, ntk, mup.");
  }

  @Test
  void rolesFollowThePositionOfTheLayer() {
    assertThat(ParameterRole.weight(1, 2)).isEqualTo(INPUT_WEIGHT);
    assertThat(ParameterRole.weight(2, 2)).isEqualTo(OUTPUT_WEIGHT);
    assertThat(ParameterRole.weight(2, 3)).isEqualTo(HIDDEN_WEIGHT);
    assertThat(ParameterRole.bias(1, 3)).isEqualTo(HIDDEN_BIAS);
    assertThat(ParameterRole.bias(3, 3)).isEqualTo(OUTPUT_BIAS);
    for (int[] wrong : new int[][] {{1, 1}, {0, 3}, {4, 3}}) {
      assertThatThrownBy(() -> ParameterRole.weight(wrong[0], wrong[1]))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> ParameterRole.bias(wrong[0], wrong[1]))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
