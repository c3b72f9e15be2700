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
 * @param best single trial so far, by the choice; the first of equals
 * @param choice by what trials are compared
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
    Choice choice,
    boolean interrupted) {}
