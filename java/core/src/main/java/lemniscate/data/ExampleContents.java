package lemniscate.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.function.DoubleUnaryOperator;
import lemniscate.config.BadInputException;
import org.jspecify.annotations.Nullable;

/**
 * What follows from all the numbers of a set: its hash, mean and deviation, whether all are finite.
 */
final class ExampleContents {

  private static final int CHUNK_NUMBERS = 1 << 14;
  private static final int HASH_CHUNK_BYTES = 1 << 16;

  private final ExampleRows rows;
  private final Numbers numbers;
  private final int features;
  // Exactly one of the two is there.
  private final int @Nullable [] labels;
  private final @Nullable Numbers targets;
  private final int outputs;

  ExampleContents(
      ExampleRows rows,
      Numbers numbers,
      int features,
      int @Nullable [] labels,
      @Nullable Numbers targets,
      int outputs) {
    this.rows = rows;
    this.numbers = numbers;
    this.features = features;
    this.labels = labels;
    this.targets = targets;
    this.outputs = outputs;
  }

  /**
   * Refuses numbers that are not finite.
   *
   * @param where file or array, for the message
   * @param what one number is, for the message
   * @param perRow numbers of an example
   * @throws BadInputException naming the first
   */
  static void requireFinite(String where, Numbers all, String what, int perRow) {
    if (all.finite()) {
      return;
    }
    float[] chunk = new float[CHUNK_NUMBERS];
    for (long from = 0; from < all.length(); from += chunk.length) {
      int count = (int) Math.min(chunk.length, all.length() - from);
      all.read(from, count, Normalization.none(), chunk, 0);
      for (int j = 0; j < count; j++) {
        if (!Float.isFinite(chunk[j])) {
          throw new BadInputException(
              ("%s: %s %d of example %d is %s, expected a finite 32-bit number; remove or "
                      + "replace such examples.")
                  .formatted(where, what, (from + j) % perRow, (from + j) / perRow, chunk[j]));
        }
      }
    }
  }

  /** As {@link Dataset#sha256}. */
  String sha256() {
    MessageDigest digest = ContentHash.sha256();
    ByteBuffer buffer = ByteBuffer.allocate(HASH_CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    buffer.putInt(numbers.bytes() ? 1 : 0).putInt(labels != null ? 1 : 0);
    buffer.putInt(rows.size()).putInt(features).putInt(outputs);
    flush(buffer, digest);
    if (numbers.bytes()) {
      byte[] chunk = new byte[HASH_CHUNK_BYTES];
      rows.pieces(
          features,
          chunk.length,
          (from, count) -> {
            numbers.readBytes(from, count, chunk);
            digest.update(chunk, 0, count);
          });
    } else {
      update(digest, buffer, numbers, features);
    }
    if (labels != null) {
      for (int i = 0; i < rows.size(); i++) {
        if (!buffer.hasRemaining()) {
          flush(buffer, digest);
        }
        buffer.putInt(labels[rows.of(i)]);
      }
      flush(buffer, digest);
    } else if (targets != null) {
      update(digest, buffer, targets, outputs);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private void update(MessageDigest digest, ByteBuffer buffer, Numbers all, int perRow) {
    float[] chunk = new float[HASH_CHUNK_BYTES / Float.BYTES];
    rows.pieces(
        perRow,
        chunk.length,
        (from, count) -> {
          all.read(from, count, Normalization.none(), chunk, 0);
          buffer.asFloatBuffer().put(chunk, 0, count);
          buffer.position(count * Float.BYTES);
          flush(buffer, digest);
        });
  }

  private static void flush(ByteBuffer buffer, MessageDigest digest) {
    buffer.flip();
    digest.update(buffer);
    buffer.clear();
  }

  /** As {@link Dataset#meanAndDeviation}. */
  double[] meanAndDeviation() {
    long count = (long) rows.size() * features;
    if (numbers.bytes()) {
      long[] histogram = new long[256];
      byte[] chunk = new byte[HASH_CHUNK_BYTES];
      rows.pieces(
          features,
          chunk.length,
          (from, n) -> {
            numbers.readBytes(from, n, chunk);
            for (int i = 0; i < n; i++) {
              histogram[chunk[i] & 0xff]++;
            }
          });
      double sum = 0;
      for (int v = 0; v < 256; v++) {
        sum += (double) histogram[v] * v;
      }
      double mean = sum / count;
      double squares = 0;
      for (int v = 0; v < 256; v++) {
        squares += histogram[v] * (v - mean) * (v - mean);
      }
      return new double[] {
        mean / Normalization.BYTE_MAX, Math.sqrt(squares / count) / Normalization.BYTE_MAX
      };
    }
    double mean = sum(x -> x) / count;
    return new double[] {mean, Math.sqrt(sum(x -> (x - mean) * (x - mean)) / count)};
  }

  /** Over all features of all examples, in their order. */
  private double sum(DoubleUnaryOperator term) {
    float[] chunk = new float[CHUNK_NUMBERS];
    double[] sum = new double[1];
    rows.pieces(
        features,
        chunk.length,
        (from, n) -> {
          numbers.read(from, n, Normalization.none(), chunk, 0);
          for (int i = 0; i < n; i++) {
            sum[0] += term.applyAsDouble(chunk[i]);
          }
        });
    return sum[0];
  }
}
