package lemniscate.train;

import java.util.Arrays;
import lemniscate.backend.Backend;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;

/** Cuts tensors into pieces that fit a Java array, so that their size has no bound. */
final class TensorChunks {

  /** Elements of a piece. */
  static final int ELEMENTS = 1 << 18;

  private TensorChunks() {}

  /** The elements from {@code first} on, at most {@link #ELEMENTS}, as a row. */
  static Tensor chunk(Tensor tensor, long first) {
    int count = (int) Math.min(ELEMENTS, tensor.elements() - first);
    return new Tensor(tensor.storage(), tensor.offset() + first, new Shape(1, count));
  }

  static boolean allFinite(Backend backend, Tensor tensor) {
    for (long first = 0; first < tensor.elements(); first += ELEMENTS) {
      if (!Arrays.stream(backend.read(chunk(tensor, first))).allMatch(Double::isFinite)) {
        return false;
      }
    }
    return true;
  }
}
