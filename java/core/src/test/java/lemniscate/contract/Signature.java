package lemniscate.contract;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import lemniscate.backend.Activation;
import lemniscate.backend.Gemm;
import lemniscate.backend.Loss;
import lemniscate.backend.Operations;
import lemniscate.backend.TargetPasses.Factorization;
import lemniscate.backend.TargetPasses.RidgeSystem;
import lemniscate.backend.UpdatePasses.AdamCoefficients;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;

/**
 * An operation as a list of operands, so that every way of getting one wrong can be tried on every
 * operation.
 *
 * @param name for messages
 * @param slots the operands
 * @param call enqueues the operation with operands in the order of the slots
 */
record Signature(String name, List<Slot> slots, Call call) {

  static final Shape MATRIX = new Shape(3, 5);
  static final Shape ROW = new Shape(1, 5);

  /** Takes any number of rows. */
  static final String SOLVE = "solve";

  /** Takes any two shapes. */
  static final String RESCALE = "rescale";

  /** Takes any number of columns. */
  static final String RIDGE_KERNELS = "ridgeKernels";

  /** Takes any features beyond the labels. */
  static final String EMBED = "embed";

  /** Takes any number of columns. */
  static final String MEASURE = "measure";

  /** What an operand has to be. */
  enum Type {
    /** The backend's element type. */
    ELEMENT,
    /** Float64 of shape (1, 1). */
    SCALAR,
    /** Any, if all operands of this kind agree. */
    ANY
  }

  /**
   * An operand.
   *
   * @param name as in the Javadoc of the operation
   * @param aliases the operands that may be the same tensor
   */
  record Slot(String name, Type type, Shape shape, boolean written, List<String> aliases) {}

  /** Enqueues an operation. */
  @FunctionalInterface
  interface Call {
    void enqueue(Operations ops, List<Tensor> operands);
  }

  @Override
  public String toString() {
    return name;
  }

  private static Slot in(String name) {
    return new Slot(name, Type.ELEMENT, MATRIX, false, List.of());
  }

  private static Slot out(String name, String... aliases) {
    return new Slot(name, Type.ELEMENT, MATRIX, true, List.of(aliases));
  }

  private static Slot of(String name, Type type, Shape shape, boolean written) {
    return new Slot(name, type, shape, written, List.of());
  }

  private static Slot scalar(String name) {
    return of(name, Type.SCALAR, Shape.SCALAR, false);
  }

  private static Slot total(String name) {
    return of(name, Type.SCALAR, Shape.SCALAR, true);
  }

  /** A scalar that several may raise. */
  private static Slot raised(String name) {
    return new Slot(name, Type.SCALAR, Shape.SCALAR, true, List.of(name));
  }

  /** Every primitive and every pass. */
  static List<Signature> all() {
    List<Signature> all = new ArrayList<>();
    addPrimitives(all);
    addPasses(all);
    addTargetPasses(all);
    addPepitaPasses(all);
    addGoodnessPasses(all);
    return Collections.unmodifiableList(all);
  }

  private static void addPrimitives(List<Signature> all) {
    all.add(
        new Signature(
            "gemm",
            List.of(
                of("A", Type.ELEMENT, new Shape(3, 5), false),
                of("B", Type.ELEMENT, new Shape(5, 4), false),
                of("C", Type.ELEMENT, new Shape(3, 4), true)),
            (ops, t) -> ops.gemm(new Gemm(1, t.get(0), false, t.get(1), false, 0, t.get(2)))));
    all.add(
        new Signature(
            "fill", List.of(of("x", Type.ANY, MATRIX, true)), (ops, t) -> ops.fill(t.get(0), 1)));
    all.add(
        new Signature(
            "copy",
            List.of(of("source", Type.ANY, MATRIX, false), of("target", Type.ANY, MATRIX, true)),
            (ops, t) -> ops.copy(t.get(0), t.get(1))));
    all.add(
        new Signature(
            "scale", List.of(of("x", Type.ANY, MATRIX, true)), (ops, t) -> ops.scale(2, t.get(0))));
    all.add(
        new Signature(
            "axpy",
            List.of(of("x", Type.ANY, MATRIX, false), of("y", Type.ANY, MATRIX, true)),
            (ops, t) -> ops.axpy(2, t.get(0), t.get(1))));
    all.add(
        new Signature(
            "axpy by scalar",
            List.of(
                scalar("scalar"),
                of("x", Type.ANY, MATRIX, false),
                of("y", Type.ANY, MATRIX, true)),
            (ops, t) -> ops.axpy(2, t.get(0), t.get(1), t.get(2))));
    all.add(
        new Signature(
            "multiply",
            List.of(of("x", Type.ANY, MATRIX, false), of("y", Type.ANY, MATRIX, true)),
            (ops, t) -> ops.multiply(t.get(0), t.get(1))));
    all.add(
        new Signature(
            "addRow",
            List.of(of("row", Type.ELEMENT, ROW, false), out("y")),
            (ops, t) -> ops.addRow(t.get(0), t.get(1))));
    all.add(
        new Signature(
            "columnSum",
            List.of(in("x"), of("out", Type.ELEMENT, ROW, true)),
            (ops, t) -> ops.columnSum(1, t.get(0), t.get(1))));
    all.add(
        new Signature(
            "sumOfSquares",
            List.of(of("x", Type.ANY, MATRIX, false), total("total")),
            (ops, t) -> ops.sumOfSquares(1, t.get(0), true, t.get(1))));
    all.add(
        new Signature(
            "activation",
            List.of(in("u"), out("h")),
            (ops, t) -> ops.activation(Activation.TANH, t.get(0), t.get(1))));
    all.add(
        new Signature(
            "activationDerivative",
            List.of(in("u"), in("h"), out("derivative")),
            (ops, t) -> ops.activationDerivative(Activation.TANH, t.get(0), t.get(1), t.get(2))));
    all.add(
        new Signature(
            "activationDifference",
            List.of(in("u"), in("h"), in("z"), out("difference"), out("derivative")),
            (ops, t) ->
                ops.activationDifference(
                    Activation.TANH, t.get(0), t.get(1), t.get(2), t.get(3), t.get(4))));
    all.add(
        new Signature(
            "softmax",
            List.of(in("x"), out("out", "x")),
            (ops, t) -> ops.softmax(t.get(0), t.get(1))));
    all.add(
        new Signature(
            "randomNormal", List.of(out("x")), (ops, t) -> ops.randomNormal(1, 2, 1, t.get(0))));
    all.add(
        new Signature(
            "randomNormal by counter",
            List.of(scalar("counter"), out("x")),
            (ops, t) -> ops.randomNormal(1, 2, t.get(0), 1, t.get(1))));
  }

  private static void addTargetPasses(List<Signature> all) {
    Shape square = new Shape(3, 3);
    Shape stacked = new Shape(6, 5);
    Shape outputs = new Shape(3, 2);
    all.add(
        new Signature(
            "addDiagonal",
            List.of(of("matrix", Type.ELEMENT, square, true)),
            (ops, t) -> ops.target().addDiagonal(1, t.get(0))));
    all.add(
        new Signature(
            "factor",
            List.of(of("matrix", Type.ELEMENT, square, true), total("condition")),
            (ops, t) -> ops.target().factor(1, t.get(0), t.get(1))));
    all.add(
        new Signature(
            SOLVE,
            List.of(of("factor", Type.ELEMENT, new Shape(5, 5), false), out("rows")),
            (ops, t) -> ops.target().solve(t.get(0), t.get(1))));
    all.add(
        new Signature(
            "factors",
            List.of(
                of("matrix", Type.ELEMENT, square, true),
                raised("condition"),
                of("matrix", Type.ELEMENT, new Shape(4, 4), true),
                raised("condition")),
            (ops, t) ->
                ops.target()
                    .factors(
                        List.of(
                            new Factorization(1, t.get(0), t.get(1)),
                            new Factorization(2, t.get(2), t.get(3))))));
    all.add(
        new Signature(
            RIDGE_KERNELS,
            List.of(
                in("activity"),
                of("kernel", Type.ELEMENT, square, true),
                raised("condition"),
                in("activity"),
                of("kernel", Type.ELEMENT, square, true),
                raised("condition")),
            (ops, t) ->
                ops.target()
                    .ridgeKernels(
                        List.of(
                            new RidgeSystem(1, t.get(0), t.get(1), null, t.get(2)),
                            new RidgeSystem(2, t.get(3), t.get(4), null, t.get(5))))));
    all.add(
        new Signature(
            "ridgeKernels, second form",
            List.of(
                in("activity"),
                of("kernel", Type.ELEMENT, new Shape(5, 5), true),
                out("solution", "solution"),
                raised("condition"),
                in("activity"),
                of("kernel", Type.ELEMENT, new Shape(5, 5), true),
                out("solution", "solution"),
                raised("condition")),
            (ops, t) ->
                ops.target()
                    .ridgeKernels(
                        List.of(
                            new RidgeSystem(1, t.get(0), t.get(1), t.get(2), t.get(3)),
                            new RidgeSystem(1, t.get(4), t.get(5), t.get(6), t.get(7))))));
    all.add(
        new Signature(
            "ridgeCoefficients",
            List.of(
                in("activity"),
                in("displacement"),
                of("kernel", Type.ELEMENT, square, false),
                scalar("condition"),
                of("coefficients", Type.ELEMENT, square, true)),
            (ops, t) ->
                ops.target()
                    .ridgeCoefficients(
                        false,
                        new RidgeSystem(1, t.get(0), t.get(2), null, t.get(3)),
                        t.get(1),
                        t.get(4))));
    all.add(
        new Signature(
            "ridgeCoefficients, second form",
            List.of(
                in("activity"),
                in("displacement"),
                of("kernel", Type.ELEMENT, new Shape(5, 5), false),
                out("solution"),
                scalar("condition"),
                of("coefficients", Type.ELEMENT, square, true)),
            (ops, t) ->
                ops.target()
                    .ridgeCoefficients(
                        true,
                        new RidgeSystem(1, t.get(0), t.get(2), t.get(3), t.get(4)),
                        t.get(1),
                        t.get(5))));
    all.add(
        new Signature(
            "gateRows",
            List.of(
                of("rows", Type.ELEMENT, stacked, false),
                in("gate"),
                new Slot("gated", Type.ELEMENT, stacked, true, List.of("rows"))),
            (ops, t) -> ops.target().gateRows(t.get(0), t.get(1), t.get(2))));
    all.add(
        new Signature(
            "gaussNewtonTarget",
            List.of(
                of("jacobian", Type.ELEMENT, stacked, false),
                of("error", Type.ELEMENT, outputs, false),
                of("gram", Type.ELEMENT, new Shape(6, 2), true),
                of("solution", Type.ELEMENT, outputs, true),
                total("condition"),
                out("displacement")),
            (ops, t) ->
                ops.target()
                    .gaussNewtonTarget(
                        1, t.get(0), t.get(1), t.get(2), t.get(3), t.get(4), t.get(5))));
  }

  private static void addPepitaPasses(List<Signature> all) {
    all.add(
        new Signature(
            "normalize",
            List.of(in("x"), out("y")),
            (ops, t) -> ops.pepita().normalize(true, 1, t.get(0), t.get(1))));
    all.add(
        new Signature(
            "normalizedDifference",
            List.of(in("x"), out("difference")),
            (ops, t) -> ops.pepita().normalizedDifference(true, 1, t.get(0), t.get(1))));
    all.add(
        new Signature(
            "sign", List.of(in("x"), out("y")), (ops, t) -> ops.pepita().sign(t.get(0), t.get(1))));
    all.add(new Signature("centre", List.of(out("x")), (ops, t) -> ops.pepita().centre(t.get(0))));
    all.add(
        new Signature(
            RESCALE,
            List.of(in("reference"), out("x", "reference")),
            (ops, t) -> ops.pepita().rescale(1, 0.5, t.get(0), t.get(1))));
  }

  private static void addGoodnessPasses(List<Signature> all) {
    Shape pairs = new Shape(2, 5);
    all.add(
        new Signature(
            EMBED,
            List.of(of("labels", Type.ELEMENT, new Shape(3, 2), false), out("x")),
            (ops, t) -> ops.goodness().embed(t.get(0), t.get(1))));
    all.add(
        new Signature(
            "normalize",
            List.of(in("x"), out("normalized", "x")),
            (ops, t) -> ops.goodness().normalize(2, t.get(0), t.get(1))));
    all.add(
        new Signature(
            MEASURE,
            List.of(in("h"), of("goodness", Type.ELEMENT, new Shape(3, 1), true)),
            (ops, t) -> ops.goodness().measure(1, t.get(0), true, t.get(1))));
    all.add(
        new Signature(
            "contrast",
            List.of(
                of("h", Type.ELEMENT, pairs, false),
                of("displacement", Type.ELEMENT, pairs, true),
                total("total")),
            (ops, t) -> ops.goodness().contrast(1, 1, t.get(0), t.get(1), t.get(2))));
  }

  private static void addPasses(List<Signature> all) {
    all.add(
        new Signature(
            "activate",
            List.of(out("u"), of("bias", Type.ELEMENT, ROW, false), out("h")),
            (ops, t) -> ops.layer().activate(Activation.RELU, t.get(0), t.get(1), t.get(2))));
    all.add(
        new Signature(
            "activate without bias",
            List.of(out("u"), out("h")),
            (ops, t) -> ops.layer().activate(Activation.RELU, t.get(0), null, t.get(1))));
    all.add(
        new Signature(
            "gate",
            List.of(in("u"), in("h"), in("displacement"), out("gated")),
            (ops, t) -> ops.layer().gate(Activation.RELU, t.get(0), t.get(1), t.get(2), t.get(3))));
    all.add(
        new Signature(
            "outputError",
            List.of(in("output"), in("target"), out("error"), total("total")),
            (ops, t) -> ops.loss().outputError(Loss.MSE, t.get(0), t.get(1), t.get(2), t.get(3))));
    all.add(
        new Signature(
            "outputError with shift",
            List.of(in("output"), in("shift"), in("target"), out("error"), total("total")),
            (ops, t) ->
                ops.loss()
                    .outputError(Loss.MSE, t.get(0), t.get(1), t.get(2), t.get(3), t.get(4))));
    all.add(
        new Signature(
            "predictionError",
            List.of(in("u"), in("h"), in("z"), in("displacement"), out("error"), out("gated")),
            (ops, t) ->
                ops.pc()
                    .predictionError(
                        Activation.TANH,
                        t.get(0),
                        t.get(1),
                        t.get(2),
                        t.get(3),
                        t.get(4),
                        t.get(5))));
    all.add(
        new Signature(
            "stateGradient",
            List.of(in("error"), in("gate"), out("back")),
            (ops, t) -> ops.pc().stateGradient(1, t.get(0), t.get(1), t.get(2))));
    all.add(
        new Signature(
            "stateGradient without gate",
            List.of(in("error"), out("back")),
            (ops, t) -> ops.pc().stateGradient(1, t.get(0), null, t.get(1))));
    all.add(
        new Signature(
            "relaxState",
            List.of(
                in("error"), in("gate"), out("back"), scalar("rate"), out("displacement", "error")),
            (ops, t) -> ops.pc().relaxState(1, t.get(0), t.get(1), t.get(2), t.get(3), t.get(4))));
    all.add(
        new Signature(
            "relaxState without gate",
            List.of(in("error"), out("back"), scalar("rate"), out("displacement", "error")),
            (ops, t) -> ops.pc().relaxState(1, t.get(0), null, t.get(1), t.get(2), t.get(3))));
    all.add(
        new Signature(
            "relaxError",
            List.of(out("back"), in("derivative"), scalar("rate"), out("error"), out("gated")),
            (ops, t) -> ops.pc().relaxError(1, t.get(0), t.get(1), t.get(2), t.get(3), t.get(4))));
    all.add(
        new Signature(
            "advance", List.of(total("counter")), (ops, t) -> ops.update().advance(t.get(0))));
    all.add(
        new Signature(
            "sgd",
            List.of(in("gradient"), scalar("rate"), out("weight")),
            (ops, t) -> ops.update().sgd(t.get(0), t.get(1), 1, 0, t.get(2))));
    all.add(
        new Signature(
            "momentum",
            List.of(in("gradient"), scalar("rate"), out("velocity"), out("weight")),
            (ops, t) -> ops.update().momentum(t.get(0), t.get(1), 1, 0, 0.9, t.get(2), t.get(3))));
    all.add(
        new Signature(
            "adam",
            List.of(
                in("gradient"),
                scalar("rate"),
                scalar("counter"),
                out("firstMoment"),
                out("secondMoment"),
                out("weight")),
            (ops, t) ->
                ops.update()
                    .adam(
                        t.get(0),
                        t.get(1),
                        1,
                        0,
                        new AdamCoefficients(0.9, 0.999, 1e-8),
                        t.get(2),
                        t.get(3),
                        t.get(4),
                        t.get(5))));
  }
}
