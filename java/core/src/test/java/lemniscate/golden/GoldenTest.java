package lemniscate.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class GoldenTest {
  private final Golden golden = Golden.load();

  @Test
  void hasTheExamplesInTheirShapes() {
    Golden tanh = golden.at("tanh_3_5_4_2");
    assertThat(tanh.integers("net", "sizes")).containsExactly(3, 5, 4, 2);
    assertThat(tanh.texts("net", "acts")).containsExactly("tanh", "tanh", "linear");
    assertThat(tanh.layers("net", "W")).hasSize(3);
    assertThat(tanh.shape("net", "W", "1")).containsExactly(4, 5);
    assertThat(tanh.layerVectors("bp_mse", "gradb").get(2)).hasSize(2);
    assertThat(tanh.vector("net", "gamma")).containsExactly(1, 0.7, 1.9);
    assertThat(tanh.integer("pc_fpa_partial", "steps")).isEqualTo(7);
    assertThat(tanh.text("tp_learned_feedback", "psi_layer2")).isEqualTo("tanh");
    assertThat(golden.shape("conv", "stride2_pad1", "y")).containsExactly(2, 3, 3, 3);
    assertThat(golden.flat("conv", "w")).hasSize(3 * 2 * 3 * 3);
    assertThat(golden.keys("abc_factors_width_ratio_4")).hasSize(9).contains("tp_mup_adam");
    assertThat(tanh.has("ipc", "W")).isTrue();
    assertThat(tanh.has("ipc", "w")).isFalse();
  }

  /** The file agrees with itself: u_2 = h_1 W_2ᵀ + b_2 recomputed with plain loops. */
  @Test
  void forwardPassIsThatOfItsNetwork() {
    Golden tanh = golden.at("tanh_3_5_4_2");
    double[][] h = tanh.layers("forward", "h").get(0);
    double[][] u = tanh.layers("forward", "u").get(1);
    double[][] weight = tanh.matrix("net", "W", "1");
    double[] bias = tanh.layerVectors("net", "b").get(1);
    for (int s = 0; s < h.length; s++) {
      for (int i = 0; i < weight.length; i++) {
        double sum = bias[i];
        for (int j = 0; j < weight[i].length; j++) {
          sum += weight[i][j] * h[s][j];
        }
        // Five products of order 1: only the order of summation differs.
        assertThat(u[s][i]).isCloseTo(sum, within(1e-15));
      }
    }
  }

  /** Fixed predictions with unit precision are back-propagation: two entries made by two codes. */
  @Test
  void identitiesHoldAcrossEntries() {
    Golden tanh = golden.at("tanh_3_5_4_2");
    for (String same : new String[] {"pc_fpa_unit", "pc_zil"}) {
      double[] expected = flatten(tanh, "bp_mse");
      // Same products in another order.
      assertThat(flatten(tanh, same)).containsExactly(expected, within(1e-15));
    }
    assertThat(golden.number("linear_3_5_4_2", "cos_pc_bp_allW")).isCloseTo(0.6491, within(5e-5));
  }

  private static double[] flatten(Golden tanh, String entry) {
    return tanh.layers(entry, "gradW").stream()
        .flatMap(java.util.Arrays::stream)
        .flatMapToDouble(java.util.Arrays::stream)
        .toArray();
  }

  @Test
  void namesThePathOfWhatIsMissingOrOfAnotherShape() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> golden.at("tanh_3_5_4_2").matrix("bp_mse", "nothing"))
        .withMessageContaining("/tanh_3_5_4_2/bp_mse/nothing");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> golden.number("conv", "x"))
        .withMessageContaining("a number");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> golden.matrix("conv", "x"))
        .withMessageContaining("list of numbers");
  }
}
