package lemniscate.rule.pepita;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import lemniscate.backend.Backend;
import lemniscate.backend.Operations;
import lemniscate.backend.Plan;
import lemniscate.network.Activities;
import lemniscate.network.ForwardPass;
import lemniscate.network.Network;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Products;
import lemniscate.network.Sides;
import lemniscate.network.Slabs;
import lemniscate.network.Unit;
import lemniscate.network.UnitPass;
import lemniscate.network.Use;
import lemniscate.rule.Angle;
import lemniscate.rule.Objective;
import lemniscate.rule.RecordedStep;
import lemniscate.rule.RuleContext;
import lemniscate.rule.TargetStep;
import lemniscate.rule.TransposedWeights;
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
 * (Hebbian, with h̃_L = y) or absent, and D_0 = x̃ − x = −s E Fᵀ has rank n_L. Where the first unit
 * has no weight matrix, D_0 is made and goes through the unit as any other displacement.
 */
public final class PepitaStep implements TargetStep {

  static final String PROJECTION_NAME = "projection.weight";

  private static final Sides SECOND_TERM = new Sides(Activities.SECOND, Activities.CHANGE);
  private static final Sides ONE_PASS = new Sides(Activities.FIRST, Activities.FIRST);

  private final Pepita rule;
  private final RuleContext context;
  private final Network network;
  private final int last;
  private final @Nullable DropoutMasks masks;
  private final ForwardPass first;
  // The pass with perturbed input; of the time-local variant alone.
  private final @Nullable ForwardPass second;
  private final Tensor target;
  private final Tensor lossSum;
  private final ErrorProjection projection;
  private final Tensor softmaxOrOutput;
  // What enters the input: E, or its sign.
  private final Tensor injected;
  private final @Nullable WeightMirror mirror;
  private final List<Tensor> shifts;
  private final List<Tensor> displacements;
  private final List<Tensor> derivatives;
  private final List<Tensor> perturbed;
  // D_0 and x̃; of a first unit without a weight matrix alone.
  private final @Nullable Tensor inputMove;
  private final @Nullable Tensor movedInput;
  // What the change of its input makes of a last unit with layers inside.
  private final @Nullable Tensor lastShift;
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
    this.first = forwardPass();
    this.second = rule.variant() == Variant.TIME_LOCAL ? forwardPass() : null;
    Shape output = new Shape(batch, spec.outputs());
    this.target = context.arena().allocate(output);
    this.softmaxOrOutput = context.arena().allocate(output);
    this.lossSum = context.arena().allocateScalars(1);
    this.projection =
        new ErrorProjection(context.arena(), spec, rule.sign() * rule.signal().factor());
    this.shifts = Slabs.activities(context.arena(), spec, batch, 1, last - 1);
    this.displacements = Slabs.activities(context.arena(), spec, batch, 1, last);
    this.derivatives = Slabs.activities(context.arena(), spec, batch, 1, last - 1);
    this.perturbed = Slabs.activities(context.arena(), spec, batch, 1, last - 1);
    boolean through = spec.unit(1).hasWeightMatrix();
    this.inputMove = through ? null : context.arena().allocate(first.input().shape());
    this.movedInput = through ? null : context.arena().allocate(first.input().shape());
    this.lastShift = spec.unit(last).hasWeightMatrix() ? null : context.arena().allocate(output);
    this.injected =
        rule.signal() == ErrorSignal.SIGN ? context.arena().allocate(output) : displacementOf(last);
    Mirroring mirroring = rule.mirroring();
    if (mirroring == null) {
      rule.projection().draw(context.backend(), spec, context.seed(), projection.matrix());
      this.mirror = null;
    } else {
      this.mirror = new WeightMirror(rule, mirroring, context, masks, projection.matrix());
    }
    this.step = new RecordedStep(context.backend(), this::record);
  }

  private ForwardPass forwardPass() {
    List<Tensor> factors = masks == null ? List.of() : masks.all();
    return new ForwardPass(
        context.arena(), network, context.batch(), null, factors, Use.DISPLACEMENTS);
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
    perturbInput(ops);
    for (int l = 1; l < last; l++) {
      UnitPass unit = first.pass(l);
      Tensor shift = shifts.get(l - 1);
      Tensor moved = displacementOf(l);
      if (l > 1) {
        shift(ops, unit, displacementOf(l - 1), shift);
      }
      if (rule.variant() == Variant.FIRST_ORDER) {
        unit.linearDifference(ops, shift, moved);
      } else {
        unit.difference(ops, shift, moved, derivatives.get(l - 1));
      }
      if (usesPerturbed()) {
        ops.copy(first.activity(l), perturbed.get(l - 1));
        ops.axpy(1, moved, perturbed.get(l - 1));
      }
    }
    if (lastShift != null && usesPerturbed()) {
      shift(ops, first.pass(last), displacementOf(last - 1), lastShift);
    }
  }

  private void perturbInput(Operations ops) {
    if (inputMove == null || movedInput == null) {
      Products.record(
          ops,
          products ->
              network.layer(1).times(products, projection.matrix(), projection.projected()));
      projection.shift(ops, injected, shifts.getFirst());
      return;
    }
    projection.move(ops, injected, inputMove);
    ops.copy(first.input(), movedInput);
    ops.axpy(1, inputMove, movedInput);
    shift(ops, first.pass(1), inputMove, shifts.getFirst());
  }

  private static void shift(Operations ops, UnitPass unit, Tensor move, Tensor shift) {
    Products.record(ops, products -> unit.shift(products, move, shift));
  }

  private boolean usesPerturbed() {
    return rule.variant() != Variant.FORWARD && rule.variant() != Variant.FIRST_ORDER;
  }

  private void gradients(Operations ops) {
    boolean modulated = rule.variant() == Variant.MODULATED;
    Products.record(
        ops,
        products -> {
          for (int l = 1; l <= last; l++) {
            Tensor pre = modulated ? secondInput(l) : first.activity(l - 1);
            first.pass(l).correlate(products, firstTerm(), 1, displacementOf(l), pre);
          }
        });
    if (usesPerturbed()) {
      if (inputMove == null) {
        firstLayerCorrection(ops, modulated ? displacementOf(1) : secondActivity(1));
      }
      if (!modulated) {
        for (int l = inputMove == null ? 2 : 1; l <= last; l++) {
          UnitPass unit = first.pass(l);
          Tensor post = secondActivity(l);
          Tensor pre = changeOfInput(l);
          Products.record(
              ops, products -> unit.addCorrelation(products, SECOND_TERM, 1, post, pre));
        }
      }
    }
  }

  // D_{l−1}, where it is kept.
  private Tensor changeOfInput(int l) {
    return l > 1
        ? displacementOf(l - 1)
        : Objects.requireNonNull(inputMove, "a first unit with a weight matrix");
  }

  private Sides firstTerm() {
    boolean modulated = rule.variant() == Variant.MODULATED;
    return new Sides(Activities.CHANGE, modulated ? Activities.SECOND : Activities.FIRST);
  }

  // x̃_l; of a first unit with a weight matrix x, to which the correction adds the rest.
  private Tensor secondInput(int l) {
    if (l > 1) {
      return perturbed.get(l - 2);
    }
    return movedInput == null ? first.input() : movedInput;
  }

  // What the perturbation of the input adds: −(a_1/B) bᵀ (x̃ − x), of rank n_L.
  private void firstLayerCorrection(Operations ops, Tensor post) {
    projection.correlate(ops, post, injected);
    Products.record(
        ops,
        products ->
            network
                .layer(1)
                .addToGradient(
                    products,
                    projection.factor(),
                    context.batch(),
                    projection.correlated(),
                    projection.matrix()));
  }

  // h̃_l; the output of the second phase is the target.
  private Tensor secondActivity(int l) {
    return l == last ? target : perturbed.get(l - 1);
  }

  // ---------------------------------------------------------------- an update after each pass

  private void halves(Operations ops, ForwardPass again) {
    // What the network says in the units of the target: f, or softmax(f).
    ops.copy(target, softmaxOrOutput);
    ops.axpy(-1, displacementOf(last), softmaxOrOutput);
    half(ops, -1, first, softmaxOrOutput);
    ops.copy(first.activity(0), again.activity(0));
    projection.addTo(ops, injected, again.activity(0));
    again.record(ops);
    half(ops, 1, again, target);
  }

  // Moves every layer by scale times the correlations of one pass.
  private void half(Operations ops, double scale, ForwardPass pass, Tensor output) {
    Products.record(
        ops,
        products -> {
          for (UnitPass unit : pass.passes()) {
            Tensor post = unit.unit().index() == last ? output : unit.output();
            unit.correlate(products, ONE_PASS, scale, post, unit.input());
          }
        });
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
    return projection.matrix();
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
   * {@code projectionAngle}, where that is a product of matrices; of each factor of an F that
   * mirrors the norm {@code feedbackNorm.layer<l>} and the angle to W_lᵀ, {@code
   * feedbackAngle.layer<l>}.
   */
  @Override
  public Map<String, Double> diagnostics() {
    Backend backend = context.backend();
    Map<String, Double> values = new LinkedHashMap<>();
    double[] f = backend.read(projection.matrix());
    values.put("projectionNorm", Angle.between(f, f).firstLength());
    if (network.spec().hasWeightMatrices(1)) {
      double[] product = TransposedWeights.toOutput(backend, network, 1);
      values.put("projectionAngle", Angle.between(f, product).degrees());
    }
    if (mirror != null) {
      for (int l = 1; l <= last; l++) {
        double[] factor = backend.read(mirror.factor(l));
        Angle angle = Angle.between(factor, TransposedWeights.of(backend, network, l));
        values.put("feedbackNorm.layer" + l, angle.firstLength());
        values.put("feedbackAngle.layer" + l, angle.degrees());
      }
    }
    return values;
  }

  @Override
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    state.put(PROJECTION_NAME, projection.matrix());
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
  public Tensor lossSum() {
    return lossSum;
  }

  @Override
  public Objective objective() {
    Backend backend = context.backend();
    List<Correlation> correlations = new ArrayList<>();
    boolean twoTerms = usesPerturbed() && rule.variant() != Variant.MODULATED;
    int start = 0;
    for (Unit unit : network.units()) {
      int l = unit.index();
      double[] pre = backend.read(first.activity(l - 1));
      double[] move = l == 1 ? inputPerturbation() : backend.read(displacementOf(l - 1));
      double[] moved = backend.read(displacementOf(l));
      correlations.add(correlation(unit, start, firstTerm(), moved, pre, move));
      if (twoTerms) {
        double[] post = backend.read(secondActivity(l));
        correlations.add(correlation(unit, start, SECOND_TERM, post, pre, move));
      }
      start += unit.parameters().size();
    }
    return Correlation.objective(correlations);
  }

  private Correlation correlation(
      Unit unit, int start, Sides sides, double[] post, double[] pre, double[] move) {
    double[] second = pre.clone();
    for (int i = 0; i < second.length; i++) {
      second[i] += move[i];
    }
    List<double[]> fixed =
        unit.parameters().stream().map(p -> context.backend().read(p.value())).toList();
    return new Correlation(start, unit.oracle(), sides, post, pre, second, fixed, context.batch());
  }

  // x̃ − x = −s E Fᵀ.
  private double[] inputPerturbation() {
    double[] f = context.backend().read(projection.matrix());
    double[] e = context.backend().read(injected);
    int inputs = projection.matrix().rows();
    int outputs = projection.matrix().columns();
    double[] moved = new double[context.batch() * inputs];
    for (int i = 0; i < moved.length; i++) {
      for (int c = 0; c < outputs; c++) {
        moved[i] -= projection.factor() * e[i / inputs * outputs + c] * f[i % inputs * outputs + c];
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
