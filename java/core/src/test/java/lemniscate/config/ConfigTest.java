package lemniscate.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import lemniscate.rule.pc.PcFamily;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigTest {
  @Test
  void readsNestedYaml() {
    Config config =
        Config.defaults()
            .withYaml(
                """
                # a comment
                rule: bp
                net: {width: 37, bias: true}
                optim:
                  lr: 3e-2
                  weightDecay: .5
                pc:
                  gamma: [1, 2.5]
                seed: -9223372036854775808
                out: runs/a b
                """,
                "run.yaml");
    assertThat(config.get(ConfigSchema.RULE)).isEqualTo("bp");
    assertThat(config.get(ConfigSchema.NET_WIDTH)).isEqualTo(37);
    assertThat(config.get(ConfigSchema.NET_BIAS)).isTrue();
    assertThat(config.get(ConfigSchema.OPTIM_LR)).contains(0.03);
    assertThat(config.get(ConfigSchema.OPTIM_WEIGHT_DECAY)).isEqualTo(0.5);
    assertThat(config.get(PcFamily.GAMMA)).containsExactly(1.0, 2.5);
    assertThat(config.get(ConfigSchema.SEED)).isEqualTo(Long.MIN_VALUE);
    assertThat(config.get(ConfigSchema.OUT)).contains(Path.of("runs/a b"));
    assertThat(config.get(ConfigSchema.NET_DEPTH)).as("left at its default").isEqualTo(2);
    assertThat(config.isSet(ConfigSchema.NET_WIDTH)).isTrue();
    assertThat(config.isSet(ConfigSchema.NET_DEPTH)).isFalse();
    assertThat(config.source(ConfigSchema.NET_WIDTH)).isEqualTo("run.yaml:3");
    assertThat(config.source(ConfigSchema.OPTIM_LR)).isEqualTo("run.yaml:5");
    assertThat(config.source(ConfigSchema.NET_DEPTH)).isEqualTo("default");
  }

  @Test
  void dottedKeysServeInYamlToo() {
    assertThat(Config.defaults().withYaml("pc.steps: 7\n", "f").get(PcFamily.STEPS)).isEqualTo(7);
  }

  @Test
  void emptyYamlChangesNothing(@TempDir Path dir) throws Exception {
    Config config = Config.defaults().with("net.width", "3", "--set");
    for (String empty :
        List.of("", "\n", "# only a comment\n", "---\n", "{}", "net:\n", "\uFEFF")) {
      assertThat(config.withYaml(empty, "f")).as(empty).isEqualTo(config);
    }
    Path file = Files.createFile(dir.resolve("empty.yaml"));
    assertThat(config.withYaml(file)).isEqualTo(config);
  }

  @Test
  void readsAFileWithWindowsLineEndsAndMark(@TempDir Path dir) throws Exception {
    Path file = Files.writeString(dir.resolve("c.yaml"), "\uFEFFnet:\r\n  width: 5\r\n");
    assertThat(Config.defaults().withYaml(file).get(ConfigSchema.NET_WIDTH)).isEqualTo(5);
  }

  @Test
  void theLastGivenWins() {
    Config file = Config.defaults().withYaml("net: {width: 10, depth: 10}\nseed: 10", "f");
    Config set = file.withAssignment("net.width=20", "--set").withAssignment("seed = 20", "--set");
    Config options = set.with("seed", "30", "--seed");
    assertThat(options.get(ConfigSchema.NET_DEPTH)).isEqualTo(10);
    assertThat(options.get(ConfigSchema.NET_WIDTH)).isEqualTo(20);
    assertThat(options.get(ConfigSchema.SEED)).isEqualTo(30);
    assertThat(options.source(ConfigSchema.SEED)).isEqualTo("--seed");
    assertThat(file.get(ConfigSchema.SEED)).as("the first is unchanged").isEqualTo(10);
  }

  @Test
  void optionalKeysCanBeTakenBack() {
    Config config = Config.defaults().withYaml("optim: {lr: 1}\ntrain: {steps: 5}", "f");
    assertThat(config.withYaml("optim: {lr: ~}", "g").get(ConfigSchema.OPTIM_LR)).isEmpty();
    Config unset = config.withAll(Map.of("optim.lr", "unset", "train.steps", "unset"), "--set");
    assertThat(unset.get(ConfigSchema.OPTIM_LR)).isEmpty();
    assertThat(unset.isSet(ConfigSchema.TRAIN_STEPS)).isFalse();
    assertThat(unset).isEqualTo(Config.defaults());
  }

  @Test
  void typedValuesGoThroughTheSameChecks() {
    Config config =
        Config.defaults()
            .with(ConfigSchema.OPTIM_LR, Optional.of(0.25), "sweep")
            .with(PcFamily.GAMMA, List.of(0.5, 3.0, 1e-3), "sweep");
    assertThat(config.get(ConfigSchema.OPTIM_LR)).contains(0.25);
    assertThat(config.get(PcFamily.GAMMA)).containsExactly(0.5, 3.0, 1e-3);
  }

  @Test
  void equalityIsOfValuesNotOfWhoGaveThem() {
    Config given = Config.defaults().with("net.width", "256", "--set");
    assertThat(given).isEqualTo(Config.defaults()).hasSameHashCodeAs(Config.defaults());
    assertThat(given.with("net.width", "257", "--set")).isNotEqualTo(given);
    Config zero = Config.defaults().with("pc.gammaExponent", "0", "x");
    assertThat(zero.with("pc.gammaExponent", "-0.0", "x")).isEqualTo(zero);
  }

  @Test
  void yamlReadsBackToAnEqualConfig() {
    Random random = new Random(20261123);
    for (int i = 0; i < 500; i++) {
      Config config = randomConfig(random);
      String yaml = config.toYaml();
      Config back = Config.defaults().withYaml(yaml, "back");
      assertThat(back).as(yaml).isEqualTo(config);
      assertThat(back.toYaml()).isEqualTo(yaml);
      assertThat(back.hash()).isEqualTo(config.hash());
    }
  }

  /** An ordinary YAML reader must see in our YAML what the JSON map holds. */
  @Test
  void yamlAndMapAgree() throws Exception {
    Random random = new Random(4);
    for (int i = 0; i < 50; i++) {
      Config config = randomConfig(random).with("data.name", "true", "test");
      Map<?, ?> yaml = new YAMLMapper().readValue(config.toYaml(), Map.class);
      ObjectMapper json = new ObjectMapper();
      Map<?, ?> map = json.readValue(json.writeValueAsString(config.toMap()), Map.class);
      assertThat(numbersAsDoubles(yaml)).isEqualTo(numbersAsDoubles(map));
      assertThat(yaml.keySet().stream().map(Object::toString))
          .containsExactlyElementsOf(config.toMap().keySet());
    }
  }

  private static Object numbersAsDoubles(Object value) {
    return switch (value) {
      case Number number -> number.doubleValue();
      case List<?> list -> list.stream().map(ConfigTest::numbersAsDoubles).toList();
      case Map<?, ?> map -> {
        Map<Object, Object> copy = new HashMap<>();
        map.forEach((key, item) -> copy.put(key, numbersAsDoubles(item)));
        yield copy;
      }
      default -> value;
    };
  }

  @Test
  void mapIsNestedAndTyped() {
    Map<String, Object> map =
        Config.defaults().withYaml("pc: {gamma: [1, 2]}\nblas: /x/y.so", "f").toMap();
    assertThat(map).containsEntry("rule", "pc").containsEntry("seed", 0L).doesNotContainKey("out");
    assertThat(map).containsEntry("blas", "/x/y.so");
    assertThat(map.get("pc"))
        .asInstanceOf(InstanceOfAssertFactories.MAP)
        .containsEntry("steps", 20)
        .containsEntry("rate", 0.1)
        .containsEntry("gamma", List.of(1.0, 2.0));
    assertThat(map.get("net"))
        .asInstanceOf(InstanceOfAssertFactories.MAP)
        .containsEntry("bias", false);
  }

  @Test
  void aKeyOfEarlierVersionsIsReadAndChangesNothing() {
    Config base = Config.defaults();
    Config old = base.withYaml("net:\n  residual: false\n", "old.yaml");
    assertThat(old).isEqualTo(base);
    assertThat(old.hash()).isEqualTo(base.hash());
    assertThat(old.toYaml()).isEqualTo(base.toYaml()).doesNotContain("residual");
    assertThatThrownBy(() -> base.withYaml("net:\n  residual: true\n", "old.yaml"))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("old.yaml:2: net.residual is 'true'; use net.preset resmlp");
  }

  @Test
  void hashFollowsWhatChangesResults() {
    Config base = Config.defaults();
    // sha256sum of the YAML of defaultsAreTheDocumentedOnes without the keys that are not hashed.
    assertThat(base.hash())
        .isEqualTo("968fc7d4344d4a03a59170b958af34258bb8099d2e7afd4896830c6a51ecb2c7");
    for (ConfigKey<?> key : ConfigSchema.KEYS) {
      Config other = base.with(key.name(), otherThanDefault(key), "test");
      assertThat(other).isNotEqualTo(base);
      assertThat(other.hash().equals(base.hash()))
          .as(key.name())
          .isEqualTo(!key.aspect().isHashed());
    }
    assertThat(ConfigSchema.KEYS.stream().filter(key -> !key.aspect().isHashed()))
        .extracting(ConfigKey::name)
        .containsExactlyInAnyOrder(
            "out",
            "backend",
            "train.logEvery",
            "train.checkpointEvery",
            "train.keepCheckpoints",
            "train.log",
            "train.keepBest",
            "metrics.angleTo",
            "metrics.feedback",
            "metrics.reach",
            "cuda.device",
            "cuda.checked");
  }

  /** A configuration in which about half of the keys have random values of their type. */
  private static Config randomConfig(Random random) {
    Config config = Config.defaults();
    for (ConfigKey<?> key : ConfigSchema.KEYS) {
      if (random.nextBoolean()) {
        config = config.with(key.name(), randomText(key, random), "random");
      }
    }
    return config;
  }

  private static String otherThanDefault(ConfigKey<?> key) {
    Random random = new Random(1);
    String text = randomText(key, random);
    for (int i = 0; i < 99 && key.parse(text, "test").equals(key.defaultValue()); i++) {
      text = randomText(key, random);
    }
    return text;
  }

  private static String randomText(ConfigKey<?> key, Random random) {
    String expected = key.type().expected();
    if (expected.startsWith("one of ") && expected.endsWith(", or a list of such")) {
      String first = expected.substring("one of ".length()).split(", ")[0];
      String second = expected.substring("one of ".length()).split(", ")[1];
      return pick(random, second, second + ", " + first, "[" + first + "]");
    }
    if (expected.startsWith("an integer from ")) {
      return pick(random, "2", "3");
    }
    if (expected.startsWith("one of ")) {
      return pick(random, expected.substring("one of ".length()).split(", "));
    }
    return switch (expected) {
      case "true or false" -> pick(random, "true", "False");
      case "false" -> "false";
      case "an integer >= 0", "an integer >= 1" -> "" + (1 + (random.nextInt() >>> 1) / 2);
      case "an integer >= 1, or a list of such" -> pick(random, "3", "[6, 9]");
      case "a path, or a list of such", "one line of printable text, or a list of such" ->
          pick(random, "3", "[a/b, 日本, 'c d, true]", "e, f #g: h");
      case "an integer" -> "" + random.nextLong();
      case "a number" -> "" + random.nextGaussian() * Math.pow(10, random.nextInt(-300, 300));
      case "a number > 0", "a number >= 0" ->
          "" + (1e-9 + random.nextDouble()) * Math.pow(10, random.nextInt(-300, 300));
      case "a number > 0, or a list of such", "a number >= 0, or a list of such" ->
          pick(random, "3", "1, 2", "[" + (0.001 + random.nextDouble()) + ",1e-7, 2.50]");
      case "a number in [0, 1)", "a number in (0, 1]", "a number in [0, 1]", "a number in (0, 1)" ->
          "" + (1e-9 + random.nextDouble()) / 1.1;
      case "a number in [0, 1), or auto" -> pick(random, "auto", "" + random.nextDouble());
      case "a number > 0, or auto" -> pick(random, "auto", "" + (1e-9 + random.nextDouble()));
      case "0, or a number in [0.5, 1]" -> pick(random, "0", "" + (1 + random.nextDouble()) / 2);
      case "a list of layers, as [{conv: 32}, {pool: max}, {dense: 64}]" ->
          pick(random, "[{dense: 3}]", "[{conv: 2, kernel: 5}, flatten, {residual: [{dense: 4}]}]");
      case "one line of printable text", "a path" ->
          pick(random, NASTY) + pick(random, "", "x") + pick(random, NASTY);
      default -> throw new AssertionError("say how to make values of: " + expected);
    };
  }

  /** Pieces that mean something to YAML, to quoting, or to nobody. */
  private static final String[] NASTY = {
    "a", "true", "null", "~", "#b", " # c", "- d", "e: f", "[g]", "{h}", "&i", "*j", "!k", "%l",
    "@m", "`n", "'o", "\"p", "\\q", "?r", "|", ">", "<<", "1", "1e3", "0x1F", ".nan", "=", "日本",
    "é", "😀", ",", ":", "on", "-", "---", "...", "unset.", "a b", "C:\\d", "\u00A0z"
  };

  private static String pick(Random random, String... texts) {
    return texts[random.nextInt(texts.length)];
  }
}
