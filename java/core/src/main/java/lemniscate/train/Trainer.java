package lemniscate.train;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import lemniscate.backend.Backend;
import lemniscate.config.BadInputException;
import lemniscate.data.BatchIterator;
import lemniscate.data.BatchesAhead;
import lemniscate.data.DataSplits;
import lemniscate.data.Dataset;
import lemniscate.data.Normalization;
import lemniscate.network.Network;
import lemniscate.network.Parameter;
import lemniscate.optim.ParameterUpdate;
import lemniscate.rule.CreditReach;
import lemniscate.rule.IllConditionedException;
import lemniscate.rule.RuleStep;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A run in a backend's memory: network, rule, optimiser and where it stands. The result is a
 * function of spec, data, backend and number of threads; stopping and going on does not change it.
 */
public final class Trainer implements AutoCloseable {

  private static final double NANOS = 1e9;
  private static final long PROBE_EPOCH = Long.MAX_VALUE;

  /** Steps after which reach is measured first, beside the start and every epoch's end. */
  private static final long EARLY_REACH = 10;

  private final Backend backend;
  private final TrainingSpec spec;
  private final DataSplits data;
  private final DiagnosticsSpec measured;
  private final Normalization normalization;
  private final Arena arena;
  private final Network network;
  private final ParameterUpdate update;
  private final RuleStep rule;
  private final Evaluator evaluator;
  private final Diagnostics diagnostics;
  private final BatchIterator batches;
  private final StepsUnderWay underWay;
  private final Divergence divergence;
  private float[] features;
  private float[] targets;

  /** Of a backend that works while the program goes on. */
  private @Nullable BatchesAhead ahead;

  private long step;
  private TrainingListener reported = TrainingListener.NONE;
  private double epochLossSum;
  private double trainLoss = Double.NaN;
  private double testLoss = Double.NaN;
  private double testAccuracy = Double.NaN;
  private double bestTestAccuracy = Double.NaN;
  private BestEvaluation best = BestEvaluation.NONE;
  private int stopAfter = Integer.MAX_VALUE;
  private double trainingSeconds;
  private double earlierSeconds;
  private boolean evaluatesEveryEpoch = true;
  private long sessionStart = System.nanoTime();

  /**
   * Allocates everything and draws the weights; nothing is measured but losses and accuracies.
   *
   * @throws BadInputException if spec and data do not go together
   */
  public Trainer(Backend backend, TrainingSpec spec, DataSplits data) {
    this(backend, spec, data, DiagnosticsSpec.NONE);
  }

  /**
   * Allocates everything and draws the weights.
   *
   * @throws BadInputException if spec and data do not go together
   */
  public Trainer(Backend backend, TrainingSpec spec, DataSplits data, DiagnosticsSpec measured) {
    this(backend, spec, data, measured, _ -> {});
  }

  /**
   * As the others.
   *
   * @param initial puts weights in the place of the drawn ones, before anything looks at them
   */
  public Trainer(
      Backend backend,
      TrainingSpec spec,
      DataSplits data,
      DiagnosticsSpec measured,
      Consumer<Network> initial) {
    spec.check(data);
    this.backend = backend;
    this.spec = spec;
    this.data = data;
    this.measured = measured;
    this.normalization = Normalization.of(spec.normalization(), data.train());
    this.batches =
        new BatchIterator(
            data.train(), normalization, spec.augmentation(), spec.batch(), spec.seed());
    this.features = new float[Math.multiplyExact(spec.batch(), spec.network().inputs())];
    this.targets = new float[Math.multiplyExact(spec.batch(), spec.network().outputs())];
    this.arena = backend.newArena();
    try {
      TrainingBuffers buffers = TrainingBuffers.allocate(backend, arena, spec, measured, initial);
      this.network = buffers.network();
      this.update = buffers.update();
      this.rule = buffers.rule();
      this.evaluator = buffers.evaluator();
      this.diagnostics = buffers.diagnostics();
      this.underWay = new StepsUnderWay(backend, rule, spec.batch());
      this.divergence = new Divergence(backend, spec, network, evaluator);
    } catch (RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }

  /** From now on evaluates after the last step alone, for those who look at nothing before it. */
  public void evaluateOnlyAtTheEnd() {
    evaluatesEveryEpoch = false;
  }

  /** Ends training once as many evaluations in a row have found nothing better. */
  public void stopAfter(int evaluations) {
    stopAfter = evaluations;
  }

  /** Whether training has ended: by its last step, or because nothing better was found. */
  public boolean finished() {
    return step >= spec.steps() || stoppedEarly();
  }

  /** Whether nothing better was found in as many evaluations as were to be waited for. */
  public boolean stoppedEarly() {
    return best.since() >= stopAfter;
  }

  /** The best evaluation so far. */
  public BestEvaluation best() {
    return best;
  }

  /** Trains to the last step. */
  public TrainingResult run() {
    return run(TrainingListener.NONE, new StopSignal());
  }

  /**
   * Trains from where the run stands until its last step, or until the signal is raised.
   *
   * @throws TrainingDivergedException if a loss or energy is not finite
   */
  public TrainingResult run(TrainingListener listener, StopSignal stop) {
    earlierSeconds = seconds();
    sessionStart = System.nanoTime();
    reported = listener;
    if (step == 0) {
      Map<String, Double> atStart = measure();
      if (!atStart.isEmpty()) {
        listener.onStart(atStart);
      }
      measureReach(listener);
    }
    while (!finished() && !stop.isRaised()) {
      long epoch = step / batches.batchesPerEpoch();
      boolean endOfEpoch = oneStep(epoch);
      if (endOfEpoch || step == EARLY_REACH || step == CreditReach.ALIGNED) {
        measureReach(listener);
      }
      if (endOfEpoch) {
        endEpoch(listener, epoch);
      }
      listener.afterStep(step, endOfEpoch);
    }
    return result();
  }

  // On one batch of the training examples, from a shuffle that no epoch of the run has.
  private Map<String, Double> measure() {
    if (measured.isEmpty()) {
      return Map.of();
    }
    batches.fill(PROBE_EPOCH, 0, features, targets);
    return diagnostics.measure(features, targets, step == 0);
  }

  private void measureReach(TrainingListener listener) {
    if (measured.reach()) {
      reportAll();
      batches.fill(PROBE_EPOCH, 0, features, targets);
      long at = step;
      diagnostics.reach(features, targets).ifPresent(reach -> listener.onReach(at, reach));
    }
  }

  // True at the end of an epoch or of the run.
  private boolean oneStep(long epoch) {
    long start = System.nanoTime();
    int index = (int) (step % batches.batchesPerEpoch());
    double rate = spec.learningRate(step);
    update.setLearningRate(rate);
    fillBatch(epoch, index);
    backend.upload(features, rule.input());
    backend.upload(targets, rule.target());
    rule.epoch(epoch);
    runRule();
    underWay.add(epoch, rate);
    step++;
    trainingSeconds += (System.nanoTime() - start) / NANOS;
    boolean endOfEpoch = index == batches.batchesPerEpoch() - 1 || step == spec.steps();
    if (endOfEpoch) {
      reportAll();
    } else if (underWay.due()) {
      report();
    }
    return endOfEpoch;
  }

  // Of the oldest step that has not been reported.
  private void report() {
    long start = System.nanoTime();
    long at = step - underWay.count() + 1;
    double loss = underWay.loss();
    double energy = underWay.energy();
    long epoch = underWay.epoch();
    double rate = underWay.rate();
    underWay.remove();
    if (!Double.isFinite(loss)) {
      throw diverged("loss", loss, at);
    }
    if (rule.hasFreeEnergy() && !Double.isFinite(energy)) {
      throw diverged("free energy", energy, at);
    }
    epochLossSum += loss;
    trainingSeconds += (System.nanoTime() - start) / NANOS;
    reported.onStep(
        new StepMetrics(
            at, spec.steps(), epoch + 1, loss, energy, rate, examplesPerSecond(), seconds()));
  }

  private void reportAll() {
    while (underWay.count() > 0) {
      report();
    }
  }

  private void fillBatch(long epoch, int index) {
    if (!backend.runsApart()) {
      batches.fill(epoch, index, features, targets);
      return;
    }
    if (ahead == null) {
      BatchIterator own =
          new BatchIterator(
              data.train(), normalization, spec.augmentation(), spec.batch(), spec.seed());
      ahead = new BatchesAhead(own, spec.network().inputs(), spec.network().outputs());
    }
    BatchesAhead.Batch batch = ahead.next(step);
    features = batch.features();
    targets = batch.targets();
  }

  // The initial weights are given: where those cannot be inverted, the configuration is at fault.
  private void runRule() {
    try {
      rule.run();
    } catch (IllConditionedException e) {
      if (step == 0) {
        throw new BadInputException(String.valueOf(e.getMessage()), e);
      }
      step++;
      throw divergence.inInverse(e, step);
    }
  }

  private void endEpoch(TrainingListener listener, long epoch) {
    trainLoss = runningTrainLoss(epoch);
    // The last epoch of a run may be a part of one, and be completed when the run is trained on.
    if (step % batches.batchesPerEpoch() == 0) {
      epochLossSum = 0;
    }
    if (evaluatesEveryEpoch || step == spec.steps()) {
      evaluateEpoch();
    }
    listener.onEpoch(
        new EpochMetrics(
            epoch + 1,
            Math.ceilDiv(spec.steps(), batches.batchesPerEpoch()),
            step,
            trainLoss,
            testLoss,
            testAccuracy,
            measure(),
            examplesPerSecond(),
            seconds()));
  }

  private void evaluateEpoch() {
    Evaluation evaluation = evaluate(data.test());
    testLoss = evaluation.loss();
    testAccuracy = evaluation.accuracy();
    if (!Double.isFinite(testLoss)) {
      throw diverged("test loss", testLoss, step);
    }
    best = best.after(step, evaluation);
    bestTestAccuracy =
        Double.isNaN(bestTestAccuracy) ? testAccuracy : Math.max(bestTestAccuracy, testAccuracy);
  }

  private double runningTrainLoss(long epoch) {
    return epochLossSum / (step - epoch * batches.batchesPerEpoch());
  }

  private TrainingDivergedException diverged(String quantity, double value, long at) {
    return divergence.of(quantity, value, at, step, features);
  }

  /**
   * Refuses weights that are not finite, so that none are saved.
   *
   * @throws TrainingDivergedException naming the first layer that has one
   */
  void requireFiniteWeights() {
    divergence.requireFiniteWeights(step);
  }

  /** Loss and accuracy of the present weights. */
  public Evaluation evaluate(Dataset examples) {
    return evaluator.evaluate(examples, normalization);
  }

  /**
   * Evaluates where the run stands, as after its last step; {@link #result} then says what was
   * found.
   *
   * @throws TrainingDivergedException if the loss is not finite
   */
  public void evaluateHere() {
    evaluateEpoch();
  }

  /** How the run stands now. */
  public TrainingResult result() {
    reportAll();
    long done = step % batches.batchesPerEpoch();
    boolean within = done != 0 && step < spec.steps() && Double.isNaN(trainLoss);
    return new TrainingResult(
        (double) step / batches.batchesPerEpoch(),
        step,
        within ? epochLossSum / done : trainLoss,
        testLoss,
        testAccuracy,
        seconds(),
        examplesPerSecond(),
        !finished());
  }

  /**
   * Numbers by layer, by name, as far as there are: activities of the batch that was evaluated
   * last, errors and moves of states of that which was trained on last.
   */
  Map<String, double[]> signals() {
    Map<String, double[]> signals = new LinkedHashMap<>();
    int layers = network.spec().layers();
    for (int l = 1; l <= layers; l++) {
      signals.put("activities/layer" + l, evaluator.activity(l));
      put(signals, "errors/layer" + l, rule.localError(l));
      put(signals, "stateMoves/layer" + l, l < layers ? rule.stateMove(l) : null);
    }
    return signals;
  }

  private static void put(Map<String, double[]> signals, String name, double @Nullable [] values) {
    if (values != null) {
      signals.put(name, values);
    }
  }

  /** What a checkpoint keeps beside {@link #tensors}. */
  public TrainingProgress progress() {
    reportAll();
    return new TrainingProgress(
        step,
        update.updates(),
        epochLossSum,
        trainLoss,
        testLoss,
        testAccuracy,
        bestTestAccuracy,
        trainingSeconds,
        seconds(),
        best);
  }

  /** Takes up where a checkpoint left; the tensors are restored separately. */
  void restore(TrainingProgress progress) {
    step = progress.step();
    update.setUpdates(progress.updates());
    epochLossSum = progress.epochLossSum();
    trainLoss = progress.trainLoss();
    testLoss = progress.testLoss();
    testAccuracy = progress.testAccuracy();
    bestTestAccuracy = progress.bestTestAccuracy();
    best = progress.best();
    trainingSeconds = progress.trainingSeconds();
    earlierSeconds = progress.seconds();
    sessionStart = System.nanoTime();
  }

  /** What is done to the inputs. */
  Normalization normalization() {
    return normalization;
  }

  /** Parameters, optimiser state and what the rule keeps, by name, in a fixed order. */
  public Map<String, Tensor> tensors() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (Parameter parameter : network.parameters()) {
      tensors.put(parameter.name(), parameter.value());
    }
    tensors.putAll(update.state());
    tensors.putAll(rule.state());
    return tensors;
  }

  /** Where it runs. */
  public Backend backend() {
    return backend;
  }

  /** The trained network. */
  public Network network() {
    return network;
  }

  /** What was asked for. */
  public TrainingSpec spec() {
    return spec;
  }

  /** Number of steps done. */
  public long step() {
    return step;
  }

  /** Number of steps in a pass over the training examples. */
  public int stepsPerEpoch() {
    return batches.batchesPerEpoch();
  }

  private double seconds() {
    return earlierSeconds + (System.nanoTime() - sessionStart) / NANOS;
  }

  private double examplesPerSecond() {
    return trainingSeconds > 0 ? step * (double) spec.batch() / trainingSeconds : 0;
  }

  @Override
  public void close() {
    if (ahead != null) {
      ahead.close();
    }
    rule.close();
    evaluator.close();
    diagnostics.close();
    underWay.close();
    arena.close();
  }
}
