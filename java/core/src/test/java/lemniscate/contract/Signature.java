package lemniscate.contract;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import lemniscate.backend.Activation;
import lemniscate.backend.Gemm;
import lemniscate.backend.GoodnessOperation;
import lemniscate.backend.ImageOperation;
import lemniscate.backend.LayerOperation.Activate;
import lemniscate.backend.LayerOperation.Gate;
import lemniscate.backend.Loss;
import lemniscate.backend.LossOperation.OutputError;
import lemniscate.backend.Operand;
import lemniscate.backend.Operation;
import lemniscate.backend.PcOperation.PredictionError;
import lemniscate.backend.PcOperation.RelaxError;
import lemniscate.backend.PcOperation.RelaxState;
import lemniscate.backend.PcOperation.StateGradient;
import lemniscate.backend.PepitaOperation;
import lemniscate.backend.PrimitiveOperation.ActivationDerivative;
import lemniscate.backend.PrimitiveOperation.ActivationDifference;
import lemniscate.backend.PrimitiveOperation.AddRow;
import lemniscate.backend.PrimitiveOperation.ApplyActivation;
import lemniscate.backend.PrimitiveOperation.Axpy;
import lemniscate.backend.PrimitiveOperation.ColumnSum;
import lemniscate.backend.PrimitiveOperation.Copy;
import lemniscate.backend.PrimitiveOperation.Fill;
import lemniscate.backend.PrimitiveOperation.Multiply;
import lemniscate.backend.PrimitiveOperation.MultiplyRow;
import lemniscate.backend.PrimitiveOperation.RandomNormal;
import lemniscate.backend.PrimitiveOperation.Scale;
import lemniscate.backend.PrimitiveOperation.Softmax;
import lemniscate.backend.PrimitiveOperation.SumOfSquares;
import lemniscate.backend.StandardizationOperation;
import lemniscate.backend.TargetOperation.AddDiagonal;
import lemniscate.backend.TargetOperation.Factor;
import lemniscate.backend.TargetOperation.GateRows;
import lemniscate.backend.TargetOperation.GaussNewtonTarget;
import lemniscate.backend.TargetOperation.RidgeCoefficients;
import lemniscate.backend.TargetOperation.RidgeKernel;
import lemniscate.backend.TargetOperation.RidgeSystem;
import lemniscate.backend.TargetOperation.Solve;
import lemniscate.backend.UpdateOperation.Adam;
import lemniscate.backend.UpdateOperation.Advance;
import lemniscate.backend.UpdateOperation.Momentum;
import lemniscate.backend.UpdateOperation.Sgd;
import lemniscate.backend.UpdatePasses.AdamCoefficients;
import lemniscate.backend.Window;
import lemniscate.tensor.DType;
import lemniscate.tensor.ExampleShape;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Storage;
import lemniscate.tensor.Tensor;

/**
 * An operation whose operands can be put in the place of others, so that every way of getting one
 * wrong can be tried on every operation. What an operand has to be is what the operation's record
 * says.
 *
 * @param sample on tensors without memory, of shapes that fit together
 */
record Signature(Operation sample) {

  static final Shape MATRIX = new Shape(3, 5);
  static final Shape ROW = new Shape(1, 5);

  private static final Shape SQUARE = new Shape(3, 3);
  private static final Shape WIDE_SQUARE = new Shape(5, 5);
  private static final Shape STACKED = new Shape(6, 5);
  private static final Shape OUTPUTS = new Shape(3, 2);
  private static final Shape PAIRS = new Shape(2, 5);
  private static final Shape SPREAD = new Shape(3, 1);

  // Of two examples, and windows that have four places. No extent is one that is tried as a wrong
  // one, so that it is the operand itself that does not fit.
  private static final Shape IMAGES = new Shape(2, 18);
  private static final Shape PATCHES = new Shape(8, 8);
  private static final Shape ONE_EXAMPLE = new Shape(4, 8);
  private static final Shape KERNELS = new Shape(2, 8);
  private static final Shape RESULTS = new Shape(8, 2);
  private static final Shape POOLED = new Shape(2, 8);
  private static final Shape POINT_KERNELS = new Shape(2, 2);

  /** Memory that is not there. */
  private record Absent(DType dtype, long elements) implements Storage {}

  private static Tensor of(Shape shape) {
    return new Tensor(new Absent(DType.FLOAT32, shape.elements()), 0, shape);
  }

  private static Tensor matrix() {
    return of(MATRIX);
  }

  private static Tensor scalar() {
    return of(Shape.SCALAR);
  }

  /** Every operation, in each of its forms. */
  static List<Signature> all() {
    return Stream.of(primitives(), passes(), targets(), forwardOnly(), images(), standardizations())
        .flatMap(List::stream)
        .map(Signature::new)
        .toList();
  }

  private static List<Operation> primitives() {
    return List.of(
        new Gemm(1, of(MATRIX), false, of(new Shape(5, 4)), false, 0, of(new Shape(3, 4))),
        new Fill(matrix(), 1),
        new Copy(matrix(), matrix()),
        new Scale(2, matrix()),
        new Axpy(2, null, matrix(), matrix()),
        new Axpy(2, scalar(), matrix(), matrix()),
        new Multiply(matrix(), matrix()),
        new AddRow(of(ROW), matrix()),
        new MultiplyRow(of(ROW), matrix(), matrix()),
        new ColumnSum(1, matrix(), of(ROW)),
        new SumOfSquares(1, matrix(), true, scalar()),
        new ApplyActivation(Activation.TANH, matrix(), matrix()),
        new ActivationDerivative(Activation.TANH, matrix(), matrix(), matrix()),
        new ActivationDifference(Activation.TANH, matrix(), matrix(), matrix(), matrix(), matrix()),
        new Softmax(matrix(), matrix()),
        new RandomNormal(1, 2, null, 1, matrix()),
        new RandomNormal(1, 2, scalar(), 1, matrix()));
  }

  private static List<Operation> passes() {
    return List.of(
        new Activate(Activation.RELU, matrix(), of(ROW), matrix()),
        new Activate(Activation.RELU, matrix(), null, matrix()),
        new Gate(Activation.RELU, matrix(), matrix(), matrix(), matrix()),
        new OutputError(Loss.MSE, matrix(), null, matrix(), matrix(), scalar()),
        new OutputError(Loss.MSE, matrix(), matrix(), matrix(), matrix(), scalar()),
        new OutputError(Loss.MSE, matrix(), matrix(), matrix(), matrix(), null),
        new PredictionError(
            Activation.RELU, matrix(), matrix(), matrix(), matrix(), matrix(), matrix()),
        new StateGradient(1, matrix(), matrix(), matrix()),
        new StateGradient(1, matrix(), null, matrix()),
        new RelaxState(1, matrix(), matrix(), matrix(), scalar(), matrix()),
        new RelaxState(1, matrix(), null, matrix(), scalar(), matrix()),
        new RelaxError(1, matrix(), matrix(), scalar(), matrix(), matrix()),
        new Advance(scalar()),
        new Sgd(matrix(), scalar(), 1, 0, matrix()),
        new Momentum(matrix(), scalar(), 1, 0, 0.9, matrix(), matrix()),
        new Adam(
            matrix(),
            scalar(),
            1,
            0,
            new AdamCoefficients(0.9, 0.999, 1e-8),
            scalar(),
            matrix(),
            matrix(),
            matrix()));
  }

  private static List<Operation> targets() {
    return List.of(
        new AddDiagonal(1, of(SQUARE)),
        new Factor(1, of(SQUARE), scalar()),
        new Solve(of(WIDE_SQUARE), matrix()),
        new RidgeKernel(new RidgeSystem(1, matrix(), of(SQUARE), null, scalar())),
        new RidgeKernel(new RidgeSystem(1, matrix(), of(WIDE_SQUARE), matrix(), scalar())),
        new RidgeCoefficients(
            false, new RidgeSystem(1, matrix(), of(SQUARE), null, scalar()), matrix(), of(SQUARE)),
        new RidgeCoefficients(
            true,
            new RidgeSystem(1, matrix(), of(WIDE_SQUARE), matrix(), scalar()),
            matrix(),
            of(SQUARE)),
        new GateRows(of(STACKED), matrix(), of(STACKED)),
        new GaussNewtonTarget(
            1, of(STACKED), of(OUTPUTS), of(new Shape(6, 2)), of(OUTPUTS), scalar(), matrix()));
  }

  private static List<Operation> forwardOnly() {
    return List.of(
        new PepitaOperation.Normalize(true, 1, matrix(), matrix()),
        new PepitaOperation.NormalizedDifference(true, 1, matrix(), matrix()),
        new PepitaOperation.Sign(matrix(), matrix()),
        new PepitaOperation.Centre(matrix()),
        new PepitaOperation.Rescale(1, 0.5, matrix(), matrix()),
        new GoodnessOperation.Embed(of(OUTPUTS), matrix()),
        new GoodnessOperation.Normalize(2, matrix(), matrix()),
        new GoodnessOperation.Measure(1, matrix(), true, of(new Shape(3, 1))),
        new GoodnessOperation.Contrast(1, 1, of(PAIRS), of(PAIRS), scalar()));
  }

  private static List<Operation> images() {
    Window window = new Window(new ExampleShape(3, 3, 2), 2, 2, 1, 0);
    Window pointwise = new Window(new ExampleShape(2, 2, 2), 1, 1, 1, 0);
    return List.of(
        new ImageOperation.Patches(window, of(IMAGES), of(PATCHES)),
        new ImageOperation.SumPatches(window, of(PATCHES), of(IMAGES)),
        new ImageOperation.Convolve(
            window, 1, of(IMAGES), of(KERNELS), of(ONE_EXAMPLE), of(RESULTS)),
        new ImageOperation.Convolve(pointwise, 1, of(POOLED), of(POINT_KERNELS), null, of(RESULTS)),
        new ImageOperation.ConvolveBack(
            window, 1, of(RESULTS), of(KERNELS), of(ONE_EXAMPLE), of(IMAGES)),
        new ImageOperation.ConvolveBack(
            pointwise, 1, of(RESULTS), of(POINT_KERNELS), null, of(POOLED)),
        new ImageOperation.ConvolutionGradient(
            window, 1, of(RESULTS), of(IMAGES), of(ONE_EXAMPLE), true, of(KERNELS)),
        new ImageOperation.ConvolutionGradient(
            pointwise, 1, of(RESULTS), of(POOLED), null, false, of(POINT_KERNELS)),
        new ImageOperation.AveragePool(window, of(IMAGES), of(POOLED)),
        new ImageOperation.AveragePoolBack(window, of(POOLED), of(IMAGES)),
        new ImageOperation.MaxPool(window, of(IMAGES), of(POOLED), of(POOLED)),
        new ImageOperation.MaxPoolDifference(
            window, of(IMAGES), of(POOLED), of(IMAGES), of(POOLED), of(POOLED)),
        new ImageOperation.MaxPoolBack(window, of(POOLED), of(POOLED), of(IMAGES)));
  }

  private static List<Operation> standardizations() {
    return List.of(
        new StandardizationOperation.Standardize(true, 1e-5, matrix(), matrix(), of(SPREAD)),
        new StandardizationOperation.StandardizedDifference(
            true, matrix(), of(SPREAD), matrix(), matrix(), of(SPREAD)),
        new StandardizationOperation.StandardizeBack(
            true, matrix(), of(SPREAD), matrix(), matrix()));
  }

  /** The operands that are there; their tensors have the shapes that are right. */
  List<Operand> slots() {
    return sample.operands().stream().filter(operand -> operand.tensor() != null).toList();
  }

  boolean is(Class<? extends Operation> type) {
    return type.isInstance(sample);
  }

  /** The operation with other tensors, in the order of the slots. */
  Operation on(List<Tensor> tensors) {
    Map<Object, Tensor> by = new IdentityHashMap<>();
    List<Operand> slots = slots();
    IntStream.range(0, slots.size()).forEach(i -> by.put(slots.get(i).tensor(), tensors.get(i)));
    return (Operation) replaced((Record) sample, by);
  }

  private static Record replaced(Record record, Map<Object, Tensor> by) {
    RecordComponent[] components = record.getClass().getRecordComponents();
    Object[] values = new Object[components.length];
    try {
      for (int i = 0; i < values.length; i++) {
        Object value = components[i].getAccessor().invoke(record);
        values[i] =
            value instanceof Record inner ? replaced(inner, by) : by.getOrDefault(value, null);
        if (values[i] == null) {
          values[i] = value;
        }
      }
      Class<?>[] types =
          Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
      Constructor<?> constructor = record.getClass().getDeclaredConstructor(types);
      return (Record) constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException refusal) {
        throw refusal;
      }
      throw new IllegalStateException(e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public String toString() {
    return sample.toString();
  }
}
