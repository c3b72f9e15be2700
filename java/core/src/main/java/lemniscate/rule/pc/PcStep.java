package lemniscate.rule.pc;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import lemniscate.backend.Backend;
import lemniscate.backend.Operations;
import lemniscate.network.ForwardPass;
import lemniscate.network.Unit;
import lemniscate.rule.LayerProblem;
import lemniscate.rule.Objective;
import lemniscate.rule.RecordedStep;
import lemniscate.rule.RuleContext;
import lemniscate.rule.RuleStep;
import lemniscate.rule.StepwiseInference;
import lemniscate.rule.pc.PcLayers.Purpose;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** A predictive-coding step bound to a network: inference, gradients, update. */
public final class PcStep implements RuleStep {

  private final PredictiveCoding rule;
  private final RuleContext context;
  private final PcLayers layers;
  private final Tensor energy;
  private final Tensor trace;
  private final RecordedStep recorded;
  private final EquilibriumSearch search;
  private final boolean searching;

  PcStep(PredictiveCoding rule, RuleContext context) {
    this.rule = rule;
    this.context = context;
    this.layers = new PcLayers(rule, context);
    this.energy = context.arena().allocateScalars(1);
    this.trace = context.arena().allocateScalars(Math.max(1, tracePoints()));
    this.recorded = new RecordedStep(context.backend(), this::record);
    this.search = new EquilibriumSearch(context, layers, energy);
    this.searching = rule.inference() instanceof Inference.Equilibrium;
  }

  private int tracePoints() {
    if (!rule.energyTrace()) {
      return 0;
    }
    int hidden = context.network().spec().layers() - 1;
    return switch (rule.inference()) {
      case Inference.Jacobi jacobi -> jacobi.steps();
      case Inference.Sequential sequential -> sequential.sweeps() * hidden;
      case Inference.FixedPrediction fixed -> fixed.steps();
      case Inference.Incremental incremental -> incremental.steps();
      case Inference.ZeroDivergence _, Inference.Equilibrium _ -> 0;
    };
  }

  // ---------------------------------------------------------------- recordings of the schemes

  private void record(Operations ops, boolean update) {
    if (!searching) {
      layers.feedForward(ops);
    }
    switch (rule.inference()) {
      case Inference.Jacobi jacobi -> jacobi(ops, jacobi);
      case Inference.Sequential sequential -> sequential(ops, sequential);
      case Inference.FixedPrediction fixed -> fixedPrediction(ops, fixed);
      case Inference.ZeroDivergence _ -> zeroDivergence(ops);
      case Inference.Incremental incremental -> incremental(ops, incremental, update);
      case Inference.Equilibrium _ -> {
        layers.assumeAllMoved();
        afterRelaxation(ops);
      }
    }
    if (update && !(rule.inference() instanceof Inference.Incremental)) {
      context.update().record(ops);
    }
  }

  private void jacobi(Operations ops, Inference.Jacobi jacobi) {
    for (int t = 0; t < jacobi.steps(); t++) {
      layers.refreshErrors(ops, rule.energyTrace() ? Purpose.ENERGY : Purpose.RELAXATION);
      traceEnergy(ops, t);
      layers.jacobiStep(ops);
    }
    afterRelaxation(ops);
  }

  private void sequential(Operations ops, Inference.Sequential sequential) {
    int visit = 0;
    for (int t = 0; t < sequential.sweeps(); t++) {
      for (int l = layers.last() - 1; l >= 1; l--) {
        if (rule.energyTrace()) {
          layers.refreshErrors(ops, Purpose.ENERGY);
          traceEnergy(ops, visit++);
        }
        layers.sequentialStep(ops, l);
      }
    }
    afterRelaxation(ops);
  }

  private void afterRelaxation(Operations ops) {
    layers.refreshErrors(ops, Purpose.GRADIENTS);
    layers.energy(ops, energy);
    layers.gradients(ops);
  }

  private void fixedPrediction(Operations ops, Inference.FixedPrediction fixed) {
    layers.clearErrors(ops);
    for (int t = 0; t < fixed.steps(); t++) {
      traceEnergy(ops, t);
      layers.fixedPredictionStep(ops, fixed.sweep());
    }
    layers.energy(ops, energy);
    layers.fixedPredictionGradients(ops);
  }

  private void zeroDivergence(Operations ops) {
    for (int l = layers.last(); l >= 1; l--) {
      layers.refreshErrors(ops, Purpose.GRADIENTS);
      layers.zeroDivergenceGradient(ops, l);
      if (l > 1) {
        layers.jacobiStep(ops);
      }
    }
    layers.energy(ops, energy);
  }

  // Without an update the states relax as they would with one, and the last gradient stays.
  private void incremental(Operations ops, Inference.Incremental incremental, boolean update) {
    layers.statesFromForward(ops);
    for (int t = 0; t < incremental.steps(); t++) {
      boolean lastStep = t == incremental.steps() - 1;
      layers.stateErrors(ops);
      if (rule.energyTrace()) {
        layers.stateEnergy(ops, trace.element(t));
      }
      if (lastStep) {
        layers.stateEnergy(ops, energy);
      }
      if (update || lastStep) {
        layers.stateWeightGradients(ops);
      }
      if (update || !lastStep) {
        layers.stateStep(ops);
      }
      if (update) {
        context.update().record(ops);
      }
    }
  }

  private void traceEnergy(Operations ops, int point) {
    if (rule.energyTrace()) {
      layers.energy(ops, trace.element(point));
    }
  }

  // ---------------------------------------------------------------- running

  @Override
  public void run() {
    if (searching) {
      search.run((Inference.Equilibrium) rule.inference());
    }
    recorded.run();
  }

  @Override
  public void computeGradients() {
    if (searching) {
      search.run((Inference.Equilibrium) rule.inference());
    }
    recorded.computeGradients();
  }

  // Compared with what the rate alone describes: what else a scheme has may differ between steps.
  @Override
  public @Nullable StepwiseInference stepwise() {
    return switch (rule.inference()) {
      case Inference.Jacobi jacobi
          when jacobi.equals(new Inference.Jacobi(jacobi.steps(), jacobi.rate())) ->
          stepped(layers::jacobiStep);
      case Inference.Sequential sequential
          when sequential.equals(
              new Inference.Sequential(sequential.sweeps(), sequential.rate())) ->
          stepped(this::sweep);
      default -> null;
    };
  }

  private StepwiseInference stepped(Consumer<Operations> one) {
    return new SteppedRelaxation(context.backend(), layers, one, this::afterRelaxation);
  }

  private void sweep(Operations ops) {
    for (int l = layers.last() - 1; l >= 1; l--) {
      layers.sequentialStep(ops, l);
    }
  }

  @Override
  public Tensor input() {
    return layers.forward().input();
  }

  @Override
  public Tensor target() {
    return layers.target();
  }

  @Override
  public double loss() {
    return context.backend().scalar(layers.lossSum()) / context.batch();
  }

  /** Whether the scheme moves states away from the feed-forward pass and keeps them. */
  public boolean relaxesStates() {
    return rule.relaxesStates();
  }

  /** Free energy F at the end of the inference, sum over the batch. */
  @Override
  public double energy() {
    return context.backend().scalar(energy);
  }

  /**
   * F before every inference step (before every visit of a layer in sequential inference), then
   * {@link #energy}; without an energy trace the latter alone.
   */
  public List<Double> energies() {
    List<Double> values = new ArrayList<>();
    for (int i = 0; i < tracePoints(); i++) {
      values.add(context.backend().scalar(trace.element(i)));
    }
    values.add(energy());
    return values;
  }

  /** How the last search for the equilibrium ended; meaningful for that scheme alone. */
  public EquilibriumSearch.Outcome equilibrium() {
    return search.outcome();
  }

  /** Buffers of the feed-forward pass. */
  public ForwardPass forward() {
    return layers.forward();
  }

  /** γ_l with the width scaling of the last layer. */
  public double precision(int l) {
    return layers.precision(l);
  }

  /**
   * Prediction errors e_l of shape (B, n_l), l = 1 … L, at the end of the inference; e_L is target
   * minus output.
   */
  public double[] error(int l) {
    if (l == layers.last()) {
      return context.backend().read(layers.outputError());
    }
    return switch (rule.inference()) {
      case Inference.FixedPrediction _, Inference.Incremental _ ->
          context.backend().read(layers.storedError(l));
      default -> context.backend().read(layers.error(l));
    };
  }

  /**
   * How far the state of layer l has moved from the feed-forward pass, (B, n_l), l = 1 … L−1; zero
   * under the fixed-prediction assumption.
   */
  public double[] displacement(int l) {
    if (rule.inference() instanceof Inference.Incremental) {
      throw new IllegalStateException("incremental inference keeps states, not displacements");
    }
    return context.backend().read(layers.displacement(l));
  }

  @Override
  public boolean hasFreeEnergy() {
    return true;
  }

  @Override
  public double[] localError(int l) {
    return error(l);
  }

  @Override
  public double @Nullable [] stateMove(int l) {
    return rule.relaxesStates() ? displacement(l) : null;
  }

  /** State v_l of shape (B, n_l), l = 1 … L−1 (pre-activations in convention A). */
  public double[] state(int l) {
    double[] values = context.backend().read(layers.displacement(l));
    if (rule.inference() instanceof Inference.Incremental) {
      return values;
    }
    return fromForward(l, values);
  }

  // Adds what the feed-forward pass gave the states of layer l.
  private double[] fromForward(int l, double[] moves) {
    double[] values =
        context
            .backend()
            .read(
                rule.convention() == Convention.B
                    ? forward().activity(l)
                    : forward().preActivation(l));
    for (int i = 0; i < values.length; i++) {
      values[i] += moves[i];
    }
    return values;
  }

  @Override
  public Objective objective() {
    Backend backend = context.backend();
    boolean wholeNetwork = rule.inference() instanceof Inference.ZeroDivergence;
    List<LayerProblem> problems = new ArrayList<>();
    for (Unit unit : context.network().units()) {
      int l = unit.index();
      boolean last = l == layers.last();
      problems.add(
          new LayerProblem(
              presynaptic(l - 1),
              last ? backend.read(target()) : localTarget(l),
              unit.oracle(),
              last || wholeNetwork || rule.convention() == Convention.B,
              layers.gradientWeight(l),
              last ? context.loss() : null,
              context.batch()));
    }
    return wholeNetwork ? LayerProblem.networkLoss(problems) : LayerProblem.objective(problems);
  }

  private double[] presynaptic(int l) {
    Backend backend = context.backend();
    if (l == 0) {
      return backend.read(input());
    }
    return switch (rule.inference()) {
      case Inference.FixedPrediction _, Inference.ZeroDivergence _ ->
          backend.read(forward().activity(l));
      case Inference.Incremental _ -> backend.read(layers.statePresynaptic(l));
      default -> backend.read(layers.back(l));
    };
  }

  private double[] localTarget(int l) {
    if (!(rule.inference() instanceof Inference.FixedPrediction)) {
      return state(l);
    }
    return fromForward(l, error(l));
  }

  @Override
  public void close() {
    recorded.close();
    search.close();
  }
}
