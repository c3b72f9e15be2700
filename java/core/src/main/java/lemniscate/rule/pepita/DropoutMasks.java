package lemniscate.rule.pepita;

import java.util.List;
import lemniscate.backend.Backend;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Slabs;
import lemniscate.random.Philox4x32;
import lemniscate.rule.RuleContext;
import lemniscate.tensor.Tensor;

/**
 * One mask for each hidden layer, of 0 and 1/(1 − p), drawn anew for every batch: element i of the
 * mask of layer l in draw t is a function of the seed, t, l and i alone.
 */
final class DropoutMasks {

  private static final long FIRST_STREAM = 1L << 34;
  // Words of the generator are 32 bits wide.
  private static final double WORDS = 0x1p32;

  private final Backend backend;
  private final long seed;
  private final double dropout;
  private final List<Tensor> masks;
  private final Tensor draws;
  private final int[] words = new int[Philox4x32.WORDS];
  private final List<float[]> values;

  DropoutMasks(RuleContext context, double dropout) {
    NetworkSpec spec = context.network().spec();
    this.backend = context.backend();
    this.seed = context.seed();
    this.dropout = dropout;
    this.masks = Slabs.activities(context.arena(), spec, context.batch(), 1, spec.layers() - 1);
    this.draws = context.arena().allocateScalars(1);
    backend.setScalar(0, draws);
    this.values = masks.stream().map(mask -> new float[Math.toIntExact(mask.elements())]).toList();
  }

  /** Draws the masks of the next batch, and counts it. */
  void next() {
    peek();
    backend.setScalar(backend.scalar(draws) + 1, draws);
  }

  /** Draws the masks of the next batch, which stay those of the next. */
  void peek() {
    long draw = Math.round(backend.scalar(draws));
    for (int l = 0; l < masks.size(); l++) {
      fill(FIRST_STREAM + draw * masks.size() + l, values.get(l));
      backend.upload(values.get(l), masks.get(l));
    }
  }

  private void fill(long stream, float[] mask) {
    // Whether a word, read as unsigned, is below p · 2³².
    long threshold = Math.round(dropout * WORDS);
    float kept = (float) (1 / (1 - dropout));
    for (int i = 0; i < mask.length; i++) {
      if (i % Philox4x32.WORDS == 0) {
        Philox4x32.block(seed, i / Philox4x32.WORDS, stream, words, 0);
      }
      mask[i] = Integer.toUnsignedLong(words[i % Philox4x32.WORDS]) < threshold ? 0 : kept;
    }
  }

  /** The masks of all hidden layers. */
  List<Tensor> all() {
    return masks;
  }

  /** The mask of layer l, from 1. */
  Tensor mask(int l) {
    return masks.get(l - 1);
  }

  /** Number of draws so far, for checkpoints. */
  Tensor draws() {
    return draws;
  }
}
