package lemniscate.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class InkTest {

  /** Of lines on their background (WCAG 2.2, non-text contrast). */
  private static final double CONTRAST = 3;

  @ParameterizedTest
  @EnumSource
  void shadesKeepTheirOrderInGrey(Tone.Hue hue) {
    for (int count : new int[] {1, 2, 5, 7}) {
      double lastLight = 1;
      double lastDark = 0;
      for (int index = 0; index < count; index++) {
        Ink ink = Ink.of(new Tone(hue, index, count));
        double light = Luminance.of(ink.light());
        double dark = Luminance.of(ink.dark());
        assertThat(light).isLessThan(lastLight);
        assertThat(dark).isGreaterThan(lastDark);
        lastLight = light;
        lastDark = dark;
        assertThat(Luminance.contrast(light, Luminance.of(Ink.SURFACE.light())))
            .as("%s %d of %d, light", hue, index, count)
            .isGreaterThan(CONTRAST);
        assertThat(Luminance.contrast(dark, Luminance.of(Ink.SURFACE.dark())))
            .as("%s %d of %d, dark", hue, index, count)
            .isGreaterThan(CONTRAST);
      }
    }
  }

  /**
   * The style sheet knows a colour by its light form. Where two numbers of shades share one, their
   * dark ones may differ by the rounding of a channel, which nobody sees.
   */
  @Test
  void lightColoursNameTheirDarkOnes() {
    Map<Integer, Integer> known = new HashMap<>();
    for (Tone.Hue hue : Tone.Hue.values()) {
      for (int count = 1; count <= 12; count++) {
        for (int index = 0; index < count; index++) {
          Ink ink = Ink.of(new Tone(hue, index, count));
          int other = known.getOrDefault(ink.light(), ink.dark());
          for (int shift = 0; shift <= 16; shift += 8) {
            assertThat(Math.abs((other >> shift & 0xFF) - (ink.dark() >> shift & 0xFF)))
                .isLessThanOrEqualTo(2);
          }
          known.put(ink.light(), ink.dark());
        }
      }
    }
    assertThat(known)
        .doesNotContainKeys(
            Ink.SURFACE.light(),
            Ink.TEXT.light(),
            Ink.LABEL.light(),
            Ink.FRAME.light(),
            Ink.GRID.light());
  }

  @Test
  void endsAreThoseOfTheHue() {
    assertThat(Ink.of(Tone.shade(0, 3)).light()).isEqualTo(0x4A98D2);
    assertThat(Ink.of(Tone.shade(2, 3)).light()).isEqualTo(0x0A2350);
    // Half way in each channel, rounded: (74 + 10)/2, (152 + 35)/2, (210 + 80)/2.
    assertThat(Ink.of(Tone.shade(1, 3)).light()).isEqualTo(0x2A5E91);
  }
}
