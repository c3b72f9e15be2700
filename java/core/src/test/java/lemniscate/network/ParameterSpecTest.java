package lemniscate.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import lemniscate.mup.ParameterRole;
import lemniscate.tensor.Shape;
import org.junit.jupiter.api.Test;

/** What follows from the description of a parameter. */
final class ParameterSpecTest {

  @Test
  void matrix() {
    ParameterSpec dense = ParameterSpec.weight(List.of(7, 5), true, false);
    assertThat(dense.shape()).isEqualTo(new Shape(7, 5));
    assertThat(dense.fanIn()).isEqualTo(5);
    assertThat(dense.role()).isEqualTo(ParameterRole.INPUT_WEIGHT);
    assertThat(dense.isVector()).isFalse();
    assertThat(dense.branch()).isFalse();
  }

  /** In memory a matrix with the patch of an output a row. */
  @Test
  void fourExtents() {
    ParameterSpec convolution =
        ParameterSpec.weight(List.of(8, 3, 2, 4), true, true).named("weight2", "V").inBranch();
    assertThat(convolution.shape()).isEqualTo(new Shape(8, 24));
    assertThat(convolution.fanIn()).isEqualTo(24);
    assertThat(convolution.extents()).containsExactly(8, 3, 2, 4);
    assertThat(convolution.role()).isEqualTo(ParameterRole.HIDDEN_WEIGHT);
    assertThat(convolution.name()).isEqualTo("weight2");
    assertThat(convolution.symbol()).isEqualTo("V");
    assertThat(convolution.branch()).isTrue();
  }

  @Test
  void vectors() {
    ParameterSpec bias = ParameterSpec.bias(6, false);
    assertThat(bias.shape()).isEqualTo(new Shape(1, 6));
    assertThat(bias.extents()).containsExactly(6);
    assertThat(bias.role()).isEqualTo(ParameterRole.OUTPUT_BIAS);
    assertThat(bias.isBias()).isTrue();
    assertThat(bias.kind().initialValue()).isZero();

    ParameterSpec gain = ParameterSpec.gain(6, true);
    assertThat(gain.role()).isEqualTo(ParameterRole.HIDDEN_BIAS);
    assertThat(gain.isBias()).isFalse();
    assertThat(gain.isVector()).isTrue();
    assertThat(gain.kind().initialValue()).isEqualTo(1);
    assertThat(gain.kind().decays()).isFalse();
  }

  @Test
  void refusesWhatCannotBe() {
    assertThatThrownBy(() -> ParameterSpec.weight(List.of(6), true, true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("weight: WEIGHT of extents [6]");
    ParameterSpec gain = ParameterSpec.gain(6, false);
    assertThatThrownBy(gain::role)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a gain of fixed length");
  }
}
