package lemniscate.rule.pc;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import lemniscate.backend.Operations;
import lemniscate.backend.Plan;
import lemniscate.network.ForwardPass;
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
  private final SchemeRecordings schemes;
  private final PcReadings readings;
  private final Tensor energy;
  private final Tensor trace;
  private final RecordedStep recorded;
  private final int relaxations;

  /** Those that run on the host before the gradients are recorded; else none. */
  private final List<Relaxation> searches = new ArrayList<>();

  private final @Nullable MeasuredRate measured;

  /** Whether the energy is made when somebody asks for it, as most steps' never is. */
  private final boolean energyOnDemand;

  private @Nullable Plan energyPlan;
  private boolean energyIsOld;

  /** Of the recorded step: lowest layer whose state has moved at its end. */
  private int lowest;

  /** Gradients of the first of two searches. */
  private @Nullable Plan firstSearched;

  PcStep(PredictiveCoding rule, RuleContext context) {
    this.rule = rule;
    this.context = context;
    this.layers = new PcLayers(rule, context);
    this.energy = context.arena().allocateScalars(1);
    this.trace =
        context.arena().allocateScalars(Math.max(1, SchemeRecordings.tracePoints(rule, context)));
    this.energyOnDemand = SchemeRecordings.leavesErrors(rule);
    this.schemes = new SchemeRecordings(rule, context, layers, energy, trace, energyOnDemand);
    this.readings = new PcReadings(rule, context, layers, schemes);
    this.recorded = new RecordedStep(context.backend(), this::record);
    this.relaxations = rule.nudge().phases();
    for (int i = 0; i < relaxations; i++) {
      switch (rule.inference()) {
        case Inference.Equilibrium _, Inference.Errors _ ->
            searches.add(
                new EquilibriumSearch(context, layers, rule.inference(), energy, trace, i));
        case Inference.AugmentedLagrangian settings ->
            searches.add(
                new DualAscent(
                    context,
                    layers,
                    layers.requireDuals(),
                    settings,
                    () -> measuredOr(settings.rate()),
                    energy));
        default -> {}
      }
    }
    this.measured =
        rule.inference().measuresRate() ? new MeasuredRate(rule, context, layers) : null;
  }

  private double measuredOr(double rate) {
    return measured == null ? rate : measured.value();
  }

  // ---------------------------------------------------------------- recording

  private void record(Operations ops, boolean update) {
    if (searches.isEmpty()) {
      layers.feedForward(ops);
      relax(ops, update);
      if (relaxations > 1) {
        schemes.keepFirst(ops);
        layers.relaxAnew(ops, 1);
        relax(ops, update);
      }
    } else {
      settled(ops, relaxations - 1);
    }
    if (relaxations > 1) {
      schemes.average(ops);
    }
    lowest = layers.lowest();
    if (update && !(rule.inference() instanceof Inference.Incremental)) {
      context.update().record(ops);
    }
  }

  private void relax(Operations ops, boolean update) {
    schemes.relax(ops, update);
  }

  private void settled(Operations ops, int relaxation) {
    if (rule.update() == WeightUpdate.FORWARD) {
      layers.turnTo(relaxation);
      layers.assumeAllMoved();
      schemes.afterRelaxation(ops, !energyOnDemand);
    } else {
      searches.get(relaxation).gradients(ops);
    }
  }

  /** Ψ_l of a direct start, (n_l, n_L), l = 1 … L−1. */
  public Tensor feedback(int l) {
    return schemes.requireFeedback().values().get(l - 1);
  }

  // ---------------------------------------------------------------- running

  @Override
  public void run() {
    if (measured != null) {
      measured.beforeStep();
    }
    search();
    recorded.run();
    energyIsOld = energyOnDemand;
  }

  @Override
  public void computeGradients() {
    withMeasuredRate(
        () -> {
          search();
          recorded.computeGradients();
          return true;
        });
    energyIsOld = energyOnDemand;
  }

  // At the rate of this batch where rates are measured, which leaves that of the training as it is.
  private <T> T withMeasuredRate(Supplier<T> work) {
    return measured == null ? work.get() : measured.during(work);
  }

  private void search() {
    if (searches.isEmpty()) {
      return;
    }
    searches.getFirst().run();
    if (relaxations > 1) {
      if (firstSearched == null) {
        firstSearched =
            context
                .backend()
                .record(
                    ops -> {
                      settled(ops, 0);
                      schemes.keepFirst(ops);
                    });
      }
      firstSearched.run();
      searches.getLast().run();
    }
  }

  /**
   * The largest eigenvalue of the states' Hessian at the feed-forward pass, for each example of the
   * batch, where the rule measures its rate.
   *
   * @param start displacements of units 1 … L−1 from which the power iteration starts
   * @param iterations at least 1
   */
  public double[] largestEigenvalues(List<double[]> start, int iterations) {
    if (measured == null) {
      throw new IllegalStateException("a rule that measures no rate");
    }
    return measured.largestEigenvalues(start, iterations);
  }

  /** α of the last relaxation. */
  public double rate() {
    return context.backend().scalar(layers.rate());
  }

  /**
   * Of a measured rate: itself, and the updates since it was first measured. Of direct maps: these,
   * and what their optimiser keeps.
   */
  @Override
  public Map<String, Tensor> state() {
    DirectFeedback maps = schemes.feedback();
    if (maps != null) {
      return maps.state();
    }
    return measured == null ? Map.of() : measured.state();
  }

  /** Of a measured rate: {@code relaxationRate}, the last one. */
  @Override
  public Map<String, Double> diagnostics() {
    return measured == null ? Map.of() : Map.of("relaxationRate", rate());
  }

  // Compared with what the rate alone describes: what else a scheme has may differ between steps.
  @Override
  public @Nullable StepwiseInference stepwise() {
    return switch (rule.inference()) {
      case Inference.Jacobi jacobi
          when !jacobi.measuresRate()
              && jacobi.equals(
                  new Inference.Jacobi(jacobi.steps(), jacobi.rate(), jacobi.momentum())) ->
          stepped(layers::jacobiStep);
      case Inference.Sequential sequential
          when sequential.equals(
              new Inference.Sequential(sequential.sweeps(), sequential.rate())) ->
          stepped(this::sweep);
      case Inference.AugmentedLagrangian waves
          when !waves.measuresRate() && waves.primalSteps() == 1 && !waves.lastDualStep() ->
          ((DualAscent) searches.getFirst()).stepwise();
      default -> null;
    };
  }

  private StepwiseInference stepped(Consumer<Operations> one) {
    return new SteppedRelaxation(
        context.backend(),
        layers,
        ops -> {
          layers.rest(ops);
          layers.refreshErrors(ops, Purpose.RELAXATION);
        },
        ops -> {
          one.accept(ops);
          layers.refreshErrors(ops, Purpose.RELAXATION);
        },
        ops -> schemes.afterRelaxation(ops, true),
        () -> energyIsOld = false);
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

  @Override
  public Tensor lossSum() {
    return layers.lossSum();
  }

  /** Whether the scheme moves states away from the feed-forward pass and keeps them. */
  public boolean relaxesStates() {
    return rule.relaxesStates();
  }

  /** Free energy F at the end of the inference, sum over the batch. */
  @Override
  public double energy() {
    return context.backend().scalar(energySum());
  }

  @Override
  public Tensor energySum() {
    if (energyIsOld) {
      if (energyPlan == null) {
        energyPlan = context.backend().record(ops -> layers.energyAfterwards(ops, lowest, energy));
      }
      energyPlan.run();
      energyIsOld = false;
    }
    return energy;
  }

  /**
   * F before every inference step (before every visit of a layer in sequential inference), then
   * {@link #energy}; without an energy trace the latter alone.
   */
  public List<Double> energies() {
    List<Double> values = new ArrayList<>();
    for (int i = 0; i < SchemeRecordings.tracePoints(rule, context); i++) {
      values.add(context.backend().scalar(trace.element(i)));
    }
    values.add(energy());
    return values;
  }

  /**
   * How the last search in error coordinates ended.
   *
   * @throws IllegalStateException if the scheme makes none
   */
  public EquilibriumSearch.Outcome equilibrium() {
    if (!searches.isEmpty() && searches.getLast() instanceof EquilibriumSearch search) {
      return search.outcome();
    }
    throw new IllegalStateException(rule.inference() + " does not search");
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
   * minus output. Of a forward update what it takes for them, the displacements and y − f.
   */
  public double[] error(int l) {
    return readings.error(l);
  }

  /** Multipliers λ_l of PC-ALM, (B, n_l), l = 1 … L−1. */
  public double[] dual(int l) {
    return readings.dual(l);
  }

  /** q_l = λ_l + ρ_l e_l of PC-ALM, by which layer l learns, (B, n_l), l = 1 … L−1. */
  public double[] augmentedError(int l) {
    return readings.augmentedError(l);
  }

  /** How often PC-ALM has halved its rate for the latest batch. */
  public int halvings() {
    return !searches.isEmpty() && searches.getFirst() instanceof DualAscent ascent
        ? ascent.halvings()
        : 0;
  }

  /**
   * How far the state of layer l has moved from the feed-forward pass, (B, n_l), l = 1 … L−1; zero
   * under the fixed-prediction assumption.
   */
  public double[] displacement(int l) {
    return readings.displacement(l);
  }

  @Override
  public boolean hasFreeEnergy() {
    return true;
  }

  @Override
  public double[] localError(int l) {
    boolean augmented = rule.inference() instanceof Inference.AugmentedLagrangian;
    return augmented && l < layers.last() ? augmentedError(l) : error(l);
  }

  /** NaN for PC-ALM, too: its equilibrium divides by nothing that grows with the depth. */
  @Override
  public double precisionRatio(int l) {
    return rule.relaxesStates() && !(rule.inference() instanceof Inference.AugmentedLagrangian)
        ? layers.precision(layers.last()) / layers.precision(l)
        : Double.NaN;
  }

  @Override
  public double @Nullable [] stateMove(int l) {
    return rule.relaxesStates() && !rule.inference().keepsStates() ? displacement(l) : null;
  }

  /** State v_l of shape (B, n_l), l = 1 … L−1 (pre-activations in convention A). */
  public double[] state(int l) {
    return readings.state(l);
  }

  /**
   * At the states of the last relaxation; of two the mean, for which the first is made once more
   * and then the whole step, so that gradients and states are as they were.
   */
  @Override
  public Objective objective() {
    if (relaxations == 1) {
      return problems();
    }
    Objective first = withMeasuredRate(this::problemsOfFirst);
    computeGradients();
    layers.turnTo(1);
    Objective second = problems();
    return parameters -> 0.5 * (first.value(parameters) + second.value(parameters));
  }

  private Objective problems() {
    return new LocalProblems(this, rule, context, layers).objective();
  }

  private Objective problemsOfFirst() {
    if (!searches.isEmpty()) {
      searches.getFirst().run();
    }
    try (Plan first =
        context
            .backend()
            .record(
                ops -> {
                  if (searches.isEmpty()) {
                    layers.feedForward(ops);
                    relax(ops, false);
                  } else {
                    settled(ops, 0);
                  }
                })) {
      first.run();
    }
    return problems();
  }

  @Nullable DirectFeedback directFeedback() {
    return schemes.feedback();
  }

  /** What layer l sends up as its weights' gradients take it, l = 0 … L−1. */
  double[] presynaptic(int l) {
    return readings.presynaptic(l);
  }

  /** What the prediction of hidden layer l is drawn to. */
  double[] localTarget(int l) {
    return readings.localTarget(l);
  }

  @Override
  public void close() {
    recorded.close();
    searches.forEach(Relaxation::close);
    if (firstSearched != null) {
      firstSearched.close();
    }
    if (measured != null) {
      measured.close();
    }
    if (energyPlan != null) {
      energyPlan.close();
    }
  }
}
