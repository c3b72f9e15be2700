package lemniscate.rule.pepita;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.backend.Gemm;
import lemniscate.backend.Loss;
import lemniscate.backend.Operations;
import lemniscate.network.Network;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Products;
import lemniscate.network.Slabs;
import lemniscate.network.Unit;
import lemniscate.network.UnitBuffers;
import lemniscate.network.UnitPass;
import lemniscate.network.Use;
import lemniscate.rule.RuleContext;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The factors of F and a step of their mirroring. Each layer by itself is shown noise ξ_l ~ N(0,
 * 0.1²) of shape (B, n_{l−1}), less the mean of all its elements, and answers v_l: what it makes of
 * it with its mask and its norm, at the output what the network would say. Then
 *
 * <pre>
 *   B_l ← (1 − η_B λ_B) B_l + η_B ξ_lᵀ v_l / B
 *   B_l ← B_l (σ / std F)^{1/L}       F = B_1 ⋯ B_L before
 * </pre>
 *
 * <p>so that B_l turns towards (a_l W_l)ᵀ and F towards the transposed product of the weights, at
 * constant deviation. What λ_B takes from all factors alike the second line gives back: it is a
 * rate of η_B/(1 − η_B λ_B) without decay.
 */
final class WeightMirror {

  /** Streams of the noise: one for each layer, and in it one for each draw. */
  private static final long FIRST_STREAM = 1L << 49;

  private static final long DRAWS = 1L << 40;

  private final RuleContext context;
  private final Mirroring mirroring;
  private final double deviation;
  private final Tensor projection;
  private final FactorisedProjection factors;
  private final List<Tensor> noise;
  private final List<UnitPass> answering;
  private final Tensor draws;

  /**
   * Draws the factors, and F with them.
   *
   * @param rule which must mirror
   * @param projection F
   */
  WeightMirror(
      Pepita rule,
      Mirroring mirroring,
      RuleContext context,
      @Nullable DropoutMasks masks,
      Tensor projection) {
    this.context = context;
    this.mirroring = mirroring;
    this.projection = projection;
    NetworkSpec spec = context.network().spec();
    this.deviation = rule.projection().deviation(spec.inputs());
    this.factors = new FactorisedProjection(context.arena(), spec, projection);
    this.noise = activities(0, spec.layers() - 1);
    this.answering = answering(masks);
    this.draws = context.arena().allocateScalars(1);
    context.backend().setScalar(0, draws);
    context.backend().run(ops -> rule.projection().drawFactors(ops, spec, context.seed(), factors));
  }

  // In place: nothing of an answer is needed but what comes out.
  private List<UnitPass> answering(@Nullable DropoutMasks masks) {
    NetworkSpec spec = context.network().spec();
    int last = spec.layers();
    List<Tensor> preActivations = activities(1, last);
    List<Tensor> answers = activities(1, last - 1);
    List<Tensor> normed = spec.isNormed() ? activities(1, last - 1) : answers;
    List<UnitPass> units = new ArrayList<>();
    for (Unit unit : context.network().units()) {
      int l = unit.index();
      Tensor u = preActivations.get(l - 1);
      units.add(
          unit.pass(
              context.arena(),
              l == last
                  ? UnitBuffers.linear(noise.get(l - 1), u)
                  : new UnitBuffers(
                      noise.get(l - 1),
                      u,
                      answers.get(l - 1),
                      masks == null ? null : masks.mask(l),
                      answers.get(l - 1),
                      normed.get(l - 1)),
              Use.ADJOINT));
    }
    return units;
  }

  private List<Tensor> activities(int first, int last) {
    return Slabs.activities(
        context.arena(), context.network().spec(), context.batch(), first, last);
  }

  /** Enqueues one step of all factors. */
  void record(Operations ops) {
    Network network = context.network();
    int layers = network.spec().layers();
    double rate = rate();
    Products products = new Products(ops);
    for (UnitPass unit : answering) {
      int l = unit.unit().index();
      Tensor xi = unit.input();
      ops.randomNormal(context.seed(), FIRST_STREAM + l * DRAWS, draws, Mirroring.NOISE, xi);
      ops.pepita().centre(xi);
      products.add(
          new Gemm(
              rate / context.batch(),
              xi,
              true,
              answer(ops, unit),
              false,
              1 - rate * mirroring.decay(),
              factors.factor(l)));
    }
    ops.update().advance(draws);
    products.record();
    factors.multiply(ops);
    for (int l = 1; l <= layers; l++) {
      ops.pepita().rescale(deviation, 1.0 / layers, projection, factors.factor(l));
    }
    // By then every factor has its part.
    ops.pepita().rescale(deviation, 1, projection, projection);
  }

  /**
   * η_B at the network's width. Weights above the first hidden layer are of order 1/√m, while one
   * draw of noise leaves an error of order 1 in what mirrors them: m times as many have to be
   * averaged. As F is kept at its size, all factors turn at one pace, so all rates follow.
   */
  private double rate() {
    double norm = context.network().scales().activityNorm();
    return mirroring.learningRate() / (norm * norm);
  }

  private Tensor answer(Operations ops, UnitPass unit) {
    unit.predict(ops);
    Tensor answer = unit.output();
    if (unit.unit().index() == answering.size() && context.loss() == Loss.CROSS_ENTROPY) {
      ops.softmax(answer, answer);
    }
    return answer;
  }

  /** B_l, l = 1 … L. */
  Tensor factor(int l) {
    return factors.factor(l);
  }

  /** ξ_l of the last step, (B, n_{l−1}), l = 1 … L. */
  Tensor noise(int l) {
    return noise.get(l - 1);
  }

  /** Factors and number of draws, for checkpoints. */
  Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    for (int l = 1; l <= context.network().spec().layers(); l++) {
      state.put(factorName(l) + ".weight", factor(l));
    }
    state.put("mirror.draws", draws);
    return state;
  }

  static String factorName(int l) {
    return "mirror" + l;
  }
}
