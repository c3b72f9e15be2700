package lemniscate.rule.pc;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.Backend;
import lemniscate.backend.Operations;
import lemniscate.backend.Plan;
import lemniscate.rule.RuleContext;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Descent of the free energy in error coordinates, for a number of steps or to equilibrium. A step
 * that raises F is taken back and the rate is halved. Whether a step is kept depends on data, so
 * the loop is on the host and each of its parts is a plan; where only the number of steps is given,
 * all of them are one plan first, and the loop runs if F has risen in it.
 */
public final class EquilibriumSearch implements Relaxation {

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
  private final ErrorCoordinates errors;
  private final Inference inference;
  private final Tensor energy;
  private final Tensor trace;
  private final int relaxation;
  private final List<Tensor> saved = new ArrayList<>();
  private final Tensor norms;
  private final double[] squares;
  private final double[] energies;
  private @Nullable Plan straight;
  private @Nullable Plans plans;
  private final Outcome withoutLoop;
  private Outcome outcome = new Outcome(0, false, 0, 0);

  /**
   * How a search ended.
   *
   * @param steps steps tried
   * @param converged whether the tolerance was met
   * @param residual largest rms(∂F/∂e_l)/rms(e_l) over the layers when it ended; not a number where
   *     it was not asked for
   * @param rate last rate
   */
  public record Outcome(int steps, boolean converged, double residual, double rate) {}

  /** The parts of the loop. */
  private record Plans(Plan start, Plan step, Plan restore) {}

  /**
   * Allocates one of the searches of a batch.
   *
   * @param energy receives F at the end
   * @param trace receives F before each of a given number of steps; as many scalars
   * @param relaxation from 0, of those that nudging asks for
   */
  EquilibriumSearch(
      RuleContext context,
      PcLayers layers,
      Inference inference,
      Tensor energy,
      Tensor trace,
      int relaxation) {
    this.context = context;
    this.layers = layers;
    this.errors = new ErrorCoordinates(layers);
    this.inference = inference;
    this.energy = energy;
    this.trace = trace;
    this.relaxation = relaxation;
    int steps = inference instanceof Inference.Errors given ? given.steps() : 0;
    this.withoutLoop = new Outcome(steps, false, Double.NaN, inference.rate());
    this.norms = context.arena().allocateScalars(2 * errors.hidden());
    this.energies = new double[Math.max(1, steps)];
    this.squares = new double[2 * errors.hidden()];
    for (int l = 1; l <= errors.hidden(); l++) {
      saved.add(context.arena().allocate(errors.variable(l).shape()));
    }
  }

  Outcome outcome() {
    return outcome;
  }

  @Override
  public void run() {
    context.backend().setScalar(inference.rate(), layers.rate());
    switch (inference) {
      case Inference.Errors fixed -> {
        if (!straight(fixed)) {
          search(fixed.steps(), fixed.rate(), 0, true);
        }
      }
      case Inference.Equilibrium settings ->
          search(settings.maxSteps(), settings.rate(), settings.tolerance(), false);
      default -> throw new IllegalStateException(inference + " has no error coordinates");
    }
  }

  @Override
  public void gradients(Operations ops) {
    layers.turnTo(relaxation);
    errors.weightGradients(ops);
  }

  // All steps at once; whether F has fallen in each.
  private boolean straight(Inference.Errors settings) {
    Backend backend = context.backend();
    if (straight == null) {
      straight =
          backend.record(
              ops -> {
                errors.start(ops, relaxation);
                for (int t = 0; t < settings.steps(); t++) {
                  errors.energy(ops, trace.element(t));
                  errors.sendErrorsDown(ops);
                  errors.step(ops);
                  errors.predict(ops);
                }
                errors.energy(ops, energy);
              });
    }
    straight.run();
    backend.download(trace, energies);
    double last = backend.scalar(energy);
    for (int t = 0; t < energies.length; t++) {
      if (!falls(energies[t], t + 1 < energies.length ? energies[t + 1] : last)) {
        return false;
      }
    }
    outcome = withoutLoop;
    return true;
  }

  // Written so that a NaN counts as a rise.
  private boolean falls(double before, double after) {
    double slack = RISE_IN_ROUNDOFFS * context.backend().dtype().unitRoundoff();
    return after <= before + slack * Math.abs(before);
  }

  /**
   * The loop.
   *
   * @param limit of the steps
   * @param kept whether those alone count that are not taken back
   */
  private void search(int limit, double firstRate, double tolerance, boolean kept) {
    Backend backend = context.backend();
    if (plans == null) {
      plans = record();
    }
    Plans recorded = plans;
    double rate = firstRate;
    recorded.start().run();
    double current = backend.scalar(energy);
    int halvings = 0;
    int counted = 0;
    for (int t = 1; counted < limit; t++) {
      recorded.step().run();
      double residual = residual();
      if (residual <= tolerance) {
        recorded.restore().run();
        outcome = new Outcome(t, true, residual, rate);
        return;
      }
      double next = backend.scalar(energy);
      boolean falls = falls(current, next);
      if (falls) {
        if (kept) {
          backend.setScalar(current, trace.element(counted));
        }
        current = next;
        halvings = 0;
      } else {
        recorded.restore().run();
        rate /= 2;
        backend.setScalar(rate, layers.rate());
        halvings++;
      }
      if (falls || !kept) {
        counted++;
      }
      outcome = new Outcome(t, false, residual, rate);
      if (halvings > MAX_HALVINGS) {
        return;
      }
    }
  }

  private Plans record() {
    Backend backend = context.backend();
    int hidden = errors.hidden();
    Plan start =
        backend.record(
            ops -> {
              errors.start(ops, relaxation);
              // What follows from the errors is that of the last batch until it is renewed.
              errors.predict(ops);
              errors.energy(ops, energy);
            });
    Plan step =
        backend.record(
            ops -> {
              layers.assumeAllMoved();
              errors.sendErrorsDown(ops);
              errors.gradients(ops);
              for (int l = 1; l <= hidden; l++) {
                ops.sumOfSquares(1, layers.back(l), false, norms.element(2L * l - 2));
                ops.sumOfSquares(1, errors.variable(l), false, norms.element(2L * l - 1));
                ops.copy(errors.variable(l), saved.get(l - 1));
                ops.axpy(-1, layers.rate(), layers.back(l), errors.variable(l));
              }
              errors.predict(ops);
              errors.energy(ops, energy);
            });
    Plan restore =
        backend.record(
            ops -> {
              for (int l = 1; l <= hidden; l++) {
                ops.copy(saved.get(l - 1), errors.variable(l));
              }
              errors.predict(ops);
              errors.energy(ops, energy);
            });
    return new Plans(start, step, restore);
  }

  // Norms of gradient and error have the same length, so their ratio is that of the rms. A layer
  // without any error and without any gradient is at rest.
  private double residual() {
    context.backend().download(norms, squares);
    double worst = 0;
    for (int l = 1; l <= errors.hidden(); l++) {
      double gradient = squares[2 * l - 2];
      double error = squares[2 * l - 1];
      if (gradient > 0 || Double.isNaN(gradient)) {
        worst = Math.max(worst, Math.sqrt(gradient / error));
      }
    }
    return worst;
  }

  @Override
  public void close() {
    if (straight != null) {
      straight.close();
    }
    if (plans != null) {
      plans.start().close();
      plans.step().close();
      plans.restore().close();
    }
  }
}
