package lemniscate.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import lemniscate.random.NormalStream;
import lemniscate.random.Philox4x32;
import lemniscate.tensor.Tensor;
import lemniscate.tensor.TensorMap;

/** One recorded operation, with everything resolved that does not change from run to run. */
sealed interface CpuOperation
    permits CpuOperation.Sum,
        CpuOperation.RowSums,
        CpuOperation.Normals,
        CpuOperation.Sequential,
        Convolution,
        PackedWeight,
        RowChain,
        RowChain.Member {

  void run(WorkerPool pool);

  /** A loop over indices that can be cut anywhere. */
  interface Range {
    void run(long from, long to);
  }

  /**
   * Loops over one range of indices, cut into equal parts for the threads. A thread runs all loops
   * over its part before it meets the others, so that index i of one may only depend on index i of
   * another.
   */
  final class Elementwise implements RowChain.Member, WorkerPool.Task {

    /** Below this many elements the hand-over to other threads costs more than it saves. */
    private static final long PARALLEL_FROM = 8192;

    /** Elements that joined loops take at a time, so that what one leaves the next finds near. */
    private static final long BLOCK = 4096;

    /** Parts start at multiples of a cache line, so that no two threads write to one. */
    private static final long GRAIN = 16;

    private final long count;
    private final long work;
    private int batch;
    private final List<Range> loops = new ArrayList<>();
    private final List<Tensor> operands = new ArrayList<>();

    /**
     * Makes an operation of one loop.
     *
     * @param count number of indices
     * @param work elements that one index stands for
     * @param batch rows of the operands, of which row i stands for itself; 0 where it does not
     * @param operands what the loop reads and writes
     */
    Elementwise(long count, long work, int batch, Range loop, List<Tensor> operands) {
      this.count = count;
      this.work = work;
      this.batch = batch;
      this.loops.add(loop);
      this.operands.addAll(operands);
    }

    /**
     * Adds a loop that comes after these, if it may run without waiting for other threads: it has
     * the same indices, and memory that both touch is touched at the same places.
     *
     * @param touched what these touch
     * @return whether it was added
     */
    boolean join(Elementwise next, TensorMap<Tensor> touched) {
      if (next.count != count || next.work != work) {
        return false;
      }
      for (Tensor other : next.operands) {
        for (Tensor own : touched.overlapping(other)) {
          if (!own.isSameView(other)) {
            return false;
          }
        }
      }
      loops.addAll(next.loops);
      operands.addAll(next.operands);
      batch = batch == next.batch ? batch : 0;
      return true;
    }

    /** Adds what it touches, each view once. */
    void addTouched(TensorMap<Tensor> touched) {
      for (Tensor operand : operands) {
        if (touched.at(operand).isEmpty()) {
          touched.put(operand, operand);
        }
      }
    }

    @Override
    public int batch() {
      return batch;
    }

    @Override
    public List<Tensor> byRow() {
      return operands.stream().filter(this::isByRow).toList();
    }

    @Override
    public List<Tensor> shared() {
      return operands.stream().filter(t -> !isByRow(t)).toList();
    }

    // Of the batch, or with as many rows: of more than one, as nothing is that is read whole.
    private boolean isByRow(Tensor tensor) {
      return tensor.elements() == count * work || tensor.rows() == batch && batch > 1;
    }

    @Override
    public void runRows(int part, int from, int to) {
      long indices = count / batch;
      runLoops(from * indices, to * indices);
    }

    @Override
    public void run(WorkerPool pool) {
      if (pool.threads() == 1 || count * work * loops.size() < PARALLEL_FROM) {
        run(0, 1);
      } else {
        pool.run(this);
      }
    }

    @Override
    public void run(int part, int parts) {
      runLoops(cut(part, parts), cut(part + 1, parts));
    }

    private void runLoops(long from, long to) {
      long block = loops.size() == 1 ? to - from : Math.max(1, BLOCK / work);
      for (long first = from; first < to; first += block) {
        for (int i = 0; i < loops.size(); i++) {
          loops.get(i).run(first, Math.min(to, first + block));
        }
      }
    }

    private long cut(int part, int parts) {
      if (part == parts) {
        return count;
      }
      long at = count * part / parts;
      return work == 1 ? at / GRAIN * GRAIN : at;
    }
  }

  /** A sum over chunks of fixed size, added in their order whatever the number of threads. */
  final class Sum implements CpuOperation, WorkerPool.Task {

    /** A chunk's term of the sum. */
    interface Term {
      double of(long from, long to);
    }

    private static final int CHUNK = 4096;

    private final long count;
    private final Term term;
    private final double factor;
    private final boolean accumulate;
    private final MemorySegment total;
    private final double[] partial;

    Sum(long count, double factor, boolean accumulate, MemorySegment total, Term term) {
      this.count = count;
      this.factor = factor;
      this.accumulate = accumulate;
      this.total = total;
      this.term = term;
      this.partial = new double[Math.toIntExact((count + CHUNK - 1) / CHUNK)];
    }

    @Override
    public void run(WorkerPool pool) {
      if (pool.threads() == 1 || partial.length < 2 * pool.threads()) {
        run(0, 1);
      } else {
        pool.run(this);
      }
      double sum = 0;
      for (double value : partial) {
        sum += value;
      }
      CpuOperations.setScalar(total, (accumulate ? CpuOperations.scalar(total) : 0) + factor * sum);
    }

    @Override
    public void run(int part, int parts) {
      int to = (int) ((long) partial.length * (part + 1) / parts);
      for (int chunk = (int) ((long) partial.length * part / parts); chunk < to; chunk++) {
        long from = (long) chunk * CHUNK;
        partial[chunk] = term.of(from, Math.min(count, from + CHUNK));
      }
    }
  }

  /**
   * Sums over every row of a matrix, put together by one thread, then a loop over the rows that
   * uses them. Rows are summed whole, so that the sums do not depend on the number of threads.
   */
  final class RowSums implements CpuOperation, WorkerPool.Task {

    /** Below this many elements the hand-over to other threads costs more than it saves. */
    private static final long PARALLEL_FROM = 8192;

    /** Puts the sums of a row at {@code sums[row * width]} and after. */
    @FunctionalInterface
    interface OfRow {
      void sum(int row, double[] sums);
    }

    /** What one thread makes of all sums. */
    @FunctionalInterface
    interface Together {
      void combine(double[] sums);
    }

    /** Uses the sums for rows {@code from} (inclusive) to {@code to} (exclusive). */
    @FunctionalInterface
    interface Use {
      void rows(int from, int to, double[] sums);
    }

    private final int rows;
    private final boolean parallel;
    private final double[] sums;
    private final OfRow ofRow;
    private final Together together;
    private final int usedRows;
    private final Use use;
    private boolean summing;

    /**
     * Allocates the sums.
     *
     * @param width number of sums for a row
     * @param usedRows rows that the second loop goes over
     * @param work elements that both loops visit
     */
    RowSums(int rows, int width, int usedRows, long work, OfRow ofRow, Together together, Use use) {
      this.rows = rows;
      this.sums = new double[Math.multiplyExact(rows, width)];
      this.usedRows = usedRows;
      this.parallel = work >= PARALLEL_FROM;
      this.ofRow = ofRow;
      this.together = together;
      this.use = use;
    }

    @Override
    public void run(WorkerPool pool) {
      boolean shared = parallel && pool.threads() > 1;
      summing = true;
      runShared(pool, shared);
      together.combine(sums);
      summing = false;
      runShared(pool, shared);
    }

    private void runShared(WorkerPool pool, boolean shared) {
      if (shared) {
        pool.run(this);
      } else {
        run(0, 1);
      }
    }

    @Override
    public void run(int part, int parts) {
      int of = summing ? rows : usedRows;
      int from = (int) ((long) of * part / parts);
      int to = (int) ((long) of * (part + 1) / parts);
      if (!summing) {
        use.rows(from, to, sums);
        return;
      }
      for (int row = from; row < to; row++) {
        ofRow.sum(row, sums);
      }
    }
  }

  /** Normals from a stream whose number is read in every run; noise, to the last digits but few. */
  final class Normals implements CpuOperation, WorkerPool.Task {

    /** A block keeps its draws in the first-level cache; a multiple of the generator's block. */
    private static final int BLOCK = 1024;

    private final long seed;
    private final long stream;
    private final MemorySegment counter;
    private final double standardDeviation;
    private final long count;
    private final MemorySegment x;
    private final Kernels kernels;

    /** A block of draws for each part, and the generator's words. */
    private double[][] draws = {};

    private int[][] words = {};

    Normals(
        long seed,
        long stream,
        MemorySegment counter,
        double standardDeviation,
        long count,
        MemorySegment x,
        Kernels kernels) {
      this.seed = seed;
      this.stream = stream;
      this.counter = counter;
      this.standardDeviation = standardDeviation;
      this.count = count;
      this.x = x;
      this.kernels = kernels;
    }

    @Override
    public void run(WorkerPool pool) {
      int parts = count < 2 * BLOCK ? 1 : pool.threads();
      if (draws.length < parts) {
        draws = new double[parts][BLOCK];
        words = new int[parts][Philox4x32.WORDS];
      }
      if (parts == 1) {
        run(0, 1);
      } else {
        pool.run(this);
      }
    }

    @Override
    public void run(int part, int parts) {
      long number = stream + Math.round(CpuOperations.scalar(counter));
      long blocks = (count + BLOCK - 1) / BLOCK;
      double[] block = draws[part];
      for (long b = blocks * part / parts; b < blocks * (part + 1) / parts; b++) {
        long first = b * BLOCK;
        int size = (int) Math.min(BLOCK, count - first);
        NormalStream.fillNearly(seed, number, first, block, size, words[part]);
        for (int i = 0; i < size; i++) {
          kernels.set(x, first + i, standardDeviation * block[i]);
        }
      }
    }
  }

  /** Something short that one thread does. */
  record Sequential(Runnable action) implements CpuOperation {
    @Override
    public void run(WorkerPool pool) {
      action.run();
    }
  }
}
