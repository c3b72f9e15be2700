package lemniscate.mup;

/**
 * The numbers of one trained array at one width.
 *
 * @param multiplier factor of the array in the forward pass: W = multiplier · w
 * @param initStd standard deviation of the entries of w at the start; 0 for a bias
 * @param learningRateFactor factor of the base learning rate for w
 * @param epsilonFactor factor of Adam's ε, which must scale like the gradient with respect to w
 * @param weightDecayFactor factor of the base decoupled weight decay, such that learning rate times
 *     decay does not depend on the width
 */
public record ParameterScaling(
    double multiplier,
    double initStd,
    double learningRateFactor,
    double epsilonFactor,
    double weightDecayFactor) {}
