package lemniscate.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class Philox4x32Test {
  /** Known answers published with the generator; words from least to most significant. */
  @Test
  void givesTheKnownAnswers() {
    assertBlock(0, 0, 0, new int[] {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    assertBlock(-1, -1, -1, new int[] {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    assertBlock(
        0x299f31d0_a4093822L,
        0x85a308d3_243f6a88L,
        0x03707344_13198a2eL,
        new int[] {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
  }

  @Test
  void refusesAShortArray() {
    assertThatThrownBy(() -> Philox4x32.block(0, 0, 0, new int[6], 3))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  private static void assertBlock(long key, long low, long high, int[] expected) {
    int[] out = {7, 7, 7, 7, 7, 7, 7};
    Philox4x32.block(key, low, high, out, 2);
    assertThat(out).startsWith(7, 7).endsWith(7);
    assertThat(java.util.Arrays.copyOfRange(out, 2, 6)).containsExactly(expected);
  }
}
