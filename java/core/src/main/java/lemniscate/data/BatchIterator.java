package lemniscate.data;

import lemniscate.config.BadInputException;
import lemniscate.random.Philox4x32;

/**
 * Shuffled training batches with random access: the order of an epoch is a pure function of (seed,
 * epoch, number of examples), so a run that resumes in the middle of epoch 7 asks for batch 42 of
 * epoch 7 and needs no replay. It is the same on every backend and machine.
 *
 * <p>The order is the Fisher-Yates shuffle of 0..n-1: for i = n-1 down to 1, swap positions i and
 * ⌊w(i) (i + 1) / 2^64⌋, where w(i) is word i of a counter-based SplitMix64 stream (see {@link
 * SplitMix64}) whose key comes from seed and epoch. The last partial batch of an epoch is dropped;
 * as each epoch has another order, other examples are left out.
 *
 * <p>Images may be changed at random ({@link Augmentation}), each as (seed, epoch, example) say.
 *
 * <p>Not thread-safe: the order of the last epoch asked for is kept. Nothing is allocated after the
 * constructor.
 */
public final class BatchIterator {
  private final Dataset data;
  private final Normalization normalization;
  private final Augmentation augmentation;
  private final long augmentationKey;
  private final int[] words = new int[Philox4x32.WORDS];
  private final float[] image;
  private final int batch;
  private final long seed;
  private final int[] order;
  private long orderEpoch = -1;

  /**
   * Makes an iterator.
   *
   * @param data the examples
   * @param normalization what is done to each feature
   * @param batch examples per batch
   * @param seed seed of the shuffles
   * @throws BadInputException if batch is below 1 or above the number of examples
   */
  public BatchIterator(Dataset data, Normalization normalization, int batch, long seed) {
    this(data, normalization, Augmentation.NONE, batch, seed);
  }

  /**
   * Makes an iterator over changed images.
   *
   * @param data the examples
   * @param normalization what is done to each feature
   * @param augmentation what is done to the images before
   * @param batch examples per batch
   * @param seed seed of the shuffles and changes
   * @throws BadInputException if batch is below 1 or above the number of examples, or the examples
   *     are no images that can be changed so
   */
  public BatchIterator(
      Dataset data, Normalization normalization, Augmentation augmentation, int batch, long seed) {
    augmentation.check(data);
    if (batch < 1 || batch > data.size()) {
      throw new BadInputException(
          ("train.batch is %d, but %s has %d examples; give a batch size from 1 to %d, or "
                  + "more examples (data.train).")
              .formatted(batch, data.name(), data.size(), data.size()));
    }
    this.data = data;
    this.normalization = normalization;
    this.augmentation = augmentation;
    this.augmentationKey = Augmentation.key(seed);
    this.image = new float[augmentation.isNone() ? 0 : data.features()];
    this.batch = batch;
    this.seed = seed;
    this.order = new int[data.size()];
  }

  /** The number of full batches in an epoch, at least 1. */
  public int batchesPerEpoch() {
    return data.size() / batch;
  }

  /** Examples per batch. */
  public int batch() {
    return batch;
  }

  /**
   * Writes one batch.
   *
   * @param epoch epoch, from 0
   * @param batchIndex batch within the epoch, 0..batchesPerEpoch-1
   * @param features receives B x features, row-major
   * @param targets receives B x outputs, row-major: one-hot rows, or regression targets
   */
  public void fill(long epoch, int batchIndex, float[] features, float[] targets) {
    if (batchIndex < 0 || batchIndex >= batchesPerEpoch()) {
      throw new IndexOutOfBoundsException(
          "batch " + batchIndex + " of an epoch of " + batchesPerEpoch());
    }
    shuffle(epoch);
    int start = batchIndex * batch;
    for (int k = 0; k < batch; k++) {
      int example = order[start + k];
      if (augmentation.isNone()) {
        data.copyFeatures(example, normalization, features, k * data.features());
      } else {
        augmentation.copy(
            data,
            example,
            normalization,
            augmentationKey,
            epoch,
            words,
            image,
            features,
            k * data.features());
      }
      data.copyTarget(example, targets, k * data.outputs());
    }
  }

  /**
   * The order of the examples in an epoch, with those that the last partial batch would hold; a
   * copy.
   */
  public int[] order(long epoch) {
    shuffle(epoch);
    return order.clone();
  }

  private void shuffle(long epoch) {
    if (epoch < 0) {
      throw new IllegalArgumentException("epoch " + epoch + " is negative");
    }
    if (epoch == orderEpoch) {
      return;
    }
    data.requireUnchanged();
    long key = SplitMix64.key(seed, epoch);
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
    for (int i = order.length - 1; i > 0; i--) {
      int j = SplitMix64.below(SplitMix64.word(key, i), i + 1);
      int held = order[i];
      order[i] = order[j];
      order[j] = held;
    }
    orderEpoch = epoch;
  }
}
