package lemniscate.train;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import lemniscate.backend.Backend;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;
import lemniscate.config.Spelling;
import lemniscate.config.YamlTree;
import lemniscate.data.ContentHash;
import lemniscate.journal.JsonLine;
import lemniscate.mup.Scheme;
import lemniscate.network.Network;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Parameter;
import lemniscate.network.ParameterKind;
import lemniscate.tensor.DType;
import lemniscate.text.Shown;
import org.jspecify.annotations.Nullable;

/**
 * Weights that a run starts from instead of drawn ones, out of a safetensors file: a checkpoint, an
 * export, or the state of a PyTorch network. What is taken over are <em>effective</em> weights: a
 * parameter becomes that of the file, times its multiplier there, over its multiplier here.
 *
 * <p>A file of this program may be of a narrower network, of which the width is a whole multiple k.
 * Then every unit becomes k equal ones, and what sums over them is divided by k (Net2Wider: Chen,
 * Goodfellow and Shlens, arXiv 1511.05641), so that the function stays the same. Under μP it also
 * goes on to learn as the narrow network does: a gradient that is k times smaller meets a learning
 * rate that is k times larger. Under other schemes it does not, and that is refused.
 */
public final class InitialWeights {

  private static final String REMEDY =
      " Say which tensor is which with --init-map, as layer1.weight=fc1.weight or a YAML file of"
          + " such pairs.";

  // Not what an optimiser or a rule keeps beside them.
  private static final Pattern PARAMETER =
      Pattern.compile("layer\\d+\\.(.*\\.)?(weight|bias|gain)");

  private final Path file;
  private final String sha256;
  private final Map<String, ParameterLayout> layouts;
  private final Map<String, String> names;
  private final Map<String, String> metadata;
  private final int widening;

  private InitialWeights(
      Path file,
      String sha256,
      Map<String, ParameterLayout> layouts,
      Map<String, String> names,
      Map<String, String> metadata,
      int widening) {
    this.file = file;
    this.sha256 = sha256;
    this.layouts = layouts;
    this.names = names;
    this.metadata = metadata;
    this.widening = widening;
  }

  /** Where the numbers of a file are from, and so how they lie. */
  private enum Origin {
    CHECKPOINT,
    EXPORT,
    TORCH;

    static Origin of(Map<String, String> metadata) {
      String format = metadata.getOrDefault("format", "");
      if (format.startsWith("lemniscate-checkpoint-")) {
        return CHECKPOINT;
      }
      boolean own = format.equals(Export.FORMAT);
      boolean last = Export.Layout.CHANNELS_LAST.word().equals(metadata.get(Export.LAYOUT));
      return own && last ? EXPORT : TORCH;
    }
  }

  /**
   * Finds the file that a configuration names, and which of its tensors is which parameter; empty
   * where it names none.
   *
   * @throws BadInputException if the file cannot be read, has other contents than {@code
   *     train.initSha256} says, or does not fit the network
   */
  public static Optional<InitialWeights> of(Config config, NetworkSpec network) {
    Optional<Path> path = config.get(ConfigSchema.TRAIN_INIT);
    if (path.isEmpty()) {
      refuseAlone(config, ConfigSchema.TRAIN_INIT_MAP);
      refuseAlone(config, ConfigSchema.TRAIN_INIT_SHA256);
      return Optional.empty();
    }
    Path file = path.get();
    try (SafetensorsReader reader = open(file)) {
      String hash = hash(file);
      config
          .get(ConfigSchema.TRAIN_INIT_SHA256)
          .filter(expected -> !expected.equals(hash))
          .ifPresent(
              expected -> {
                throw new BadInputException(
                    "train.initSha256 is %s, but %s has the SHA-256 %s; use the file that it was, or leave the key out."
                        .formatted(expected, file, hash));
              });
      if (Origin.of(reader.metadata()) != Origin.TORCH) {
        reader.requireSeal(false);
      }
      Map<String, ParameterLayout> layouts = ParameterLayout.of(network);
      Map<String, String> map =
          config
              .get(ConfigSchema.TRAIN_INIT_MAP)
              .map(items -> map(items, layouts, reader))
              .orElseGet(() -> matched(layouts, reader));
      int widening = widening(layouts, map, reader);
      boolean mup = Scheme.parse(config.get(ConfigSchema.PARAM_SCHEME)) == Scheme.MUP;
      if (widening > 1 && !mup) {
        throw new BadInputException(
            "%s is of a network whose width is %d times smaller, and param.scheme is %s: a network of copies learns as the narrow one under mup alone. Use param.scheme mup, or net.width %d."
                .formatted(
                    file,
                    widening,
                    config.get(ConfigSchema.PARAM_SCHEME),
                    network.size().width() / widening));
      }
      return Optional.of(
          new InitialWeights(file, hash, layouts, map, Map.copyOf(reader.metadata()), widening));
    }
  }

  private static void refuseAlone(Config config, ConfigKey<?> key) {
    if (config.isSet(key)) {
      throw new BadInputException(
          "%s: %s is given without train.init; name the file of the weights, or leave it out."
              .formatted(config.source(key), key));
    }
  }

  private static SafetensorsReader open(Path file) {
    try {
      return SafetensorsReader.open(file);
    } catch (BadInputException e) {
      throw new BadInputException(
          "train.init: "
              + e.getMessage()
              + " Tensors of PyTorch are written by safetensors.torch.save_file({k: v.float() for"
              + " k, v in net.state_dict().items()}, path).",
          e);
    }
  }

  private static String hash(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return ContentHash.of(in);
    } catch (IOException e) {
      throw new BadInputException(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  // ---------------------------------------------------------------- which is which

  private static Map<String, String> map(
      List<String> items, Map<String, ParameterLayout> layouts, SafetensorsReader reader) {
    Map<String, String> pairs = new LinkedHashMap<>();
    if (items.size() == 1 && !items.getFirst().contains("=")) {
      Path file = Path.of(items.getFirst());
      YamlTree tree =
          YamlTree.read(
              YamlTree.textOf(file, "names of parameters", "Check the path given to --init-map."),
              file.toString());
      if (!(tree instanceof YamlTree.Keys keys)) {
        throw new BadInputException(
            "%s is %s, expected a map such as layer1.weight: fc1.weight."
                .formatted(file, tree.kind()));
      }
      flatten("", keys, pairs);
    } else {
      for (String item : items) {
        int equals = item.indexOf('=');
        if (equals < 1) {
          throw new BadInputException(
              "train.initMap: %s has no '='; expected PARAMETER=TENSOR, such as layer1.weight=fc1.weight, or one YAML file."
                  .formatted(Shown.quoted(item)));
        }
        pairs.put(item.substring(0, equals).strip(), item.substring(equals + 1).strip());
      }
    }
    pairs.forEach(
        (own, other) -> {
          requireName("the network has no parameter", own, layouts.keySet());
          requireName(reader.file() + " has no tensor", other, reader.entries().keySet());
        });
    return pairs;
  }

  private static void flatten(String prefix, YamlTree.Keys keys, Map<String, String> pairs) {
    keys.nodes()
        .forEach(
            (key, node) -> {
              if (node instanceof YamlTree.Keys inner) {
                flatten(prefix + key + ".", inner, pairs);
              } else if (node instanceof YamlTree.Text text && text.text() != null) {
                pairs.put(prefix + key, text.text());
              } else {
                throw new BadInputException(
                    "%s: %s%s is %s, expected the name of a tensor."
                        .formatted(node.at(), prefix, key, node.kind()));
              }
            });
  }

  private static void requireName(String what, String name, Collection<String> all) {
    if (!all.contains(name)) {
      throw new BadInputException(
          "train.initMap: %s %s; expected one of %s. The nearest is %s."
              .formatted(
                  what,
                  Shown.quoted(name),
                  Shown.list(all),
                  Shown.quoted(Spelling.nearest(name, all))));
    }
  }

  /** Without a map: by our names, or by shape and order where only one way is possible. */
  private static Map<String, String> matched(
      Map<String, ParameterLayout> layouts, SafetensorsReader reader) {
    Map<String, SafetensorsEntry> entries = reader.entries();
    Map<String, String> pairs = new LinkedHashMap<>();
    if (entries.keySet().containsAll(layouts.keySet())) {
      List<String> more =
          entries.keySet().stream()
              .filter(name -> PARAMETER.matcher(name).matches() && !layouts.containsKey(name))
              .toList();
      if (!more.isEmpty()) {
        throw new BadInputException(
            "%s is of another network: it also has %s, which the network has no parameters for.%s"
                .formatted(reader.file(), Shown.list(more), REMEDY));
      }
      layouts.keySet().forEach(name -> pairs.put(name, name));
      return pairs;
    }
    if (Origin.of(reader.metadata()) != Origin.TORCH) {
      List<String> missing =
          layouts.keySet().stream().filter(name -> !entries.containsKey(name)).toList();
      throw new BadInputException(
          "%s is of another network: it has no %s.%s"
              .formatted(reader.file(), Shown.list(missing), REMEDY));
    }
    return new TensorMatching(reader.file(), layouts, entries.values(), REMEDY).pairs();
  }

  // ---------------------------------------------------------------- shapes

  /** By which whole number the network is wider than that of the file. */
  private static int widening(
      Map<String, ParameterLayout> layouts, Map<String, String> names, SafetensorsReader reader) {
    Origin origin = Origin.of(reader.metadata());
    int factor = 0;
    for (Map.Entry<String, String> pair : names.entrySet()) {
      ParameterLayout own = layouts.get(pair.getKey());
      SafetensorsEntry entry = reader.entries().get(pair.getValue());
      if (own == null || entry == null) {
        throw new IllegalStateException(pair + " was not checked");
      }
      List<Integer> wanted = extents(own, origin);
      List<Long> found = entry.shape();
      if (found.equals(wanted.stream().map(Integer::longValue).toList())) {
        if (own.spec().outputsGrow() || own.spec().inputsGrow() && !own.spec().isVector()) {
          factor = same(factor, 1, reader, own, entry, wanted);
        }
        continue;
      }
      Growth growth = growth(own, entry, origin);
      if (growth == null) {
        throw new BadInputException(
            "%s: tensor %s is %s, but %s is %s here%s; expected the same shape, or with a file of a narrower network a width that is a whole multiple of its own."
                .formatted(
                    reader.file(),
                    entry.name(),
                    entry.describe(),
                    own.name(),
                    wanted,
                    isTransposed(found, wanted) ? " (it looks transposed)" : ""));
      }
      factor =
          same(factor, Math.max(growth.outputs(), growth.inputs()), reader, own, entry, wanted);
    }
    return Math.max(1, factor);
  }

  private static boolean isTransposed(List<Long> found, List<Integer> wanted) {
    return found.size() == 2
        && wanted.size() == 2
        && found.getFirst() == (long) wanted.getLast()
        && found.getLast() == (long) wanted.getFirst();
  }

  private static int same(
      int factor,
      int found,
      SafetensorsReader reader,
      ParameterLayout own,
      SafetensorsEntry entry,
      List<Integer> wanted) {
    if (factor != 0 && factor != found) {
      throw new BadInputException(
          "%s: tensor %s is %s, but %s is %s here, %d times as wide where others are %d times; expected one factor for all."
              .formatted(
                  reader.file(),
                  entry.name(),
                  entry.describe(),
                  own.name(),
                  wanted,
                  found,
                  factor));
    }
    return found;
  }

  private static List<Integer> extents(ParameterLayout own, Origin origin) {
    return origin == Origin.TORCH ? own.torchExtents() : own.spec().extents();
  }

  private static @Nullable Growth growth(
      ParameterLayout own, SafetensorsEntry entry, Origin origin) {
    return origin == Origin.TORCH ? null : Growth.of(own, entry);
  }

  // ---------------------------------------------------------------- taking them over

  /**
   * Puts the weights into a network.
   *
   * @param log told of parameters that stay drawn, and of what differs between the networks
   * @throws BadInputException if the file has changed meanwhile, or a number is not finite
   */
  public void load(Backend backend, Network network, Consumer<String> log) {
    differences(network).forEach(text -> log.accept("warning: " + text));
    try (SafetensorsReader reader = open(file)) {
      Map<String, Double> multipliers = multipliers(reader);
      Origin origin = Origin.of(reader.metadata());
      List<String> drawn = new ArrayList<>();
      for (Parameter parameter : network.parameters()) {
        String name = names.get(parameter.name());
        ParameterLayout own = layouts.get(parameter.name());
        if (name == null || own == null) {
          drawn.add(parameter.name());
          continue;
        }
        SafetensorsEntry entry = reader.entries().get(name);
        if (entry == null) {
          throw new BadInputException(file + " has changed while it was read; try again.");
        }
        double factor = multipliers.getOrDefault(name, 1.0) / parameter.scaling().multiplier();
        Growth growth = Objects.requireNonNullElse(growth(own, entry, origin), Growth.NONE);
        backend.upload(values(own, read(reader, entry), origin, growth, factor), parameter.value());
      }
      if (!drawn.isEmpty()) {
        log.accept("drawn, not from " + file + ": " + Shown.list(drawn));
      }
      log.accept(
          "weights from %s%s"
              .formatted(file, widening > 1 ? ", every unit " + widening + " times" : ""));
    }
  }

  // What the stored parameters of a checkpoint are multiplied by.
  private Map<String, Double> multipliers(SafetensorsReader reader) {
    if (Origin.of(reader.metadata()) != Origin.CHECKPOINT) {
      return Map.of();
    }
    return CheckpointMetadata.multipliers(reader);
  }

  private double[] read(SafetensorsReader reader, SafetensorsEntry entry) {
    int count = Math.toIntExact(entry.elements());
    double[] values = new double[count];
    ByteBuffer bytes = reader.read(entry, 0, count);
    for (int i = 0; i < count; i++) {
      values[i] = entry.dtype() == DType.FLOAT32 ? bytes.getFloat() : bytes.getDouble();
      if (!Double.isFinite(values[i])) {
        throw new BadInputException(
            "%s: tensor %s holds %s at element %d, expected finite numbers; use other weights."
                .formatted(file, entry.name(), values[i], i));
      }
    }
    return values;
  }

  private static double[] values(
      ParameterLayout own, double[] stored, Origin origin, Growth growth, double factor) {
    int rows = own.rows();
    int columns = own.columns();
    int channels = own.patch().channels();
    double[] values = new double[Math.multiplyExact(rows, columns)];
    // What is taken for each: all of it, or of a narrower network the same over and over.
    int places = columns / channels;
    int storedRows = rows / growth.outputs();
    int storedChannels = channels / growth.inputs();
    double share =
        own.spec().kind() == ParameterKind.WEIGHT ? (double) storedChannels / channels : 1;
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        int from =
            origin == Origin.TORCH
                ? own.torchColumn(j)
                : j / channels * storedChannels + j % channels % storedChannels;
        values[i * columns + j] =
            factor * share * stored[i % storedRows * places * storedChannels + from];
      }
    }
    return values;
  }

  // Beside the weights, what makes the function another one.
  private List<String> differences(Network network) {
    List<String> texts = new ArrayList<>();
    String there = metadata.get("branchMultiplier");
    double here = network.scales().branchMultiplier();
    if (network.spec().residualDepth() > 0 && there != null && Double.parseDouble(there) != here) {
      texts.add(
          "branches of %s are multiplied by %s, here by %s: the function starts as another one"
              .formatted(file, there, here));
    }
    String described = metadata.get("network");
    String own = JsonLine.of(network.spec().description());
    if (described != null && widening == 1 && !described.equals(own)) {
      texts.add(
          "%s describes another network than this one, as by another activation; its weights fit"
              .formatted(file));
    }
    return texts;
  }

  // ---------------------------------------------------------------- what is kept of it

  /** A configuration that gives the same weights from any directory. */
  Config resolved(Config config, String source) {
    List<String> pairs =
        names.entrySet().stream().map(pair -> pair.getKey() + "=" + pair.getValue()).toList();
    boolean own = names.entrySet().stream().allMatch(pair -> pair.getKey().equals(pair.getValue()));
    return config
        .with(ConfigSchema.TRAIN_INIT, Optional.of(file.toAbsolutePath()), source)
        .with(
            ConfigSchema.TRAIN_INIT_MAP,
            own && names.size() == layouts.size() ? Optional.empty() : Optional.of(pairs),
            source)
        .with(ConfigSchema.TRAIN_INIT_SHA256, Optional.of(sha256), source);
  }

  /** What a provenance says. */
  Map<String, Object> describe() {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("file", file.toAbsolutePath().toString());
    facts.put("sha256", sha256);
    facts.put("tensors", names);
    facts.put("widening", widening);
    for (String key : List.of("step", "configHash", "rule")) {
      if (metadata.containsKey(key)) {
        facts.put(key, metadata.get(key));
      }
    }
    return facts;
  }
}
