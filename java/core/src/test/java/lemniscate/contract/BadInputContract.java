package lemniscate.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import lemniscate.backend.Backend;
import lemniscate.backend.GoodnessOperation;
import lemniscate.backend.Operand;
import lemniscate.backend.Operand.Access;
import lemniscate.backend.Operand.Type;
import lemniscate.backend.Operation;
import lemniscate.backend.PepitaOperation;
import lemniscate.backend.TargetOperation;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Storage;
import lemniscate.tensor.Tensor;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every operation with every operand wrong in every way, refused when it is recorded. */
public interface BadInputContract extends OpensBackend {

  /** No operation escapes what is tried here. */
  @Test
  default void everyOperationIsTried() {
    List<Class<?>> tried = new ArrayList<>();
    Signature.all().forEach(signature -> tried.add(signature.sample().getClass()));
    assertThat(tried).hasSameElementsAs(records(Operation.class).toList());
  }

  private static Stream<Class<?>> records(Class<?> type) {
    return type.isRecord()
        ? Stream.of(type)
        : Stream.of(type.getPermittedSubclasses()).flatMap(BadInputContract::records);
  }

  /** What a record says is only read has not changed after a run. */
  @ParameterizedTest
  @EnumSource(DType.class)
  default void whatIsOnlyReadStays(DType dtype) {
    try (Backend backend = open(dtype);
        Arena arena = backend.newArena()) {
      for (Signature signature : Signature.all()) {
        List<Tensor> operands = operands(arena, signature);
        for (Tensor operand : operands) {
          double[] values = new double[(int) operand.elements()];
          Arrays.setAll(values, i -> 1 + i % 3);
          backend.upload(values, operand);
        }
        List<double[]> before = operands.stream().map(backend::read).toList();
        backend.run(ops -> ops.add(signature.on(operands)));
        for (int i = 0; i < operands.size(); i++) {
          if (signature.slots().get(i).access() == Access.READS) {
            assertThat(backend.read(operands.get(i)))
                .as("%s, operand %s", signature, signature.slots().get(i).name())
                .isEqualTo(before.get(i));
          }
        }
      }
    }
  }

  /** Without this the refusals below might be for another reason. */
  @ParameterizedTest
  @EnumSource(DType.class)
  default void rightOperandsAreAccepted(DType dtype) {
    try (Backend backend = open(dtype);
        Arena arena = backend.newArena()) {
      for (Signature signature : Signature.all()) {
        List<Tensor> operands = operands(arena, signature);
        backend.record(ops -> ops.add(signature.on(operands))).close();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void wrongShapeNamesOperandAndShapes(DType dtype) {
    // Same number of elements, more rows, more columns.
    List<Shape> wrong = List.of(new Shape(5, 3), new Shape(4, 5), new Shape(3, 6));
    try (Backend backend = open(dtype);
        Arena arena = backend.newArena()) {
      for (Signature signature : Signature.all()) {
        for (int i = 0; i < signature.slots().size(); i++) {
          Operand slot = signature.slots().get(i);
          if (slot.type() != Type.SCALAR && isAlone(signature)) {
            continue;
          }
          for (Shape shape : wrong) {
            if (shape.columns() == shape(slot).columns() && rowsAreFree(signature, slot)) {
              continue;
            }
            if (shape.rows() == shape(slot).rows() && columnsAreFree(signature, slot)) {
              continue;
            }
            List<Tensor> operands = operands(arena, signature);
            operands.set(i, tensor(arena, slot.type(), shape));
            refused(backend, signature, operands, slot.name())
                .withMessageContaining(shape.toString())
                .withMessageMatching("(?s).*\\(\\d+, \\d+\\).*\\(\\d+, \\d+\\).*");
          }
        }
      }
    }
  }

  /** The only matrix of an operation beside a row: any number of rows will do. */
  private static boolean rowsAreFree(Signature signature, Operand slot) {
    if (signature.is(TargetOperation.Solve.class)) {
      return slot.written();
    }
    if (isOfSecondForm(signature)) {
      return slot.access() == Access.READS;
    }
    return signature.slots().size() == 2
        && !shape(slot).equals(Signature.ROW)
        && signature.slots().stream().anyMatch(other -> shape(other).equals(Signature.ROW));
  }

  /** A kernel of as many rows as the activities have columns. */
  private static boolean isOfSecondForm(Signature signature) {
    return signature.sample() instanceof TargetOperation.RidgeKernel(var system)
        && system.solution() != null;
  }

  /** Whether any number of columns will do that is large enough. */
  private static boolean columnsAreFree(Signature signature, Operand slot) {
    return (signature.is(GoodnessOperation.Embed.class)
            || signature.is(GoodnessOperation.Measure.class)
            || signature.is(TargetOperation.RidgeKernel.class) && !isOfSecondForm(signature))
        && shape(slot).equals(Signature.MATRIX);
  }

  /** Whether there is but one matrix, with no other to agree with. */
  private static boolean isAlone(Signature signature) {
    return signature.is(PepitaOperation.Rescale.class)
        || signature.slots().stream().filter(slot -> slot.type() != Type.SCALAR).count() == 1;
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void foreignStorageIsRefused(DType dtype) {
    try (Backend backend = open(dtype);
        Arena arena = backend.newArena()) {
      for (Signature signature : Signature.all()) {
        for (int i = 0; i < signature.slots().size(); i++) {
          Operand slot = signature.slots().get(i);
          List<Tensor> operands = operands(arena, signature);
          Tensor own = operands.get(i);
          operands.set(i, new Tensor(new Foreign(own.dtype(), own.elements()), 0, own.shape()));
          refused(backend, signature, operands, slot.name());
        }
      }
      Tensor foreign = new Tensor(new Foreign(dtype, 1), 0, Shape.SCALAR);
      assertThatIllegalArgumentException().isThrownBy(() -> backend.upload(new double[1], foreign));
      assertThatIllegalArgumentException().isThrownBy(() -> backend.upload(new float[1], foreign));
      assertThatIllegalArgumentException().isThrownBy(() -> backend.read(foreign));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> backend.download(foreign, new float[1]));
      assertThatIllegalArgumentException().isThrownBy(() -> backend.scalar(foreign));
      assertThatIllegalArgumentException().isThrownBy(() -> backend.setScalar(1, foreign));
    }
  }

  /** Memory of no backend. */
  record Foreign(DType dtype, long elements) implements Storage {}

  @ParameterizedTest
  @EnumSource(value = DType.class, names = "FLOAT32")
  default void wrongElementTypeIsRefused(DType dtype) {
    try (Backend backend = open(dtype);
        Arena arena = backend.newArena()) {
      for (Signature signature : Signature.all()) {
        for (int i = 0; i < signature.slots().size(); i++) {
          Operand slot = signature.slots().get(i);
          if (slot.type() == Type.ANY && isAlone(signature)) {
            continue;
          }
          List<Tensor> operands = operands(arena, signature);
          operands.set(
              i,
              slot.type() == Type.SCALAR
                  ? arena.allocate(Shape.SCALAR)
                  : doubles(arena, shape(slot)));
          // Of operands that only have to agree the message may name either.
          String name = slot.type() == Type.ANY ? "FLOAT64" : slot.name();
          refused(backend, signature, operands, name)
              .withMessageContaining("FLOAT32")
              .withMessageContaining("FLOAT64");
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void overlapIsRefused(DType dtype) {
    try (Backend backend = open(dtype);
        Arena arena = backend.newArena()) {
      for (Signature signature : Signature.all()) {
        List<Operand> slots = signature.slots();
        for (int i = 0; i < slots.size(); i++) {
          for (int j = 0; j < slots.size(); j++) {
            if (i != j && slots.get(i).written()) {
              overlapped(backend, arena, signature, i, j);
            }
          }
        }
      }
    }
  }

  private static void overlapped(
      Backend backend, Arena arena, Signature signature, int written, int other) {
    Operand writes = signature.slots().get(written);
    Operand reads = signature.slots().get(other);
    boolean bothScalar = writes.type() == Type.SCALAR && reads.type() == Type.SCALAR;
    boolean oneScalar = writes.type() == Type.SCALAR || reads.type() == Type.SCALAR;
    if (oneScalar && !bothScalar && backend.dtype() != DType.FLOAT64) {
      // A float64 scalar cannot lie inside a float32 matrix.
      return;
    }
    for (int shift : new int[] {0, 1}) {
      if (bothScalar && shift == 1) {
        continue;
      }
      Tensor memory = bothScalar ? arena.allocateScalars(1) : arena.allocate(new Shape(1, 80));
      List<Tensor> operands = operands(arena, signature);
      // The larger one stays in place, so that a row or a scalar is shifted inside it.
      boolean writtenIsLarger = shape(writes).elements() >= shape(reads).elements();
      operands.set(
          written, new Tensor(memory.storage(), writtenIsLarger ? 0 : shift, shape(writes)));
      operands.set(other, new Tensor(memory.storage(), writtenIsLarger ? shift : 0, shape(reads)));
      boolean allowed =
          shift == 0
              && (writes.sameAs().contains(reads.name()) || reads.sameAs().contains(writes.name()));
      if (allowed) {
        backend.record(ops -> ops.add(signature.on(operands))).close();
      } else {
        refused(backend, signature, operands, writes.name()).withMessageContaining("overlaps");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void transfersOfTheWrongLengthAreRefused(DType dtype) {
    try (Backend backend = open(dtype);
        Arena arena = backend.newArena()) {
      Tensor x = arena.allocate(new Shape(2, 3));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> backend.upload(new double[5], x))
          .withMessageContaining("5")
          .withMessageContaining("(2, 3)");
      assertThatIllegalArgumentException().isThrownBy(() -> backend.upload(new double[7], x));
      assertThatIllegalArgumentException().isThrownBy(() -> backend.upload(new float[5], x));
      assertThatIllegalArgumentException().isThrownBy(() -> backend.download(x, new double[5]));
      assertThatIllegalArgumentException().isThrownBy(() -> backend.download(x, new float[5]));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> backend.scalar(x))
          .withMessageContaining("(2, 3)");
      assertThatIllegalArgumentException().isThrownBy(() -> backend.setScalar(1, x));
    }
  }

  private static ThrowableAssertAlternative<IllegalArgumentException> refused(
      Backend backend, Signature signature, List<Tensor> operands, String operandName) {
    return assertThatIllegalArgumentException()
        .as("%s, operand %s", signature, operandName)
        .isThrownBy(() -> backend.record(ops -> ops.add(signature.on(operands))).close())
        .withMessageMatching("(?s).*\\b" + operandName + "\\b.*");
  }

  private static List<Tensor> operands(Arena arena, Signature signature) {
    List<Tensor> operands = new ArrayList<>();
    for (Operand slot : signature.slots()) {
      operands.add(tensor(arena, slot.type(), shape(slot)));
    }
    return operands;
  }

  private static Shape shape(Operand slot) {
    return Objects.requireNonNull(slot.tensor()).shape();
  }

  private static Tensor tensor(Arena arena, Type type, Shape shape) {
    return type == Type.SCALAR ? doubles(arena, shape) : arena.allocate(shape);
  }

  private static Tensor doubles(Arena arena, Shape shape) {
    Tensor row = arena.allocateScalars((int) shape.elements());
    return new Tensor(row.storage(), row.offset(), shape);
  }
}
