package lemniscate.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.util.List;
import lemniscate.backend.Operation;
import lemniscate.backend.TargetOperation;
import lemniscate.tensor.DType;
import lemniscate.tensor.Tensor;

/**
 * Passes of rules with targets: each factorisation on one thread, solves cut by rows, matrices and
 * examples shared out.
 */
final class CpuTargetPasses {

  private final CpuOperations recording;
  private final MatrixProduct engine;
  private final CholeskySolver solver;

  CpuTargetPasses(CpuOperations recording, MatrixProduct engine) {
    this.recording = recording;
    this.engine = engine;
    this.solver = engine.cholesky();
  }

  void lower(TargetOperation operation) {
    switch (operation) {
      case TargetOperation.AddDiagonal(var value, var matrix) -> {
        Kernels k = recording.kernels(matrix);
        MemorySegment a = CpuOperations.memory(matrix);
        int n = matrix.rows();
        recording.sequential(() -> addDiagonal(k, value, a, 0, n));
      }
      case TargetOperation.Factor factor -> factors(List.of(factor));
      case TargetOperation.Solve(var factor, var rows) -> {
        long lower = CpuOperations.memory(factor).address();
        long x = CpuOperations.memory(rows).address();
        DType dtype = rows.dtype();
        int n = factor.rows();
        long bytes = (long) n * dtype.bytes();
        // A row costs n² multiply-adds, which count as elements do.
        recording.ranges(
            rows.rows(),
            (long) n * n,
            (from, to) -> solver.solve(dtype, n, lower, x + from * bytes, (int) (to - from)));
      }
      case TargetOperation.GateRows(var rows, var gate, var gated) -> {
        Kernels k = recording.kernels(gated);
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
      case TargetOperation.GaussNewtonTarget(
              var damping,
              var jacobian,
              var error,
              var gram,
              var solution,
              var condition,
              var displacement) -> {
        Examples examples = new Examples(damping, jacobian, error, gram, solution, displacement);
        MemorySegment worst = CpuOperations.memory(condition);
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
      case TargetOperation.RidgeKernel ridge -> ridge.expansion().forEach(recording::lower);
      case TargetOperation.RidgeCoefficients ridge -> ridge.expansion().forEach(recording::lower);
    }
  }

  private static void addDiagonal(Kernels k, double value, MemorySegment a, long first, int n) {
    for (int i = 0; i < n; i++) {
      long at = first + (long) i * (n + 1);
      k.set(a, at, k.get(a, at) + value);
    }
  }

  /** Lowers factorisations that do not depend on each other. */
  void factors(List<Operation> independent) {
    int count = independent.size();
    Damped[] matrices = new Damped[count];
    MemorySegment[] worst = new MemorySegment[count];
    double[] conditions = new double[count];
    long largest = 2;
    for (int i = 0; i < count; i++) {
      TargetOperation.Factor each = (TargetOperation.Factor) independent.get(i);
      matrices[i] = new Damped(each.damping(), each.matrix());
      worst[i] = CpuOperations.memory(each.condition());
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
      this.a = CpuOperations.memory(matrix);
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

  private static MemorySegment[] views(Tensor matrix) {
    MemorySegment[] views = new MemorySegment[matrix.rows()];
    for (int r = 0; r < views.length; r++) {
      views[r] = OffHeapStorage.segment(matrix.rows(r, 1));
    }
    return views;
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
      this.jacobian = CpuOperations.memory(jacobian).address();
      this.error = CpuOperations.memory(error);
      this.gram = CpuOperations.memory(gram);
      this.solution = CpuOperations.memory(solution);
      this.displacement = CpuOperations.memory(displacement).address();
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
