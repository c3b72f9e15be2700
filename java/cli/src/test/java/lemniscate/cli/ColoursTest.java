package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class ColoursTest {

  private static boolean on(boolean terminal, String... variables) {
    return switch (variables.length) {
      case 0 -> new Colours(Map.of(), () -> terminal).on();
      case 2 -> new Colours(Map.of(variables[0], variables[1]), () -> terminal).on();
      default ->
          new Colours(
                  Map.of(variables[0], variables[1], variables[2], variables[3]), () -> terminal)
              .on();
    };
  }

  @Test
  void terminalsAloneHaveColoursAndTheEnvironmentDecides() {
    assertThat(on(true)).isTrue();
    assertThat(on(false)).isFalse();
    assertThat(on(true, "NO_COLOR", "1")).isFalse();
    assertThat(on(true, "NO_COLOR", "")).isTrue();
    assertThat(on(true, "CLICOLOR", "0")).isFalse();
    assertThat(on(true, "CLICOLOR", "1")).isTrue();
    assertThat(on(true, "TERM", "dumb")).isFalse();
    assertThat(on(false, "CLICOLOR_FORCE", "1")).isTrue();
    assertThat(on(false, "CLICOLOR_FORCE", "0")).isFalse();
    assertThat(on(false, "CLICOLOR_FORCE", "1", "NO_COLOR", "1")).isFalse();
  }

  @Test
  void verdictsWarningsAndErrorsAreColouredAndNothingElseChanges() {
    Colours colours = new Colours(Map.of(), () -> true);
    String text =
        """
        rule  scheme  verdict
        pc    sp      FAIL
        bp    mup     pass
        passes  pass  here
        verdict: inconclusive
        failing: 3
        """;
    String shown = colours.result(text);
    assertThat(shown)
        .contains("sp      \u001b[1;31mFAIL\u001b[0m\n")
        .contains("mup     \u001b[32mpass\u001b[0m\n")
        .contains("verdict: \u001b[33minconclusive\u001b[0m\n")
        .contains("\npasses  ", "\nfailing: 3");
    assertThat(shown.replaceAll("\u001b\\[[0-9;]*m", "")).isEqualTo(text);
    assertThat(colours.line("warning: x")).isEqualTo("\u001b[33mwarning:\u001b[0m x");
    assertThat(colours.line("lemniscate: x")).isEqualTo("\u001b[1;31mlemniscate:\u001b[0m x");
    assertThat(colours.line("a warning: x")).isEqualTo("a warning: x");
    assertThat(Colours.NONE.result(text)).isEqualTo(text);
  }
}
