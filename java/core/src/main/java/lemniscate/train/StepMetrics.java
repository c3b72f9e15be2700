package lemniscate.train;

/**
 * What is known after a training step.
 *
 * @param step number of steps done, from 1
 * @param steps number of steps of the whole run
 * @param epoch the epoch that the step belongs to, from 1
 * @param loss of the step's batch before its update, mean over the examples
 * @param energy what the rule descends beside the loss (free energy after the inference, losses of
 *     layers), mean over the examples; NaN for rules without one
 * @param learningRate at the base width, with the schedule's factor
 * @param examplesPerSecond training speed so far, without evaluations
 * @param seconds since the start of the run, over all its sessions
 */
public record StepMetrics(
    long step,
    long steps,
    long epoch,
    double loss,
    double energy,
    double learningRate,
    double examplesPerSecond,
    double seconds) {}
