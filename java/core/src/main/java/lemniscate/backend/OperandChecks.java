package lemniscate.backend;

import java.util.List;
import java.util.Objects;
import lemniscate.tensor.DType;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Storage;
import lemniscate.tensor.Tensor;

/**
 * The conditions on operands that all backends share: owner, element type, shape, overlap. A
 * backend checks once, when an operation is recorded ({@link Recording}) and at transfers, and
 * trusts inside.
 *
 * <p>Every failure is an {@link IllegalArgumentException} that names the operation and the operand
 * and, where two disagree, both shapes.
 */
public final class OperandChecks {

  private final DType dtype;
  private final Class<? extends Storage> storageClass;

  /**
   * Checks for one backend.
   *
   * @param dtype the backend's element type
   * @param storageClass its implementation of storage; every other is foreign
   */
  public OperandChecks(DType dtype, Class<? extends Storage> storageClass) {
    this.dtype = dtype;
    this.storageClass = storageClass;
  }

  /** Operands of an upload of {@code length} values. */
  public void upload(int length, Tensor target) {
    owned("upload", "target", target);
    if (length != target.elements()) {
      throw new IllegalArgumentException(
          "upload: " + length + " values for target " + target.shape());
    }
  }

  /** Operands of a download into an array of {@code length}. */
  public void download(Tensor source, int length) {
    owned("download", "source", source);
    if (length < source.elements()) {
      throw new IllegalArgumentException(
          "download: room for " + length + " values of source " + source.shape());
    }
  }

  /**
   * The operand of {@link Backend#scalar} and {@link Backend#setScalar}: one element of any type.
   */
  public void oneElement(String operation, Tensor x) {
    owned(operation, "x", x);
    if (x.elements() != 1) {
      throw new IllegalArgumentException(
          operation + ": x " + x.shape() + " does not match " + Shape.SCALAR);
    }
  }

  /**
   * The operands of an operation.
   *
   * @throws IllegalArgumentException if one of them is not what the operation says of it
   */
  public void check(Operation operation) {
    String name = operation.name();
    List<Operand> operands =
        operation.operands().stream().filter(operand -> operand.tensor() != null).toList();
    for (Operand operand : operands) {
      owned(name, operand.name(), tensor(operand));
    }
    DType any = null;
    for (Operand operand : operands) {
      if (operand.type() == Operand.Type.ANY && any == null) {
        any = tensor(operand).dtype();
      }
      DType expected =
          switch (operand.type()) {
            case ELEMENT -> dtype;
            case SCALAR -> DType.FLOAT64;
            case ANY -> any;
          };
      if (tensor(operand).dtype() != expected) {
        throw new IllegalArgumentException(
            name
                + ": "
                + text(operand)
                + " is "
                + tensor(operand).dtype()
                + ", expected "
                + expected);
      }
    }
    operands.forEach(operand -> shape(name, operand));
    for (Operand writer : operands) {
      for (Operand other : operands) {
        if (writer != other
            && writer.access() != Operand.Access.READS
            && tensor(writer).overlaps(tensor(other))
            && !mayBeSame(writer, other)) {
          throw new IllegalArgumentException(
              name + ": " + text(writer) + " overlaps " + text(other));
        }
      }
    }
  }

  private static boolean mayBeSame(Operand one, Operand other) {
    return tensor(one).isSameView(tensor(other))
        && (one.sameAs().contains(other.name()) || other.sameAs().contains(one.name()));
  }

  private static void shape(String operation, Operand operand) {
    Operand.Extents extents = operand.extents();
    Tensor x = tensor(operand);
    if (extents == null || x.rows() == extents.rows() && x.columns() == extents.columns()) {
      return;
    }
    Tensor other = extents.other();
    String expected =
        other == null
            ? new Shape(extents.rows(), extents.columns()).toString()
            : extents.otherName() + " " + other.shape();
    throw new IllegalArgumentException(
        operation + ": " + text(operand) + " does not match " + expected);
  }

  private static String text(Operand operand) {
    return operand.name() + " " + tensor(operand).shape();
  }

  private static Tensor tensor(Operand operand) {
    return Objects.requireNonNull(operand.tensor());
  }

  /** The tensor lies in this kind of backend's memory. */
  private void owned(String operation, String name, Tensor x) {
    if (!storageClass.isInstance(x.storage())) {
      throw new IllegalArgumentException(
          operation
              + ": "
              + name
              + " "
              + x.shape()
              + " lies in the memory of another backend ("
              + x.storage().getClass().getSimpleName()
              + ")");
    }
  }
}
