package lemniscate.cuda.kernel;

import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A tensor that a kernel touches, and how.
 *
 * @param tensor null where the kernel goes without
 */
record Operand(@Nullable Tensor tensor, Access access) {

  enum Access {
    /** Read only. */
    READ,
    /** Written, perhaps read before. */
    WRITE,
    /** Raised by an atomic maximum: several calls may do so in any order. */
    RAISE
  }

  static Operand read(@Nullable Tensor tensor) {
    return new Operand(tensor, Access.READ);
  }

  static Operand write(Tensor tensor) {
    return new Operand(tensor, Access.WRITE);
  }

  static Operand raise(Tensor tensor) {
    return new Operand(tensor, Access.RAISE);
  }

  /** Whether the order of two calls with these operands matters. */
  boolean conflicts(Operand other) {
    return tensor != null
        && other.tensor != null
        && (access != Access.READ || other.access != Access.READ)
        && !(access == Access.RAISE && other.access == Access.RAISE)
        && tensor.overlaps(other.tensor);
  }
}
