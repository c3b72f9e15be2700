package lemniscate.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class YamlTreeTest {
  private static final String BLOCK =
      """
      # layers
      - conv: 32
        kernel: 3
      - pool: max

      - residual:
          - {conv: 64, scale: 0.50, bias: true}
          - {name: 'true story', kernel: "3", "on": ~}
      - flatten
      """;

  private static final String LINE =
      "[{conv: 32, kernel: 3}, {pool: max}, {residual: [{bias: true, conv: 64, scale: 0.50},"
          + " {kernel: 3, name: \"true story\", \"on\": null}]}, flatten]";

  private static final ConfigKey<Optional<YamlTree.Items>> KEY =
      KeyGroup.of("net").unset("layers", ValueType.tree("a list of layers"), "none", "Layers.");

  @Test
  void placesAreThoseOfKeysAndItems() {
    YamlTree.Items list = (YamlTree.Items) YamlTree.read(BLOCK, "f");
    assertThat(list.items()).extracting(YamlTree::at).containsExactly("f:2", "f:4", "f:6", "f:9");
    YamlTree residual = ((YamlTree.Keys) list.items().get(2)).nodes().get("residual");
    assertThat(residual.at()).isEqualTo("f:6");
    YamlTree.Keys second = (YamlTree.Keys) ((YamlTree.Items) residual).items().get(1);
    assertThat(second.nodes().keySet())
        .as("in their order")
        .containsExactly("name", "kernel", "on");
    assertThat(second.nodes().get("kernel")).isEqualTo(new YamlTree.Text("f:8", "3"));
    assertThat(second.nodes().get("kernel").at()).isEqualTo("f:8");
  }

  @Test
  void aTreeIsOneLineThatReadsBack() {
    YamlTree tree = YamlTree.read(BLOCK, "f");
    assertThat(tree.flow()).isEqualTo(LINE);
    YamlTree back = YamlTree.readLine(LINE, "--set", "net.layers");
    assertThat(back).isEqualTo(tree).hasSameHashCodeAs(tree);
    assertThat(back.flow()).isEqualTo(LINE);
    assertThat(back.at()).isEqualTo("--set");
  }

  @Test
  void theOrderOfKeysSaysNothing() {
    YamlTree one = YamlTree.read("{b: [1, 2], a: x}", "f");
    YamlTree other = YamlTree.read("a: x\nb: [1, 2]", "g");
    assertThat(one).isEqualTo(other);
    assertThat(one.flow()).isEqualTo(other.flow());
    assertThat(YamlTree.read("{a: x, b: [2, 1]}", "f")).isNotEqualTo(one);
    assertThat(YamlTree.read("{a: x, b: [1]}", "f")).isNotEqualTo(one);
  }

  /** Whatever text stands in it, another reader of YAML sees what the JSON holds. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "true",
        "False",
        "null",
        "Null",
        "~",
        "on",
        "1",
        "01",
        "-0",
        "+1",
        "1_000",
        "0x1F",
        "0o7",
        "1e3",
        "1.0e3",
        "1.0e+3",
        "1.",
        ".5",
        "-2.50",
        ".nan",
        "1:30",
        "2001-01-01",
        "=",
        "<<",
        "a: b",
        "#c",
        "'q",
        "\"d",
        "\\e",
        "",
        " x ",
        "日本",
        "😀",
        "123456789012345678901234567890",
        "0.1",
        "\t"
      })
  void otherReadersAgree(String text) throws Exception {
    YamlTree tree =
        new YamlTree.Items(
            "f", List.of(new YamlTree.Keys("f", Map.of(text, new YamlTree.Text("f", text)))));
    assertThat(YamlTree.read(tree.flow(), "f")).isEqualTo(tree);
    ObjectMapper json = new ObjectMapper();
    assertThat(new YAMLMapper().readTree(tree.flow()).toString())
        .isEqualTo(json.readTree(json.writeValueAsString(tree.plain())).toString());
  }

  @Test
  void aKeyHoldsATree() {
    YamlTree.Items value = KEY.parse(YamlTree.read(BLOCK, "f")).orElseThrow();
    assertThat(value.items().getLast().at()).isEqualTo("f:9");
    assertThat(KEY.type().text(Optional.of(value))).isEqualTo(LINE);
    assertThat(KEY.type().yaml(Optional.of(value))).isEqualTo(LINE);
    assertThat(KEY.type().plain(Optional.of(value))).isEqualTo(value.plain());
    assertThat(KEY.parse(LINE, "--set")).contains(value);
    assertThat(KEY.textOf(value)).isEqualTo(LINE);
    assertThat(KEY.parse("unset", "--set")).isEmpty();
    assertThat(KEY.parse(YamlTree.read("~", "f"))).isEmpty();
    assertThat(KEY.type().text(Optional.empty())).isEqualTo("unset");
    assertThat(KEY.type().yaml(Optional.empty())).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "conv | --set: net.layers is 'conv'; expected a list of layers. Correct it",
        "{conv: 3} | --set: net.layers is a map; expected a list of layers.",
        "[] | --set: net.layers is a list; expected a list of layers.",
        "'' | --set: net.layers is empty; expected a list of layers.",
        "[{conv: 3 | --set: net.layers, column 10 of its value: malformed YAML: expected ',' or"
            + " '}'",
        "[a, b]] | --set: net.layers, column 7 of its value: malformed YAML",
        "[{a: 1, a: 2}] | --set: a is given twice",
        "[&x a, {b: *x}] | --set: is the YAML alias '*x'; aliases are not supported."
      })
  void badTrees(String text, String message) {
    YamlTree.Items usual = (YamlTree.Items) YamlTree.read("[dense]", "default");
    ConfigKey<YamlTree.Items> key =
        KeyGroup.of("net").key("layers", ValueType.tree("a list of layers"), usual, "Layers.");
    assertThatThrownBy(() -> key.parse(text, "--set"))
        .isExactlyInstanceOf(BadInputException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void whatNestsWithoutEndIsRefused() {
    assertThatThrownBy(() -> YamlTree.read("[".repeat(99) + "]".repeat(99), "f"))
        .isExactlyInstanceOf(BadInputException.class)
        .hasMessageContaining("f:1: is nested more than");
  }
}
