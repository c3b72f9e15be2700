package lemniscate.rule.pc;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import lemniscate.rule.RuleContext;
import lemniscate.tensor.Tensor;

/**
 * An inference rate that is a part of the largest stable one, measured every {@link
 * RateSearch#PERIOD} updates.
 */
final class MeasuredRate implements AutoCloseable {

  private final PredictiveCoding rule;
  private final RuleContext context;
  private final RateSearch search;
  private final Tensor age;
  private final Tensor value;

  /**
   * Of a rule that measures its rate.
   *
   * @param layers whose states relax
   */
  MeasuredRate(PredictiveCoding rule, RuleContext context, PcLayers layers) {
    this.rule = rule;
    this.context = context;
    Tensor scalars = context.arena().allocateScalars(2);
    this.age = scalars.element(0);
    // The guard of PC-ALM writes the one that layers use.
    boolean own = rule.inference() instanceof Inference.AugmentedLagrangian;
    this.value = own ? scalars.element(1) : layers.rate();
    this.search = new RateSearch(context, own ? withoutDuals() : layers, layers.forward().input());
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

  /** The last one. */
  double value() {
    return context.backend().scalar(value);
  }

  /** Measures it if it is time, and counts the update. */
  void beforeStep() {
    double updates = context.backend().scalar(age);
    if (updates % RateSearch.PERIOD == 0) {
      measure();
    }
    context.backend().setScalar(updates + 1, age);
  }

  /**
   * Does something at the rate of the present batch, which leaves that of the training as it is.
   */
  <T> T during(Supplier<T> work) {
    double former = value();
    measure();
    T result = work.get();
    context.backend().setScalar(former, value);
    return result;
  }

  private void measure() {
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
    context.backend().setScalar(step / search.largest(), value);
  }

  /** As {@link PcStep#largestEigenvalues}. */
  double[] largestEigenvalues(List<double[]> start, int iterations) {
    return search.eigenvalues(start, iterations);
  }

  /** What a checkpoint keeps: itself, and the updates since it was first measured. */
  Map<String, Tensor> state() {
    // In this order in every process, which Map.of is not.
    Map<String, Tensor> state = new LinkedHashMap<>();
    state.put("pc.rate", value);
    state.put("pc.rateAge", age);
    return state;
  }

  @Override
  public void close() {
    search.close();
  }
}
