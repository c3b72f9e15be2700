package lemniscate.sweep;

import java.util.Optional;

/**
 * How far a sweep is.
 *
 * @param trials how many there are to finish, with those that are
 * @param finished with whatever outcome
 * @param running now
 * @param failed of the finished ones
 * @param timeout of the finished ones
 * @param diverged of the finished ones
 * @param best with the smallest test loss; the first of equals
 * @param interrupted whether a stop was asked for before all were finished
 */
public record SweepProgress(
    int trials,
    int finished,
    int running,
    int failed,
    int timeout,
    int diverged,
    Optional<TrialRow> best,
    boolean interrupted) {}
