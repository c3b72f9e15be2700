package lemniscate.cli;

import lemniscate.backend.DefaultThreads;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.network.NetworkSpec;
import lemniscate.optim.Optimizer;
import lemniscate.rule.LearningRule;
import lemniscate.rule.pc.PcFamily;
import lemniscate.rule.tp.TpFamily;
import lemniscate.timing.PeerProblem;
import lemniscate.timing.TimedStep;
import lemniscate.train.Architecture;
import lemniscate.train.Experiment;

/** One measurement: a rule at one width and batch. */
record BenchCell(Config config, LearningRule rule, int width, int batch) {

  /** Sizes of the bundled data, and of the benchmarks in {@code benchmarks/}. */
  private static final int INPUTS = 784;

  private static final int OUTPUTS = 10;

  /** Small, so that thousands of steps on one batch stay finite. */
  private static final double LEARNING_RATE = 1e-3;

  /** Of comparisons: large enough that a first update shows in float32. */
  private static final double PEER_LEARNING_RATE = 0.01;

  String text() {
    return "%s, width %d, batch %d".formatted(rule.name(), width, batch);
  }

  /** Its step. */
  TimedStep.Setup setup() {
    Optimizer optimizer = Experiment.optimizer(config);
    return new TimedStep.Setup(
        spec(),
        rule,
        Experiment.parameterization(config, rule, optimizer),
        optimizer,
        Experiment.loss(config),
        batch,
        config.get(ConfigSchema.OPTIM_LR).orElse(LEARNING_RATE));
  }

  private NetworkSpec spec() {
    Architecture.requirePerceptron(config, BenchCommand.NAME);
    return Experiment.configured(
        config,
        NetworkSpec.mlp(
            INPUTS,
            width,
            config.get(ConfigSchema.NET_DEPTH),
            OUTPUTS,
            Experiment.activation(config)));
  }

  /** Its step at its base width, where every factor of the parameterisation is 1. */
  TimedStep.Setup plainSetup() {
    Optimizer optimizer = Experiment.optimizer(config);
    return new TimedStep.Setup(
        spec(),
        rule,
        Parameterization.relative(Scheme.SP, width, rule.creditRule(), optimizer.kind()),
        optimizer,
        Experiment.loss(config),
        batch,
        PEER_LEARNING_RATE);
  }

  /** The same for other programs. */
  PeerProblem problem() {
    return new PeerProblem(
        rule.name(),
        PEER_LEARNING_RATE,
        config.get(PcFamily.STEPS),
        config.get(PcFamily.RATE),
        config.get(TpFamily.DAMPING).getFirst());
  }

  int threads() {
    return config.get(ConfigSchema.THREADS).orElseGet(() -> DefaultThreads.here().threads());
  }
}
