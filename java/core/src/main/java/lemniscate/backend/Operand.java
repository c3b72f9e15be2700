package lemniscate.backend;

import java.util.List;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What an {@link Operation} says of a tensor that it touches.
 *
 * @param name as in the operation's record
 * @param tensor null where the operation goes without
 * @param access what happens to it
 * @param type what its elements have to be
 * @param extents what its shape has to be, or null for any
 * @param sameAs names of operands that may be the same view; apart from these nothing that is
 *     written may overlap another operand
 */
public record Operand(
    String name,
    @Nullable Tensor tensor,
    Access access,
    Type type,
    @Nullable Extents extents,
    List<String> sameAs) {

  /** What an operation does to an operand. */
  public enum Access {
    /** Read only. */
    READS,
    /** Written without being read. */
    WRITES,
    /** Read and written, or left undefined. */
    UPDATES,
    /** Raised to a maximum: several operations may do so in any order. */
    RAISES
  }

  /** What the elements of an operand have to be. */
  public enum Type {
    /** The backend's element type. */
    ELEMENT,
    /** Any, if all operands of this kind agree. */
    ANY,
    /** Float64, of shape (1, 1). */
    SCALAR
  }

  /**
   * A shape that follows from other operands; a number of rows or columns that no tensor has stands
   * for operands that nothing fits.
   *
   * @param otherName the operand that it follows from, or null for itself
   * @param other its tensor
   */
  public record Extents(
      int rows, int columns, @Nullable String otherName, @Nullable Tensor other) {}

  /** An operand that is only read, of the backend's element type and any shape. */
  public static Operand reads(String name, @Nullable Tensor tensor) {
    return new Operand(name, tensor, Access.READS, Type.ELEMENT, null, List.of());
  }

  /** An operand that is written without being read. */
  public static Operand writes(String name, @Nullable Tensor tensor) {
    return new Operand(name, tensor, Access.WRITES, Type.ELEMENT, null, List.of());
  }

  /** An operand that is read and written, or undefined afterwards. */
  public static Operand updates(String name, @Nullable Tensor tensor) {
    return new Operand(name, tensor, Access.UPDATES, Type.ELEMENT, null, List.of());
  }

  /** A scalar that is raised. */
  public static Operand raises(String name, Tensor tensor) {
    return new Operand(name, tensor, Access.RAISES, Type.ELEMENT, null, List.of()).scalar();
  }

  /** The same, a float64 scalar. */
  public Operand scalar() {
    return new Operand(name, tensor, access, Type.SCALAR, new Extents(1, 1, null, null), sameAs);
  }

  /** The same, of either element type. */
  public Operand ofAnyType() {
    return new Operand(name, tensor, access, Type.ANY, extents, sameAs);
  }

  /** The same, of the shape of another operand. */
  public Operand like(String otherName, Tensor other) {
    return shape(other.rows(), other.columns(), otherName, other);
  }

  /** The same, one row as long as those of another operand. */
  public Operand rowOf(String otherName, Tensor other) {
    return shape(1, other.columns(), otherName, other);
  }

  /** The same, of a shape that follows from another operand. */
  public Operand shape(int rows, int columns, String otherName, Tensor other) {
    Extents following = new Extents(rows, columns, otherName, other);
    return new Operand(name, tensor, access, type, following, sameAs);
  }

  /** The same, of a shape that follows from what the operation is. */
  public Operand shape(int rows, int columns) {
    return new Operand(name, tensor, access, type, new Extents(rows, columns, null, null), sameAs);
  }

  /** The same, with as many columns as rows. */
  public Operand square() {
    int side = tensor == null ? 0 : tensor.rows();
    return new Operand(name, tensor, access, type, new Extents(side, side, null, null), sameAs);
  }

  /** The same, perhaps the same view as another operand. */
  public Operand sameAs(String otherName) {
    return new Operand(name, tensor, access, type, extents, List.of(otherName));
  }

  /** Whether it may change. */
  public boolean written() {
    return access != Access.READS;
  }

  /** Whether the order of two operations with these operands matters. */
  public boolean conflicts(Operand other) {
    return tensor != null
        && other.tensor != null
        && (written() || other.written())
        && !(access == Access.RAISES && other.access == Access.RAISES)
        && tensor.overlaps(other.tensor);
  }
}
