package lemniscate.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import lemniscate.backend.Backend;
import lemniscate.backend.Operations;
import lemniscate.backend.Plan;
import lemniscate.network.Parameter;
import lemniscate.network.ParameterKind;
import lemniscate.network.Unit;
import lemniscate.optim.Optimizer;
import lemniscate.rule.CreditReach;
import lemniscate.rule.RuleContext;
import lemniscate.rule.RuleFamily;
import lemniscate.rule.RuleStep;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Measures {@link CreditReach} of a rule at the weights of its network. It costs the rule's
 * gradients and a pass of backpropagation, whose buffers and a copy of the weights' gradients it
 * keeps. No weight moves, and nothing that the rule learns or counts.
 */
public final class ReachProbe implements AutoCloseable {

  /** The weights of a unit with the place of the rule's gradients. */
  private record Weight(int unit, Parameter parameter, Tensor kept) {}

  private final Backend backend;
  private final RuleStep rule;
  private final RuleStep backPropagation;
  private final int last;
  private final double epsilon;
  private final List<Weight> weights = new ArrayList<>();
  private final Plan keeping;

  /**
   * Allocates the buffers.
   *
   * @param context of the rule
   * @param optimizer what moves the weights
   * @param rule bound to the context
   */
  public ReachProbe(RuleContext context, Optimizer optimizer, RuleStep rule) {
    this.backend = context.backend();
    this.rule = rule;
    this.last = context.network().units().size();
    this.epsilon = optimizer.epsilon();
    this.backPropagation =
        RuleFamily.all().stream()
            .flatMap(family -> family.lossGradients().stream())
            .findFirst()
            .orElseThrow()
            .prepare(context);
    for (Unit unit : context.network().units()) {
      for (Parameter parameter : unit.parameters()) {
        if (parameter.kind() == ParameterKind.WEIGHT) {
          Tensor kept = context.arena().allocate(parameter.gradient().shape());
          weights.add(new Weight(unit.index(), parameter, kept));
        }
      }
    }
    this.keeping = backend.record(this::copyGradients);
  }

  private void copyGradients(Operations ops) {
    weights.forEach(weight -> ops.copy(weight.parameter().gradient(), weight.kept()));
  }

  /** Measures on the batch that the rule holds. */
  public CreditReach measure() {
    backend.upload(backend.read(rule.input()), backPropagation.input());
    backend.upload(backend.read(rule.target()), backPropagation.target());
    return compare();
  }

  /**
   * Measures.
   *
   * @param features normalised, (B, n_0)
   * @param targets (B, n_L)
   */
  public CreditReach measure(float[] features, float[] targets) {
    for (RuleStep step : List.of(rule, backPropagation)) {
      backend.upload(features, step.input());
      backend.upload(targets, step.target());
    }
    return compare();
  }

  private CreditReach compare() {
    rule.computeGradients();
    keeping.run();
    backPropagation.computeGradients();
    List<CreditReach.Sums> units = new ArrayList<>();
    int unit = 0;
    for (Weight weight : weights) {
      if (weight.unit() != unit) {
        unit = weight.unit();
        units.add(new CreditReach.Sums(unit));
      }
      add(weight, units.getLast());
    }
    return CreditReach.of(units, epsilon > 0).withEquilibriumFactor(equilibriumFactor());
  }

  private double equilibriumFactor() {
    double hidden = 0;
    for (int l = 1; l < last; l++) {
      double ratio = rule.precisionRatio(l);
      if (Double.isNaN(ratio)) {
        return ratio;
      }
      hidden += ratio * sumOfSquares(backPropagation.localError(l));
    }
    return hidden == 0 ? 1 : 1 + hidden / sumOfSquares(backPropagation.localError(last));
  }

  private static double sumOfSquares(double @Nullable [] values) {
    return Arrays.stream(Objects.requireNonNull(values)).map(value -> value * value).sum();
  }

  private void add(Weight weight, CreditReach.Sums sums) {
    Parameter parameter = weight.parameter();
    double scaled = epsilon * parameter.scaling().epsilonFactor();
    for (long first = 0; first < weight.kept().elements(); first += TensorChunks.ELEMENTS) {
      sums.add(
          backend.read(TensorChunks.chunk(weight.kept(), first)),
          backend.read(TensorChunks.chunk(parameter.gradient(), first)),
          scaled);
    }
  }

  /** Frees the recorded plans but the rule's; the memory belongs to the arena. */
  @Override
  public void close() {
    backPropagation.close();
    keeping.close();
  }
}
