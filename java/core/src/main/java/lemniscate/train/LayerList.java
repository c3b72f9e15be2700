package lemniscate.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import lemniscate.backend.Activation;
import lemniscate.config.BadInputException;
import lemniscate.config.ConfigSchema;
import lemniscate.config.Spelling;
import lemniscate.config.YamlTree;
import lemniscate.network.DenseSpec;
import lemniscate.network.UnitSpec;
import lemniscate.network.layer.Convolution;
import lemniscate.network.layer.Dense;
import lemniscate.network.layer.Flatten;
import lemniscate.network.layer.Layer;
import lemniscate.network.layer.Norm;
import lemniscate.network.layer.Pointwise;
import lemniscate.network.layer.Pool;
import lemniscate.network.layer.Preset;
import lemniscate.network.layer.Residual;
import lemniscate.network.layer.StackSpec;
import lemniscate.text.Shown;

/**
 * Reads {@code net.layers}. An item is a map whose first key is the kind of a layer, with its
 * options behind: {@code {conv: 32, kernel: 5}}.
 *
 * <p>Units are cut like this: a convolution or fully connected layer starts one, its activation
 * ends it, a pool behind it belongs to it; flatten, norm and the mean over all places belong to
 * what follows them; a residual block is one. The readout is not in the list.
 */
final class LayerList {

  private static final List<String> KINDS =
      List.of("conv", "dense", "pool", "norm", "flatten", "residual", "activation");

  private final Preset.Settings settings;

  /** Layers that wait for the unit that they start. */
  private final List<Layer> waiting = new ArrayList<>();

  private final List<UnitSpec> units = new ArrayList<>();

  LayerList(Preset.Settings settings) {
    this.settings = settings;
  }

  /**
   * The units of a list and the readout.
   *
   * @throws BadInputException naming the place of what cannot be read
   */
  List<UnitSpec> units(YamlTree.Items list) {
    for (YamlTree node : list.items()) {
      add(item(node));
    }
    waiting.add(new Dense(settings.outputs(), false, settings.bias()));
    end(Activation.LINEAR);
    return units;
  }

  private void add(Item item) {
    switch (item.kind()) {
      case "conv", "dense" -> {
        Activation activation = item.activation(settings.activation());
        waiting.add(layer(item, "activation"));
        end(activation);
      }
      case "residual" -> {
        waiting.add(layer(item));
        end(Activation.LINEAR);
      }
      case "pool" -> {
        Pool pool = (Pool) layer(item);
        if (pool.kernel() == 0 || units.isEmpty() || !waiting.isEmpty()) {
          waiting.add(pool);
        } else {
          units.add(behind(units.removeLast(), pool, item));
        }
      }
      case "activation" ->
          throw item.wrong(
              "stands by itself; expected inside a residual block, or as an option of conv or"
                  + " dense: {conv: 32, activation: relu}. Move it.");
      default -> waiting.add(layer(item));
    }
  }

  private UnitSpec behind(UnitSpec below, Pool pool, Item item) {
    if (!(below instanceof StackSpec stack)) {
      throw item.wrong(
          "follows a dense layer; expected an image. Put it before flatten and dense.");
    }
    List<Layer> layers = new ArrayList<>(stack.layers());
    if (stack.activation() != Activation.LINEAR) {
      layers.add(new Pointwise(stack.activation()));
    }
    layers.add(pool);
    return new StackSpec(layers, Activation.LINEAR, settings.distribution());
  }

  // A fully connected layer alone is the unit that lends its weight matrix.
  private void end(Activation activation) {
    List<Layer> kept = new ArrayList<>(waiting);
    kept.removeIf(layer -> layer instanceof Flatten && waiting.getLast() instanceof Dense);
    if (kept.size() == 1 && kept.getFirst() instanceof Dense(int width, boolean grows, boolean b)) {
      units.add(
          new DenseSpec(width, grows, activation, b, settings.norm(), settings.distribution()));
    } else {
      units.add(new StackSpec(kept, activation, settings.distribution()));
    }
    waiting.clear();
  }

  // ---------------------------------------------------------------- layers

  private List<Layer> layers(YamlTree node, Item of) {
    if (!(node instanceof YamlTree.Items list) || list.items().isEmpty()) {
      throw of.wrong(
          "is " + node.kind() + "; expected a list of layers, as [{dense: 64}]. Correct it.");
    }
    return list.items().stream().map(inner -> layer(item(inner))).toList();
  }

  private Layer layer(Item item, String... others) {
    return switch (item.kind()) {
      case "conv" -> {
        item.only(others, "kernel", "stride", "padding", "bias");
        int kernel = item.side("kernel", 1, 3);
        yield checked(
            item,
            () ->
                new Convolution(
                    item.width("conv"),
                    true,
                    kernel,
                    item.side("stride", 1, 1),
                    item.padding(kernel),
                    item.bool("bias", settings.bias())));
      }
      case "dense" -> {
        item.only(others, "bias");
        yield new Dense(item.width("dense"), true, item.bool("bias", settings.bias()));
      }
      case "pool" -> {
        item.only(others, "kernel", "stride");
        String how = item.choice("pool", "max", "average", "global");
        if (how.equals("global")) {
          item.only(others);
          yield Pool.global();
        }
        int kernel = item.side("kernel", 1, 2);
        yield new Pool(
            how.equals("max") ? Pool.How.MAX : Pool.How.AVERAGE,
            kernel,
            item.side("stride", 1, kernel));
      }
      case "norm" -> {
        item.only(others);
        yield item.choice("norm", "layer", "rms").equals("layer")
            ? Norm.layer()
            : Norm.rootMeanSquare();
      }
      case "flatten" -> {
        item.only(others);
        yield new Flatten();
      }
      case "activation" -> {
        item.only(others);
        yield new Pointwise(item.activation(settings.activation()));
      }
      case "residual" -> {
        item.only(others, "skip");
        YamlTree skip = item.map().nodes().get("skip");
        yield new Residual(
            layers(Objects.requireNonNull(item.map().nodes().get("residual")), item),
            skip == null ? List.of() : layers(skip, item));
      }
      default -> throw new IllegalStateException(item.kind());
    };
  }

  /** Something that may refuse its numbers. */
  @FunctionalInterface
  private interface Making {
    Layer make();
  }

  private static Layer checked(Item item, Making making) {
    try {
      return making.make();
    } catch (BadInputException e) {
      throw new BadInputException(item.map().at() + ": " + e.getMessage(), e);
    }
  }

  // ---------------------------------------------------------------- items

  private static Item item(YamlTree node) {
    YamlTree.Keys map =
        switch (node) {
          case YamlTree.Keys keys when !keys.nodes().isEmpty() -> keys;
          case YamlTree.Text text when "flatten".equals(text.text()) ->
              new YamlTree.Keys(text.at(), Map.of("flatten", new YamlTree.Text(text.at(), "true")));
          default ->
              throw new BadInputException(
                  "%s: net.layers has %s; expected a layer, as {conv: 32, kernel: 3}. Correct it."
                      .formatted(node.at(), node.kind()));
        };
    String kind = map.nodes().keySet().iterator().next();
    if (!KINDS.contains(kind)) {
      throw new BadInputException(
          "%s: net.layers has a layer %s; expected one of %s first. Did you mean %s?"
              .formatted(
                  map.at(),
                  Shown.quoted(kind),
                  String.join(", ", KINDS),
                  Shown.quoted(Spelling.nearest(kind, KINDS))));
    }
    return new Item(kind, map);
  }

  /** A layer as it is written. */
  private record Item(String kind, YamlTree.Keys map) {

    BadInputException wrong(String what) {
      return new BadInputException("%s: the %s of net.layers %s".formatted(map.at(), kind, what));
    }

    void only(String[] others, String... options) {
      Set<String> allowed = new LinkedHashSet<>(List.of(kind));
      Stream.concat(Arrays.stream(options), Arrays.stream(others)).forEach(allowed::add);
      for (String key : map.nodes().keySet()) {
        if (!allowed.contains(key)) {
          throw wrong(
              "has an option %s; expected %s. Did you mean %s?"
                  .formatted(
                      Shown.quoted(key),
                      String.join(", ", allowed),
                      Shown.quoted(Spelling.nearest(key, allowed))));
        }
      }
    }

    private String text(String key, String otherwise, String expected) {
      YamlTree node = map.nodes().get(key);
      if (node == null) {
        return otherwise;
      }
      if (node instanceof YamlTree.Text(_, String text) && text != null) {
        return text;
      }
      throw wrong("has %s %s; expected %s. Correct it.".formatted(key, node.kind(), expected));
    }

    int width(String key) {
      return integer(key, 1, ConfigSchema.LARGEST_WIDTH, 1);
    }

    int side(String key, int least, int otherwise) {
      return integer(key, least, ConfigSchema.LARGEST_SIDE, otherwise);
    }

    private int integer(String key, int least, int most, int otherwise) {
      String expected = "an integer from %d to %d".formatted(least, most);
      String text = text(key, Integer.toString(otherwise), expected);
      try {
        int value = Integer.parseInt(text);
        if (value >= least && value <= most) {
          return value;
        }
      } catch (NumberFormatException e) {
        // Refused below, with the text.
      }
      throw wrong(
          "has %s %s; expected %s. Correct it.".formatted(key, Shown.quoted(text), expected));
    }

    int padding(int kernel) {
      return "same".equals(text("padding", "same", "same or an integer >= 0"))
          ? (kernel - 1) / 2
          : side("padding", 0, 0);
    }

    boolean bool(String key, boolean otherwise) {
      String text = text(key, Boolean.toString(otherwise), "true or false");
      if (!text.equals("true") && !text.equals("false")) {
        throw wrong(
            "has %s %s; expected true or false. Correct it.".formatted(key, Shown.quoted(text)));
      }
      return text.equals("true");
    }

    String choice(String key, String... values) {
      String text = text(key, "", String.join(", ", values));
      if (!List.of(values).contains(text)) {
        throw wrong(
            "is %s; expected one of %s. Correct it."
                .formatted(Shown.quoted(text), String.join(", ", values)));
      }
      return text;
    }

    Activation activation(Activation otherwise) {
      String text = text("activation", otherwise.configName(), "the name of an activation");
      for (Activation activation : Activation.values()) {
        if (activation.configName().equals(text)) {
          return activation;
        }
      }
      throw wrong(
          "has activation %s; expected one of %s. Correct it."
              .formatted(
                  Shown.quoted(text),
                  String.join(
                      ", ",
                      Arrays.stream(Activation.values()).map(Activation::configName).toList())));
    }
  }
}
