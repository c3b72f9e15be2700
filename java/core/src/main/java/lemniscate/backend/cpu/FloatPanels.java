package lemniscate.backend.cpu;

import static jdk.incubator.vector.VectorOperators.FMA;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link Panels} for float in the Vector API. {@code DoublePanels} is this file with other types; a
 * test compares the two texts.
 *
 * <p>The innermost loop keeps a tile of C in registers, as many rows as these allow by two vectors,
 * and adds the outer products of a column of A and a row of a panel. What the tile adds up to goes
 * to C afterwards, through an array: with stores to memory segments among them, the loop is more
 * than the compiler takes in at once, and then every vector becomes an object.
 */
final class FloatPanels implements Panels {

  private static final VectorSpecies<Float> SPECIES = FloatMath.SPECIES;
  private static final int LANES = SPECIES.length();
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final ValueLayout.OfFloat LAYOUT = ValueLayout.JAVA_FLOAT;
  private static final long BYTES = LAYOUT.byteSize();

  /** Two vectors. */
  private static final int COLUMNS = 2 * LANES;

  /** Whether there are 32 vector registers, not 16: AVX-512 and the processors of ARM. */
  private static final boolean MANY_REGISTERS =
      SPECIES.vectorBitSize() >= 512 || System.getProperty("os.arch").equals("aarch64");

  /** Rows of a tile: with two vectors each, and three more, they fill the registers. */
  private static final int ROWS = MANY_REGISTERS ? 8 : 6;

  /** Rows of a block of panels: one of each panel and the rows of A beside it fit in the cache. */
  private static final int DEPTH = 512;

  /**
   * Rows of A that are taken through all panels before the next, so that they stay in the cache.
   */
  private static final int BATCH = 144;

  /** Rows of the copy of A begin this far apart, so that they don't compete for cache lines. */
  private static final int STRIDE = DEPTH + LANES;

  /** Rows of a panel that are transposed at a time. */
  private static final int TURNED = 128;

  private final float[] rows = new float[BATCH * STRIDE];
  private final float[] turned = new float[TURNED * COLUMNS];
  private final float[] tile = new float[ROWS * COLUMNS];

  /** Whether this processor multiplies and adds in one instruction; without it this is no gain. */
  static boolean worthwhile() {
    return MANY_REGISTERS || SPECIES.vectorBitSize() >= 256;
  }

  @Override
  public int columns() {
    return COLUMNS;
  }

  /** Where a panel's rows from {@code block} on begin, in elements. */
  private static long start(int block, int depth, int panel, int panels) {
    return ((long) block * panels + (long) depth * panel) * COLUMNS;
  }

  @Override
  public void pack(
      boolean transpose, int k, int n, MemorySegment b, MemorySegment panels, int from, int to) {
    int count = count(n);
    for (int block = 0; block < k; block += DEPTH) {
      int depth = Math.min(DEPTH, k - block);
      for (int panel = from; panel < to; panel++) {
        long start = start(block, depth, panel, count);
        int first = panel * COLUMNS;
        int columns = Math.min(COLUMNS, n - first);
        if (transpose) {
          packTransposed(b, first, columns, k, block, depth, panels, start);
        } else {
          if (columns < COLUMNS) {
            clear(panels, start, depth);
          }
          for (int row = 0; row < depth; row++) {
            MemorySegment.copy(
                b,
                ((long) (block + row) * n + first) * BYTES,
                panels,
                (start + (long) row * COLUMNS) * BYTES,
                columns * BYTES);
          }
        }
      }
    }
  }

  // From an array of zeros: a slice of the segment to fill would be an object.
  private void clear(MemorySegment panels, long start, int depth) {
    Arrays.fill(turned, 0f);
    for (int from = 0; from < depth; from += TURNED) {
      int count = Math.min(TURNED, depth - from);
      long to = start + (long) from * COLUMNS;
      MemorySegment.copy(turned, 0, panels, LAYOUT, to * BYTES, count * COLUMNS);
    }
  }

  // Column c of the panel is row first + c of B. Some elements of all its rows go through two
  // arrays, where single elements are quicker to reach than in memory segments.
  private void packTransposed(
      MemorySegment b,
      int first,
      int columns,
      int k,
      int block,
      int depth,
      MemorySegment panels,
      long start) {
    Arrays.fill(turned, 0f);
    for (int from = 0; from < depth; from += TURNED) {
      int count = Math.min(TURNED, depth - from);
      for (int column = 0; column < columns; column++) {
        long source = (long) (first + column) * k + block + from;
        MemorySegment.copy(b, LAYOUT, source * BYTES, rows, column * STRIDE, count);
      }
      for (int row = 0; row < count; row++) {
        for (int column = 0; column < columns; column++) {
          turned[row * COLUMNS + column] = rows[column * STRIDE + row];
        }
      }
      MemorySegment.copy(
          turned, 0, panels, LAYOUT, (start + (long) from * COLUMNS) * BYTES, count * COLUMNS);
    }
  }

  @Override
  public void multiply(
      int k,
      int n,
      double alpha,
      MemorySegment a,
      MemorySegment panels,
      double beta,
      MemorySegment c,
      int rowFrom,
      int rowTo,
      int panelFrom,
      int panelTo) {
    int count = count(n);
    for (int batch = rowFrom; batch < rowTo; batch += BATCH) {
      int batchTo = Math.min(rowTo, batch + BATCH);
      for (int block = 0; block < k; block += DEPTH) {
        int depth = Math.min(DEPTH, k - block);
        for (int row = batch; row < batchTo; row++) {
          MemorySegment.copy(
              a, LAYOUT, ((long) row * k + block) * BYTES, rows, (row - batch) * STRIDE, depth);
        }
        float keep = block == 0 ? (float) beta : 1f;
        for (int panel = panelFrom; panel < panelTo; panel++) {
          long start = start(block, depth, panel, count) * BYTES;
          int columns = Math.min(COLUMNS, n - panel * COLUMNS);
          for (int row = batch; row < batchTo; row += ROWS) {
            // The last tile may go over rows of an earlier batch of rows, or none: nobody reads it.
            if (MANY_REGISTERS) {
              tileOfEightRows(depth, rows, (row - batch) * STRIDE, STRIDE, panels, start, tile);
            } else {
              tileOfSixRows(depth, rows, (row - batch) * STRIDE, STRIDE, panels, start, tile);
            }
            int height = Math.min(ROWS, batchTo - row);
            for (int i = 0; i < height; i++) {
              addRow((float) alpha, i, keep, c, (long) (row + i) * n + panel * COLUMNS, columns);
            }
          }
        }
      }
    }
  }

  private void addRow(float alpha, int row, float keep, MemorySegment c, long to, int columns) {
    int from = row * COLUMNS;
    if (columns == COLUMNS) {
      FloatVector low = FloatVector.fromArray(SPECIES, tile, from).mul(alpha);
      FloatVector high = FloatVector.fromArray(SPECIES, tile, from + LANES).mul(alpha);
      long at = to * BYTES;
      if (keep != 0) {
        low = FloatVector.fromMemorySegment(SPECIES, c, at, ORDER).lanewise(FMA, keep, low);
        high =
            FloatVector.fromMemorySegment(SPECIES, c, at + LANES * BYTES, ORDER)
                .lanewise(FMA, keep, high);
      }
      low.intoMemorySegment(c, at, ORDER);
      high.intoMemorySegment(c, at + LANES * BYTES, ORDER);
    } else {
      for (int column = 0; column < columns; column++) {
        float value = alpha * tile[from + column];
        if (keep != 0) {
          value = Math.fma(keep, c.getAtIndex(LAYOUT, to + column), value);
        }
        c.setAtIndex(LAYOUT, to + column, value);
      }
    }
  }

  private static void tileOfEightRows(
      int depth, float[] a, int from, int stride, MemorySegment b, long panel, float[] tile) {
    int row0 = from;
    int row1 = from + stride;
    int row2 = from + 2 * stride;
    int row3 = from + 3 * stride;
    int row4 = from + 4 * stride;
    int row5 = from + 5 * stride;
    int row6 = from + 6 * stride;
    int row7 = from + 7 * stride;
    FloatVector l0 = FloatVector.zero(SPECIES);
    FloatVector h0 = FloatVector.zero(SPECIES);
    FloatVector l1 = FloatVector.zero(SPECIES);
    FloatVector h1 = FloatVector.zero(SPECIES);
    FloatVector l2 = FloatVector.zero(SPECIES);
    FloatVector h2 = FloatVector.zero(SPECIES);
    FloatVector l3 = FloatVector.zero(SPECIES);
    FloatVector h3 = FloatVector.zero(SPECIES);
    FloatVector l4 = FloatVector.zero(SPECIES);
    FloatVector h4 = FloatVector.zero(SPECIES);
    FloatVector l5 = FloatVector.zero(SPECIES);
    FloatVector h5 = FloatVector.zero(SPECIES);
    FloatVector l6 = FloatVector.zero(SPECIES);
    FloatVector h6 = FloatVector.zero(SPECIES);
    FloatVector l7 = FloatVector.zero(SPECIES);
    FloatVector h7 = FloatVector.zero(SPECIES);
    long at = panel;
    for (int k = 0; k < depth; k++) {
      FloatVector low = FloatVector.fromMemorySegment(SPECIES, b, at, ORDER);
      FloatVector high = FloatVector.fromMemorySegment(SPECIES, b, at + LANES * BYTES, ORDER);
      at += COLUMNS * BYTES;
      FloatVector x = FloatVector.broadcast(SPECIES, a[row0 + k]);
      l0 = x.lanewise(FMA, low, l0);
      h0 = x.lanewise(FMA, high, h0);
      x = FloatVector.broadcast(SPECIES, a[row1 + k]);
      l1 = x.lanewise(FMA, low, l1);
      h1 = x.lanewise(FMA, high, h1);
      x = FloatVector.broadcast(SPECIES, a[row2 + k]);
      l2 = x.lanewise(FMA, low, l2);
      h2 = x.lanewise(FMA, high, h2);
      x = FloatVector.broadcast(SPECIES, a[row3 + k]);
      l3 = x.lanewise(FMA, low, l3);
      h3 = x.lanewise(FMA, high, h3);
      x = FloatVector.broadcast(SPECIES, a[row4 + k]);
      l4 = x.lanewise(FMA, low, l4);
      h4 = x.lanewise(FMA, high, h4);
      x = FloatVector.broadcast(SPECIES, a[row5 + k]);
      l5 = x.lanewise(FMA, low, l5);
      h5 = x.lanewise(FMA, high, h5);
      x = FloatVector.broadcast(SPECIES, a[row6 + k]);
      l6 = x.lanewise(FMA, low, l6);
      h6 = x.lanewise(FMA, high, h6);
      x = FloatVector.broadcast(SPECIES, a[row7 + k]);
      l7 = x.lanewise(FMA, low, l7);
      h7 = x.lanewise(FMA, high, h7);
    }
    l0.intoArray(tile, 0);
    h0.intoArray(tile, LANES);
    l1.intoArray(tile, COLUMNS);
    h1.intoArray(tile, COLUMNS + LANES);
    l2.intoArray(tile, 2 * COLUMNS);
    h2.intoArray(tile, 2 * COLUMNS + LANES);
    l3.intoArray(tile, 3 * COLUMNS);
    h3.intoArray(tile, 3 * COLUMNS + LANES);
    l4.intoArray(tile, 4 * COLUMNS);
    h4.intoArray(tile, 4 * COLUMNS + LANES);
    l5.intoArray(tile, 5 * COLUMNS);
    h5.intoArray(tile, 5 * COLUMNS + LANES);
    l6.intoArray(tile, 6 * COLUMNS);
    h6.intoArray(tile, 6 * COLUMNS + LANES);
    l7.intoArray(tile, 7 * COLUMNS);
    h7.intoArray(tile, 7 * COLUMNS + LANES);
  }

  private static void tileOfSixRows(
      int depth, float[] a, int from, int stride, MemorySegment b, long panel, float[] tile) {
    int row0 = from;
    int row1 = from + stride;
    int row2 = from + 2 * stride;
    int row3 = from + 3 * stride;
    int row4 = from + 4 * stride;
    int row5 = from + 5 * stride;
    FloatVector l0 = FloatVector.zero(SPECIES);
    FloatVector h0 = FloatVector.zero(SPECIES);
    FloatVector l1 = FloatVector.zero(SPECIES);
    FloatVector h1 = FloatVector.zero(SPECIES);
    FloatVector l2 = FloatVector.zero(SPECIES);
    FloatVector h2 = FloatVector.zero(SPECIES);
    FloatVector l3 = FloatVector.zero(SPECIES);
    FloatVector h3 = FloatVector.zero(SPECIES);
    FloatVector l4 = FloatVector.zero(SPECIES);
    FloatVector h4 = FloatVector.zero(SPECIES);
    FloatVector l5 = FloatVector.zero(SPECIES);
    FloatVector h5 = FloatVector.zero(SPECIES);
    long at = panel;
    for (int k = 0; k < depth; k++) {
      FloatVector low = FloatVector.fromMemorySegment(SPECIES, b, at, ORDER);
      FloatVector high = FloatVector.fromMemorySegment(SPECIES, b, at + LANES * BYTES, ORDER);
      at += COLUMNS * BYTES;
      FloatVector x = FloatVector.broadcast(SPECIES, a[row0 + k]);
      l0 = x.lanewise(FMA, low, l0);
      h0 = x.lanewise(FMA, high, h0);
      x = FloatVector.broadcast(SPECIES, a[row1 + k]);
      l1 = x.lanewise(FMA, low, l1);
      h1 = x.lanewise(FMA, high, h1);
      x = FloatVector.broadcast(SPECIES, a[row2 + k]);
      l2 = x.lanewise(FMA, low, l2);
      h2 = x.lanewise(FMA, high, h2);
      x = FloatVector.broadcast(SPECIES, a[row3 + k]);
      l3 = x.lanewise(FMA, low, l3);
      h3 = x.lanewise(FMA, high, h3);
      x = FloatVector.broadcast(SPECIES, a[row4 + k]);
      l4 = x.lanewise(FMA, low, l4);
      h4 = x.lanewise(FMA, high, h4);
      x = FloatVector.broadcast(SPECIES, a[row5 + k]);
      l5 = x.lanewise(FMA, low, l5);
      h5 = x.lanewise(FMA, high, h5);
    }
    l0.intoArray(tile, 0);
    h0.intoArray(tile, LANES);
    l1.intoArray(tile, COLUMNS);
    h1.intoArray(tile, COLUMNS + LANES);
    l2.intoArray(tile, 2 * COLUMNS);
    h2.intoArray(tile, 2 * COLUMNS + LANES);
    l3.intoArray(tile, 3 * COLUMNS);
    h3.intoArray(tile, 3 * COLUMNS + LANES);
    l4.intoArray(tile, 4 * COLUMNS);
    h4.intoArray(tile, 4 * COLUMNS + LANES);
    l5.intoArray(tile, 5 * COLUMNS);
    h5.intoArray(tile, 5 * COLUMNS + LANES);
  }
}
