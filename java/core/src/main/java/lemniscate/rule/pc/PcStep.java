package lemniscate.rule.pc;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import lemniscate.backend.Backend;
import lemniscate.backend.Operations;
import lemniscate.backend.Plan;
import lemniscate.network.ForwardPass;
import lemniscate.network.Parameter;
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
  private final FixedPredictions fixed;

  /** Of schemes that keep states alone. */
  private final @Nullable KeptStates kept;

  private final Tensor energy;
  private final Tensor trace;
  private final RecordedStep recorded;
  private final int relaxations;

  /** Those that run on the host before the gradients are recorded; else none. */
  private final List<Relaxation> searches = new ArrayList<>();

  /** Gradients of the first of two relaxations, by parameter. */
  private final List<Tensor> firstGradients = new ArrayList<>();

  /** Maps from the output; of a direct start alone. */
  private final @Nullable DirectFeedback feedback;

  private final @Nullable RateSearch rateSearch;
  private final Tensor rateAge;
  private final Tensor measuredRate;

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
    this.fixed = new FixedPredictions(layers);
    this.kept = rule.inference().keepsStates() ? new KeptStates(layers) : null;
    this.energy = context.arena().allocateScalars(1);
    this.trace = context.arena().allocateScalars(Math.max(1, tracePoints()));
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
                    requireDuals(),
                    settings,
                    () -> settings.measuresRate() ? measuredRate() : settings.rate(),
                    energy));
        default -> {}
      }
    }
    this.feedback =
        rule.inference() instanceof Inference.DirectStart direct
            ? new DirectFeedback(direct, context)
            : null;
    if (relaxations > 1 || feedback != null) {
      for (Parameter parameter : context.network().parameters()) {
        firstGradients.add(context.arena().allocate(parameter.gradient().shape()));
      }
    }
    Tensor scalars = context.arena().allocateScalars(2);
    this.rateAge = scalars.element(0);
    // The guard of PC-ALM writes the one that layers use.
    boolean own = rule.inference() instanceof Inference.AugmentedLagrangian;
    this.measuredRate = own ? scalars.element(1) : layers.rate();
    this.energyOnDemand = rule.update() != WeightUpdate.FORWARD && leavesErrors(rule.inference());
    this.rateSearch =
        rule.inference().measuresRate()
            ? new RateSearch(context, own ? withoutDuals() : layers, layers.forward().input())
            : null;
  }

  // Whether the errors that the energy follows from stay in their buffers after the step.
  private static boolean leavesErrors(Inference inference) {
    return switch (inference) {
      case Inference.Jacobi _,
          Inference.Sequential _,
          Inference.FixedPrediction _,
          Inference.ZeroDivergence _ ->
          !inference.measuresRate();
      default -> false;
    };
  }

  // Multipliers and the absorbing unit are no part of the Hessian that the limit is stated in.
  private PcLayers withoutDuals() {
    return new PcLayers(
        PredictiveCoding.of(new Inference.Jacobi(1, 1))
            .withPrecisions(rule.precisions())
            .withGammaExponent(rule.gammaExponent())
            .withGammaDepthExponent(rule.gammaDepthExponent())
            .withConvention(rule.convention()),
        context);
  }

  private double measuredRate() {
    return context.backend().scalar(measuredRate);
  }

  private Duals requireDuals() {
    Duals duals = layers.duals();
    if (duals == null) {
      throw new IllegalStateException(rule.inference() + " has no multipliers");
    }
    return duals;
  }

  private int tracePoints() {
    if (rule.inference() instanceof Inference.Errors errors) {
      // Whether F falls decides what is kept, so that it is always there.
      return errors.steps();
    }
    if (!rule.energyTrace()) {
      return 0;
    }
    int hidden = context.network().spec().layers() - 1;
    return switch (rule.inference()) {
      case Inference.Jacobi jacobi -> jacobi.steps();
      case Inference.Sequential sequential -> sequential.sweeps() * hidden;
      case Inference.FixedPrediction fixed -> fixed.steps();
      case Inference.Incremental incremental -> incremental.steps();
      case Inference.DirectStart direct -> direct.steps();
      case Inference.ZeroDivergence _, Inference.Equilibrium _, Inference.Errors _ -> 0;
      case Inference.AugmentedLagrangian _ -> 0;
    };
  }

  // ---------------------------------------------------------------- recordings of the schemes

  private void record(Operations ops, boolean update) {
    if (searches.isEmpty()) {
      layers.feedForward(ops);
      relax(ops, update);
      if (relaxations > 1) {
        keepFirst(ops);
        layers.relaxAnew(ops, 1);
        relax(ops, update);
      }
    } else {
      settled(ops, relaxations - 1);
    }
    if (relaxations > 1) {
      average(ops);
    }
    lowest = layers.lowest();
    if (update && !(rule.inference() instanceof Inference.Incremental)) {
      context.update().record(ops);
    }
  }

  private void relax(Operations ops, boolean update) {
    switch (rule.inference()) {
      case Inference.Jacobi jacobi -> jacobi(ops, jacobi);
      case Inference.Sequential sequential -> sequential(ops, sequential);
      case Inference.FixedPrediction settings -> fixedPrediction(ops, settings);
      case Inference.ZeroDivergence _ -> zeroDivergence(ops);
      case Inference.Incremental incremental -> incremental(ops, incremental, update);
      case Inference.DirectStart direct -> directStart(ops, direct, update);
      case Inference.Equilibrium _, Inference.Errors _, Inference.AugmentedLagrangian _ ->
          throw new IllegalStateException(rule.inference() + " is recorded in parts");
    }
  }

  private void settled(Operations ops, int relaxation) {
    if (rule.update() == WeightUpdate.FORWARD) {
      layers.turnTo(relaxation);
      layers.assumeAllMoved();
      afterRelaxation(ops);
    } else {
      searches.get(relaxation).gradients(ops);
    }
  }

  private void keepFirst(Operations ops) {
    for (int p = 0; p < firstGradients.size(); p++) {
      ops.copy(context.network().parameters().get(p).gradient(), firstGradients.get(p));
    }
  }

  private void average(Operations ops) {
    for (int p = 0; p < firstGradients.size(); p++) {
      Tensor gradient = context.network().parameters().get(p).gradient();
      ops.axpy(1, firstGradients.get(p), gradient);
      ops.scale(0.5, gradient);
    }
  }

  private void jacobi(Operations ops, Inference.Jacobi jacobi) {
    for (int t = 0; t < jacobi.steps(); t++) {
      layers.refreshErrors(ops, rule.energyTrace() ? Purpose.ENERGY : Purpose.RELAXATION);
      traceEnergy(ops, t);
      layers.jacobiStep(ops, jacobi, t);
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
    afterRelaxation(ops, !energyOnDemand);
  }

  private void afterRelaxation(Operations ops, boolean withEnergy) {
    boolean forward = rule.update() == WeightUpdate.FORWARD;
    layers.refreshErrors(
        ops,
        forward ? Purpose.ENERGY : withEnergy ? Purpose.GRADIENTS_AND_ENERGY : Purpose.GRADIENTS);
    if (withEnergy) {
      layers.energy(ops, energy);
    }
    if (forward) {
      fixed.gradientsFromMoves(ops);
    } else {
      layers.gradients(ops);
    }
  }

  private void fixedPrediction(Operations ops, Inference.FixedPrediction settings) {
    fixed.clear(ops);
    for (int t = 0; t < settings.steps(); t++) {
      traceEnergy(ops, t);
      fixed.step(ops, settings.sweep());
    }
    fixed.gradients(ops);
  }

  private void zeroDivergence(Operations ops) {
    for (int l = layers.last(); l >= 1; l--) {
      layers.refreshErrors(ops, Purpose.GRADIENTS);
      layers.zeroDivergenceGradient(ops, l);
      if (l > 1) {
        layers.jacobiStep(ops);
      }
    }
  }

  // Without an update the states relax as they would with one, and the last gradient stays.
  private void incremental(Operations ops, Inference.Incremental incremental, boolean update) {
    KeptStates states = requireKept();
    states.fromForward(ops);
    for (int t = 0; t < incremental.steps(); t++) {
      boolean lastStep = t == incremental.steps() - 1;
      states.errors(ops);
      if (rule.energyTrace()) {
        states.energy(ops, trace.element(t));
      }
      if (lastStep) {
        states.energy(ops, energy);
      }
      if (update || lastStep) {
        states.gradients(ops);
      }
      if (update || !lastStep) {
        states.step(ops);
      }
      if (update) {
        context.update().record(ops);
      }
    }
  }

  // Without an update the gradients are the sum of both updates' at the weights that there are.
  private void directStart(Operations ops, Inference.DirectStart direct, boolean update) {
    DirectFeedback maps = requireFeedback();
    KeptStates states = requireKept();
    fixed.directGradients(ops, maps.values());
    if (update) {
      context.update().record(ops, maps.hidden(), direct.firstRate());
    } else {
      keepFirst(ops);
    }
    states.fromForward(ops);
    for (int t = 0; t < direct.steps(); t++) {
      states.errors(ops);
      if (rule.energyTrace()) {
        states.energy(ops, trace.element(t));
      }
      states.step(ops);
    }
    states.errors(ops);
    states.energy(ops, energy);
    states.gradients(ops);
    if (update) {
      maps.learn(ops, states::presynaptic, layers.outputError());
    } else {
      for (int p = 0; p < firstGradients.size(); p++) {
        Parameter parameter = context.network().parameters().get(p);
        if (maps.hidden().contains(parameter)) {
          ops.axpy(direct.firstRate(), firstGradients.get(p), parameter.gradient());
        }
      }
    }
  }

  private KeptStates requireKept() {
    if (kept == null) {
      throw new IllegalStateException(rule.inference() + " keeps no states");
    }
    return kept;
  }

  private DirectFeedback requireFeedback() {
    if (feedback == null) {
      throw new IllegalStateException(rule.inference() + " has no maps");
    }
    return feedback;
  }

  /** Ψ_l of a direct start, (n_l, n_L), l = 1 … L−1. */
  public Tensor feedback(int l) {
    return requireFeedback().values().get(l - 1);
  }

  private void traceEnergy(Operations ops, int point) {
    if (rule.energyTrace()) {
      layers.energy(ops, trace.element(point));
    }
  }

  // ---------------------------------------------------------------- running

  @Override
  public void run() {
    if (rateSearch != null) {
      double age = context.backend().scalar(rateAge);
      if (age % RateSearch.PERIOD == 0) {
        measureRate(rateSearch);
      }
      context.backend().setScalar(age + 1, rateAge);
    }
    search();
    recorded.run();
    energyIsOld = energyOnDemand;
  }

  @Override
  public void computeGradients() {
    if (rateSearch == null) {
      search();
      recorded.computeGradients();
      energyIsOld = energyOnDemand;
      return;
    }
    double former = measuredRate();
    measureRate(rateSearch);
    search();
    recorded.computeGradients();
    context.backend().setScalar(former, measuredRate);
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
                      keepFirst(ops);
                    });
      }
      firstSearched.run();
      searches.getLast().run();
    }
  }

  private void measureRate(RateSearch search) {
    double step =
        switch (rule.inference()) {
          case Inference.Jacobi jacobi -> {
            Momentum momentum = jacobi.momentum();
            yield RateSearch.SAFETY
                * momentum.largestStep(momentum.coefficient(context.network().spec()));
          }
          case Inference.AugmentedLagrangian settings ->
              settings.safeStep(Collections.min(rule.precisions().hidden()));
          default -> throw new IllegalStateException(rule.inference() + " measures no rate");
        };
    context.backend().setScalar(step / search.largest(), measuredRate);
  }

  /**
   * The largest eigenvalue of the states' Hessian at the feed-forward pass, for each example of the
   * batch, where the rule measures its rate.
   *
   * @param start displacements of units 1 … L−1 from which the power iteration starts
   * @param iterations at least 1
   */
  public double[] largestEigenvalues(List<double[]> start, int iterations) {
    if (rateSearch == null) {
      throw new IllegalStateException("a rule that measures no rate");
    }
    return rateSearch.eigenvalues(start, iterations);
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
    if (feedback != null) {
      return feedback.state();
    }
    return rateSearch == null ? Map.of() : Map.of("pc.rate", measuredRate, "pc.rateAge", rateAge);
  }

  /** Of a measured rate: {@code relaxationRate}, the last one. */
  @Override
  public Map<String, Double> diagnostics() {
    return rateSearch == null ? Map.of() : Map.of("relaxationRate", rate());
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
      default -> null;
    };
  }

  private StepwiseInference stepped(Consumer<Operations> one) {
    return new SteppedRelaxation(
        context.backend(),
        layers,
        one,
        ops -> afterRelaxation(ops, true),
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
    for (int i = 0; i < tracePoints(); i++) {
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
    if (l == layers.last()) {
      return context.backend().read(layers.outputError());
    }
    if (rule.update() == WeightUpdate.FORWARD) {
      return displacement(l);
    }
    return switch (rule.inference()) {
      case Inference.FixedPrediction _, Inference.Incremental _, Inference.DirectStart _ ->
          context.backend().read(layers.storedError(l));
      case Inference.AugmentedLagrangian _ -> plusDual(-1, l, localSignal(l));
      default -> context.backend().read(layers.error(l));
    };
  }

  /** Multipliers λ_l of PC-ALM, (B, n_l), l = 1 … L−1. */
  public double[] dual(int l) {
    return context.backend().read(requireDuals().value(l));
  }

  /** q_l = λ_l + ρ_l e_l of PC-ALM, by which layer l learns, (B, n_l), l = 1 … L−1. */
  public double[] augmentedError(int l) {
    double[] values = localSignal(l);
    for (int i = 0; i < values.length; i++) {
      values[i] *= layers.precision(l);
    }
    return values;
  }

  /** How often PC-ALM has halved its rate for the latest batch. */
  public int halvings() {
    return !searches.isEmpty() && searches.getFirst() instanceof DualAscent ascent
        ? ascent.halvings()
        : 0;
  }

  // q_l / ρ_l.
  private double[] localSignal(int l) {
    return context.backend().read(layers.error(l));
  }

  private double[] plusDual(int sign, int l, double[] values) {
    double[] dual = dual(l);
    for (int i = 0; i < values.length; i++) {
      values[i] += sign * dual[i] / layers.precision(l);
    }
    return values;
  }

  /**
   * How far the state of layer l has moved from the feed-forward pass, (B, n_l), l = 1 … L−1; zero
   * under the fixed-prediction assumption.
   */
  public double[] displacement(int l) {
    if (rule.inference().keepsStates()) {
      throw new IllegalStateException(rule.inference() + " keeps states, not displacements");
    }
    return context.backend().read(layers.displacement(l));
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
    double[] values = context.backend().read(layers.displacement(l));
    if (rule.inference().keepsStates()) {
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

  /** Null for two relaxations, of which the states of the first are gone. */
  @Override
  public @Nullable Objective objective() {
    return relaxations > 1 ? null : new LocalProblems(this, rule, context, layers).objective();
  }

  @Nullable DirectFeedback directFeedback() {
    return feedback;
  }

  /** What layer l sends up as its weights' gradients take it, l = 0 … L−1. */
  double[] presynaptic(int l) {
    Backend backend = context.backend();
    if (l == 0) {
      return backend.read(input());
    }
    if (rule.update() == WeightUpdate.FORWARD) {
      return backend.read(forward().activity(l));
    }
    return switch (rule.inference()) {
      case Inference.FixedPrediction _, Inference.ZeroDivergence _ ->
          backend.read(forward().activity(l));
      case Inference.Incremental _, Inference.DirectStart _ ->
          backend.read(requireKept().presynaptic(l));
      default -> backend.read(layers.back(l));
    };
  }

  /** What the prediction of hidden layer l is drawn to. */
  double[] localTarget(int l) {
    if (rule.inference() instanceof Inference.AugmentedLagrangian) {
      return plusDual(1, l, state(l));
    }
    if (!(rule.inference() instanceof Inference.FixedPrediction)) {
      return state(l);
    }
    return fromForward(l, error(l));
  }

  @Override
  public void close() {
    recorded.close();
    searches.forEach(Relaxation::close);
    if (firstSearched != null) {
      firstSearched.close();
    }
    if (rateSearch != null) {
      rateSearch.close();
    }
    if (energyPlan != null) {
      energyPlan.close();
    }
  }
}
