package lemniscate.rule.tp;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import lemniscate.backend.Operations;
import lemniscate.backend.Plan;
import lemniscate.network.Parameter;
import lemniscate.rule.LocalTargetStep;
import lemniscate.rule.LocalTargets;
import lemniscate.rule.RecordedStep;
import lemniscate.rule.RuleContext;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A step of target propagation: feed-forward pass, training of the feedback (where it learns),
 * displacements, gradients, update. In warm-up epochs it ends after the feedback.
 */
public final class TpStep implements LocalTargetStep {

  private final RuleContext context;
  private final LocalTargets targets;
  private final @Nullable FeedbackMaps maps;
  private final @Nullable FeedbackTraining training;
  private final Descent descent;
  private final RecordedStep step;
  private final int warmupEpochs;
  private boolean warmingUp;
  private @Nullable Plan warmup;

  TpStep(TargetPropagation rule, RuleContext context) {
    this.context = context;
    this.targets = new LocalTargets(context, rule.targetStep());
    this.maps = maps(rule);
    this.descent = descent(rule);
    if (maps != null && rule.feedback() instanceof Feedback.Learned learned) {
      this.training = new FeedbackTraining(learned, maps, context, targets);
      this.warmupEpochs = learned.warmupEpochs();
    } else {
      this.training = null;
      this.warmupEpochs = 0;
    }
    this.warmingUp = warmupEpochs > 0;
    this.step = new RecordedStep(context.backend(), this::record);
  }

  private @Nullable FeedbackMaps maps(TargetPropagation rule) {
    Maps shape = rule.maps().orElse(null);
    return shape == null
        ? null
        : new FeedbackMaps(
            rule.pathway(),
            shape,
            rule.feedbackScaling(context.network().parameterization()),
            context,
            targets);
  }

  private Descent descent(TargetPropagation rule) {
    if (maps != null) {
      return new MapDescent(rule.pathway(), maps, context, targets);
    }
    return rule.feedback() instanceof Feedback.Ridge ridge
        ? new RidgeDescent(rule.pathway(), ridge, context, targets)
        : new WeightDescent(rule.pathway(), rule.feedback(), context, targets);
  }

  private void record(Operations ops, boolean update) {
    targets.feedForward(ops);
    if (update && training != null) {
      training.record(ops);
    }
    descent.record(ops);
    targets.gradients(ops);
    if (update) {
      context.update().record(ops);
    }
  }

  private void recordWarmup(Operations ops) {
    targets.feedForward(ops);
    if (training != null) {
      training.record(ops);
    }
  }

  @Override
  public void epoch(long epoch) {
    warmingUp = epoch < warmupEpochs;
  }

  @Override
  public LocalTargets targets() {
    return targets;
  }

  @Override
  public void run() {
    if (!warmingUp) {
      step.run();
      check();
      return;
    }
    if (warmup == null) {
      warmup = context.backend().record(this::recordWarmup);
    }
    warmup.run();
  }

  @Override
  public void computeGradients() {
    step.computeGradients();
    check();
  }

  private void check() {
    switch (descent) {
      case RidgeDescent ridge -> ridge.check();
      case WeightDescent weights -> weights.check();
      case MapDescent _ -> {
        // Nothing is inverted.
      }
    }
  }

  /** Runs the feed-forward pass and leaves the gradients of one feedback iteration in the maps. */
  void computeFeedbackGradients() {
    if (training != null) {
      context
          .backend()
          .run(
              ops -> {
                targets.feedForward(ops);
                training.gradients(ops);
              });
    }
  }

  /** Weights and biases of the feedback maps, from the map to layer 1 on; none if it has none. */
  public List<Parameter> feedbackParameters() {
    return maps == null ? List.of() : maps.parameters();
  }

  /** R of the hidden layer of direct maps, which must have one. */
  Tensor hiddenWeight() {
    return Objects.requireNonNull(maps, "feedback without maps").hiddenWeight();
  }

  /** The map that gives layer k its target, where maps have weights of their own. */
  FeedbackMap map(int k) {
    return Objects.requireNonNull(maps, "feedback without maps").toLayer(k);
  }

  /** The training of the feedback, where it learns. */
  @Nullable FeedbackTraining training() {
    return training;
  }

  @Override
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    for (Parameter parameter : feedbackParameters()) {
      state.put(parameter.name(), parameter.value());
    }
    if (training != null) {
      state.putAll(training.state());
    }
    return state;
  }

  /**
   * Of each map Q_l its Frobenius norm {@code feedbackNorm.layer<l>} and, where it leads from layer
   * l to its neighbour l − 1, the angle {@code feedbackAngle.layer<l>} in degrees between Q_l and
   * the transpose of W_l. Maps of direct feedback have the number of the layer that they lead to.
   */
  @Override
  public Map<String, Double> diagnostics() {
    return maps == null ? Map.of() : maps.diagnostics();
  }

  /** Activity h_l of the last batch, (B, n_l), l = 0 … L. */
  public double[] activity(int l) {
    return context.backend().read(targets.forward().activity(l));
  }

  @Override
  public void close() {
    step.close();
    if (warmup != null) {
      warmup.close();
    }
  }
}
