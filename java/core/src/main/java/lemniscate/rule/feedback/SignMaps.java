package lemniscate.rule.feedback;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.backend.Activation;
import lemniscate.backend.Operations;
import lemniscate.network.Parameter;
import lemniscate.network.Slabs;
import lemniscate.rule.RuleContext;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;

/**
 * Feedback with the signs of the weights (Liao, Leibo and Poggio, arXiv 1510.05067; Moskovitz,
 * Litwin-Kumar and Abbott, arXiv 1812.06488): B = sign(W) σ a rms(W), which follows the size of W
 * at every width, or B = sign(W) |M| with half-normal magnitudes of the size of the initial W. A
 * weight that is 0 counts as negative.
 */
final class SignMaps implements MovingMaps {

  /** Added to mean squares, so that weights that are all 0 have a root mean square. */
  private static final double EPSILON = 1e-30;

  private final FeedbackMode mode;
  private final double scale;
  private final RuleContext context;
  private final long firstStream;
  private final List<FeedbackMap> described;
  private final List<Parameter> weights;
  private final List<Tensor> maps;
  private final List<Tensor> scratch;
  private final List<Tensor> magnitudes;
  private final List<Tensor> rowSizes;
  private final List<Tensor> rowScratch;
  private final List<Tensor> sizes;
  private final List<Tensor> factors;
  private final List<Tensor> rowOfSizes;
  private final Tensor draws;

  SignMaps(
      FeedbackMode mode,
      double scale,
      RuleContext context,
      long firstStream,
      List<FeedbackMap> described,
      List<Parameter> weights,
      List<Tensor> maps) {
    this.mode = mode;
    this.scale = scale;
    this.context = context;
    this.firstStream = firstStream;
    this.described = described;
    this.weights = weights;
    this.maps = maps;
    List<Shape> shapes = described.stream().map(FeedbackMap::shape).toList();
    this.scratch = Slabs.allocate(context.arena(), shapes);
    boolean drawn = mode != FeedbackMode.UNIFORM_SIGNS;
    this.magnitudes = drawn ? Slabs.allocate(context.arena(), shapes) : List.of();
    List<Shape> rows = shapes.stream().map(shape -> new Shape(shape.rows(), 1)).toList();
    this.rowSizes = drawn ? List.of() : Slabs.allocate(context.arena(), rows);
    this.rowScratch = drawn ? List.of() : Slabs.allocate(context.arena(), rows);
    this.sizes =
        drawn
            ? List.of()
            : Slabs.allocate(context.arena(), shapes.stream().map(_ -> new Shape(1, 1)).toList());
    List<Shape> columns = shapes.stream().map(shape -> new Shape(1, shape.columns())).toList();
    this.factors = drawn ? List.of() : Slabs.allocate(context.arena(), columns);
    this.rowOfSizes = drawn ? List.of() : Slabs.allocate(context.arena(), columns);
    this.draws = context.arena().allocateScalars(1);
    if (drawn) {
      context.backend().run(this::draw);
    }
  }

  private void draw(Operations ops) {
    for (int i = 0; i < maps.size(); i++) {
      double std = scale * weights.get(i).scaling().initStd();
      ops.randomNormal(
          context.seed(), firstStream + described.get(i).stream(), draws, std, magnitudes.get(i));
    }
  }

  @Override
  public void before(Operations ops) {
    for (int i = 0; i < maps.size(); i++) {
      double multiplier = weights.get(i).scaling().multiplier();
      Tensor weight = weights.get(i).value();
      Tensor map = maps.get(i);
      if (mode == FeedbackMode.UNIFORM_SIGNS) {
        rootMeanSquare(ops, i, weight);
        Tensor row = rowOfSizes.get(i);
        Tensor factor = factors.get(i);
        ops.fill(factor, scale * multiplier);
        ops.multiplyRow(sizes.get(i), column(factor), column(row));
        signs(ops, weight, map, scratch.get(i));
        ops.multiplyRow(row, scratch.get(i), map);
      } else {
        // |M| is sign(M) M.
        signs(ops, magnitudes.get(i), map, scratch.get(i));
        ops.multiply(magnitudes.get(i), scratch.get(i));
        absolute(ops, weight, i, multiplier);
      }
    }
  }

  // map = a sign(W) ∘ |M| with |M| in the scratch: 2 |M| where W > 0, less |M|.
  private void absolute(Operations ops, Tensor weight, int i, double multiplier) {
    Tensor map = maps.get(i);
    ops.activationDerivative(Activation.RELU, weight, weight, map);
    ops.multiply(scratch.get(i), map);
    ops.scale(2, map);
    ops.axpy(-1, scratch.get(i), map);
    if (multiplier != 1) {
      ops.scale(multiplier, map);
    }
  }

  // A rectifier's derivative is 1 or 0.
  private static void signs(Operations ops, Tensor x, Tensor work, Tensor signs) {
    ops.activationDerivative(Activation.RELU, x, x, work);
    ops.fill(signs, -1);
    ops.axpy(2, work, signs);
  }

  private static Tensor column(Tensor row) {
    return row.reshaped(row.columns(), 1);
  }

  // By rows first, all of equal length.
  private void rootMeanSquare(Operations ops, int i, Tensor weight) {
    Tensor rows = rowSizes.get(i);
    Tensor all = sizes.get(i);
    ops.standardization().standardize(false, EPSILON, weight, scratch.get(i), rows);
    ops.standardization()
        .standardize(
            false,
            EPSILON,
            rows.reshaped(1, rows.rows()),
            rowScratch.get(i).reshaped(1, rows.rows()),
            all);
  }

  @Override
  public void after(Operations ops) {
    if (mode == FeedbackMode.DRAWN_MAGNITUDES) {
      ops.update().advance(draws);
      draw(ops);
    }
  }

  /** The magnitudes, and how often they were drawn where they are drawn anew. */
  @Override
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    for (int i = 0; i < magnitudes.size(); i++) {
      state.put(described.get(i).name() + ".magnitude", magnitudes.get(i));
    }
    if (mode == FeedbackMode.DRAWN_MAGNITUDES) {
      state.put("feedback.draws", draws);
    }
    return state;
  }
}
