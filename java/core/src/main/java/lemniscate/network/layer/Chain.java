package lemniscate.network.layer;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import lemniscate.backend.Operations;
import lemniscate.network.Activities;
import lemniscate.network.Features;
import lemniscate.network.Parameter;
import lemniscate.network.ParameterSpec;
import lemniscate.network.Point;
import lemniscate.network.Sides;
import lemniscate.network.Transport;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;

/**
 * Layers one after the other.
 *
 * @param layers from the input on; at least one
 */
record Chain(List<Layer> layers) {

  Chain {
    layers = List.copyOf(layers);
    if (layers.isEmpty()) {
      throw new IllegalArgumentException("a unit without layers");
    }
  }

  /** What goes into each layer, and out of the last. */
  List<Features> features(Features input) {
    List<Features> features = new ArrayList<>();
    features.add(input);
    for (Layer layer : layers) {
      features.add(layer.output(features.getLast()));
    }
    return features;
  }

  Features output(Features input) {
    return features(input).getLast();
  }

  boolean isBounded() {
    boolean bounded = false;
    for (Layer layer : layers) {
      bounded = layer.isBounded(bounded);
    }
    return bounded;
  }

  int residualAdditions() {
    return layers.stream().mapToInt(Layer::residualAdditions).sum();
  }

  boolean startsWithWeight() {
    return layers.stream()
        .filter(layer -> !layer.isView())
        .findFirst()
        .map(Layer::startsWithWeight)
        .orElse(false);
  }

  int stride() {
    return layers.stream().mapToInt(Layer::stride).reduce(1, Math::multiplyExact);
  }

  /** Layers, perhaps none, in a network whose width has become another. */
  static List<Layer> withWidth(List<Layer> layers, int width, int base) {
    return layers.stream().map(layer -> layer.withWidth(width, base)).toList();
  }

  /** Whether one of some layers looks at several places of an image at once. */
  static boolean readsPlaces(List<Layer> layers) {
    return layers.stream().anyMatch(Layer::readsPlaces);
  }

  /** All parameters; where several layers have some, their names start with kind and number. */
  List<ParameterSpec> parameters(Features input) {
    List<Features> features = features(input);
    List<List<ParameterSpec>> own = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      own.add(layers.get(i).parameters(features.get(i)));
    }
    boolean alone = own.stream().filter(list -> !list.isEmpty()).count() == 1;
    Map<String, Integer> numbers = new TreeMap<>();
    List<ParameterSpec> all = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      if (own.get(i).isEmpty()) {
        continue;
      }
      String prefix =
          layers.get(i).kind() + numbers.merge(layers.get(i).kind(), 1, Integer::sum) + ".";
      for (ParameterSpec parameter : own.get(i)) {
        all.add(alone ? parameter : prefixed(prefix, parameter));
      }
    }
    return all;
  }

  static ParameterSpec prefixed(String prefix, ParameterSpec parameter) {
    return parameter.named(prefix + parameter.name(), prefix + parameter.symbol());
  }

  List<Map<String, Object>> description() {
    return layers.stream()
        .map(
            layer -> {
              Map<String, Object> facts = new LinkedHashMap<>();
              facts.put("kind", layer.kind());
              facts.putAll(layer.description());
              return facts;
            })
        .toList();
  }

  /** All layers as one map in plain double precision. */
  LayerOracle oracle(Features input, OracleScales scales) {
    List<Features> features = features(input);
    List<LayerOracle> oracles = new ArrayList<>();
    List<Integer> ends = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < layers.size(); i++) {
      int to = from + layers.get(i).parameters(features.get(i)).size();
      oracles.add(layers.get(i).oracle(features.get(i), scales.part(from, to)));
      ends.add(to);
      from = to;
    }
    return new Oracle(this, oracles, ends);
  }

  /** All layers in plain double precision; the parameters of layer i end at {@code ends(i)}. */
  private record Oracle(Chain chain, List<LayerOracle> layers, List<Integer> ends)
      implements LayerOracle {

    private List<double[]> part(List<double[]> parameters, int i) {
      return parameters.subList(i == 0 ? 0 : ends.get(i - 1), ends.get(i));
    }

    // What goes into each layer, and out of the last.
    private List<double[]> values(double[] x, List<double[]> parameters, int batch) {
      List<double[]> values = new ArrayList<>();
      values.add(x);
      for (int i = 0; i < layers.size(); i++) {
        values.add(layers.get(i).apply(values.getLast(), part(parameters, i), batch));
      }
      return values;
    }

    @Override
    public double[] apply(double[] x, List<double[]> parameters, int batch) {
      return values(x, parameters, batch).getLast();
    }

    @Override
    public double correlation(
        Sides sides,
        double[] post,
        double[] first,
        double[] second,
        List<double[]> fixed,
        List<double[]> parameters,
        int batch) {
      List<double[]> before = values(first, fixed, batch);
      List<double[]> after = values(second, fixed, batch);
      double sum = 0;
      for (int i = 0; i < layers.size(); i++) {
        int behind = chain.behind(i);
        double[] own =
            behind == layers.size() ? post : sides.post().of(before.get(behind), after.get(behind));
        if (!part(parameters, i).isEmpty()) {
          sum +=
              layers
                  .get(i)
                  .correlation(
                      sides,
                      own,
                      before.get(i),
                      after.get(i),
                      part(fixed, i),
                      part(parameters, i),
                      batch);
        }
      }
      return sum;
    }
  }

  /**
   * Where the activity of a layer is, counted as the values between layers are: behind the
   * activation that follows it at once, or behind itself.
   */
  private int behind(int layer) {
    int place = behindViews(layer + 1);
    boolean activated = place < layers.size() && layers.get(place) instanceof Pointwise;
    return activated ? behindViews(place + 1) : place;
  }

  private int behindViews(int from) {
    int place = from;
    while (place < layers.size() && layers.get(place).isView()) {
      place++;
    }
    return place;
  }

  /** Binds the layers, with memory for what goes between them. */
  Pass pass(Site site) {
    return new Pass(this, site);
  }

  /** The layers with the buffers of one pass. */
  static final class Pass implements LayerPass {

    private final Chain chain;
    private final List<LayerPass> passes = new ArrayList<>();
    private final List<Boolean> trained = new ArrayList<>();

    /** What goes into each layer at x; the output of the last behind. */
    private final List<Tensor> values = new ArrayList<>();

    private final List<Tensor> moves;
    private final List<Tensor> moved;
    private final List<Tensor> errors;

    private Pass(Chain chain, Site site) {
      this.chain = chain;
      List<Features> features = chain.features(site.features());
      List<Layer> layers = chain.layers();
      values.add(site.input());
      for (int i = 1; i < layers.size(); i++) {
        values.add(between(site, layers.get(i - 1), features.get(i), values.getLast()));
      }
      values.add(site.output());
      this.moves = likeInner(site, layers, features, site.use().displacements());
      this.moved = likeInner(site, layers, features, site.use().displacements());
      this.errors = likeInner(site, layers, features, site.use().adjoint());
      int from = 0;
      for (int i = 0; i < layers.size(); i++) {
        int to = from + layers.get(i).parameters(features.get(i)).size();
        List<Parameter> own = site.parameters().subList(from, to);
        trained.add(!own.isEmpty());
        passes.add(
            layers.get(i).pass(site.of(features.get(i), own, values.get(i), values.get(i + 1))));
        from = to;
      }
    }

    // Of consecutive rows of the batch.
    private Pass(Pass whole, int first, int count) {
      this.chain = whole.chain;
      whole.passes.forEach(pass -> passes.add(pass.rows(first, count)));
      trained.addAll(whole.trained);
      values.addAll(rows(whole.values, first, count));
      this.moves = rows(whole.moves, first, count);
      this.moved = rows(whole.moved, first, count);
      this.errors = rows(whole.errors, first, count);
    }

    private static List<Tensor> rows(List<Tensor> tensors, int first, int count) {
      return tensors.stream().map(tensor -> tensor.rows(first, count)).toList();
    }

    @Override
    public LayerPass rows(int first, int count) {
      return new Pass(this, first, count);
    }

    private static Tensor between(Site site, Layer layer, Features features, Tensor input) {
      return layer.isView() ? input : site.arena().allocate(shape(site, features));
    }

    private static Shape shape(Site site, Features features) {
      return new Shape(site.batch(), features.size());
    }

    // One for what goes between each two layers; a view has that of what it views.
    private static List<Tensor> likeInner(
        Site site, List<Layer> layers, List<Features> features, boolean needed) {
      List<Tensor> tensors = new ArrayList<>();
      for (int i = 1; needed && i < layers.size(); i++) {
        boolean shared = i > 1 && layers.get(i - 1).isView();
        tensors.add(
            shared ? tensors.getLast() : site.arena().allocate(shape(site, features.get(i))));
      }
      return tensors;
    }

    @Override
    public void forward(Operations ops) {
      passes.forEach(pass -> pass.forward(ops));
    }

    @Override
    public void shift(Operations ops, Tensor move, Tensor shift) {
      Tensor below = move;
      for (int i = 0; i < passes.size(); i++) {
        Tensor above = i == passes.size() - 1 ? shift : moves.get(i);
        passes.get(i).shift(ops, below, above);
        below = above;
      }
    }

    @Override
    public void pullback(Operations ops, Transport transport, Tensor error, Tensor back) {
      Tensor above = error;
      for (int i = passes.size() - 1; i >= 0; i--) {
        Tensor below = i == 0 ? back : errors.get(i - 1);
        passes.get(i).pullback(ops, i == 0 ? transport : transport.scaled(1), above, below);
        above = below;
      }
    }

    @Override
    public void gradients(Operations ops, Point at, double factor, Tensor error, Tensor input) {
      walk(
          ops,
          at,
          error,
          input,
          (pass, above, read) -> pass.gradients(ops, at, factor, above, read));
    }

    @Override
    public void addGradients(Operations ops, Point at, double factor, Tensor error, Tensor input) {
      walk(
          ops,
          at,
          error,
          input,
          (pass, above, read) -> pass.addGradients(ops, at, factor, above, read));
    }

    /** What is done at a layer with what is above it and what it has read. */
    @FunctionalInterface
    private interface Visit {
      void of(LayerPass pass, Tensor above, Tensor input);
    }

    private void walk(Operations ops, Point at, Tensor error, Tensor input, Visit visit) {
      int lowest = trained.indexOf(true);
      Tensor above = error;
      for (int i = passes.size() - 1; i >= 0 && lowest >= 0 && i >= lowest; i--) {
        if (trained.get(i)) {
          visit.of(passes.get(i), above, i == 0 ? input : read(ops, at, i, input));
        }
        if (i > lowest) {
          passes.get(i).pullback(ops, Transport.at(at, 1), above, errors.get(i - 1));
          above = errors.get(i - 1);
        }
      }
    }

    // What layer i has read at the point.
    private Tensor read(Operations ops, Point at, int i, Tensor input) {
      return value(ops, at == Point.PREDICTED ? Activities.FIRST : Activities.SECOND, i, input);
    }

    // What goes into layer i > 0: at x + d that is made only here.
    private Tensor value(Operations ops, Activities which, int i, Tensor input) {
      if (values.get(i).isSameView(values.getFirst())) {
        return input;
      }
      return switch (which) {
        case FIRST -> values.get(i);
        case CHANGE -> moves.get(i - 1);
        case SECOND -> {
          ops.copy(values.get(i), moved.get(i - 1));
          ops.axpy(1, moves.get(i - 1), moved.get(i - 1));
          yield moved.get(i - 1);
        }
      };
    }

    @Override
    public void correlate(Operations ops, Sides sides, double factor, Tensor post, Tensor pre) {
      bothSides(
          ops,
          sides,
          post,
          pre,
          (pass, behind, read) -> pass.correlate(ops, sides, factor, behind, read));
    }

    @Override
    public void addCorrelation(
        Operations ops, Sides sides, double factor, Tensor post, Tensor pre) {
      bothSides(
          ops,
          sides,
          post,
          pre,
          (pass, behind, read) -> pass.addCorrelation(ops, sides, factor, behind, read));
    }

    private void bothSides(Operations ops, Sides sides, Tensor post, Tensor pre, Visit visit) {
      for (int i = 0; i < passes.size(); i++) {
        if (trained.get(i)) {
          int behind = chain.behind(i);
          visit.of(
              passes.get(i),
              behind == passes.size() ? post : value(ops, sides.post(), behind, pre),
              i == 0 ? pre : value(ops, sides.pre(), i, pre));
        }
      }
    }
  }
}
