package lemniscate.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.util.List;
import lemniscate.backend.Operations;
import lemniscate.backend.TargetPasses;
import lemniscate.tensor.DType;
import lemniscate.tensor.Tensor;

/**
 * Passes of rules with targets: each factorisation on one thread, solves cut by rows, matrices and
 * examples shared out.
 */
final class CpuTargetPasses implements TargetPasses {

  private final CpuOperations recording;
  private final MatrixProduct engine;
  private final CholeskySolver solver;

  CpuTargetPasses(CpuOperations recording, MatrixProduct engine) {
    this.recording = recording;
    this.engine = engine;
    this.solver = engine.cholesky();
  }

  @Override
  public Operations operations() {
    return recording;
  }

  @Override
  public void addDiagonal(double value, Tensor matrix) {
    Kernels k = recording.kernels(matrix);
    MemorySegment a = recording.memory(matrix);
    int n = matrix.rows();
    recording.sequential(() -> addDiagonal(k, value, a, 0, n));
  }

  private static void addDiagonal(Kernels k, double value, MemorySegment a, long first, int n) {
    for (int i = 0; i < n; i++) {
      long at = first + (long) i * (n + 1);
      k.set(a, at, k.get(a, at) + value);
    }
  }

  @Override
  public void factor(double damping, Tensor matrix, Tensor condition) {
    Damped damped = new Damped(damping, matrix);
    MemorySegment worst = recording.memory(condition);
    recording.sequential(() -> raise(worst, damped.factored()));
  }

  @Override
  public void factors(List<Factorization> independent) {
    int count = independent.size();
    Damped[] matrices = new Damped[count];
    MemorySegment[] worst = new MemorySegment[count];
    double[] conditions = new double[count];
    long largest = 2;
    for (int i = 0; i < count; i++) {
      Factorization each = independent.get(i);
      matrices[i] = new Damped(each.damping(), each.matrix());
      worst[i] = recording.memory(each.condition());
      long n = each.matrix().rows();
      // Multiply-adds, which count as elements do.
      largest = Math.max(largest, n * n * n / 6);
    }
    recording.ranges(
        count,
        largest,
        (from, to) -> {
          for (int i = (int) from; i < to; i++) {
            conditions[i] = matrices[i].factored();
          }
        });
    recording.sequential(
        () -> {
          for (int i = 0; i < count; i++) {
            raise(worst[i], conditions[i]);
          }
        });
  }

  /** A matrix that is to be damped and factored. */
  private final class Damped {
    private final double damping;
    private final Kernels kernels;
    private final MemorySegment a;
    private final int n;
    private final DType dtype;

    Damped(double damping, Tensor matrix) {
      this.damping = damping;
      this.kernels = recording.kernels(matrix);
      this.a = recording.memory(matrix);
      this.n = matrix.rows();
      this.dtype = matrix.dtype();
    }

    double factored() {
      addDiagonal(kernels, damping, a, 0, n);
      return CpuTargetPasses.this.factored(dtype, kernels, a, 0, n);
    }
  }

  private double factored(DType dtype, Kernels k, MemorySegment a, long first, int n) {
    // A matrix that is not finite fails too, and leaves its diagonal or a pivot not finite.
    boolean definite = solver.factor(dtype, n, a.address() + first * dtype.bytes());
    double least = Double.POSITIVE_INFINITY;
    double largest = 0;
    for (int i = 0; i < n; i++) {
      double pivot = k.get(a, first + (long) i * (n + 1));
      if (!Double.isFinite(pivot)) {
        return Double.NaN;
      }
      least = Math.min(least, pivot);
      largest = Math.max(largest, pivot);
    }
    double ratio = largest / least;
    return definite ? ratio * ratio : Double.POSITIVE_INFINITY;
  }

  private static void raise(MemorySegment worst, double condition) {
    CpuOperations.setScalar(worst, Math.max(CpuOperations.scalar(worst), condition));
  }

  @Override
  public void solve(Tensor factor, Tensor rows) {
    long lower = recording.memory(factor).address();
    long x = recording.memory(rows).address();
    DType dtype = rows.dtype();
    int n = factor.rows();
    long bytes = (long) n * dtype.bytes();
    // A row costs n² multiply-adds, which count as elements do.
    recording.ranges(
        rows.rows(),
        (long) n * n,
        (from, to) -> solver.solve(dtype, n, lower, x + from * bytes, (int) (to - from)));
  }

  @Override
  public void gateRows(Tensor rows, Tensor gate, Tensor gated) {
    Kernels k = recording.kernels(gated);
    recording.memory(rows);
    recording.memory(gate);
    recording.memory(gated);
    int n = gated.columns();
    int each = gated.rows() / gate.rows();
    boolean inPlace = rows.isSameView(gated);
    // Views of rows, made once: making them in every run would allocate.
    MemorySegment[] from = views(rows);
    MemorySegment[] factors = views(gate);
    MemorySegment[] to = views(gated);
    recording.ranges(
        gate.rows(),
        (long) each * n,
        (first, end) -> {
          for (int b = (int) first; b < end; b++) {
            for (int r = b * each; r < (b + 1) * each; r++) {
              if (!inPlace) {
                to[r].copyFrom(from[r % from.length]);
              }
              k.multiply(factors[b], to[r], 0, n);
            }
          }
        });
  }

  private static MemorySegment[] views(Tensor matrix) {
    MemorySegment[] views = new MemorySegment[matrix.rows()];
    for (int r = 0; r < views.length; r++) {
      views[r] = OffHeapStorage.segment(matrix.rows(r, 1));
    }
    return views;
  }

  @Override
  public void gaussNewtonTarget(
      double damping,
      Tensor jacobian,
      Tensor error,
      Tensor gram,
      Tensor solution,
      Tensor condition,
      Tensor displacement) {
    Examples examples = new Examples(damping, jacobian, error, gram, solution, displacement);
    MemorySegment worst = recording.memory(condition);
    double[] conditions = new double[error.rows()];
    recording.ranges(
        error.rows(),
        // Gram matrix and product of an example.
        (long) (error.columns() + 1) * jacobian.rows() / error.rows() * jacobian.columns(),
        (from, to) -> {
          for (int b = (int) from; b < to; b++) {
            conditions[b] = examples.run(b);
          }
        });
    recording.sequential(
        () -> {
          for (double each : conditions) {
            raise(worst, each);
          }
        });
  }

  /** The Gauss-Newton target of one example after the other. */
  private final class Examples {
    private final double damping;
    private final DType dtype;
    private final Kernels kernels;
    private final int outputs;
    private final int n;
    private final long jacobian;
    private final MemorySegment error;
    private final MemorySegment gram;
    private final MemorySegment solution;
    private final long displacement;

    Examples(
        double damping,
        Tensor jacobian,
        Tensor error,
        Tensor gram,
        Tensor solution,
        Tensor displacement) {
      this.damping = damping;
      this.dtype = error.dtype();
      this.kernels = recording.kernels(error);
      this.outputs = error.columns();
      this.n = jacobian.columns();
      this.jacobian = recording.memory(jacobian).address();
      this.error = recording.memory(error);
      this.gram = recording.memory(gram);
      this.solution = recording.memory(solution);
      this.displacement = recording.memory(displacement).address();
    }

    double run(int b) {
      int bytes = dtype.bytes();
      long j = jacobian + (long) b * outputs * n * bytes;
      long first = (long) b * outputs * outputs;
      long g = gram.address() + first * bytes;
      long x = solution.address() + (long) b * outputs * bytes;
      engine.multiply(dtype, false, true, outputs, outputs, n, 1, j, n, j, n, 0, g, outputs);
      addDiagonal(kernels, damping, gram, first, outputs);
      double condition = factored(dtype, kernels, gram, first, outputs);
      for (long c = (long) b * outputs; c < (long) (b + 1) * outputs; c++) {
        kernels.set(solution, c, kernels.get(error, c));
      }
      solver.solve(dtype, outputs, g, x, 1);
      long d = displacement + (long) b * n * bytes;
      engine.multiply(dtype, false, false, 1, n, outputs, 1, x, outputs, j, n, 0, d, n);
      return condition;
    }
  }
}
