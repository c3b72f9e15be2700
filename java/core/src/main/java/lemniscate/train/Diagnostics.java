package lemniscate.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lemniscate.backend.Backend;
import lemniscate.backend.Operations;
import lemniscate.backend.Plan;
import lemniscate.config.BadInputException;
import lemniscate.network.Network;
import lemniscate.network.Parameter;
import lemniscate.network.Unit;
import lemniscate.optim.Optimizer;
import lemniscate.rule.Angle;
import lemniscate.rule.CreditReach;
import lemniscate.rule.IllConditionedException;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleContext;
import lemniscate.rule.RuleStep;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Measures a rule at the weights of a run, on one batch. Neither the weights nor anything that the
 * rule learns or counts is touched, so a run with diagnostics trains the same weights as one
 * without.
 *
 * <p>Other rules are bound to the same network: they read its weights and write its gradients, and
 * the gradients of the rule in training are set aside meanwhile. An angle is between the steps that
 * SGD would take with the learning rates of the run: a layer's effective weight a_l w_l would move
 * along −η_l a_l G_l. For one layer that is the angle of the gradients; over all layers, the
 * factors weigh them against each other in a way that does not depend on where the parameterisation
 * keeps its factors of width.
 */
final class Diagnostics implements AutoCloseable {

  /** Name of the angle to a rule; those of single layers go on with {@code .layer1}, …. */
  static final String ANGLE_TO = "angleTo.";

  private record Comparison(String name, RuleStep step) {}

  private final Backend backend;
  private final Network network;
  private final RuleStep trained;
  private final boolean feedback;
  private final List<Comparison> comparisons = new ArrayList<>();

  /** Gradients of the rule in training, in the order of the network's parameters. */
  private final List<Tensor> kept = new ArrayList<>();

  private @Nullable Plan keeping;

  private final @Nullable ReachProbe reach;

  /**
   * Allocates the buffers.
   *
   * @param context of the rule in training
   */
  Diagnostics(DiagnosticsSpec spec, RuleContext context, Optimizer optimizer, RuleStep trained) {
    this.backend = context.backend();
    this.network = context.network();
    this.trained = trained;
    this.feedback = spec.feedback();
    for (LearningRule rule : spec.angleTo()) {
      comparisons.add(new Comparison(rule.name(), rule.prepare(context)));
    }
    if (!comparisons.isEmpty()) {
      for (Parameter parameter : network.parameters()) {
        kept.add(context.arena().allocate(parameter.gradient().shape()));
      }
    }
    this.reach = spec.reach() ? new ReachProbe(context, optimizer, trained) : null;
  }

  /** Runs every rule once, so that a plan of the memory sees what they allocate late. */
  void warmUp() {
    if (!comparisons.isEmpty() || feedback) {
      trained.computeGradients();
    }
    comparisons.forEach(comparison -> comparison.step().computeGradients());
    if (reach != null) {
      reach.measure();
    }
  }

  /**
   * Measures.
   *
   * @param features normalised, (B, n_0)
   * @param targets (B, n_L)
   * @param initial whether the weights are those that the run begins with
   * @return numbers by name, empty if nothing is asked for; angles in degrees. NaN where a rule has
   *     no update: a layer that it does not move, or a matrix that it cannot invert
   * @throws BadInputException if a rule cannot be run at the initial weights
   */
  Map<String, Double> measure(float[] features, float[] targets, boolean initial) {
    Map<String, Double> values = new LinkedHashMap<>();
    if (comparisons.isEmpty() && !feedback) {
      return values;
    }
    boolean known = computed(trained, features, targets, initial);
    keep();
    for (Comparison comparison : comparisons) {
      boolean comparable = computed(comparison.step(), features, targets, initial) && known;
      angles(ANGLE_TO + comparison.name(), comparable, values);
    }
    if (feedback) {
      values.putAll(trained.diagnostics());
    }
    return values;
  }

  /**
   * Measures how far credit reaches.
   *
   * @param features normalised, (B, n_0)
   * @param targets (B, n_L)
   * @return empty if it is not asked for, or the rule would have to invert what it cannot
   */
  Optional<CreditReach> reach(float[] features, float[] targets) {
    if (reach == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(reach.measure(features, targets));
    } catch (IllConditionedException e) {
      // No reason to end a run that trains; one that cannot says so itself.
      return Optional.empty();
    }
  }

  // False where the rule would have to invert what cannot be inverted any more. That is no reason
  // to
  // end a run which trains; settings that do not even suit the initial weights are refused.
  private boolean computed(RuleStep step, float[] features, float[] targets, boolean initial) {
    backend.upload(features, step.input());
    backend.upload(targets, step.target());
    try {
      step.computeGradients();
      return true;
    } catch (IllConditionedException e) {
      return false;
    } catch (BadInputException e) {
      if (initial) {
        throw e;
      }
      return false;
    }
  }

  private void keep() {
    if (keeping == null) {
      keeping = backend.record(this::copyGradients);
    }
    keeping.run();
  }

  private void copyGradients(Operations ops) {
    for (int i = 0; i < kept.size(); i++) {
      ops.copy(network.parameters().get(i).gradient(), kept.get(i));
    }
  }

  private void angles(String name, boolean comparable, Map<String, Double> values) {
    List<Tensor> remaining = new ArrayList<>(kept);
    Angle all = new Angle();
    Map<String, Double> layers = new LinkedHashMap<>();
    for (Unit unit : network.units()) {
      Angle ofUnit = new Angle();
      for (Parameter parameter : unit.parameters()) {
        add(parameter, remaining.removeFirst(), ofUnit);
      }
      all.add(ofUnit);
      layers.put(name + ".layer" + unit.index(), comparable ? ofUnit.degrees() : Double.NaN);
    }
    values.put(name, comparable ? all.degrees() : Double.NaN);
    values.putAll(layers);
  }

  private void add(Parameter parameter, Tensor mine, Angle sums) {
    double factor = parameter.scaling().learningRateFactor() * parameter.scaling().multiplier();
    for (long first = 0; first < mine.elements(); first += TensorChunks.ELEMENTS) {
      sums.add(
          factor,
          backend.read(TensorChunks.chunk(mine, first)),
          backend.read(TensorChunks.chunk(parameter.gradient(), first)));
    }
  }

  /** Frees the recorded plans; the memory belongs to the arena. */
  @Override
  public void close() {
    comparisons.forEach(comparison -> comparison.step().close());
    if (keeping != null) {
      keeping.close();
    }
    if (reach != null) {
      reach.close();
    }
  }
}
