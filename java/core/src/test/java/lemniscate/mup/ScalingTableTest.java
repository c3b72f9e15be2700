package lemniscate.mup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import lemniscate.backend.Activation;
import lemniscate.config.BadInputException;
import lemniscate.mup.CreditRule.BackPropagation;
import lemniscate.mup.CreditRule.PredictiveCoding;
import lemniscate.network.NetworkSpec;
import org.junit.jupiter.api.Test;

class ScalingTableTest {
  private static final Parameterization PC =
      Parameterization.relative(
          Scheme.MUP, 64, new PredictiveCoding(-0.5, Weighting.UNWEIGHTED), StepClass.SGD_LIKE);

  private static ScalingTable table(
      Parameterization parameterization,
      List<Integer> widths,
      boolean bias,
      double learningRate,
      double gammaPrime) {
    return new NetworkSpec(widths, Activation.TANH, bias)
        .scalingTable(parameterization, learningRate, gammaPrime);
  }

  @Test
  void listsEveryParameterInOrder() {
    ScalingTable table = table(PC, List.of(784, 256, 512, 10), true, 0.1, 3);
    assertThat(table.rows().stream().map(ScalingTable.Row::name))
        .containsExactly("W1", "b1", "W2", "b2", "W3", "b3");
    assertThat(table.rows().get(2).shape()).containsExactly(512, 256);
    assertThat(table.rows().get(3).shape()).containsExactly(512);
    assertThat(table.rows().get(5).role()).isEqualTo(ParameterRole.OUTPUT_BIAS);
    assertThat(table.size()).isEqualTo(new Size(256, 0));
    assertThat(table.lastLayerPrecision()).hasValue(6);
    for (ScalingTable.Row row : table.rows()) {
      assertThat(row.exponents()).isEqualTo(PC.exponents(row.role()));
      assertThat(row.scaling())
          .isEqualTo(PC.scaling(row.role(), false, table.size(), row.shape().getLast()));
    }
    // Factors at m = 4: input 2, hidden 1/2, output 1/4.
    assertThat(table.rows().get(0).learningRate()).isEqualTo(0.2);
    assertThat(table.rows().get(2).learningRate()).isEqualTo(0.05);
    assertThat(table.rows().get(4).learningRate()).isEqualTo(0.025);
  }

  @Test
  void rendersAlignedText() {
    ScalingTable table = table(PC, List.of(784, 256, 10), true, 0.1, 1);
    assertThat(table.toText())
        .isEqualTo(
            """
            mup, relative, sgd-like: width 256, ratio m = 4
            name  role      shape    a  b     c  multiplier  init std  lr factor     lr  eps factor  wd factor
            W1    in        256x784  0  0  -0.5           1  0.035714          2    0.2         0.5        0.5
            b1    hid bias  256      0  0  -0.5           1         0          2    0.2         0.5        0.5
            W2    out       10x256   0  1     1           1   0.03125       0.25  0.025           1          4
            b2    out bias  10       0  0     0           1         0          1    0.1           1          1
            gamma_L = 2
            """);
  }

  @Test
  void leavesOutBiasesAndPrecisionWhereThereAreNone() {
    Parameterization bp =
        Parameterization.relative(Scheme.SP, 64, new BackPropagation(), StepClass.SIGN_LIKE);
    ScalingTable table = table(bp, List.of(3, 7, 2), false, 1e-5, 1);
    assertThat(table.rows()).hasSize(2);
    assertThat(table.lastLayerPrecision()).isEmpty();
    assertThat(table.toText()).doesNotContain("gamma").contains("1.0000e-05");
  }

  @Test
  void refusesNetworksWithoutHiddenLayerOrWithEmptyLayers() {
    for (List<Integer> widths : List.of(List.of(784, 10), List.of(784, 0, 10), List.of(3, 4, -1))) {
      assertThatThrownBy(() -> table(PC, widths, true, 0.1, 1))
          .isInstanceOf(BadInputException.class)
          .hasMessageContaining(widths.toString());
    }
  }
}
