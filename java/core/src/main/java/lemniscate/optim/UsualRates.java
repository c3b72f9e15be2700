package lemniscate.optim;

/**
 * The learning rates that something bears with the usual optimisers, out of which another takes the
 * one of its nearest relative.
 */
public record UsualRates(double sgd, double momentum, double adam) {}
