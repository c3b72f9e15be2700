package lemniscate.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import lemniscate.backend.Backend;
import lemniscate.backend.TargetOperation.Factor;
import lemniscate.backend.TargetOperation.RidgeSystem;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.assertj.core.data.Offset;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The passes of rules with targets against the oracle. Matrices are R Rᵀ/n + I with normal R, of
 * condition number about 10: errors of solutions are that times those of sums of n terms.
 */
public interface TargetPassContract extends OpensBackend {

  /** A side with a rest beyond tiles of 32. */
  int SEVERAL_TILES = 70;

  /** Matrices that are factored together. */
  int TOGETHER = 4;

  /** Condition number of the matrices below, with room. */
  double CONDITION = 40;

  @ParameterizedTest
  @EnumSource(DType.class)
  default void addDiagonal(DType dtype) {
    each(
        dtype,
        (twins, n, tolerance) -> {
          Operand a = twins.updated("a", new Shape(n, n));
          twins.run((ops, side) -> ops.target().addDiagonal(-0.7, a.on(side)));
          twins.check(a, (i, expected) -> i % (n + 1) == 0 ? tolerance.terms(a.size(i), 0.7) : 0);
        });
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void factorAndSolve(DType dtype) {
    each(
        dtype,
        (twins, n, tolerance) -> {
          Operand a = twins.updated("a", new Shape(n, n), definite(twins, n));
          Operand rows = twins.updated("rows", new Shape(5, n));
          Operand condition = twins.updatedScalar("condition", 0);
          double bound = CONDITION * tolerance.sum(n, 4);
          twins.run(
              (ops, side) -> {
                ops.target().factor(0.25, a.on(side), condition.on(side));
                ops.target().solve(a.on(side), rows.on(side));
              });
          // Above the diagonal nothing is written, not even the same values in another rounding.
          twins.check(a, (i, expected) -> i % n > i / n ? 0 : bound);
          twins.check(rows, (i, expected) -> bound);
          twins.check(condition, (i, expected) -> CONDITION * bound * expected);
          assertThat(twins.expected(condition)[0]).isBetween(1.0, CONDITION);
        });
  }

  /**
   * (max L_ii / min L_ii)² = 9 for diag(4, 36, 16); the larger of what was there and what comes.
   */
  @ParameterizedTest
  @EnumSource(DType.class)
  default void conditionsOnlyGrow(DType dtype) {
    double[] diagonal = {4, 0, 0, 0, 36, 0, 0, 0, 16};
    assertThat(condition(dtype, diagonal, 0, 3)).isEqualTo(9);
    assertThat(condition(dtype, diagonal, 11, 3)).isEqualTo(11);
  }

  /**
   * Two equal rows (of squares, so that the second pivot is exactly 0), an indefinite matrix, and
   * one that is not finite.
   */
  @ParameterizedTest
  @EnumSource(DType.class)
  default void conditionsOfWhatCannotBeFactored(DType dtype) {
    assertThat(condition(dtype, new double[] {4, 4, 4, 4}, 0, 2)).isInfinite();
    assertThat(condition(dtype, new double[] {1, 3, 3, 1}, 5, 2)).isInfinite();
    assertThat(condition(dtype, new double[] {Double.NaN, 0, 0, 1}, 5, 2)).isNaN();
    assertThat(condition(dtype, new double[] {1, 0, Double.NaN, 1}, 5, 2)).isNaN();
  }

  /** The same beyond the first tile of a blocked factorisation. */
  @ParameterizedTest
  @EnumSource(DType.class)
  default void conditionsOfLargerMatrices(DType dtype) {
    assertThat(condition(dtype, diagonal(5, 36), 0, SEVERAL_TILES)).isEqualTo(36);
    assertThat(condition(dtype, diagonal(SEVERAL_TILES - 1, 0.25), 0, SEVERAL_TILES)).isEqualTo(4);
    assertThat(condition(dtype, diagonal(40, -1), 0, SEVERAL_TILES)).isInfinite();
    assertThat(condition(dtype, diagonal(40, Double.NaN), 0, SEVERAL_TILES)).isNaN();
    double[] pair = diagonal(40, 4);
    // Rows 40 and 66 are as in (4 4; 4 4): the second pivot is exactly 0.
    pair[66 * SEVERAL_TILES + 66] = 4;
    pair[66 * SEVERAL_TILES + 40] = 4;
    assertThat(condition(dtype, pair, 0, SEVERAL_TILES)).isInfinite();
  }

  /** Neighbours at a constant distance, one elsewhere and one of another shape. */
  @ParameterizedTest
  @EnumSource(DType.class)
  default void factorsOfSeveralMatrices(DType dtype) {
    for (Form form : Form.values()) {
      for (double dampingStep : new double[] {0, 0.5}) {
        for (int n : new int[] {1, 3, 33, SEVERAL_TILES}) {
          try (Backend backend = open(dtype);
              Twins twins = new Twins(backend, n)) {
            factors(form, dampingStep, twins, n);
          }
        }
      }
    }
  }

  private static void factors(Form form, double dampingStep, Twins twins, int n) {
    List<Operand> matrices = new ArrayList<>();
    double[] values = new double[TOGETHER * n * n];
    for (int i = 0; i < TOGETHER; i++) {
      System.arraycopy(definite(twins, n), 0, values, i * n * n, n * n);
    }
    matrices.add(twins.updated("neighbours", new Shape(TOGETHER * n, n), values));
    matrices.add(twins.updated("elsewhere", new Shape(n, n), definite(twins, n)));
    matrices.add(twins.updated("larger", new Shape(n + 1, n + 1), definite(twins, n + 1)));
    Operand rows = twins.updated("rows", new Shape(5 * (TOGETHER + 1), n));
    Operand largerRows = twins.updated("largerRows", new Shape(5, n + 1));
    Operand conditions = twins.updatedScalars("conditions", TOGETHER + 2);
    twins.run(
        form,
        (ops, side) -> {
          ops.fill(conditions.on(side), 0);
          List<Factor> independent = new ArrayList<>();
          for (int i = 0; i < TOGETHER + 2; i++) {
            Tensor matrix =
                i < TOGETHER
                    ? matrices.getFirst().on(side).rows(i * n, n)
                    : matrices.get(i - TOGETHER + 1).on(side);
            Tensor condition = conditions.on(side).element(i);
            independent.add(new Factor(0.25 + i * dampingStep, matrix, condition));
          }
          independent.forEach(ops::add);
          for (int i = 0; i <= TOGETHER; i++) {
            ops.target().solve(independent.get(i).matrix(), rows.on(side).rows(5 * i, 5));
          }
          ops.target().solve(independent.getLast().matrix(), largerRows.on(side));
        });
    double bound = CONDITION * twins.tolerance().sum(n + 1, 4);
    String detail = form + (dampingStep == 0 ? ", one damping" : ", several dampings");
    for (Operand matrix : matrices) {
      int side = matrix.on(Side.ORACLE).columns();
      twins.check(matrix, detail, (i, expected) -> i % side > i / side % side ? 0 : bound);
    }
    twins.check(rows, detail, (i, expected) -> bound);
    twins.check(largerRows, detail, (i, expected) -> bound);
    twins.check(conditions, detail, (i, expected) -> CONDITION * bound * expected);
  }

  /** One indefinite matrix and one that is not finite, among others that are as if alone. */
  @ParameterizedTest
  @EnumSource(DType.class)
  default void aMatrixThatCannotBeFactoredLeavesTheOthersAlone(DType dtype) {
    for (int n : new int[] {3, SEVERAL_TILES}) {
      // Of four diagonal matrices: the last two elements; those before are 1, 2, 3 and 4.
      double[][] last = {{1, 9}, {1, -1}, {1, Double.NaN}, {1, 0.25}};
      double[] expected = {9, Double.POSITIVE_INFINITY, Double.NaN, 16};
      try (Backend backend = open(dtype);
          Arena arena = backend.newArena()) {
        Tensor stacked = arena.allocate(new Shape(last.length * n, n));
        Tensor conditions = arena.allocateScalars(last.length);
        Tensor worst = arena.allocateScalars(1);
        double[] values = new double[last.length * n * n];
        for (int i = 0; i < last.length; i++) {
          for (int j = 0; j < n; j++) {
            values[(i * n + j) * n + j] = j < n - 2 ? i + 1 : last[i][j - n + 2];
          }
        }
        backend.upload(values, stacked);
        backend.run(ops -> stack(stacked, n, conditions, null).forEach(ops::add));
        assertThat(backend.read(conditions)).isEqualTo(expected);
        double[] factors = backend.read(stacked);
        for (int i : new int[] {0, 3}) {
          for (int j = 0; j < n; j++) {
            double diagonal = values[(i * n + j) * n + j];
            // 1, 4 and their like have exact roots.
            assertThat(factors[(i * n + j) * n + j]).isEqualTo(Math.sqrt(diagonal));
          }
        }
        backend.upload(values, stacked);
        backend.run(ops -> stack(stacked, n, conditions, worst).forEach(ops::add));
        assertThat(backend.scalar(worst)).isNaN();
      }
    }
  }

  /** The matrices one below the other, with a condition each or one for all. */
  private static List<Factor> stack(
      Tensor stacked, int n, Tensor conditions, @Nullable Tensor shared) {
    List<Factor> all = new ArrayList<>();
    for (int i = 0; i < stacked.rows() / n; i++) {
      all.add(
          new Factor(0, stacked.rows(i * n, n), shared == null ? conditions.element(i) : shared));
    }
    return all;
  }

  /** The identity but for one element of its diagonal. */
  private static double[] diagonal(int index, double value) {
    double[] matrix = new double[SEVERAL_TILES * SEVERAL_TILES];
    for (int i = 0; i < SEVERAL_TILES; i++) {
      matrix[i * SEVERAL_TILES + i] = i == index ? value : 1;
    }
    return matrix;
  }

  private double condition(DType dtype, double[] matrix, double before, int n) {
    try (Backend backend = open(dtype);
        Arena arena = backend.newArena()) {
      Tensor a = arena.allocate(new Shape(n, n));
      Tensor scalar = arena.allocateScalars(1);
      backend.upload(matrix, a);
      backend.setScalar(before, scalar);
      backend.run(ops -> ops.target().factor(0, a, scalar));
      return backend.scalar(scalar);
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void ridgeCoefficients(DType dtype) {
    for (Form form : Form.values()) {
      for (boolean plain : new boolean[] {false, true}) {
        for (boolean second : new boolean[] {false, true}) {
          Case.each(
              this, dtype, (twins, shape, tolerance) -> ridge(form, plain, second, twins, shape));
        }
      }
    }
  }

  private static void ridge(Form form, boolean plain, boolean second, Twins twins, Shape shape) {
    int batch = shape.rows();
    int n = shape.columns();
    int side = second ? n : batch;
    Operand activity = twins.input("activity", shape);
    Operand displacement = twins.input("displacement", shape);
    Operand kernel = twins.scratch("kernel", new Shape(side, side));
    Operand solution = twins.scratch("solution", shape);
    Operand condition = twins.updatedScalar("condition", 0);
    Operand coefficients = twins.overwritten("coefficients", new Shape(batch, batch));
    // So large that the kernel's condition number stays below 40 for every shape.
    double damping = 0.2 * Math.max(batch, n);
    twins.run(
        form,
        (ops, where) -> {
          RidgeSystem system =
              new RidgeSystem(
                  damping,
                  activity.on(where),
                  kernel.on(where),
                  second ? solution.on(where) : null,
                  condition.on(where));
          ops.target().ridgeKernel(system);
          ops.target()
              .ridgeCoefficients(plain, system, displacement.on(where), coefficients.on(where));
        });
    Tolerance tolerance = twins.tolerance();
    twins.check(
        coefficients,
        form + (plain ? " plain" : "") + (second ? " second form" : ""),
        (i, expected) -> CONDITION * tolerance.sum(Math.max(batch, n), 4));
    twins.check(
        condition, (i, expected) -> CONDITION * tolerance.sum(Math.max(batch, n), 4 * expected));
  }

  /** Layers of one shape, one of few units and one of another damping, solved from the last on. */
  @ParameterizedTest
  @EnumSource(DType.class)
  default void ridgeRegressionsOfSeveralLayers(DType dtype) {
    for (Form form : Form.values()) {
      for (boolean plain : new boolean[] {false, true}) {
        for (Shape shape : new Shape[] {new Shape(3, 10), new Shape(33, 65)}) {
          try (Backend backend = open(dtype);
              Twins twins = new Twins(backend, shape.hashCode())) {
            layers(form, plain, twins, shape);
          }
        }
      }
    }
  }

  private static void layers(Form form, boolean plain, Twins twins, Shape shape) {
    int batch = shape.rows();
    int few = 2;
    Shape all = new Shape(TOGETHER * batch, shape.columns());
    Operand activities = twins.input("activities", all);
    Operand displacements = twins.input("displacements", all);
    Operand kernels = twins.scratch("kernels", new Shape(TOGETHER * batch, batch));
    Operand fewActivities = twins.input("fewActivities", new Shape(batch, few));
    Operand fewDisplacements = twins.input("fewDisplacements", new Shape(batch, few));
    Operand fewKernel = twins.scratch("fewKernel", new Shape(few, few));
    Operand fewSolution = twins.scratch("fewSolution", new Shape(batch, few));
    Operand conditions = twins.updatedScalars("conditions", TOGETHER + 1);
    Operand coefficients =
        twins.overwritten("coefficients", new Shape((TOGETHER + 1) * batch, batch));
    double damping = 0.2 * shape.columns();
    twins.run(
        form,
        (ops, side) -> {
          ops.fill(conditions.on(side), 0);
          List<RidgeSystem> systems = new ArrayList<>();
          for (int i = 0; i < TOGETHER; i++) {
            systems.add(
                new RidgeSystem(
                    i == TOGETHER - 1 ? 2 * damping : damping,
                    activities.on(side).rows(i * batch, batch),
                    kernels.on(side).rows(i * batch, batch),
                    null,
                    conditions.on(side).element(i)));
          }
          systems.add(
              new RidgeSystem(
                  batch,
                  fewActivities.on(side),
                  fewKernel.on(side),
                  fewSolution.on(side),
                  conditions.on(side).element(TOGETHER)));
          systems.forEach(ops.target()::ridgeKernel);
          for (int i = TOGETHER; i >= 0; i--) {
            ops.target()
                .ridgeCoefficients(
                    plain,
                    systems.get(i),
                    i < TOGETHER
                        ? displacements.on(side).rows(i * batch, batch)
                        : fewDisplacements.on(side),
                    coefficients.on(side).rows(i * batch, batch));
          }
        });
    String detail = form + (plain ? " plain" : "");
    double bound = CONDITION * twins.tolerance().sum(shape.columns(), 4);
    twins.check(coefficients, detail, (i, expected) -> bound);
    twins.check(conditions, detail, (i, expected) -> bound * expected);
  }

  /** The two forms are one matrix: here as numbers. */
  @ParameterizedTest
  @EnumSource(value = DType.class, names = "FLOAT64")
  default void bothFormsOfRidgeRegressionAgree(DType dtype) {
    for (boolean plain : new boolean[] {false, true}) {
      for (Shape shape : new Shape[] {new Shape(7, 3), new Shape(4, 9)}) {
        double[] first = coefficients(dtype, shape, plain, false);
        double[] second = coefficients(dtype, shape, plain, true);
        for (int i = 0; i < first.length; i++) {
          // Float64 and condition numbers of some tens.
          assertThat(second[i]).isCloseTo(first[i], Offset.offset(1e-12));
        }
      }
    }
  }

  private double[] coefficients(DType dtype, Shape shape, boolean plain, boolean second) {
    try (Backend backend = open(dtype);
        Arena arena = backend.newArena()) {
      int side = second ? shape.columns() : shape.rows();
      Tensor activity = arena.allocate(shape);
      Tensor displacement = arena.allocate(shape);
      Tensor kernel = arena.allocate(new Shape(side, side));
      Tensor solution = arena.allocate(shape);
      Tensor result = arena.allocate(new Shape(shape.rows(), shape.rows()));
      Tensor condition = arena.allocateScalars(1);
      RidgeSystem system =
          new RidgeSystem(0.5, activity, kernel, second ? solution : null, condition);
      backend.run(
          ops -> {
            ops.randomNormal(3, 1, 1, activity);
            ops.randomNormal(3, 2, 1, displacement);
            ops.target().ridgeKernel(system);
            ops.target().ridgeCoefficients(plain, system, displacement, result);
          });
      return backend.read(result);
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void gateRows(DType dtype) {
    for (Form form : Form.values()) {
      for (int outputs : new int[] {1, 3}) {
        Case.each(
            this,
            dtype,
            (twins, shape, tolerance) -> {
              Shape stacked = new Shape(outputs * shape.rows(), shape.columns());
              Operand shared = twins.input("shared", new Shape(outputs, shape.columns()));
              Operand own = twins.input("own", stacked);
              Operand inPlace = twins.updated("inPlace", stacked);
              Operand gate = twins.input("gate", shape);
              Operand fromShared = twins.overwritten("fromShared", stacked);
              Operand fromOwn = twins.overwritten("fromOwn", stacked);
              twins.run(
                  form,
                  (ops, side) -> {
                    ops.target().gateRows(shared.on(side), gate.on(side), fromShared.on(side));
                    ops.target().gateRows(own.on(side), gate.on(side), fromOwn.on(side));
                    ops.target().gateRows(inPlace.on(side), gate.on(side), inPlace.on(side));
                  });
              for (Operand result : new Operand[] {fromShared, fromOwn, inPlace}) {
                twins.check(result, form.name(), (i, expected) -> tolerance.terms(expected));
              }
            });
      }
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void gaussNewtonTarget(DType dtype) {
    for (Form form : Form.values()) {
      for (int outputs : new int[] {1, 4}) {
        Case.each(
            this,
            dtype,
            (twins, shape, tolerance) -> {
              int stacked = outputs * shape.rows();
              Operand jacobian = twins.input("jacobian", new Shape(stacked, shape.columns()));
              Operand error = twins.input("error", new Shape(shape.rows(), outputs));
              Operand gram = twins.scratch("gram", new Shape(stacked, outputs));
              Operand solution = twins.scratch("solution", new Shape(shape.rows(), outputs));
              Operand condition = twins.updatedScalar("condition", 0);
              Operand displacement = twins.overwritten("displacement", shape);
              // Gram matrices have eigenvalues up to about 6 n: their condition stays below 40.
              double damping = 0.5 * shape.columns();
              twins.run(
                  form,
                  (ops, side) ->
                      ops.target()
                          .gaussNewtonTarget(
                              damping,
                              jacobian.on(side),
                              error.on(side),
                              gram.on(side),
                              solution.on(side),
                              condition.on(side),
                              displacement.on(side)));
              twins.check(
                  displacement,
                  form.name(),
                  (i, expected) -> CONDITION * tolerance.sum(shape.columns(), 8));
              twins.check(
                  condition,
                  form.name(),
                  (i, expected) -> CONDITION * tolerance.sum(shape.columns(), 4 * expected));
            });
      }
    }
  }

  private static double[] definite(Twins twins, int n) {
    double[] r = twins.normals(n * n);
    double[] a = new double[n * n];
    Arrays.setAll(
        a,
        i -> {
          double sum = i % (n + 1) == 0 ? 1 : 0;
          for (int k = 0; k < n; k++) {
            sum += r[i / n * n + k] * r[i % n * n + k] / n;
          }
          return sum;
        });
    return a;
  }

  /** A comparison at one size of a square matrix. */
  @FunctionalInterface
  interface SquareCase {
    void check(Twins twins, int n, Tolerance tolerance);
  }

  private void each(DType dtype, SquareCase body) {
    try (Backend backend = open(dtype)) {
      for (int n : Shapes.ROWS) {
        try (Twins twins = new Twins(backend, n)) {
          body.check(twins, n, Tolerance.of(dtype));
        }
      }
    }
  }
}
