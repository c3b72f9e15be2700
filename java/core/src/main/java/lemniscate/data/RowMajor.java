package lemniscate.data;

import lemniscate.config.BadInputException;

/** Brings arrays that are stored column by column (Fortran order) into C order. */
final class RowMajor {
  private static final int BLOCK_BYTES = 1 << 22;

  private RowMajor() {}

  /**
   * The elements of an array in C order.
   *
   * @param where what messages call it
   * @param columns the elements, first index fastest
   * @param shape dimensions
   * @return of the same type and byte order, in memory or in a temporary file
   */
  static StoredNumbers of(String where, StoredNumbers columns, int[] shape) {
    NumericArray.Type type = columns.type();
    int width = type.bytes;
    long rows = shape[0];
    long perRow = columns.length() / rows;
    if (perRow * width > StrictInput.MAX_ARRAY) {
      throw new BadInputException(
          "%s is stored column by column, with %d bytes in an example, expected at most %d; is the first dimension that of the examples?"
              .formatted(where, perRow * width, StrictInput.MAX_ARRAY));
    }
    int block = (int) Math.max(1, Math.min(rows, BLOCK_BYTES / (perRow * width)));
    byte[] piece = new byte[block * width];
    byte[] turned = new byte[Math.toIntExact(block * perRow * width)];
    try (Spool spool = new Spool(where, columns.length() * width)) {
      for (long first = 0; first < rows; first += block) {
        int count = (int) Math.min(block, rows - first);
        for (int f = 0; f < perRow; f++) {
          long from = column(f, shape) * rows + first;
          columns.rawBytes(from * width, count * width, piece, 0);
          for (int r = 0; r < count; r++) {
            int to = (int) (r * perRow + f) * width;
            for (int b = 0; b < width; b++) {
              turned[to + b] = piece[r * width + b];
            }
          }
        }
        spool.write(turned, 0, (int) (count * perRow * width));
      }
      return spool.finish(type, columns.bigEndian());
    }
  }

  /** Which column of the stored array number f of a row is, of dimensions after the first. */
  private static long column(int f, int[] shape) {
    long column = 0;
    long rest = f;
    // C order: the last index is fastest; in the stored order it is the slowest.
    for (int d = shape.length - 1; d >= 1; d--) {
      long stride = 1;
      for (int before = 1; before < d; before++) {
        stride *= shape[before];
      }
      column += rest % shape[d] * stride;
      rest /= shape[d];
    }
    return column;
  }
}
