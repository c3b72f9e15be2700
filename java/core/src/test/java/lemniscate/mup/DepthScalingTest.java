package lemniscate.mup;

import static lemniscate.mup.ParameterRole.HIDDEN_BIAS;
import static lemniscate.mup.ParameterRole.HIDDEN_WEIGHT;
import static lemniscate.mup.ParameterRole.INPUT_WEIGHT;
import static lemniscate.mup.ParameterRole.OUTPUT_BIAS;
import static lemniscate.mup.ParameterRole.OUTPUT_WEIGHT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import lemniscate.backend.Activation;
import lemniscate.config.BadInputException;
import lemniscate.golden.Golden;
import lemniscate.mup.CreditRule.BackPropagation;
import lemniscate.mup.CreditRule.GaussNewtonTarget;
import lemniscate.mup.CreditRule.PredictiveCoding;
import lemniscate.mup.CreditRule.TargetPropagation;
import lemniscate.network.ExtendedSpec;
import lemniscate.network.NetworkSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What follows the number of residual additions. */
final class DepthScalingTest {

  private static final int BASE_WIDTH = 16;

  /** Ratio m = 4 and L = 16, so that all powers are of 2. */
  private static final Size DEEP = new Size(4 * BASE_WIDTH, 16);

  private static final CreditRule BP = new BackPropagation();

  private static CreditRule pc(double gamma, double gammaDepth, Weighting weighting) {
    return new PredictiveCoding(gamma, gammaDepth, weighting);
  }

  private static Parameterization mup(CreditRule rule, StepClass optimizer) {
    return Parameterization.relative(Scheme.MUP, BASE_WIDTH, rule, optimizer);
  }

  private static List<CreditRule> rules() {
    return List.of(
        BP,
        pc(-1, 1, Weighting.UNWEIGHTED),
        pc(-0.5, 0.5, Weighting.ENERGY),
        new GaussNewtonTarget(),
        new TargetPropagation());
  }

  @Test
  void factorsAreThoseOfTheGoldenVectors() {
    Golden golden = Golden.load("/lemniscate/mup/depth.json");
    Map<String, Parameterization> cases =
        new HashMap<>(
            Map.of(
                "bp_sgd", mup(BP, StepClass.SGD_LIKE),
                "pc_g0_sgd", mup(pc(0, 0, Weighting.UNWEIGHTED), StepClass.SGD_LIKE),
                "pc_gM_over_L_sgd", mup(pc(-1, 1, Weighting.UNWEIGHTED), StepClass.SGD_LIKE),
                "tp_sgd", mup(new TargetPropagation(), StepClass.SGD_LIKE),
                // The credit rule of feedback alignment.
                "fa_sgd", mup(new TargetPropagation(), StepClass.SGD_LIKE),
                "gnt_sgd", mup(new GaussNewtonTarget(), StepClass.SGD_LIKE),
                "bp_adam", mup(BP, StepClass.SIGN_LIKE),
                "tp_adam", mup(new TargetPropagation(), StepClass.SIGN_LIKE)));
    // PC-ALM has the credit rule of predictive coding; what learns or copies transposed weights
    // (Kolen-Pollack, direct Kolen-Pollack, sign-symmetric feedback) that of backpropagation.
    cases.put("pc_alm_sgd", mup(pc(0, 0, Weighting.UNWEIGHTED), StepClass.SGD_LIKE));
    cases.put("pc_alm_gM_over_L_sgd", mup(pc(-1, 1, Weighting.UNWEIGHTED), StepClass.SGD_LIKE));
    cases.put("pc_alm_adam", mup(pc(0, 0, Weighting.UNWEIGHTED), StepClass.SIGN_LIKE));
    cases.put("pc_alm_muon", mup(pc(0, 0, Weighting.UNWEIGHTED), StepClass.SPECTRAL));
    cases.put("bp_muon", mup(BP, StepClass.SPECTRAL));
    cases.put("kp_usf_dkp_sgd", mup(BP, StepClass.SGD_LIKE));
    cases.put("kp_usf_dkp_adam", mup(BP, StepClass.SIGN_LIKE));
    cases.put("fa_dfa_tp_dkppc_sgd", mup(new TargetPropagation(), StepClass.SGD_LIKE));
    cases.put("fa_dfa_tp_dkppc_adam", mup(new TargetPropagation(), StepClass.SIGN_LIKE));
    cases.put("fa_dfa_tp_dkppc_muon", mup(new TargetPropagation(), StepClass.SPECTRAL));
    assertThat(golden.keys("tables")).containsExactlyInAnyOrderElementsOf(cases.keySet());
    for (String name : golden.keys("tables")) {
      Parameterization p = cases.get(name);
      assertThat(p.branchMultiplier(DEEP))
          .isCloseTo(golden.number("branch_multiplier"), within(1e-12));
      for (ParameterRole role : List.of(INPUT_WEIGHT, HIDDEN_WEIGHT, OUTPUT_WEIGHT)) {
        boolean branch = role == HIDDEN_WEIGHT;
        Golden expected = golden.at("tables", name, role.label());
        AbcExponents abc = p.exponents(role);
        // 32 inputs to every weight: 8 of them at the base width where they grow.
        ParameterScaling scaling = p.scaling(role, branch, DEEP, 32);
        double baseStd = 1 / Math.sqrt(role == INPUT_WEIGHT ? 32 : 8);
        double[] found = {
          abc.a(),
          abc.b(),
          abc.c(),
          p.learningRateDepthExponent(role, branch),
          scaling.initStd() / baseStd,
          scaling.learningRateFactor()
        };
        assertThat(found)
            .as(name + " " + role)
            .containsExactly(
                new double[] {
                  expected.number("a"),
                  expected.number("b"),
                  expected.number("c"),
                  expected.number("cD"),
                  expected.number("init_factor"),
                  expected.number("lr_factor")
                },
                within(1e-12));
      }
    }
  }

  /** cD by αD: 1 − 2αD for SGD, 1 − αD for Adam; and not at all for branches without β. */
  @Test
  void exponentsInsideBranches() {
    double[][] table = {{0.5, 0, 0.5}, {0.75, -0.5, 0.25}, {1, -1, 0}, {0, 0, 0}};
    for (double[] row : table) {
      for (ParameterRole role : List.of(HIDDEN_WEIGHT, HIDDEN_BIAS)) {
        assertThat(depthExponent(BP, StepClass.SGD_LIKE, row[0], role, true)).isEqualTo(row[1]);
        assertThat(depthExponent(BP, StepClass.SGD_LIKE, row[0], role, true)).isEqualTo(row[1]);
        assertThat(depthExponent(BP, StepClass.SIGN_LIKE, row[0], role, true)).isEqualTo(row[2]);
      }
      for (ParameterRole role : ParameterRole.values()) {
        for (StepClass optimizer : StepClass.values()) {
          assertThat(depthExponent(BP, optimizer, row[0], role, false)).isZero();
        }
      }
    }
  }

  private static double depthExponent(
      CreditRule rule, StepClass optimizer, double alpha, ParameterRole role, boolean branch) {
    return mup(rule, optimizer).withDepthExponent(alpha).learningRateDepthExponent(role, branch);
  }

  /** Hidden parameters −γ̄_D, those of the output only where gradients carry the precision. */
  @ParameterizedTest
  @ValueSource(doubles = {-1, 0, 0.5, 1})
  void exponentsOfPredictiveCoding(double g) {
    for (double alpha : new double[] {0.5, 1}) {
      for (Weighting weighting : Weighting.values()) {
        CreditRule rule = pc(-1, g, weighting);
        double output = weighting == Weighting.ENERGY ? 0 - g : 0;
        for (ParameterRole role : List.of(INPUT_WEIGHT, HIDDEN_WEIGHT, HIDDEN_BIAS)) {
          assertThat(depthExponent(rule, StepClass.SGD_LIKE, alpha, role, false)).isEqualTo(0 - g);
          assertThat(depthExponent(rule, StepClass.SGD_LIKE, alpha, role, true))
              .isEqualTo(1 - 2 * alpha - g);
          assertThat(depthExponent(rule, StepClass.SIGN_LIKE, alpha, role, false)).isZero();
        }
        for (ParameterRole role : List.of(OUTPUT_WEIGHT, OUTPUT_BIAS)) {
          assertThat(depthExponent(rule, StepClass.SGD_LIKE, alpha, role, false)).isEqualTo(output);
          assertThat(depthExponent(rule, StepClass.SIGN_LIKE, alpha, role, false)).isZero();
        }
      }
    }
  }

  /** γ_N = M/L at m = 4 and L = 16, with Adam: a gradient in a branch is β/L of one at L = 1. */
  @Test
  void handNumbers() {
    Parameterization adam = mup(pc(-1, 1, Weighting.ENERGY), StepClass.SIGN_LIKE);
    assertThat(adam.lastLayerPrecision(3, DEEP)).isEqualTo(3 * 4.0 / 16);
    // Rate 1/4 · 16^-½, ε 1/16 · 1/4, decay the inverse of the rate.
    assertThat(adam.scaling(HIDDEN_WEIGHT, true, DEEP, 64))
        .isEqualTo(new ParameterScaling(1, 1.0 / 8, 1.0 / 16, 1.0 / 64, 16));
    assertThat(adam.scaling(HIDDEN_WEIGHT, false, DEEP, 64))
        .isEqualTo(new ParameterScaling(1, 1.0 / 8, 1.0 / 4, 1.0 / 16, 4));
    assertThat(adam.scaling(HIDDEN_BIAS, true, DEEP, 1))
        .isEqualTo(new ParameterScaling(1, 0, 1.0 / 4, 1.0 / 64, 4));
    // Energy weighted: m/L.
    assertThat(adam.scaling(OUTPUT_BIAS, false, DEEP, 1))
        .isEqualTo(new ParameterScaling(1, 0, 1, 1.0 / 4, 1));

    Parameterization sgd = mup(pc(-1, 1, Weighting.UNWEIGHTED), StepClass.SGD_LIKE);
    assertThat(sgd.scaling(INPUT_WEIGHT, false, DEEP, 4))
        .isEqualTo(new ParameterScaling(1, 0.5, 16, 1.0 / 16, 1.0 / 16));
    assertThat(sgd.withDepthExponent(1).branchMultiplier(DEEP)).isEqualTo(1.0 / 16);
    assertThat(sgd.withDepthExponent(0).branchMultiplier(DEEP)).isEqualTo(1);
  }

  /** Exactly: factors are compared to the bit. */
  @Test
  void plainChainsAndOneAdditionAreScaledByTheWidthAlone() {
    Size chain = new Size(96, 0);
    Size one = new Size(96, 1);
    for (Scheme scheme : Scheme.values()) {
      for (StepClass optimizer : StepClass.values()) {
        for (CreditRule rule : rules()) {
          Parameterization p = Parameterization.relative(scheme, BASE_WIDTH, rule, optimizer);
          for (double alpha : new double[] {0, 0.5, 1}) {
            Parameterization other = p.withDepthExponent(alpha);
            assertThat(other.branchMultiplier(one)).isEqualTo(1);
            assertThat(other.lastLayerPrecision(2, one)).isEqualTo(p.lastLayerPrecision(2, chain));
            for (ParameterRole role : ParameterRole.values()) {
              ParameterScaling scaling = p.scaling(role, false, chain, 96);
              AbcExponents abc = p.exponents(role);
              assertThat(scaling.learningRateFactor()).isEqualTo(Math.pow(6, -abc.c()));
              assertThat(other.scaling(role, true, one, 96)).isEqualTo(scaling);
              assertThat(other.scaling(role, true, chain, 96)).isEqualTo(scaling);
            }
          }
        }
      }
    }
  }

  /** Ordinary practice has branches as they are; the precision follows the depth nevertheless. */
  @ParameterizedTest
  @EnumSource(names = {"SP", "NTK"})
  void onlyMaximalUpdatesFollowTheDepth(Scheme scheme) {
    Size shallow = new Size(DEEP.width(), 0);
    for (StepClass optimizer : StepClass.values()) {
      for (CreditRule rule : List.of(BP, new TargetPropagation())) {
        Parameterization p = Parameterization.relative(scheme, BASE_WIDTH, rule, optimizer);
        assertThat(p.branchMultiplier(DEEP)).isEqualTo(1);
        for (ParameterRole role : ParameterRole.values()) {
          assertThat(p.scaling(role, true, DEEP, 64)).isEqualTo(p.scaling(role, true, shallow, 64));
        }
      }
    }
    Parameterization p =
        Parameterization.relative(
            scheme, BASE_WIDTH, pc(0, 1, Weighting.UNWEIGHTED), StepClass.SGD_LIKE);
    assertThat(p.lastLayerPrecision(1, DEEP)).isEqualTo(1.0 / 16);
    assertThat(p.learningRateDepthExponent(HIDDEN_WEIGHT, true)).isZero();
  }

  @Test
  void learningRateTimesDecayIsFreeOfTheDepth() {
    for (StepClass optimizer : StepClass.values()) {
      for (CreditRule rule : rules()) {
        for (double alpha : new double[] {0.5, 0.75, 1}) {
          ParameterScaling s =
              mup(rule, optimizer)
                  .withDepthExponent(alpha)
                  .scaling(HIDDEN_WEIGHT, true, new Size(144, 7), 144);
          // Four roundings of pow.
          assertThat(s.learningRateFactor() * s.weightDecayFactor()).isCloseTo(1, within(1e-15));
        }
      }
    }
  }

  @Test
  void shiftsTheExponentInsideBranchesOnly() {
    Parameterization p = mup(BP, StepClass.SGD_LIKE);
    Parameterization shifted = p.withBranchDepthShift(-0.5).withLearningRateShift(OUTPUT_BIAS, 1);
    for (ParameterRole role : ParameterRole.values()) {
      assertThat(shifted.learningRateDepthExponent(role, true)).isEqualTo(-0.5);
      assertThat(shifted.learningRateDepthExponent(role, false)).isZero();
    }
    assertThat(shifted.scaling(HIDDEN_WEIGHT, true, DEEP, 64).learningRateFactor()).isEqualTo(4);
    assertThat(shifted.exponents(OUTPUT_BIAS).c()).isEqualTo(1);
    assertThat(shifted.branchMultiplier(DEEP)).isEqualTo(p.branchMultiplier(DEEP));
  }

  @Test
  void warnsOfErrorsThatShrinkWithTheDepth() {
    Parameterization p = mup(pc(-1, 0, Weighting.UNWEIGHTED), StepClass.SGD_LIKE);
    assertThat(p.admissibility(StateDynamics.RELAXED, DEEP))
        .singleElement()
        .asString()
        .contains("pc.gammaDepthExponent 0.0", "16 residual additions", "depth^-1.0", "use 1");
    assertThat(p.admissibility(StateDynamics.INCREMENTAL, DEEP)).hasSize(1);
    assertThat(p.admissibility(StateDynamics.FIXED_PREDICTION, DEEP)).isEmpty();
    assertThat(p.admissibility(StateDynamics.RELAXED, new Size(64, 1))).isEmpty();
    for (CreditRule fine :
        List.of(pc(-1, 1, Weighting.UNWEIGHTED), pc(0, 0, Weighting.UNWEIGHTED), BP)) {
      assertThat(mup(fine, StepClass.SGD_LIKE).admissibility(StateDynamics.RELAXED, DEEP))
          .isEmpty();
    }
    assertThat(
            Parameterization.relative(
                    Scheme.SP, 16, pc(-1, 0, Weighting.UNWEIGHTED), StepClass.SGD_LIKE)
                .admissibility(StateDynamics.RELAXED, DEEP))
        .isEmpty();
  }

  @Test
  void tablesOfDeepNetworksShowTheDepth() {
    NetworkSpec spec =
        ExtendedSpec.second(new NetworkSpec(List.of(3, 64, 64, 2), Activation.TANH, false), 16);
    assertThat(spec.size()).isEqualTo(DEEP);
    assertThat(
            spec.scalingTable(mup(pc(-1, 1, Weighting.UNWEIGHTED), StepClass.SGD_LIKE), 0.1, 1)
                .toText())
        .isEqualTo(
            """
            mup, relative, sgd-like: width 64, ratio m = 4, residual additions L = 16, branch multiplier = 0.25
            name  role             shape     a    b  c  cD  multiplier  init std  lr factor     lr  eps factor  wd factor
            W1    in               64x3      0    0  0  -1           1   0.57735         16    1.6      0.0625     0.0625
            W2    hid              64x64     0  0.5  1  -1           1     0.125          4    0.4      0.0625       0.25
            K2    hid branch       64x3x2x4  0  0.5  1  -1           1   0.20412          4    0.4    0.015625       0.25
            g2    hid gain branch  64        0    0  0  -1           1         0         16    1.6    0.015625     0.0625
            W3    out              2x64      0    1  1   0           1    0.0625       0.25  0.025           1          4
            gamma_N = 0.25
            """);
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.5, 0.49, 1.01, Double.NaN, Double.POSITIVE_INFINITY})
  void refusesExponentsWithoutALimit(double alpha) {
    Parameterization p = mup(BP, StepClass.SGD_LIKE);
    assertThatThrownBy(() -> p.withDepthExponent(alpha))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("param.depthExponent " + alpha)
        .hasMessageContaining("from 0.5 to 1");
  }

  @Test
  void refusesWhatIsNoNumber() {
    assertThatThrownBy(() -> pc(0, Double.NaN, Weighting.ENERGY))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("pc.gammaDepthExponent NaN");
    assertThatThrownBy(() -> new Size(4, -1)).isInstanceOf(IllegalArgumentException.class);
  }
}
