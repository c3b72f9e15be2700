package lemniscate.rule.tp;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import lemniscate.backend.Gemm;
import lemniscate.backend.Operations;
import lemniscate.network.Network;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Products;
import lemniscate.network.Slabs;
import lemniscate.network.UnitBuffers;
import lemniscate.network.UnitPass;
import lemniscate.network.Use;
import lemniscate.optim.ParameterUpdate;
import lemniscate.rule.LocalTargets;
import lemniscate.rule.RuleContext;
import lemniscate.tensor.Tensor;

/**
 * Training of feedback maps on a batch whose feed-forward pass has run, with the forward weights
 * held. In each iteration all maps move, from gradients at the same maps. Where a loss is about
 * noise, both the loss and its gradient are divided by s², so that the rate does not depend on s.
 *
 * <p>What noise does to an activity is kept as the difference that it makes, never subtracted from
 * two activities.
 */
final class FeedbackTraining {

  /** Streams of the noise: one for each layer and kind, and in it one for each draw. */
  private static final long FIRST_STREAM = 1L << 48;

  private static final long DRAWS = 1L << 40;

  private final Feedback.Learned learned;
  private final FeedbackMaps maps;
  private final RuleContext context;
  private final Network network;
  private final LocalTargets targets;
  private final int last;
  private final ParameterUpdate update;
  private final Tensor draws;
  private final double decay;

  /** One array (B, n_l) for each layer l = 1 … L, by use. */
  private final List<Tensor> noise;

  private final List<Tensor> above;
  private final List<Tensor> shifts;
  private final List<Tensor> moves;
  private final List<Tensor> slopes;
  private final List<Tensor> differences;
  private final List<Tensor> slopesAfter;
  private final List<Tensor> baseSlopes;
  private final List<Tensor> work;

  /** Units 2 … L where they read noisy activities, for the loss that asks for them. */
  private final List<UnitPass> noisy = new ArrayList<>();

  FeedbackTraining(
      Feedback.Learned learned, FeedbackMaps maps, RuleContext context, LocalTargets targets) {
    this.learned = learned;
    this.maps = maps;
    this.context = context;
    this.network = context.network();
    this.targets = targets;
    NetworkSpec spec = network.spec();
    this.last = spec.layers();
    this.update =
        new ParameterUpdate(
            context.backend(), context.arena(), maps.parameters(), learned.optimizer());
    this.update.setLearningRate(learned.learningRate());
    this.draws = context.arena().allocateScalars(1);
    this.decay = network.parameterization().outputDamping(learned.decay(), spec.size());
    this.noise = perLayer();
    this.above = perLayer();
    this.shifts = perLayer();
    this.moves = perLayer();
    this.slopes = perLayer();
    this.differences = perLayer();
    this.slopesAfter = perLayer();
    this.baseSlopes = perLayer();
    this.work = perLayer();
    for (int l = 2; l <= last && learned.reconstruction() == Reconstruction.ACTIVITY; l++) {
      UnitBuffers buffers = UnitBuffers.of(of(work, l - 1), of(shifts, l), of(moves, l));
      noisy.add(network.unit(l).pass(context.arena(), buffers, Use.PREDICTION));
    }
  }

  private List<Tensor> perLayer() {
    return Slabs.activities(context.arena(), network.spec(), context.batch(), 1, last);
  }

  private static Tensor of(List<Tensor> layers, int l) {
    return layers.get(l - 1);
  }

  /** Enqueues all iterations. */
  void record(Operations ops) {
    for (int k = 0; k < learned.iterations(); k++) {
      gradients(ops);
      update.record(ops);
    }
  }

  /** Enqueues the draws and gradients of one iteration. */
  void gradients(Operations ops) {
    for (FeedbackMap map : maps.all()) {
      draw(ops, map.target(), 0, of(noise, map.target()));
    }
    if (learned.reconstruction() == Reconstruction.LOCAL_NOISE) {
      for (FeedbackMap map : maps.all()) {
        draw(ops, map.source(), 1, of(above, map.source()));
      }
    }
    ops.update().advance(draws);
    gradientsOfNoise(ops);
  }

  private void draw(Operations ops, int l, int kind, Tensor x) {
    ops.randomNormal(
        context.seed(), FIRST_STREAM + (2L * l + kind) * DRAWS, draws, learned.noise(), x);
  }

  /** Enqueues the gradients for the noise that is there. */
  void gradientsOfNoise(Operations ops) {
    maps.applyHidden(ops);
    if (learned.reconstruction() != Reconstruction.ACTIVITY) {
      for (FeedbackMap map : maps.all()) {
        if (!map.isLinear()) {
          map.apply(ops, maps.source(map));
          ops.activationDerivative(
              map.activation(), map.argument(), map.value(), of(baseSlopes, map.target()));
        }
      }
    }
    for (FeedbackMap map : maps.all()) {
      switch (learned.reconstruction()) {
        case ACTIVITY -> activity(ops, map);
        case OUTPUT_NOISE -> outputNoise(ops, map);
        case LOCAL_NOISE -> localNoise(ops, map);
      }
      if (decay != 0) {
        ops.axpy(decay, map.weight().value(), map.weight().gradient());
      }
    }
  }

  // With x = h + ε, y = f(x), z = Q y + d: q = (ψ(z) − x) ∘ ψ′(z), ∂Q = qᵀ y/B, ∂d = mean q.
  private void activity(Operations ops, FeedbackMap map) {
    int k = map.target();
    Tensor x = of(work, k);
    ops.copy(targets.forward().activity(k), x);
    ops.axpy(1, of(noise, k), x);
    Tensor y = of(moves, k + 1);
    noisy.get(k - 1).predict(ops);
    map.apply(ops, y);
    Tensor residual = map.value();
    Tensor slope = of(slopes, k);
    ops.activationDerivative(map.activation(), map.argument(), map.value(), slope);
    ops.axpy(-1, x, residual);
    ops.multiply(slope, residual);
    gradient(ops, map, 1, residual, y, false);
    biasGradient(ops, map, 1, residual);
  }

  // f_l(h_{l−1} + δ) − h_l for a move δ of the layer below.
  private Tensor moved(Operations ops, int l, Tensor below) {
    UnitPass unit = targets.forward().pass(l);
    Tensor move = of(moves, l);
    // The last unit is linear.
    Tensor shift = l == last ? move : of(shifts, l);
    Products.record(ops, products -> unit.shift(products, below, shift));
    if (l < last) {
      unit.difference(ops, shift, move, of(slopes, l));
    }
    return move;
  }

  // With r = g(h + δ) − g(h) − ε: ∂Q = [(r∘ψ′₁)ᵀ δ + (r∘(ψ′₁ − ψ′₀))ᵀ h]/(B s²), ∂d its second sum.
  private void outputNoise(Operations ops, FeedbackMap map) {
    int k = map.target();
    Tensor move = of(noise, k);
    for (int l = k + 1; l <= last; l++) {
      move = moved(ops, l, move);
    }
    if (maps.isDirect()) {
      move = maps.sourceMove(ops, move);
    } else {
      for (int j = last - 1; j > k; j--) {
        FeedbackMap higher = maps.toLayer(j);
        higher.difference(ops, move, of(shifts, j), of(differences, j), of(slopesAfter, j));
        move = of(differences, j);
      }
    }
    Tensor residual = of(differences, k);
    map.difference(ops, move, of(shifts, k), residual, of(slopesAfter, k));
    ops.axpy(-1, of(noise, k), residual);
    double scale = 1 / (learned.noise() * learned.noise());
    if (map.isLinear()) {
      gradient(ops, map, scale, residual, move, false);
      clearBias(ops, map);
      return;
    }
    Tensor curved = of(work, k);
    ops.copy(of(slopesAfter, k), curved);
    ops.axpy(-1, of(baseSlopes, k), curved);
    ops.multiply(residual, curved);
    ops.multiply(of(slopesAfter, k), residual);
    gradient(ops, map, scale, residual, move, false);
    gradient(ops, map, scale, curved, maps.source(map), true);
    biasGradient(ops, map, scale, curved);
  }

  // With δ = f(h + ε) − f(h), r = g(y + η) − g(y): ∂Q = [−(ε∘ψ′₁)ᵀ δ + (r∘ψ′₂)ᵀ η + cᵀ y]/(B s²)
  // and ∂d the sum of c = (ε − r)∘ψ′₀ − ε∘ψ′₁ + r∘ψ′₂, which is 0 for a linear map.
  private void localNoise(Operations ops, FeedbackMap map) {
    int k = map.target();
    int l = map.source();
    Tensor move = moved(ops, l, of(noise, k));
    Tensor response = of(differences, k);
    Tensor epsilon = of(noise, k);
    double scale = 1 / (learned.noise() * learned.noise());
    if (map.through() != null) {
      map.difference(ops, of(above, l), of(shifts, k), response, of(slopesAfter, k));
      throughUnit(ops, map, scale, move, response);
      return;
    }
    if (map.isLinear()) {
      map.difference(ops, of(above, l), of(shifts, k), response, of(slopesAfter, k));
      gradient(ops, map, -scale, epsilon, move, false);
      gradient(ops, map, scale, response, of(above, l), true);
      clearBias(ops, map);
      return;
    }
    map.difference(ops, move, of(shifts, k), response, of(slopesAfter, k));
    Tensor fromBelow = of(work, k);
    ops.copy(of(slopesAfter, k), fromBelow);
    ops.multiply(epsilon, fromBelow);
    map.difference(ops, of(above, l), of(shifts, k), response, of(slopesAfter, k));
    Tensor curved = of(slopes, k);
    ops.copy(epsilon, curved);
    ops.axpy(-1, response, curved);
    ops.multiply(of(baseSlopes, k), curved);
    ops.multiply(of(slopesAfter, k), response);
    ops.axpy(-1, fromBelow, curved);
    ops.axpy(1, response, curved);
    gradient(ops, map, -scale, fromBelow, move, false);
    gradient(ops, map, scale, response, of(above, l), true);
    gradient(ops, map, scale, curved, maps.source(map), true);
    biasGradient(ops, map, scale, curved);
  }

  // ε · g(δ) with Q in the place of W is δ · (∂u/∂x) ε with it, so that its gradient by Q is that of
  // W for an error δ and what the unit reads set to ε; W's own gradient comes later and lends room.
  private void throughUnit(
      Operations ops, FeedbackMap map, double scale, Tensor move, Tensor response) {
    UnitPass unit = Objects.requireNonNull(map.through());
    Tensor epsilon = of(noise, map.target());
    Tensor eta = of(above, map.source());
    if (map.isAroundBranch()) {
      // What goes around is known: the branch alone is learned, from what it alone adds.
      ops.axpy(-1, epsilon, move);
      ops.axpy(-1, eta, response);
    }
    Products.record(ops, p -> unit.gradients(p, scale, move, epsilon));
    Products.record(ops, p -> unit.addGradients(p, -scale, eta, response));
    ops.copy(map.replaced().gradient(), map.weight().gradient());
  }

  // ∂Q = (accumulate ? ∂Q : 0) + factor · errorᵀ source / B.
  private void gradient(
      Operations ops,
      FeedbackMap map,
      double factor,
      Tensor error,
      Tensor source,
      boolean accumulate) {
    ops.gemm(
        new Gemm(
            factor / context.batch(),
            error,
            true,
            source,
            false,
            accumulate ? 1 : 0,
            map.weight().gradient()));
  }

  private void biasGradient(Operations ops, FeedbackMap map, double factor, Tensor error) {
    if (map.bias() != null) {
      ops.columnSum(factor / context.batch(), error, map.bias().gradient());
    }
  }

  // A difference of a linear map does not depend on its offset.
  private static void clearBias(Operations ops, FeedbackMap map) {
    if (map.bias() != null) {
      ops.fill(map.bias().gradient(), 0);
    }
  }

  /** ε of layer k, (B, n_k), for tests that set it. */
  Tensor noise(int k) {
    return of(noise, k);
  }

  /** η of layer l, (B, n_l), for tests that set it. */
  Tensor noiseAbove(int l) {
    return of(above, l);
  }

  /** Optimiser state and counters. */
  Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>(update.state());
    state.put("feedback.updates", update.counter());
    state.put("feedback.draws", draws);
    return state;
  }
}
