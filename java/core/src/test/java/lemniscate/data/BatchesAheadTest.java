package lemniscate.data;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class BatchesAheadTest {

  private static final int BATCH = 7;

  private final Dataset examples =
      Datasets.load(new DataRequest("synthetic", null, 31, 5, 1)).train();

  private BatchIterator iterator() {
    return new BatchIterator(examples, Normalization.standard(examples), BATCH, 3);
  }

  /** In order over three epochs of four batches, again from elsewhere, and the same one twice. */
  @Test
  void batchesAreThoseOfTheIterator() {
    BatchIterator expected = iterator();
    float[] features = new float[BATCH * examples.features()];
    float[] targets = new float[BATCH * examples.outputs()];
    try (BatchesAhead ahead =
        new BatchesAhead(iterator(), examples.features(), examples.outputs())) {
      for (long number : new long[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 2, 3, 3, 11, 12}) {
        BatchesAhead.Batch batch = ahead.next(number);
        expected.fill(number / 4, (int) (number % 4), features, targets);
        assertThat(batch.features()).as("batch %d", number).isEqualTo(features);
        assertThat(batch.targets()).isEqualTo(targets);
      }
    }
  }
}
