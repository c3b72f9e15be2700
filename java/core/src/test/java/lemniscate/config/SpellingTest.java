package lemniscate.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpellingTest {
  @ParameterizedTest
  @CsvSource({
    "'', '', 0",
    "'', abc, 3",
    "abc, '', 3",
    "width, width, 0",
    "width, WIDTH, 0",
    "widht, width, 1", // a swap is one edit, not two
    "wdth, width, 1",
    "wiidth, width, 1",
    "wadth, width, 1",
    "kitten, sitting, 3",
    "ab, ba, 1",
  })
  void distance(String a, String b, int expected) {
    assertThat(Spelling.distance(a, b)).isEqualTo(expected);
    assertThat(Spelling.distance(b, a)).isEqualTo(expected);
  }

  @Test
  void nearestDottedForgivesTheGroup() {
    List<String> names = List.of("net.width", "net.depth", "train.steps", "pc.steps", "pc.rate");
    assertThat(Spelling.nearestDotted("width", names)).containsExactly("net.width");
    assertThat(Spelling.nearestDotted("train.width", names)).containsExactly("net.width");
    assertThat(Spelling.nearestDotted("steps", names)).containsExactly("pc.steps", "train.steps");
    assertThat(Spelling.nearestDotted("pc.step", names)).containsExactly("pc.steps");
  }
}
