package lemniscate.backend;

import java.util.List;
import lemniscate.tensor.DType;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Storage;
import lemniscate.tensor.Tensor;

/**
 * The conditions on operands that all backends share: owner, element type, shape, overlap. A
 * backend checks once at its façade ({@link CheckedOperations} and the transfers) and trusts
 * inside.
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

  /** The tensor lies in this kind of backend's memory. */
  void owned(String operation, String name, Tensor x) {
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

  /** The tensor is this backend's and has its element type. */
  void matrix(String operation, String name, Tensor x) {
    owned(operation, name, x);
    type(operation, name, x, dtype);
  }

  /** The tensor is this backend's and has the element type of another operand. */
  void sameType(String operation, String name, Tensor x, Tensor other) {
    owned(operation, name, x);
    type(operation, name, x, other.dtype());
  }

  /** The tensor is a float64 scalar of this backend. */
  void scalar(String operation, String name, Tensor x) {
    owned(operation, name, x);
    type(operation, name, x, DType.FLOAT64);
    if (!x.shape().equals(Shape.SCALAR)) {
      throw new IllegalArgumentException(
          operation + ": " + name + " " + x.shape() + " does not match " + Shape.SCALAR);
    }
  }

  /** The shapes of two operands agree. */
  void sameShape(String operation, String name, Tensor x, String otherName, Tensor other) {
    if (!x.shape().equals(other.shape())) {
      throw mismatch(operation, name, x, otherName, other);
    }
  }

  /** The operand has the shape that follows from another operand. */
  void shape(
      String operation,
      String name,
      Tensor x,
      int rows,
      int columns,
      String otherName,
      Tensor other) {
    if (x.rows() != rows || x.columns() != columns) {
      throw mismatch(operation, name, x, otherName, other);
    }
  }

  /** The tensor is this backend's, has its element type and as many rows as columns. */
  void square(String operation, String name, Tensor x) {
    matrix(operation, name, x);
    if (x.rows() != x.columns()) {
      throw new IllegalArgumentException(
          operation
              + ": "
              + name
              + " "
              + x.shape()
              + " does not match "
              + new Shape(x.rows(), x.rows()));
    }
  }

  /** The operand shares no element with any of the others. */
  void apart(
      String operation, String name, Tensor x, List<String> otherNames, List<Tensor> others) {
    for (int i = 0; i < others.size(); i++) {
      disjoint(operation, name, x, otherNames.get(i), others.get(i));
    }
  }

  /** The operand is one row as long as those of the other. */
  void rowOf(String operation, String name, Tensor row, String otherName, Tensor other) {
    if (row.rows() != 1 || row.columns() != other.columns()) {
      throw mismatch(operation, name, row, otherName, other);
    }
  }

  /** The two share no element. */
  void disjoint(String operation, String name, Tensor x, String otherName, Tensor other) {
    if (x.overlaps(other)) {
      throw new IllegalArgumentException(
          operation
              + ": "
              + name
              + " "
              + x.shape()
              + " overlaps "
              + otherName
              + " "
              + other.shape());
    }
  }

  /** The two are the same view or share no element. */
  void sameOrDisjoint(String operation, String name, Tensor x, String otherName, Tensor other) {
    if (!x.isSameView(other)) {
      disjoint(operation, name, x, otherName, other);
    }
  }

  /** Owners, element types and independence of products; {@link Gemm} has checked the rest. */
  void gemms(List<Gemm> products) {
    for (Gemm product : products) {
      matrix("gemm", "A", product.a());
      matrix("gemm", "B", product.b());
      matrix("gemm", "C", product.c());
    }
    for (int i = 0; i < products.size(); i++) {
      for (int j = 0; j < products.size(); j++) {
        if (i != j) {
          independent(i, products.get(i), j, products.get(j));
        }
      }
    }
  }

  private void independent(int i, Gemm writer, int j, Gemm other) {
    String result = "C of product " + i;
    disjoint("gemms", result, writer.c(), "A of product " + j, other.a());
    disjoint("gemms", result, writer.c(), "B of product " + j, other.b());
    disjoint("gemms", result, writer.c(), "C of product " + j, other.c());
  }

  private static void type(String operation, String name, Tensor x, DType expected) {
    if (x.dtype() != expected) {
      throw new IllegalArgumentException(
          operation
              + ": "
              + name
              + " "
              + x.shape()
              + " is "
              + x.dtype()
              + ", expected "
              + expected);
    }
  }

  private static IllegalArgumentException mismatch(
      String operation, String name, Tensor x, String otherName, Tensor other) {
    return new IllegalArgumentException(
        operation
            + ": "
            + name
            + " "
            + x.shape()
            + " does not match "
            + otherName
            + " "
            + other.shape());
  }
}
