package lemniscate.rule.pepita;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import lemniscate.backend.Backend;
import lemniscate.backend.Gemm;
import lemniscate.backend.Operations;
import lemniscate.backend.Plan;
import lemniscate.network.DenseLayer;
import lemniscate.network.Network;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Slabs;
import lemniscate.rule.Angle;
import lemniscate.rule.Objective;
import lemniscate.rule.RecordedStep;
import lemniscate.rule.RuleContext;
import lemniscate.rule.TargetStep;
import lemniscate.rule.TransposedWeights;
import lemniscate.rule.WeightGradients;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A PEPITA step bound to a network. The second pass is kept as what it adds to the first, D_l =
 * h̃_l − h_l, so that nothing cancels: with E = −∂loss/∂f and P = a_1 W_1 F,
 *
 * <pre>
 *   z_1 = −s E Pᵀ,  z_l = a_l D_{l−1} W_lᵀ,  D_l = φ(u_l + z_l) − φ(u_l),  D_L = E
 * </pre>
 *
 * <p>which is the two-pass form exactly, without a product of the size of the first layer. All
 * variants are sums of products D_lᵀ h_{l−1} and b_lᵀ D_{l−1}, where b_l is D_l (modulated), h̃_l
 * (Hebbian, with h̃_L = y) or absent, and D_0 = x̃ − x = −s E Fᵀ has rank n_L.
 */
public final class PepitaStep implements TargetStep {

  static final String PROJECTION_NAME = "projection.weight";

  private final Pepita rule;
  private final RuleContext context;
  private final Network network;
  private final int last;
  private final @Nullable DropoutMasks masks;
  private final MaskedPass first;
  // The pass with perturbed input; of the time-local variant alone.
  private final @Nullable MaskedPass second;
  private final Tensor target;
  private final Tensor lossSum;
  private final Tensor projection;
  // P, and b_1ᵀ E.
  private final Tensor projected;
  private final Tensor correlated;
  private final Tensor softmaxOrOutput;
  // What enters the input: E, or its sign.
  private final Tensor injected;
  private final @Nullable WeightMirror mirror;
  private final List<Tensor> shifts;
  private final List<Tensor> displacements;
  private final List<Tensor> derivatives;
  private final List<Tensor> perturbed;
  private final RecordedStep step;
  private @Nullable Plan mirrorPlan;
  private @Nullable Plan forwardPlan;
  private boolean mirrors;
  private boolean learns = true;
  private boolean ranBothHalves;

  PepitaStep(Pepita rule, RuleContext context) {
    this.rule = rule;
    this.context = context;
    this.network = context.network();
    NetworkSpec spec = network.spec();
    this.last = spec.layers();
    int batch = context.batch();
    this.masks = rule.dropout() > 0 ? new DropoutMasks(context, rule.dropout()) : null;
    this.first = new MaskedPass(context, masks);
    this.second = rule.variant() == Variant.TIME_LOCAL ? new MaskedPass(context, masks) : null;
    Shape output = new Shape(batch, spec.outputs());
    this.target = context.arena().allocate(output);
    this.softmaxOrOutput = context.arena().allocate(output);
    this.lossSum = context.arena().allocateScalars(1);
    this.projection = context.arena().allocate(new Shape(spec.inputs(), spec.outputs()));
    Shape firstLayer = new Shape(spec.width(1), spec.outputs());
    this.projected = context.arena().allocate(firstLayer);
    this.correlated = context.arena().allocate(firstLayer);
    this.shifts = Slabs.activities(context.arena(), spec, batch, 1, last - 1);
    this.displacements = Slabs.activities(context.arena(), spec, batch, 1, last);
    this.derivatives = Slabs.activities(context.arena(), spec, batch, 1, last - 1);
    this.perturbed = Slabs.activities(context.arena(), spec, batch, 1, last - 1);
    this.injected =
        rule.signal() == ErrorSignal.SIGN ? context.arena().allocate(output) : displacementOf(last);
    Mirroring mirroring = rule.mirroring();
    if (mirroring == null) {
      rule.projection().draw(context.backend(), spec, context.seed(), projection);
      this.mirror = null;
    } else {
      this.mirror = new WeightMirror(rule, mirroring, context, masks, projection);
    }
    this.step = new RecordedStep(context.backend(), this::record);
  }

  private void record(Operations ops, boolean update) {
    recordForward(ops);
    if (second != null && update) {
      halves(ops, second);
      return;
    }
    perturb(ops);
    gradients(ops);
    if (update) {
      context.update().record(ops);
    }
  }

  private void recordForward(Operations ops) {
    first.record(ops);
    ops.loss()
        .outputError(context.loss(), first.activity(last), target, displacementOf(last), lossSum);
    if (rule.signal() == ErrorSignal.SIGN) {
      ops.pepita().sign(displacementOf(last), injected);
    }
  }

  // ---------------------------------------------------------------- one update from both passes

  private void perturb(Operations ops) {
    DenseLayer input = network.layer(1);
    ops.gemm(
        new Gemm(
            input.multiplier(), input.weight().value(), false, projection, false, 0, projected));
    ops.gemm(Gemm.forward(-projectionFactor(), injected, projected, shifts.getFirst()));
    for (int l = 1; l < last; l++) {
      DenseLayer layer = network.layer(l);
      Tensor shift = shifts.get(l - 1);
      Tensor moved = displacementOf(l);
      if (l > 1) {
        ops.gemm(
            Gemm.forward(layer.multiplier(), displacementOf(l - 1), layer.weight().value(), shift));
      }
      Tensor u = first.preActivation(l);
      Tensor h = first.activated(l);
      if (rule.variant() == Variant.FIRST_ORDER) {
        ops.layer().gate(layer.activation(), u, h, shift, moved);
      } else {
        ops.activationDifference(layer.activation(), u, h, shift, moved, derivatives.get(l - 1));
      }
      if (masks != null) {
        ops.multiply(masks.mask(l), moved);
      }
      if (network.spec().isNormed()) {
        ops.pepita()
            .normalizedDifference(
                network.spec().norm().isPerExample(),
                network.activityNorm(),
                first.masked(l),
                moved);
      }
      if (usesPerturbed()) {
        ops.copy(first.activity(l), perturbed.get(l - 1));
        ops.axpy(1, moved, perturbed.get(l - 1));
      }
    }
  }

  // s, times what the signal makes of F.
  private double projectionFactor() {
    return rule.sign() * rule.signal().factor();
  }

  private boolean usesPerturbed() {
    return rule.variant() != Variant.FORWARD && rule.variant() != Variant.FIRST_ORDER;
  }

  private void gradients(Operations ops) {
    boolean modulated = rule.variant() == Variant.MODULATED;
    WeightGradients gradients = new WeightGradients(ops);
    for (DenseLayer layer : network.layers()) {
      int l = layer.index();
      Tensor below = modulated && l > 1 ? perturbed.get(l - 2) : first.activity(l - 1);
      gradients.add(layer, 1, displacementOf(l), below);
    }
    gradients.record();
    if (usesPerturbed()) {
      firstLayerCorrection(ops, modulated ? displacementOf(1) : secondActivity(1));
      if (!modulated) {
        for (int l = 2; l <= last; l++) {
          accumulate(ops, network.layer(l), secondActivity(l), displacementOf(l - 1));
        }
      }
    }
  }

  // What the perturbation of the input adds: −(a_1/B) bᵀ (x̃ − x), of rank n_L.
  private void firstLayerCorrection(Operations ops, Tensor post) {
    DenseLayer layer = network.layer(1);
    ops.gemm(Gemm.outer(1, post, injected, correlated));
    ops.gemm(
        new Gemm(
            projectionFactor() * layer.multiplier() / context.batch(),
            correlated,
            false,
            projection,
            true,
            1,
            layer.weight().gradient()));
  }

  private void accumulate(Operations ops, DenseLayer layer, Tensor post, Tensor pre) {
    ops.gemm(
        new Gemm(
            -layer.multiplier() / context.batch(),
            post,
            true,
            pre,
            false,
            1,
            layer.weight().gradient()));
  }

  // h̃_l; the output of the second phase is the target.
  private Tensor secondActivity(int l) {
    return l == last ? target : perturbed.get(l - 1);
  }

  // ---------------------------------------------------------------- an update after each pass

  private void halves(Operations ops, MaskedPass again) {
    // What the network says in the units of the target: f, or softmax(f).
    ops.copy(target, softmaxOrOutput);
    ops.axpy(-1, displacementOf(last), softmaxOrOutput);
    half(ops, -1, first, softmaxOrOutput);
    ops.copy(first.activity(0), again.activity(0));
    ops.gemm(
        new Gemm(-projectionFactor(), injected, false, projection, true, 1, again.activity(0)));
    again.record(ops);
    half(ops, 1, again, target);
  }

  // Moves every layer by scale times the correlations of one pass.
  private void half(Operations ops, double scale, MaskedPass pass, Tensor output) {
    WeightGradients gradients = new WeightGradients(ops);
    for (DenseLayer layer : network.layers()) {
      int l = layer.index();
      gradients.add(layer, scale, l == last ? output : pass.activity(l), pass.activity(l - 1));
    }
    gradients.record();
    context.update().record(ops);
  }

  // ---------------------------------------------------------------- running and reading

  @Override
  public void epoch(long epoch) {
    Mirroring mirroring = rule.mirroring();
    if (mirroring != null) {
      mirrors = mirroring.mirrors(epoch);
      learns = mirroring.learns(epoch);
    }
  }

  @Override
  public void run() {
    if (masks != null) {
      masks.next();
    }
    if (mirror != null && mirrors) {
      mirror();
    }
    if (learns) {
      step.run();
      ranBothHalves = second != null;
      return;
    }
    if (forwardPlan == null) {
      forwardPlan = context.backend().record(this::recordForward);
    }
    forwardPlan.run();
  }

  /** One step of the mirroring alone, which the rule must have. */
  void mirror() {
    if (mirrorPlan == null) {
      mirrorPlan = context.backend().record(requireMirror()::record);
    }
    mirrorPlan.run();
  }

  private WeightMirror requireMirror() {
    return Objects.requireNonNull(mirror, "a rule without mirroring");
  }

  /** As the interface says; the time-local variant leaves the sum of its halves. */
  @Override
  public void computeGradients() {
    if (masks != null) {
      masks.peek();
    }
    step.computeGradients();
    ranBothHalves = false;
  }

  private Tensor displacementOf(int l) {
    return displacements.get(l - 1);
  }

  /** The factor B_l of F, of shape (n_{l−1}, n_l), of a rule that mirrors. */
  public Tensor factor(int l) {
    return requireMirror().factor(l);
  }

  /** The noise that layer l was last shown, of a rule that mirrors. */
  Tensor noise(int l) {
    return requireMirror().noise(l);
  }

  /** F of shape (n_0, n_L). */
  public Tensor projection() {
    return projection;
  }

  /** The dropout masks of hidden layer l, (B, n_l), which must have some. */
  public double[] mask(int l) {
    return context.backend().read(Objects.requireNonNull(masks, "a rule without dropout").mask(l));
  }

  /**
   * h̃_l − h_l, to first order in the first-order variant; at the output target minus what the
   * network says.
   */
  @Override
  public double[] displacement(int l) {
    Backend backend = context.backend();
    if (second == null || !ranBothHalves || l == last) {
      return backend.read(displacementOf(l));
    }
    double[] moved = backend.read(second.activity(l));
    double[] before = backend.read(first.activity(l));
    for (int i = 0; i < moved.length; i++) {
      moved[i] -= before[i];
    }
    return moved;
  }

  /**
   * The Frobenius norm of F, {@code projectionNorm}, and its angle in degrees to (W_L ⋯ W_1)ᵀ,
   * {@code projectionAngle}; of each factor of an F that mirrors the norm {@code
   * feedbackNorm.layer<l>} and the angle to W_lᵀ, {@code feedbackAngle.layer<l>}.
   */
  @Override
  public Map<String, Double> diagnostics() {
    Backend backend = context.backend();
    Map<String, Double> values = new LinkedHashMap<>();
    Angle whole =
        Angle.between(backend.read(projection), TransposedWeights.toOutput(backend, network, 1));
    values.put("projectionNorm", whole.firstLength());
    values.put("projectionAngle", whole.degrees());
    if (mirror != null) {
      for (DenseLayer layer : network.layers()) {
        double[] factor = backend.read(mirror.factor(layer.index()));
        Angle angle = Angle.between(factor, TransposedWeights.of(backend, layer));
        values.put("feedbackNorm.layer" + layer.index(), angle.firstLength());
        values.put("feedbackAngle.layer" + layer.index(), angle.degrees());
      }
    }
    return values;
  }

  @Override
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    state.put(PROJECTION_NAME, projection);
    if (masks != null) {
      state.put("dropout.draws", masks.draws());
    }
    if (mirror != null) {
      state.putAll(mirror.state());
    }
    return state;
  }

  @Override
  public Tensor input() {
    return first.activity(0);
  }

  @Override
  public Tensor target() {
    return target;
  }

  @Override
  public double loss() {
    return context.backend().scalar(lossSum) / context.batch();
  }

  @Override
  public Objective objective() {
    Backend backend = context.backend();
    List<Correlation> correlations = new ArrayList<>();
    for (DenseLayer layer : network.layers()) {
      int l = layer.index();
      double[] moved = backend.read(displacementOf(l));
      correlations.add(correlation(layer, moved, backend.read(first.activity(l - 1)), true));
      if (usesPerturbed()) {
        double[] post =
            rule.variant() == Variant.MODULATED ? moved : backend.read(secondActivity(l));
        double[] pre = l == 1 ? inputPerturbation() : backend.read(displacementOf(l - 1));
        correlations.add(correlation(layer, post, pre, false));
      }
    }
    return Correlation.objective(correlations, network.spec().bias());
  }

  private Correlation correlation(DenseLayer layer, double[] post, double[] pre, boolean withBias) {
    return new Correlation(layer.index(), post, pre, layer.multiplier(), context.batch(), withBias);
  }

  // x̃ − x = −s E Fᵀ.
  private double[] inputPerturbation() {
    double[] f = context.backend().read(projection);
    double[] e = context.backend().read(injected);
    int inputs = projection.rows();
    int outputs = projection.columns();
    double[] moved = new double[context.batch() * inputs];
    for (int i = 0; i < moved.length; i++) {
      for (int c = 0; c < outputs; c++) {
        moved[i] -= projectionFactor() * e[i / inputs * outputs + c] * f[i % inputs * outputs + c];
      }
    }
    return moved;
  }

  @Override
  public void close() {
    step.close();
    if (mirrorPlan != null) {
      mirrorPlan.close();
    }
    if (forwardPlan != null) {
      forwardPlan.close();
    }
  }
}
