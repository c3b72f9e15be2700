package lemniscate.train;

import java.util.OptionalDouble;
import java.util.OptionalLong;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.data.Augmentation;
import lemniscate.data.DataSplits;
import lemniscate.data.Normalization;
import lemniscate.mup.Form;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.network.ActivityNorm;
import lemniscate.network.NetworkSpec;
import lemniscate.optim.LearningRateSchedule;
import lemniscate.optim.Optimizer;
import lemniscate.rule.LearningRule;
import lemniscate.rule.TrainingSetting;
import org.jspecify.annotations.Nullable;

/**
 * Puts a run together from a program. What is left out has the default of the command line.
 *
 * <pre>{@code
 * try (Backend backend = Backends.open();
 *     Trainer trainer =
 *         Training.on(backend).data(splits).hidden(256, 2, Activation.TANH).epochs(5).prepare()) {
 *   System.out.println(trainer.run().testAccuracy());
 * }
 * }</pre>
 */
public final class Training {

  private final Backend backend;
  private @Nullable DataSplits data;
  private Normalization.Kind normalization = Normalization.Kind.STANDARD;
  private Augmentation augmentation = Augmentation.NONE;
  private int width = 256;
  private int depth = 2;
  private Activation activation = Activation.TANH;
  private boolean bias;
  private ActivityNorm activityNorm = ActivityNorm.NONE;
  private Loss loss = Loss.MSE;
  private LearningRule rule = Experiment.rule(Config.defaults());
  private Scheme scheme = Scheme.MUP;
  private Form form = Form.RELATIVE;
  private int baseWidth = 64;
  private double weightScale = 1;
  private double outputScale = 1;
  private Optimizer optimizer = new Optimizer.Sgd();
  private OptionalDouble learningRate = OptionalDouble.empty();
  private LearningRateSchedule schedule = new LearningRateSchedule.Constant();
  private int batch = 128;
  private int epochs = 5;
  private OptionalLong steps = OptionalLong.empty();
  private long seed;

  private Training(Backend backend) {
    this.backend = backend;
  }

  /** Starts with a device. */
  public static Training on(Backend backend) {
    return new Training(backend);
  }

  /** What is trained and tested on; required. */
  public Training data(DataSplits splits) {
    this.data = splits;
    return this;
  }

  /** What is done to the inputs; by default to mean 0 and variance 1. */
  public Training normalization(Normalization.Kind kind) {
    this.normalization = kind;
    return this;
  }

  /** Random changes of the training images; none by default. */
  public Training augmentation(Augmentation other) {
    this.augmentation = other;
    return this;
  }

  /**
   * The hidden layers; inputs and outputs follow from the data.
   *
   * @param hiddenWidth units of each
   * @param hiddenLayers how many, at least 1
   */
  public Training hidden(int hiddenWidth, int hiddenLayers, Activation hiddenActivation) {
    this.width = hiddenWidth;
    this.depth = hiddenLayers;
    this.activation = hiddenActivation;
    return this;
  }

  /** Whether layers have biases. */
  public Training bias(boolean present) {
    this.bias = present;
    return this;
  }

  /** What hidden activities are divided by; nothing by default. */
  public Training activityNorm(ActivityNorm other) {
    this.activityNorm = other;
    return this;
  }

  /** Loss at the output. */
  public Training loss(Loss other) {
    this.loss = other;
    return this;
  }

  /** Learning rule. */
  public Training rule(LearningRule other) {
    this.rule = other;
    return this;
  }

  /**
   * Width scaling in relative form.
   *
   * @param base width at which every scheme is the ordinary network
   */
  public Training parameterization(Scheme other, int base) {
    return parameterization(other, Form.RELATIVE, base, 1, 1);
  }

  /** Width scaling; the arguments are those of {@link Parameterization}. */
  public Training parameterization(
      Scheme other, Form otherForm, int base, double sigma, double sigmaLast) {
    this.scheme = other;
    this.form = otherForm;
    this.baseWidth = base;
    this.weightScale = sigma;
    this.outputScale = sigmaLast;
    return this;
  }

  /** Optimiser. */
  public Training optimizer(Optimizer other) {
    this.optimizer = other;
    return this;
  }

  /**
   * η′, the learning rate at the base width; by default that of {@link
   * LearningRule#usualLearningRate}.
   */
  public Training learningRate(double rate) {
    this.learningRate = OptionalDouble.of(rate);
    return this;
  }

  /** How the learning rate changes over the steps. */
  public Training schedule(LearningRateSchedule other) {
    this.schedule = other;
    return this;
  }

  /** Examples of a step. */
  public Training batch(int examples) {
    this.batch = examples;
    return this;
  }

  /** Passes over the training examples. */
  public Training epochs(int passes) {
    this.epochs = passes;
    return this;
  }

  /** Number of steps, in place of epochs. */
  public Training steps(long count) {
    this.steps = OptionalLong.of(count);
    return this;
  }

  /** Seed of weights and shuffles. */
  public Training seed(long value) {
    this.seed = value;
    return this;
  }

  /**
   * The spec of the run.
   *
   * @throws BadInputException if something is out of range or does not fit the data
   */
  public TrainingSpec spec() {
    DataSplits splits = requireData();
    int examples = splits.train().size();
    NetworkSpec network =
        NetworkSpec.mlp(
                splits.train().features(), width, depth, splits.train().outputs(), activation)
            .reading(splits.train().shape())
            .withBias(bias)
            .withNorm(activityNorm);
    Parameterization parameterization =
        new Parameterization(
            scheme, form, baseWidth, weightScale, outputScale, rule.creditRule(), optimizer.kind());
    // A batch that is too large for the data is refused by check(); the division must survive it.
    long perEpoch = Math.max(1, examples / Math.max(1, batch));
    TrainingSpec spec =
        new TrainingSpec(
            network,
            loss,
            rule,
            parameterization,
            optimizer,
            learningRate.orElse(
                rule.usualLearningRate(
                    new TrainingSetting(optimizer, loss, activation, activityNorm))),
            schedule,
            normalization,
            augmentation,
            batch,
            steps.orElse(epochs * perEpoch),
            seed);
    spec.check(splits);
    return spec;
  }

  /** Allocates and initialises everything; to be closed by the caller. */
  public Trainer prepare() {
    return new Trainer(backend, spec(), requireData());
  }

  /** Trains to the end and frees everything. */
  public TrainingResult run() {
    try (Trainer trainer = prepare()) {
      return trainer.run();
    }
  }

  private DataSplits requireData() {
    if (data == null) {
      throw new IllegalStateException("no data: call data(…) first");
    }
    return data;
  }
}
