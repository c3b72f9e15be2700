package lemniscate.tensor;

/**
 * Memory of one backend, seen from outside: nothing but its element type and length. Each backend
 * has one implementation and refuses every other.
 */
public interface Storage {

  /** Element type of the whole storage. */
  DType dtype();

  /** Number of elements. */
  long elements();
}
