package lemniscate.study;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.MemoryPlan;
import lemniscate.mup.Parameterization;
import lemniscate.network.Network;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Parameter;
import lemniscate.network.ParameterKind;
import lemniscate.network.ParameterSpec;
import lemniscate.network.Unit;
import lemniscate.optim.ParameterUpdate;
import lemniscate.random.NormalStream;
import lemniscate.rule.Angle;
import lemniscate.rule.CreditReach;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleContext;
import lemniscate.rule.RuleStep;
import lemniscate.rule.StepwiseInference;
import lemniscate.rule.bp.BackPropagation;
import lemniscate.tensor.Arena;
import lemniscate.train.ReachProbe;
import org.jspecify.annotations.Nullable;

/** One network of {@link DepthStudy} with initial weights and a batch of normal numbers. */
final class DepthProbe implements AutoCloseable {

  /** Streams of the batch's normals; those of the weights are the layers' numbers, from 1. */
  private static final long INPUT_STREAM = 1L << 32;

  private static final long TARGET_STREAM = INPUT_STREAM + 1;

  /** Growth of the number of steps while it is too small; coarse, as the search then closes in. */
  private static final double GROWTH = 1.5;

  /** To what part of itself the number is found. */
  private static final double RESOLUTION = 0.02;

  private final Backend backend;
  private final DepthStudy study;
  private final DepthStudy.Contender contender;
  private final Arena arena;
  private final Network network;
  private final ParameterUpdate update;
  private final double[] input;
  private final double[] target;
  private final List<Parameter> branches;

  DepthProbe(Backend backend, DepthStudy study, DepthStudy.Contender contender, int depth, int s) {
    this.backend = backend;
    this.study = study;
    this.contender = contender;
    this.arena = backend.newArena();
    NetworkSpec spec = study.networks().at(depth);
    long batchSeed = study.seed() + s;
    long weightSeed = batchSeed * CoordinateStudy.WEIGHT_SEED_STRIDE + depth;
    this.network =
        Network.create(backend, arena, spec, parameterization(study, contender), weightSeed);
    this.update = new ParameterUpdate(backend, arena, network, study.optimizer());
    this.input = normals(batchSeed, INPUT_STREAM, study.networks().batch() * spec.inputs());
    this.target = normals(batchSeed, TARGET_STREAM, study.networks().batch() * spec.outputs());
    this.branches = branches(network);
  }

  private static Parameterization parameterization(
      DepthStudy study, DepthStudy.Contender contender) {
    return study.scaling().apply(contender.rule().apply(1));
  }

  private static double[] normals(long seed, long stream, int count) {
    double[] values = new double[count];
    new NormalStream(seed, stream).fill(0, values, 0, count);
    return values;
  }

  private static List<Parameter> branches(Network network) {
    List<Parameter> weights = new ArrayList<>();
    for (Unit unit : network.units()) {
      List<ParameterSpec> specs = network.spec().parameters(unit.index());
      for (int i = 0; i < specs.size(); i++) {
        if (specs.get(i).branch() && specs.get(i).kind() == ParameterKind.WEIGHT) {
          weights.add(unit.parameters().get(i));
        }
      }
    }
    return weights;
  }

  /** The bytes that a network takes on a backend; nothing is allocated. */
  static long bytes(Backend backend, DepthStudy study, DepthStudy.Contender contender, int depth) {
    return MemoryPlan.bytes(
        backend,
        counting -> {
          try (DepthProbe probe = new DepthProbe(counting, study, contender, depth, 0)) {
            probe.reach(study.steps());
          }
        });
  }

  private RuleContext context(Arena own) {
    return new RuleContext(
        backend, own, network, Loss.MSE, study.networks().batch(), update, study.seed());
  }

  private RuleStep prepare(LearningRule rule, Arena own) {
    RuleStep step = rule.prepare(context(own));
    backend.upload(input, step.input());
    backend.upload(target, step.target());
    return step;
  }

  private List<double[]> gradients(LearningRule rule) {
    try (Arena own = backend.newArena();
        RuleStep step = prepare(rule, own)) {
      step.computeGradients();
      return gradients();
    }
  }

  private List<double[]> gradients() {
    return branches.stream().map(Parameter::gradient).map(backend::read).toList();
  }

  /**
   * The fewest steps whose gradients point where backpropagation's do, as far as the search sees:
   * step by step where the rule can, in strides of its resolution; elsewhere from below, by growing
   * numbers, then between the last two.
   *
   * @param limit most steps tried
   * @return empty where these do not suffice
   */
  OptionalInt stepsNeeded(int limit) {
    List<double[]> exact = gradients(new BackPropagation());
    try (Arena own = backend.newArena();
        RuleStep step = prepare(contender.rule().apply(1), own);
        @Nullable StepwiseInference inference = step.stepwise()) {
      return inference == null ? search(limit, exact) : follow(inference, limit, exact);
    }
  }

  private OptionalInt follow(StepwiseInference inference, int limit, List<double[]> exact) {
    inference.start();
    int next = 1;
    for (int t = 1; t <= limit; t++) {
      inference.advance();
      if (t == next) {
        inference.computeGradients();
        if (suffices(gradients(), exact)) {
          return OptionalInt.of(t);
        }
        next = Math.max(t + 1, (int) Math.round(t * (1 + RESOLUTION)));
      }
    }
    return OptionalInt.empty();
  }

  private OptionalInt search(int limit, List<double[]> exact) {
    int few = 0;
    int enough = 1;
    while (!suffices(gradients(contender.rule().apply(enough)), exact)) {
      if (enough >= limit) {
        return OptionalInt.empty();
      }
      few = enough;
      enough = Math.min(limit, (int) Math.ceil(GROWTH * enough));
    }
    while (enough - few > Math.max(1, RESOLUTION * enough)) {
      int between = (few + enough) / 2;
      if (suffices(gradients(contender.rule().apply(between)), exact)) {
        enough = between;
      } else {
        few = between;
      }
    }
    return OptionalInt.of(enough);
  }

  private static boolean suffices(List<double[]> found, List<double[]> exact) {
    Angle angle = new Angle();
    for (int i = 0; i < found.size(); i++) {
      angle.add(1, found.get(i), exact.get(i));
    }
    return Math.cos(Math.toRadians(angle.degrees())) >= DepthStudy.COSINE;
  }

  /** How far credit reaches after a number of steps. */
  CreditReach reach(int steps) {
    LearningRule rule = contender.rule().apply(steps);
    try (Arena own = backend.newArena();
        RuleStep step = prepare(rule, own);
        ReachProbe probe = new ReachProbe(context(own), study.optimizer(), step)) {
      return probe.measure();
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
