package lemniscate.contract;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.Backend;
import lemniscate.backend.Gemm;
import lemniscate.contract.Signature.Slot;
import lemniscate.contract.Signature.Type;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Storage;
import lemniscate.tensor.Tensor;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every operation with every operand wrong in every way, refused when it is recorded. */
public interface BadInputContract extends OpensBackend {

  /** Without this the refusals below might be for another reason. */
  @ParameterizedTest
  @EnumSource(DType.class)
  default void rightOperandsAreAccepted(DType dtype) {
    try (Backend backend = open(dtype);
        Arena arena = backend.newArena()) {
      for (Signature signature : Signature.all()) {
        List<Tensor> operands = operands(arena, signature);
        backend.record(ops -> signature.call().enqueue(ops, operands)).close();
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
          Slot slot = signature.slots().get(i);
          if (slot.type() != Type.SCALAR && isAlone(signature)) {
            continue;
          }
          for (Shape shape : wrong) {
            if (shape.columns() == slot.shape().columns() && rowsAreFree(signature, slot)) {
              continue;
            }
            if (shape.rows() == slot.shape().rows() && columnsAreFree(signature, slot)) {
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
  private static boolean rowsAreFree(Signature signature, Slot slot) {
    if (signature.name().equals(Signature.SOLVE)) {
      return slot.written();
    }
    return signature.slots().size() == 2
        && !slot.shape().equals(Signature.ROW)
        && signature.slots().stream().anyMatch(other -> other.shape().equals(Signature.ROW));
  }

  /** Whether any number of columns will do that is large enough. */
  private static boolean columnsAreFree(Signature signature, Slot slot) {
    return List.of(Signature.EMBED, Signature.MEASURE, Signature.RIDGE_KERNELS)
            .contains(signature.name())
        && slot.shape().equals(Signature.MATRIX);
  }

  /** Whether there is but one matrix, with no other to agree with. */
  private static boolean isAlone(Signature signature) {
    return signature.name().equals(Signature.RESCALE)
        || signature.slots().stream().filter(slot -> slot.type() != Type.SCALAR).count() == 1;
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void foreignStorageIsRefused(DType dtype) {
    try (Backend backend = open(dtype);
        Arena arena = backend.newArena()) {
      for (Signature signature : Signature.all()) {
        for (int i = 0; i < signature.slots().size(); i++) {
          Slot slot = signature.slots().get(i);
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
          Slot slot = signature.slots().get(i);
          if (slot.type() == Type.ANY && isAlone(signature)) {
            continue;
          }
          List<Tensor> operands = operands(arena, signature);
          operands.set(
              i,
              slot.type() == Type.SCALAR
                  ? arena.allocate(Shape.SCALAR)
                  : doubles(arena, slot.shape()));
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
        List<Slot> slots = signature.slots();
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
    Slot writes = signature.slots().get(written);
    Slot reads = signature.slots().get(other);
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
      Tensor memory = bothScalar ? arena.allocateScalars(1) : arena.allocate(new Shape(1, 40));
      List<Tensor> operands = operands(arena, signature);
      // The larger one stays in place, so that a row or a scalar is shifted inside it.
      boolean writtenIsLarger = writes.shape().elements() >= reads.shape().elements();
      operands.set(
          written, new Tensor(memory.storage(), writtenIsLarger ? 0 : shift, writes.shape()));
      operands.set(other, new Tensor(memory.storage(), writtenIsLarger ? shift : 0, reads.shape()));
      boolean allowed =
          shift == 0
              && (writes.aliases().contains(reads.name())
                  || reads.aliases().contains(writes.name()));
      if (allowed) {
        backend.record(ops -> signature.call().enqueue(ops, operands)).close();
      } else {
        refused(backend, signature, operands, writes.name()).withMessageContaining("overlaps");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void dependentGemmsAreRefused(DType dtype) {
    try (Backend backend = open(dtype);
        Arena arena = backend.newArena()) {
      Shape square = new Shape(3, 3);
      Tensor a = arena.allocate(square);
      Tensor b = arena.allocate(square);
      Tensor c = arena.allocate(square);
      Tensor d = arena.allocate(square);
      Gemm first = Gemm.forward(1, a, b, c);
      List<Gemm> dependent =
          List.of(Gemm.forward(1, c, b, d), Gemm.forward(1, b, c, d), Gemm.forward(1, b, b, c));
      for (Gemm second : dependent) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> backend.record(ops -> ops.gemms(List.of(first, second))))
            .withMessageContaining("overlaps");
        assertThatIllegalArgumentException()
            .isThrownBy(() -> backend.record(ops -> ops.gemms(List.of(second, first))))
            .withMessageContaining("overlaps");
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
        .isThrownBy(() -> backend.record(ops -> signature.call().enqueue(ops, operands)).close())
        .withMessageMatching("(?s).*\\b" + operandName + "\\b.*");
  }

  private static List<Tensor> operands(Arena arena, Signature signature) {
    List<Tensor> operands = new ArrayList<>();
    for (Slot slot : signature.slots()) {
      operands.add(tensor(arena, slot.type(), slot.shape()));
    }
    return operands;
  }

  private static Tensor tensor(Arena arena, Type type, Shape shape) {
    return type == Type.SCALAR ? doubles(arena, shape) : arena.allocate(shape);
  }

  private static Tensor doubles(Arena arena, Shape shape) {
    Tensor row = arena.allocateScalars((int) shape.elements());
    return new Tensor(row.storage(), row.offset(), shape);
  }
}
