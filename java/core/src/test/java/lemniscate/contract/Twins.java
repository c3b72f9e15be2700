package lemniscate.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import lemniscate.backend.Backend;
import lemniscate.backend.Operations;
import lemniscate.backend.reference.ReferenceBackend;
import lemniscate.contract.Operand.Role;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;

/**
 * The backend under test beside a float64 reference backend that gets the same inputs, after their
 * rounding to the tested element type.
 */
final class Twins implements AutoCloseable {

  /** Enqueues the same operation on either side. */
  @FunctionalInterface
  interface Step {
    void record(Operations ops, Side side);
  }

  /** Largest allowed distance from the expected value of an element. */
  @FunctionalInterface
  interface Bound {
    double at(int i, double expected);
  }

  // Odd, so that no view is aligned to more than one element.
  private static final int GUARD = 3;
  private static final double GUARD_VALUE = -77.25;

  private final Backend tested;
  private final Backend oracle;
  private final Arena testedArena;
  private final Arena oracleArena;
  private final SplittableRandom random;
  private final List<Operand> operands = new ArrayList<>();

  Twins(Backend tested, long seed) {
    this.tested = tested;
    this.oracle = new ReferenceBackend(DType.FLOAT64);
    this.testedArena = tested.newArena();
    this.oracleArena = oracle.newArena();
    this.random = new SplittableRandom(seed);
  }

  Tolerance tolerance() {
    return Tolerance.of(tested.dtype());
  }

  /** Seeded normals of standard deviation 1.5, so that activations meet both tails. */
  double[] normals(int count) {
    double[] values = new double[count];
    Arrays.setAll(values, i -> 1.5 * random.nextGaussian());
    return values;
  }

  Operand input(String name, Shape shape) {
    return input(name, shape, normals((int) shape.elements()));
  }

  Operand input(String name, Shape shape, double[] values) {
    return place(name, Role.INPUT, tested.dtype(), shape, values);
  }

  /** An operand that is read and written. */
  Operand updated(String name, Shape shape) {
    return updated(name, shape, normals((int) shape.elements()));
  }

  Operand updated(String name, Shape shape, double[] values) {
    return place(name, Role.OUTPUT, tested.dtype(), shape, values);
  }

  /** An operand that is written without being read: NaN before. */
  Operand overwritten(String name, Shape shape) {
    double[] values = new double[(int) shape.elements()];
    Arrays.fill(values, Double.NaN);
    return updated(name, shape, values);
  }

  Operand scratch(String name, Shape shape) {
    return place(name, Role.SCRATCH, tested.dtype(), shape, normals((int) shape.elements()));
  }

  Operand scalar(String name, double value) {
    return place(name, Role.INPUT, DType.FLOAT64, Shape.SCALAR, new double[] {value});
  }

  Operand updatedScalar(String name, double value) {
    return place(name, Role.OUTPUT, DType.FLOAT64, Shape.SCALAR, new double[] {value});
  }

  /** A float64 row that is read and written, whatever the tested element type. */
  Operand updatedScalars(String name, int count) {
    return place(name, Role.OUTPUT, DType.FLOAT64, new Shape(1, count), normals(count));
  }

  /** A float64 row that is read, whatever the tested element type. */
  Operand scalars(String name, int count) {
    return place(name, Role.INPUT, DType.FLOAT64, new Shape(1, count), normals(count));
  }

  private Operand place(String name, Role role, DType dtype, Shape shape, double[] values) {
    double[] rounded = values.clone();
    if (dtype == DType.FLOAT32) {
      Arrays.setAll(rounded, i -> (float) values[i]);
    }
    int length = rounded.length + 2 * GUARD;
    Tensor guarded =
        dtype == tested.dtype()
            ? testedArena.allocate(new Shape(1, length))
            : testedArena.allocateScalars(length);
    double[] content = new double[length];
    Arrays.fill(content, GUARD_VALUE);
    System.arraycopy(rounded, 0, content, GUARD, rounded.length);
    tested.upload(content, guarded);
    Tensor oracleTensor = oracleArena.allocate(shape);
    oracle.upload(rounded, oracleTensor);
    Operand operand =
        new Operand(
            name,
            role,
            rounded,
            guarded,
            new Tensor(guarded.storage(), guarded.offset() + GUARD, shape),
            oracleTensor);
    operands.add(operand);
    return operand;
  }

  void run(Step step) {
    run(Form.OVERRIDE, step);
  }

  /** Runs on both sides; then no guard and no input may have changed. */
  void run(Form form, Step step) {
    tested.run(ops -> step.record(form.of(ops), Side.TESTED));
    oracle.run(ops -> step.record(ops, Side.ORACLE));
    for (Operand operand : operands) {
      double[] content = tested.read(operand.guarded());
      for (int i = 0; i < GUARD; i++) {
        assertThat(content[i]).as("guard before %s", operand.name()).isEqualTo(GUARD_VALUE);
        assertThat(content[content.length - 1 - i])
            .as("guard after %s", operand.name())
            .isEqualTo(GUARD_VALUE);
      }
      if (operand.role() == Role.INPUT) {
        assertThat(Arrays.copyOfRange(content, GUARD, content.length - GUARD))
            .as("input %s", operand.name())
            .isEqualTo(operandBefore(operand));
      }
    }
  }

  private static double[] operandBefore(Operand operand) {
    double[] before = new double[operand.elements()];
    Arrays.setAll(before, operand::before);
    return before;
  }

  /** The oracle's value. */
  double[] expected(Operand operand) {
    return oracle.read(operand.on(Side.ORACLE));
  }

  void check(Operand operand, Bound bound) {
    check(operand, "", bound);
  }

  void check(Operand operand, String detail, Bound bound) {
    double[] actual = tested.read(operand.on(Side.TESTED));
    double[] expected = expected(operand);
    for (int i = 0; i < actual.length; i++) {
      double allowed = bound.at(i, expected[i]);
      // In this sense, so that a NaN on either side fails.
      if (!(Math.abs(actual[i] - expected[i]) <= allowed)) {
        assertThat(actual[i])
            .as(
                "%s %s[%d] of %s within %s",
                detail, operand.name(), i, operand.on(Side.TESTED), allowed)
            .isEqualTo(expected[i]);
      }
    }
  }

  @Override
  public void close() {
    testedArena.close();
    oracle.close();
  }
}
