package lemniscate.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every kind of bad input, and what the message must say about it. */
class BadInputTest {
  /** One message in full, so that its form is fixed: source, key, value, expectation, remedy. */
  @Test
  void messageInFull() {
    assertThatThrownBy(() -> Config.defaults().withYaml("# run\nnet:\n  width: abc\n", "run.yaml"))
        .isExactlyInstanceOf(BadInputException.class)
        .hasMessage(
            "run.yaml:3: net.width is 'abc'; expected an integer from 1 to 16777216. Correct it, or"
                + " leave it out for the default (256).");
    assertThatThrownBy(() -> Config.defaults().with("train.steps", "0", "--steps"))
        .hasMessage(
            "--steps: train.steps is '0'; expected an integer >= 1. Correct it, or leave it out"
                + " for the default (unset: train.epochs decides).");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "net.width           | abc         | expected an integer from 1 to 16777216.",
        "net.width           | 1.5         | expected an integer from 1 to 16777216.",
        "net.width           | 1e3         | expected an integer from 1 to 16777216.",
        "net.width           | 0           | expected an integer from 1 to 16777216.",
        "net.width           | -4          | expected an integer from 1 to 16777216.",
        "net.width           | 2147483648  | expected an integer from 1 to 16777216.",
        "net.width           | 99999999999999999999  | expected an integer from 1 to 16777216.",
        "net.width           | -99999999999999999999 | expected an integer from 1 to 16777216.",
        "net.width           | ''          | net.width is empty; expected an integer from 1 to"
            + " 16777216.",
        "net.width           | unset       | expected an integer from 1 to 16777216.",
        "net.width           | null        | expected an integer from 1 to 16777216.",
        "net.width           | ２          | expected an integer from 1 to 16777216.",
        "optim.warmupSteps   | -1          | expected an integer >= 0.",
        "seed                | 1.0         | expected an integer.",
        "seed                | 9223372036854775808  | from -9223372036854775808 to"
            + " 9223372036854775807",
        "seed                | -9223372036854775809 | from -9223372036854775808 to"
            + " 9223372036854775807",
        "optim.lr            | NaN         | expected a number > 0.",
        "optim.lr            | Infinity    | expected a number > 0.",
        "optim.lr            | .inf        | expected a number > 0.",
        "optim.lr            | 1e999       | expected a number > 0, of at most"
            + " 1.7976931348623157e+308",
        "optim.lr            | 0           | expected a number > 0.",
        "optim.lr            | -0.1        | expected a number > 0.",
        "optim.lr            | 1f          | expected a number > 0.",
        "optim.lr            | 0x1p3       | expected a number > 0.",
        "optim.lr            | 0,1         | expected a number > 0.",
        "pc.gammaExponent    | -1e999      | expected a number, of at most",
        "param.outputScale   | -1          | expected a number >= 0.",
        "param.depthExponent | 0.4         | expected 0, or a number in [0.5, 1].",
        "param.depthExponent | 1.1         | expected 0, or a number in [0.5, 1].",
        "pc.gammaDepthExponent | x         | expected a number.",
        "optim.momentum      | 1           | expected a number in [0, 1).",
        "optim.momentum      | -0.1        | expected a number in [0, 1).",
        "optim.stepFactor    | 0           | expected a number in (0, 1].",
        "optim.finalFactor   | 1.01        | expected a number in [0, 1].",
        "pc.gamma            | 1, x        | expected a number > 0, or a list of such.",
        "pc.gamma            | [1, 0]      | expected a number > 0, or a list of such.",
        "pc.gamma            | []          | expected a number > 0, or a list of such.",
        "pc.gamma            | [1, 2       | expected a number > 0, or a list of such.",
        "net.bias            | yes         | expected true or false.",
        "net.residual        | true        | use net.preset resmlp for a residual network;"
            + " expected false.",
        "net.residual        | True        | use net.preset resmlp for a residual network",
        "net.residual        | maybe       | expected false.",
        "net.activation      | rleu        | expected one of linear, tanh, relu, leaky-relu, gelu,"
            + " silu, sigmoid (the nearest is 'relu').",
        "loss                | MSE         | expected one of mse, ce (the nearest is 'mse').",
        "loss                | ''          | loss is empty; expected one of mse, ce.",
        "rule                | bpp         | (the nearest is 'bp').",
        "data.name           | '  '        | data.name is empty; expected one line of printable"
            + " text.",
        "out                 | ''          | out is empty; expected a path.",
      })
  void valueThatItsKeyDoesNotTake(String key, String value, String expected) {
    assertRefused(() -> Config.defaults().with(key, value, "--set"), "--set", key, expected);
    if (!value.isBlank()) {
      assertThatThrownBy(() -> Config.defaults().with(key, value, "--set"))
          .hasMessageContaining("'" + value + "'");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\nb", "a\tb", "a\u0000b", "a\u2028b", "\uD800"})
  void textMustBeOnePrintableLine(String text) {
    assertRefused(() -> Config.defaults().with("data.name", text, "x"), "one line of printable");
    assertRefused(() -> Config.defaults().with("out", text, "x"), "expected a path");
  }

  @Test
  void aLongValueIsCutInTheMessage() {
    assertThatThrownBy(() -> Config.defaults().with("net.width", "x".repeat(10_000), "--set"))
        .message()
        .hasSizeLessThan(300)
        .contains("xxx…'");
  }

  @ParameterizedTest
  @CsvSource({
    "net.widht, 'net.width'",
    "net.Width, 'net.width'",
    "width, 'net.width'",
    "widht, 'net.width'",
    "train.lr, 'optim.lr'",
    "lr, 'optim.lr'",
    "weight_decay, 'optim.weightDecay'",
    "nett, 'net'",
    "sede, 'seed'",
    "steps, '''pc.steps'', ''train.steps'''",
    "scheme, '''pc.scheme'', ''param.scheme'''",
    "pc.gama, 'pc.gamma'",
    "net.width.x, 'net.width'",
  })
  void unknownKeysGetTheNearestName(String given, String nearest) {
    String quoted = nearest.startsWith("'") ? nearest : "'" + nearest + "'";
    assertRefused(
        () -> Config.defaults().with(given, "1", "--set"),
        "--set: unknown key '" + given + "'",
        "the nearest is " + quoted + ".");
    assertRefused(
        () -> Config.defaults().withYaml("\n" + given + ": 1", "run.yaml"),
        "run.yaml:2: unknown key '" + given + "'",
        "the nearest is " + quoted + ".");
  }

  @Test
  void unknownKeysInsideGroups() {
    assertRefused(
        () -> Config.defaults().withYaml("net:\n  depth: 3\n  widht: 5\n", "f"),
        "f:3: unknown key 'net.widht'",
        "'net.width'");
    assertRefused(
        () -> Config.defaults().withYaml("optm:\n  lr: 3\n", "f"),
        "f:1: unknown key 'optm'",
        "'optim'");
    assertRefused(() -> Config.defaults().with("net", "5", "--set"), "'net' is a group", "width");
    assertRefused(() -> Config.defaults().with("", "5", "--set"), "unknown key ''");
  }

  static Stream<String[]> misshapenYaml() {
    return Stream.of(
        new String[] {"net: 5", "f:1: net is '5'; expected keys below it: preset, layers,"},
        new String[] {"net: [1]", "f:1: net is a list; expected keys below it"},
        new String[] {
          "net:\n  width: {a: 1}",
          "f:2: net.width is a map; expected an integer from 1 to 16777216."
        },
        new String[] {
          "net:\n  width: [1]", "f:2: net.width is a list; expected an integer from 1 to 16777216."
        },
        new String[] {"rule:\n  name: pc", "f:1: rule is a map; expected one of bp, pc, tp,"},
        new String[] {"pc: {gamma: [[1]]}", "f:1: pc.gamma is a list with something other than"},
        new String[] {"pc: {gamma: {a: 1}}", "f:1: pc.gamma is a map; expected a number > 0, or"},
        new String[] {"pc: {gamma: [1, null]}", "f:1: pc.gamma is '[1, null]'; expected a number"},
        new String[] {"- rule", "f:1: the file is a list; expected keys with values"},
        new String[] {"pc", "f:1: the file is a single value; expected keys with values"},
        new String[] {
          "net:\n  width:\n", "f:2: net.width is empty; expected an integer from 1 to 16777216."
        },
        new String[] {
          "seed: 1\nrule: pc\nseed: 1", "f:3: seed is given twice, first in line 1; expected once."
        },
        new String[] {"net: {width: 1}\nnet.width: 2", "f:2: net.width is given twice"},
        new String[] {
          "net:\n  width: 1\nnet:\n  depth: 1", "f:3: net is given twice, first in line 1"
        },
        new String[] {"a: &x 1", "f:1: unknown key 'a'"},
        new String[] {"seed: &x 1\nthreads: *x", "f:2: threads is the YAML alias '*x'"},
        new String[] {"pc: {gamma: [&x 1, *x]}", "f:1: pc.gamma is a list with something other"},
        new String[] {"<<: {seed: 1}", "f:1: unknown key '<<'"},
        new String[] {"---\nseed: 1\n---\nseed: 2\n", "f:3: a second YAML document starts"},
        new String[] {"seed: 1\n\tthreads: 2\n", "f:2:1: malformed YAML: "},
        new String[] {"net:\n\twidth: 3\n", "Indent with spaces instead of tabs."},
        new String[] {"net: {width: 3\n", "f:2:1: malformed YAML: expected ',' or '}'"},
        new String[] {"seed: 1\nrule: pc: bp\n", "f:2:9: malformed YAML: mapping values are not"},
        new String[] {
          "out: 'x\n",
          "f:2:1: malformed YAML: found unexpected end of stream while scanning a quoted scalar of"
              + " line 1."
        },
        new String[] {"seed: 1\nout: a\u0007b\n", "f:2:7: malformed YAML: special characters"},
        new String[] {"? [a]\n: b\n", "f:1:3: malformed YAML: a key that is not plain text"});
  }

  @ParameterizedTest
  @MethodSource("misshapenYaml")
  void misshapenYamlIsRefused(String yaml, String expected) {
    assertRefused(() -> Config.defaults().withYaml(yaml, "f"), expected);
  }

  @Test
  void nothingChangesBeforeTheWholeFileIsRead() {
    assertRefused(() -> Config.defaults().withYaml("seed: x\nout: 'y", "f"), "f:2:8: malformed");
  }

  @Test
  void filesThatCannotBeRead(@TempDir Path dir) throws Exception {
    Path missing = dir.resolve("missing.yaml");
    assertRefused(
        () -> Config.defaults().withYaml(missing),
        missing + ": the file does not exist",
        "--config");
    assertRefused(() -> Config.defaults().withYaml(dir), dir + ": is a directory");
    Path latin = Files.write(dir.resolve("latin.yaml"), new byte[] {'o', ':', ' ', (byte) 0xE9});
    assertRefused(() -> Config.defaults().withYaml(latin), latin + ": is not text in UTF-8");
    Path bad = Files.writeString(dir.resolve("bad.yaml"), "seed: 1\nloss: x\n");
    assertRefused(() -> Config.defaults().withYaml(bad), bad + ":2: loss is 'x'");
  }

  @Test
  void assignmentWithoutEquals() {
    assertRefused(
        () -> Config.defaults().withAssignment("pc.steps", "--set"),
        "--set: 'pc.steps' has no '='",
        "expected KEY=VALUE",
        "--set pc.steps=20");
    assertRefused(() -> Config.defaults().withAssignment("=3", "--set"), "unknown key ''");
    assertRefused(() -> Config.defaults().withAssignment("seed=", "--set"), "seed is empty");
    assertThat(
            Config.defaults().withAssignment("data.name=a=b", "--set").get(ConfigSchema.DATA_NAME))
        .isEqualTo("a=b");
  }

  @Test
  void valuesThatDisagree() {
    Config two = Config.defaults().withYaml("pc: {gamma: [1, 2]}", "f");
    assertThat(two.checked()).isSameAs(two);
    assertRefused(
        () -> two.with("net.depth", "3", "--depth").checked(),
        "f:1: pc.gamma lists 2 numbers; expected one, or 3");
    Config multipliers = Config.defaults().with("pc.almAlpha", "0.5", "--set");
    for (String scheme : new String[] {"zil", "jacobi"}) {
      assertRefused(
          () -> multipliers.with("pc.scheme", scheme, "--set").checked(),
          "--set: pc.almAlpha with pc.scheme " + scheme,
          "use pc.scheme alm");
    }
    assertThat(multipliers.with("pc.scheme", "alm", "--set").checked()).isNotNull();
    assertRefused(
        () -> Config.defaults().with("pc.dkpRate", "2", "--set").checked(),
        "--set: pc.dkpRate with pc.scheme jacobi, which has no direct maps",
        "use pc.scheme dkp");
    Config step = Config.defaults().with("optim.schedule", "step", "--set");
    assertRefused(step::checked, "--set: optim.schedule is 'step'", "an integer >= 1");
    assertThat(step.with("optim.stepEvery", "7", "--set").checked()).isNotNull();
  }

  private static void assertRefused(ThrowingCallable call, String... parts) {
    assertThatThrownBy(call)
        .isExactlyInstanceOf(BadInputException.class)
        .hasMessageContainingAll(parts);
  }
}
