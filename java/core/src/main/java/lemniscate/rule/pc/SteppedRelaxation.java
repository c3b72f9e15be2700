package lemniscate.rule.pc;

import java.util.function.Consumer;
import lemniscate.backend.Backend;
import lemniscate.backend.Operations;
import lemniscate.backend.Plan;
import lemniscate.rule.StepwiseInference;

/** A relaxation of states whose every step is the same, as a plan that is run again and again. */
final class SteppedRelaxation implements StepwiseInference {

  private final Plan start;
  private final Plan step;
  private final Plan gradients;
  private final Runnable ended;

  /**
   * Records.
   *
   * @param begin what follows the feed-forward pass
   * @param one a step
   * @param end gradients and energy
   * @param ended told when these have been run
   */
  SteppedRelaxation(
      Backend backend,
      PcLayers layers,
      Consumer<Operations> begin,
      Consumer<Operations> one,
      Consumer<Operations> end,
      Runnable ended) {
    this.ended = ended;
    this.start =
        backend.record(
            ops -> {
              layers.feedForward(ops);
              layers.allMoved(ops);
              layers.assumeAllMoved();
              begin.accept(ops);
            });
    this.step =
        backend.record(
            ops -> {
              layers.assumeAllMoved();
              one.accept(ops);
            });
    this.gradients =
        backend.record(
            ops -> {
              layers.assumeAllMoved();
              end.accept(ops);
            });
  }

  @Override
  public void start() {
    start.run();
  }

  @Override
  public void advance() {
    step.run();
  }

  @Override
  public void computeGradients() {
    gradients.run();
    ended.run();
  }

  @Override
  public void close() {
    start.close();
    step.close();
    gradients.close();
  }
}
