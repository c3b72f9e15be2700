package lemniscate.rule.ff;

import java.util.Arrays;
import lemniscate.backend.Backend;
import lemniscate.random.Philox4x32;
import lemniscate.rule.RuleContext;
import lemniscate.tensor.Tensor;

/**
 * The labels of a step: right, wrong and neutral, a block of B rows each. A wrong label is uniform
 * over the classes but the right one; that of example i in draw t is a function of seed, t and i
 * alone.
 */
final class NegativeLabels {

  private static final long FIRST_STREAM = 1L << 33;

  /** Bits of a word of the generator. */
  private static final int WORD_BITS = 32;

  private final Backend backend;
  private final long seed;
  private final double scale;
  private final int batch;
  private final int classes;
  private final Tensor labels;
  private final Tensor draws;
  private final int[] words = new int[Philox4x32.WORDS];
  private final double[] targets;
  private final double[] values;

  /**
   * Starts at draw 0.
   *
   * @param labels shape (3 B, classes)
   */
  NegativeLabels(RuleContext context, ForwardForward rule, Tensor labels) {
    this.backend = context.backend();
    this.seed = context.seed();
    this.scale = rule.labelScale();
    this.batch = context.batch();
    this.classes = labels.columns();
    this.labels = labels;
    this.draws = context.arena().allocateScalars(1);
    backend.setScalar(0, draws);
    this.targets = new double[batch * classes];
    this.values = new double[3 * targets.length];
    Arrays.fill(values, 2 * targets.length, values.length, rule.neutralLabel(classes));
  }

  /** Writes the labels for a batch of targets, with new wrong ones. */
  void next(Tensor target) {
    backend.download(target, targets);
    long draw = Math.round(backend.scalar(draws));
    Arrays.fill(values, 0, 2 * targets.length, 0);
    for (int i = 0; i < batch; i++) {
      int right = label(i);
      Philox4x32.block(seed, i, FIRST_STREAM + draw, words, 0);
      values[i * classes + right] = scale;
      values[targets.length + i * classes + wrong(right, words[0])] = scale;
    }
    backend.upload(values, labels);
    backend.setScalar(draw + 1.0, draws);
  }

  private int label(int example) {
    int best = 0;
    for (int c = 1; c < classes; c++) {
      best = targets[example * classes + c] > targets[example * classes + best] ? c : best;
    }
    return best;
  }

  // The other classes in order, from the one after the right one.
  private int wrong(int right, int word) {
    long step = 1 + (Integer.toUnsignedLong(word) * (classes - 1) >>> WORD_BITS);
    return (int) ((right + step) % classes);
  }

  /** Right, wrong and neutral labels, (3 B, classes). */
  Tensor rows() {
    return labels;
  }

  /** Number of draws so far, for checkpoints. */
  Tensor draws() {
    return draws;
  }
}
