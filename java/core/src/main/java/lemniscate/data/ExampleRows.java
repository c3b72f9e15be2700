package lemniscate.data;

import org.jspecify.annotations.Nullable;

/** Which rows of the stored numbers are the examples of a set, in what order. */
final class ExampleRows {

  private final int size;
  // Example i is row first + i of the numbers, or row rows[first + i].
  private final int first;
  private final int @Nullable [] rows;

  private ExampleRows(int size, int first, int @Nullable [] rows) {
    this.size = size;
    this.first = first;
    this.rows = rows;
  }

  /** The first rows, in stored order. */
  static ExampleRows all(int size) {
    return new ExampleRows(size, 0, null);
  }

  int size() {
    return size;
  }

  /**
   * The row of an example.
   *
   * @param index 0..size-1; not checked
   */
  int of(int index) {
    return rows == null ? first + index : rows[first + index];
  }

  /** The first examples, at most all. */
  ExampleRows first(int count) {
    return new ExampleRows(count, first, rows);
  }

  /** The last examples, at most all. */
  ExampleRows last(int count) {
    return new ExampleRows(count, first + size - count, rows);
  }

  /** Some examples, in the order given. */
  ExampleRows select(int[] examples) {
    int[] chosen = new int[examples.length];
    for (int i = 0; i < chosen.length; i++) {
      chosen[i] = of(examples[i]);
    }
    return new ExampleRows(chosen.length, 0, chosen);
  }

  /** What is done with a piece of the numbers. */
  interface Piece {
    void take(long from, int count);
  }

  /**
   * Goes through the numbers of all examples in order.
   *
   * @param perRow numbers of an example
   * @param most numbers of a piece
   */
  void pieces(int perRow, int most, Piece piece) {
    int at = 0;
    while (at < size) {
      int end = at + 1;
      while (end < size && (rows == null || of(end) == of(end - 1) + 1)) {
        end = rows == null ? size : end + 1;
      }
      long from = (long) of(at) * perRow;
      long stop = from + (long) (end - at) * perRow;
      for (; from < stop; from += most) {
        piece.take(from, (int) Math.min(most, stop - from));
      }
      at = end;
    }
  }
}
