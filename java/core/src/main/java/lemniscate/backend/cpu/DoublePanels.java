package lemniscate.backend.cpu;

import static jdk.incubator.vector.VectorOperators.FMA;
import static lemniscate.backend.cpu.NativeMemory.ALL;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link Panels} for double in the Vector API. {@code FloatPanels} is this file with other types; a
 * test compares the two texts.
 *
 * <p>The innermost loop keeps a tile of C in registers, as many rows as these allow by two vectors,
 * and adds the outer products of a column of A and a row of a panel. A is copied to an array whose
 * rows are a constant apart: the compiler then checks one index for all of them, where it would
 * check one for each before every tile, and keeps a single address. What the tile adds up to is
 * stored to C or, where it goes over the edge of C or is added to what is there, to memory of its
 * own first: a loop with two ways out is more than the compiler takes in at once, and then every
 * vector becomes an object.
 */
final class DoublePanels implements Panels {

  private static final VectorSpecies<Double> SPECIES = DoubleMath.SPECIES;
  private static final int LANES = SPECIES.length();
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final ValueLayout.OfDouble LAYOUT = ValueLayout.JAVA_DOUBLE;
  private static final long BYTES = LAYOUT.byteSize();

  /** Two vectors. */
  private static final int COLUMNS = 2 * LANES;

  /** Whether there are 32 vector registers, not 16: AVX-512 and the processors of ARM. */
  static final boolean MANY_REGISTERS =
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

  /** Rows of A whose part of a turned product stays in the first-level cache, or close to it. */
  private static final int STRIP = 48;

  /** Rows of a panel that are transposed at a time. */
  private static final int TURNED = 128;

  private final double[] rows = new double[BATCH * STRIDE];
  private final double[] turned = new double[TURNED * COLUMNS];
  private final MemorySegment tile = Arena.ofAuto().allocate(ROWS * COLUMNS * BYTES, LANES * BYTES);
  private final long tileAt = tile.address();

  /** Of a turned product; taken when there is one. */
  private MemorySegment strip = tile;

  private double[] turnedStrip = {};

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
    Arrays.fill(turned, 0.0);
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
    Arrays.fill(turned, 0.0);
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
    long panelsAt = NativeMemory.address(panels, elements(k, n) * BYTES);
    long resultAt = NativeMemory.address(c, (long) rowTo * n * BYTES);
    multiply(k, n, alpha, a, panelsAt, beta, resultAt, rowFrom, rowTo, panelFrom, panelTo);
  }

  @Override
  public void multiplyTransposed(
      int k,
      int n,
      int m,
      double alpha,
      MemorySegment a,
      MemorySegment panels,
      MemorySegment c,
      int from,
      int to) {
    long panelsAt = NativeMemory.address(panels, elements(k, n) * BYTES);
    if (turnedStrip.length < STRIP * n) {
      turnedStrip = new double[STRIP * n];
      strip = Arena.ofAuto().allocate(STRIP * n * BYTES, LANES * BYTES);
    }
    for (int first = from; first < to; first += STRIP) {
      int rowsHere = Math.min(STRIP, to - first);
      // Where row 0 of A would go, if the strip reached that far.
      long resultAt = strip.address() - (long) first * n * BYTES;
      multiply(k, n, alpha, a, panelsAt, 0, resultAt, first, first + rowsHere, 0, count(n));
      MemorySegment.copy(strip, LAYOUT, 0, turnedStrip, 0, rowsHere * n);
      for (int row = 0; row < n; row++) {
        for (int column = 0; column < rowsHere; column++) {
          turned[column] = turnedStrip[column * n + row];
        }
        MemorySegment.copy(turned, 0, c, LAYOUT, ((long) row * m + first) * BYTES, rowsHere);
      }
    }
  }

  private void multiply(
      int k,
      int n,
      double alpha,
      MemorySegment a,
      long panelsAt,
      double beta,
      long resultAt,
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
        double keep = block == 0 ? beta : 1.0;
        for (int panel = panelFrom; panel < panelTo; panel++) {
          long start = panelsAt + start(block, depth, panel, count) * BYTES;
          int columns = Math.min(COLUMNS, n - panel * COLUMNS);
          for (int row = batch; row < batchTo; row += ROWS) {
            int height = Math.min(ROWS, batchTo - row);
            long to = resultAt + ((long) row * n + panel * COLUMNS) * BYTES;
            // The last tile may go over rows of an earlier batch of rows, or none: nobody reads it.
            int first = (row - batch) * STRIDE;
            if (keep == 0 && columns == COLUMNS && height == ROWS) {
              tile(depth, first, start, alpha, to, n * BYTES);
            } else {
              tile(depth, first, start, alpha, tileAt, COLUMNS * BYTES);
              addTile(height, columns, keep, to, n * BYTES);
            }
          }
        }
      }
    }
  }

  private void tile(int depth, int first, long panel, double alpha, long to, long step) {
    if (MANY_REGISTERS) {
      tileOfEightRows(depth, rows, first, panel, alpha, to, step);
    } else {
      tileOfSixRows(depth, rows, first, panel, alpha, to, step);
    }
  }

  private void addTile(int height, int columns, double keep, long to, long step) {
    for (int row = 0; row < height; row++) {
      addRow(tileAt + row * COLUMNS * BYTES, columns, keep, to + row * step);
    }
  }

  private static void addRow(long from, int columns, double keep, long to) {
    if (columns == COLUMNS) {
      DoubleVector low = DoubleVector.fromMemorySegment(SPECIES, ALL, from, ORDER);
      DoubleVector high = DoubleVector.fromMemorySegment(SPECIES, ALL, from + LANES * BYTES, ORDER);
      if (keep != 0) {
        low = DoubleVector.fromMemorySegment(SPECIES, ALL, to, ORDER).lanewise(FMA, keep, low);
        high =
            DoubleVector.fromMemorySegment(SPECIES, ALL, to + LANES * BYTES, ORDER)
                .lanewise(FMA, keep, high);
      }
      low.intoMemorySegment(ALL, to, ORDER);
      high.intoMemorySegment(ALL, to + LANES * BYTES, ORDER);
    } else {
      for (int column = 0; column < columns; column++) {
        double value = ALL.get(LAYOUT, from + column * BYTES);
        if (keep != 0) {
          value = Math.fma(keep, ALL.get(LAYOUT, to + column * BYTES), value);
        }
        ALL.set(LAYOUT, to + column * BYTES, value);
      }
    }
  }

  private static void tileOfEightRows(
      int depth, double[] a, int from, long panel, double alpha, long to, long step) {
    DoubleVector l0 = DoubleVector.zero(SPECIES);
    DoubleVector h0 = DoubleVector.zero(SPECIES);
    DoubleVector l1 = DoubleVector.zero(SPECIES);
    DoubleVector h1 = DoubleVector.zero(SPECIES);
    DoubleVector l2 = DoubleVector.zero(SPECIES);
    DoubleVector h2 = DoubleVector.zero(SPECIES);
    DoubleVector l3 = DoubleVector.zero(SPECIES);
    DoubleVector h3 = DoubleVector.zero(SPECIES);
    DoubleVector l4 = DoubleVector.zero(SPECIES);
    DoubleVector h4 = DoubleVector.zero(SPECIES);
    DoubleVector l5 = DoubleVector.zero(SPECIES);
    DoubleVector h5 = DoubleVector.zero(SPECIES);
    DoubleVector l6 = DoubleVector.zero(SPECIES);
    DoubleVector h6 = DoubleVector.zero(SPECIES);
    DoubleVector l7 = DoubleVector.zero(SPECIES);
    DoubleVector h7 = DoubleVector.zero(SPECIES);
    long at = panel;
    for (int k = from; k < from + depth; k++) {
      DoubleVector low = DoubleVector.fromMemorySegment(SPECIES, ALL, at, ORDER);
      DoubleVector high = DoubleVector.fromMemorySegment(SPECIES, ALL, at + LANES * BYTES, ORDER);
      at += COLUMNS * BYTES;
      DoubleVector x = DoubleVector.broadcast(SPECIES, a[k]);
      l0 = x.lanewise(FMA, low, l0);
      h0 = x.lanewise(FMA, high, h0);
      x = DoubleVector.broadcast(SPECIES, a[k + STRIDE]);
      l1 = x.lanewise(FMA, low, l1);
      h1 = x.lanewise(FMA, high, h1);
      x = DoubleVector.broadcast(SPECIES, a[k + 2 * STRIDE]);
      l2 = x.lanewise(FMA, low, l2);
      h2 = x.lanewise(FMA, high, h2);
      x = DoubleVector.broadcast(SPECIES, a[k + 3 * STRIDE]);
      l3 = x.lanewise(FMA, low, l3);
      h3 = x.lanewise(FMA, high, h3);
      x = DoubleVector.broadcast(SPECIES, a[k + 4 * STRIDE]);
      l4 = x.lanewise(FMA, low, l4);
      h4 = x.lanewise(FMA, high, h4);
      x = DoubleVector.broadcast(SPECIES, a[k + 5 * STRIDE]);
      l5 = x.lanewise(FMA, low, l5);
      h5 = x.lanewise(FMA, high, h5);
      x = DoubleVector.broadcast(SPECIES, a[k + 6 * STRIDE]);
      l6 = x.lanewise(FMA, low, l6);
      h6 = x.lanewise(FMA, high, h6);
      x = DoubleVector.broadcast(SPECIES, a[k + 7 * STRIDE]);
      l7 = x.lanewise(FMA, low, l7);
      h7 = x.lanewise(FMA, high, h7);
    }
    l0.mul(alpha).intoMemorySegment(ALL, to, ORDER);
    h0.mul(alpha).intoMemorySegment(ALL, to + LANES * BYTES, ORDER);
    l1.mul(alpha).intoMemorySegment(ALL, to + step, ORDER);
    h1.mul(alpha).intoMemorySegment(ALL, to + step + LANES * BYTES, ORDER);
    l2.mul(alpha).intoMemorySegment(ALL, to + 2 * step, ORDER);
    h2.mul(alpha).intoMemorySegment(ALL, to + 2 * step + LANES * BYTES, ORDER);
    l3.mul(alpha).intoMemorySegment(ALL, to + 3 * step, ORDER);
    h3.mul(alpha).intoMemorySegment(ALL, to + 3 * step + LANES * BYTES, ORDER);
    l4.mul(alpha).intoMemorySegment(ALL, to + 4 * step, ORDER);
    h4.mul(alpha).intoMemorySegment(ALL, to + 4 * step + LANES * BYTES, ORDER);
    l5.mul(alpha).intoMemorySegment(ALL, to + 5 * step, ORDER);
    h5.mul(alpha).intoMemorySegment(ALL, to + 5 * step + LANES * BYTES, ORDER);
    l6.mul(alpha).intoMemorySegment(ALL, to + 6 * step, ORDER);
    h6.mul(alpha).intoMemorySegment(ALL, to + 6 * step + LANES * BYTES, ORDER);
    l7.mul(alpha).intoMemorySegment(ALL, to + 7 * step, ORDER);
    h7.mul(alpha).intoMemorySegment(ALL, to + 7 * step + LANES * BYTES, ORDER);
  }

  private static void tileOfSixRows(
      int depth, double[] a, int from, long panel, double alpha, long to, long step) {
    DoubleVector l0 = DoubleVector.zero(SPECIES);
    DoubleVector h0 = DoubleVector.zero(SPECIES);
    DoubleVector l1 = DoubleVector.zero(SPECIES);
    DoubleVector h1 = DoubleVector.zero(SPECIES);
    DoubleVector l2 = DoubleVector.zero(SPECIES);
    DoubleVector h2 = DoubleVector.zero(SPECIES);
    DoubleVector l3 = DoubleVector.zero(SPECIES);
    DoubleVector h3 = DoubleVector.zero(SPECIES);
    DoubleVector l4 = DoubleVector.zero(SPECIES);
    DoubleVector h4 = DoubleVector.zero(SPECIES);
    DoubleVector l5 = DoubleVector.zero(SPECIES);
    DoubleVector h5 = DoubleVector.zero(SPECIES);
    long at = panel;
    for (int k = from; k < from + depth; k++) {
      DoubleVector low = DoubleVector.fromMemorySegment(SPECIES, ALL, at, ORDER);
      DoubleVector high = DoubleVector.fromMemorySegment(SPECIES, ALL, at + LANES * BYTES, ORDER);
      at += COLUMNS * BYTES;
      DoubleVector x = DoubleVector.broadcast(SPECIES, a[k]);
      l0 = x.lanewise(FMA, low, l0);
      h0 = x.lanewise(FMA, high, h0);
      x = DoubleVector.broadcast(SPECIES, a[k + STRIDE]);
      l1 = x.lanewise(FMA, low, l1);
      h1 = x.lanewise(FMA, high, h1);
      x = DoubleVector.broadcast(SPECIES, a[k + 2 * STRIDE]);
      l2 = x.lanewise(FMA, low, l2);
      h2 = x.lanewise(FMA, high, h2);
      x = DoubleVector.broadcast(SPECIES, a[k + 3 * STRIDE]);
      l3 = x.lanewise(FMA, low, l3);
      h3 = x.lanewise(FMA, high, h3);
      x = DoubleVector.broadcast(SPECIES, a[k + 4 * STRIDE]);
      l4 = x.lanewise(FMA, low, l4);
      h4 = x.lanewise(FMA, high, h4);
      x = DoubleVector.broadcast(SPECIES, a[k + 5 * STRIDE]);
      l5 = x.lanewise(FMA, low, l5);
      h5 = x.lanewise(FMA, high, h5);
    }
    l0.mul(alpha).intoMemorySegment(ALL, to, ORDER);
    h0.mul(alpha).intoMemorySegment(ALL, to + LANES * BYTES, ORDER);
    l1.mul(alpha).intoMemorySegment(ALL, to + step, ORDER);
    h1.mul(alpha).intoMemorySegment(ALL, to + step + LANES * BYTES, ORDER);
    l2.mul(alpha).intoMemorySegment(ALL, to + 2 * step, ORDER);
    h2.mul(alpha).intoMemorySegment(ALL, to + 2 * step + LANES * BYTES, ORDER);
    l3.mul(alpha).intoMemorySegment(ALL, to + 3 * step, ORDER);
    h3.mul(alpha).intoMemorySegment(ALL, to + 3 * step + LANES * BYTES, ORDER);
    l4.mul(alpha).intoMemorySegment(ALL, to + 4 * step, ORDER);
    h4.mul(alpha).intoMemorySegment(ALL, to + 4 * step + LANES * BYTES, ORDER);
    l5.mul(alpha).intoMemorySegment(ALL, to + 5 * step, ORDER);
    h5.mul(alpha).intoMemorySegment(ALL, to + 5 * step + LANES * BYTES, ORDER);
  }
}
