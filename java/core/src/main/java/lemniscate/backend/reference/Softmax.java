package lemniscate.backend.reference;

import java.util.Arrays;

/**
 * Softmax of one row. The largest logit is subtracted first, so that no exponential overflows and
 * the sum is at least 1.
 */
final class Softmax {

  private final double[] centred;
  private final double sum;

  private Softmax(double[] centred, double sum) {
    this.centred = centred;
    this.sum = sum;
  }

  static Softmax of(double[] logits) {
    double largest = Arrays.stream(logits).max().orElseThrow();
    double[] centred = new double[logits.length];
    double sum = 0;
    for (int j = 0; j < logits.length; j++) {
      centred[j] = logits[j] - largest;
      sum += Math.exp(centred[j]);
    }
    return new Softmax(centred, sum);
  }

  double probability(int j) {
    return Math.exp(centred[j]) / sum;
  }

  double logProbability(int j) {
    return centred[j] - Math.log(sum);
  }
}
