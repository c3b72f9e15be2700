package lemniscate.sweep;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.config.BadInputException;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/** A YAML document as a tree that knows the place ("file:line") of everything in it. */
sealed interface YamlTree {

  /** "file:line"; for what stands under a key, the line of the key. */
  String at();

  /** What it is, for errors. */
  String kind();

  /**
   * A value.
   *
   * @param text as it stands there; {@code null} where there is none
   */
  record Text(String at, @Nullable String text) implements YamlTree {
    @Override
    public String kind() {
      return text == null ? "empty" : "'" + text + "'";
    }
  }

  /** A list. */
  record Items(String at, List<YamlTree> items) implements YamlTree {
    @Override
    public String kind() {
      return "a list";
    }
  }

  /** Keys with what stands under them, in the file's order. */
  record Keys(String at, Map<String, YamlTree> nodes) implements YamlTree {
    @Override
    public String kind() {
      return "a map";
    }
  }

  /** The text of a file. */
  static String textOf(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new BadInputException(
          file
              + (Files.exists(file) ? ": is not a file" : ": the file does not exist")
              + "; expected a sweep in YAML. Check the path.");
    }
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new BadInputException(
          "%s: cannot be read (%s); expected a sweep in YAML, in UTF-8. Check the file and its permissions."
              .formatted(file, e),
          e);
    }
  }

  /**
   * Reads a document.
   *
   * @param source what errors call it
   * @throws BadInputException if it is malformed, empty, or repeats a key
   */
  static YamlTree read(String text, String source) {
    Node root;
    try {
      root = new Yaml(new SafeConstructor(new LoaderOptions())).compose(new StringReader(text));
    } catch (MarkedYAMLException e) {
      Mark mark = e.getProblemMark() == null ? e.getContextMark() : e.getProblemMark();
      String place = mark == null ? "" : ":" + (mark.getLine() + 1) + ":" + (mark.getColumn() + 1);
      throw malformed(source + place, String.valueOf(e.getProblem()), e);
    } catch (YAMLException e) {
      throw malformed(source, String.valueOf(e.getMessage()).lines().findFirst().orElse(""), e);
    }
    if (root == null) {
      throw new BadInputException(
          source + ": the file is empty; expected a sweep with 'grid', 'random' or 'seeds'.");
    }
    return tree(root, source, source + ":" + line(root), 0);
  }

  private static BadInputException malformed(String place, String problem, YAMLException cause) {
    return new BadInputException(
        "%s: malformed YAML: %s. Expected lines of the form 'key: value', nested by spaces; correct this place."
            .formatted(place, problem),
        cause);
  }

  private static YamlTree tree(Node node, String source, String at, int depth) {
    // Deeper than anything that has a meaning; an alias inside its own anchor has no end.
    if (depth > 10) {
      throw new BadInputException(
          at
              + ": is nested too deeply; expected the keys of a sweep. Remove what contains itself.");
    }
    return switch (node) {
      case ScalarNode scalar ->
          new Text(at, scalar.getTag().equals(Tag.NULL) ? null : scalar.getValue());
      case SequenceNode sequence -> {
        List<YamlTree> items = new ArrayList<>();
        for (Node item : sequence.getValue()) {
          items.add(tree(item, source, source + ":" + line(item), depth + 1));
        }
        yield new Items(at, List.copyOf(items));
      }
      case MappingNode map -> {
        Map<String, YamlTree> nodes = new LinkedHashMap<>();
        for (NodeTuple tuple : map.getValue()) {
          String place = source + ":" + line(tuple.getKeyNode());
          if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
            throw new BadInputException(place + ": a key is not plain text; write 'key: value'.");
          }
          YamlTree value = tree(tuple.getValueNode(), source, place, depth + 1);
          if (nodes.put(key.getValue(), value) != null) {
            throw new BadInputException(
                "%s: %s is given twice; expected once. Remove one."
                    .formatted(place, key.getValue()));
          }
        }
        yield new Keys(at, nodes);
      }
      default -> throw new IllegalStateException("YAML node " + node.getNodeId());
    };
  }

  private static int line(Node node) {
    return node.getStartMark().getLine() + 1;
  }
}
