package lemniscate.train;

/**
 * How well a network does on a set of examples.
 *
 * @param examples how many
 * @param loss mean over the examples
 * @param accuracy fraction whose largest output is the label's; NaN for regression
 */
public record Evaluation(int examples, double loss, double accuracy) {}
