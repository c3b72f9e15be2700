package lemniscate.rule.pc;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.Backend;
import lemniscate.backend.Plan;
import lemniscate.rule.RuleContext;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Relaxation to equilibrium. Whether a step is kept depends on data, so the loop is on the host and
 * each of its parts is a plan. A step that raises F is taken back and the rate is halved.
 */
public final class EquilibriumSearch implements AutoCloseable {

  /**
   * A rise of F within its own rounding is not a rise: F is summed in float64 from terms that carry
   * the rounding of the element type, so its relative error stays below this many unit roundoffs.
   */
  private static final double RISE_IN_ROUNDOFFS = 16;

  /**
   * After so many halvings in a row no step size lowers F: the states are where rounding lets them
   * be.
   */
  private static final int MAX_HALVINGS = 40;

  private final RuleContext context;
  private final PcLayers layers;
  private final Tensor energy;
  private final int relaxation;
  private final List<Tensor> saved = new ArrayList<>();
  private @Nullable Plans plans;
  private Outcome outcome = new Outcome(0, false, 0, 0);

  /**
   * How a search ended.
   *
   * @param steps steps tried
   * @param converged whether the tolerance was met
   * @param residual largest rms(∂F/∂v_l)/rms(e_l) over the layers when it ended
   * @param rate last rate
   */
  public record Outcome(int steps, boolean converged, double residual, double rate) {}

  /**
   * The parts of the loop.
   *
   * @param norms Σ g² and Σ e² of each hidden layer in turn, before the last step
   */
  private record Plans(Plan start, Plan step, Plan restore, Tensor norms) {}

  /**
   * One of the searches of a batch.
   *
   * @param relaxation from 0, of those that nudging asks for
   */
  EquilibriumSearch(RuleContext context, PcLayers layers, Tensor energy, int relaxation) {
    this.context = context;
    this.layers = layers;
    this.energy = energy;
    this.relaxation = relaxation;
  }

  Outcome outcome() {
    return outcome;
  }

  void run(Inference.Equilibrium settings) {
    Backend backend = context.backend();
    if (plans == null) {
      plans = record();
    }
    Plans recorded = plans;
    double rate = settings.rate();
    backend.setScalar(rate, layers.rate());
    recorded.start().run();
    double current = backend.scalar(energy);
    double slack = RISE_IN_ROUNDOFFS * backend.dtype().unitRoundoff();
    int halvings = 0;
    for (int t = 1; t <= settings.maxSteps(); t++) {
      recorded.step().run();
      double residual = residual(recorded.norms());
      if (residual <= settings.tolerance()) {
        recorded.restore().run();
        outcome = new Outcome(t, true, residual, rate);
        return;
      }
      double next = backend.scalar(energy);
      // Written so that a NaN counts as a rise.
      if (next <= current + slack * Math.abs(current)) {
        current = next;
        halvings = 0;
      } else {
        recorded.restore().run();
        rate /= 2;
        backend.setScalar(rate, layers.rate());
        halvings++;
      }
      outcome = new Outcome(t, false, residual, rate);
      if (halvings > MAX_HALVINGS) {
        return;
      }
    }
  }

  private Plans record() {
    Backend backend = context.backend();
    int hidden = layers.last() - 1;
    Tensor norms = context.arena().allocateScalars(2 * hidden);
    for (int l = 1; l <= hidden; l++) {
      saved.add(context.arena().allocate(layers.displacement(l).shape()));
    }
    Plan start =
        backend.record(
            ops -> {
              layers.feedForward(ops);
              if (relaxation > 0) {
                layers.relaxAnew(ops, relaxation);
              }
              // What follows from the displacements is that of the last batch until it is renewed.
              layers.allMoved(ops);
              layers.assumeAllMoved();
              layers.refreshErrors(ops, PcLayers.Purpose.ENERGY);
              layers.energy(ops, energy);
            });
    Plan step =
        backend.record(
            ops -> {
              layers.assumeAllMoved();
              layers.stateGradients(ops);
              for (int l = 1; l <= hidden; l++) {
                ops.sumOfSquares(1, layers.back(l), false, norms.element(2L * l - 2));
                ops.sumOfSquares(1, layers.error(l), false, norms.element(2L * l - 1));
                ops.copy(layers.displacement(l), saved.get(l - 1));
              }
              layers.descend(ops);
              layers.refreshErrors(ops, PcLayers.Purpose.ENERGY);
              layers.energy(ops, energy);
            });
    Plan restore =
        backend.record(
            ops -> {
              for (int l = 1; l <= hidden; l++) {
                ops.copy(saved.get(l - 1), layers.displacement(l));
              }
              layers.allMoved(ops);
              layers.refreshErrors(ops, PcLayers.Purpose.RELAXATION);
            });
    return new Plans(start, step, restore, norms);
  }

  // Norms of gradient and error have the same length, so their ratio is that of the rms. A layer
  // without
  // any error and without any gradient is at rest.
  private double residual(Tensor norms) {
    double worst = 0;
    for (int l = 1; l < layers.last(); l++) {
      double gradient = context.backend().scalar(norms.element(2L * l - 2));
      double error = context.backend().scalar(norms.element(2L * l - 1));
      if (gradient > 0 || Double.isNaN(gradient)) {
        worst = Math.max(worst, Math.sqrt(gradient / error));
      }
    }
    return worst;
  }

  @Override
  public void close() {
    if (plans != null) {
      plans.start().close();
      plans.step().close();
      plans.restore().close();
    }
  }
}
