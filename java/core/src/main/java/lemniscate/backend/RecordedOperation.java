package lemniscate.backend;

import java.util.List;
import lemniscate.tensor.Tensor;

/**
 * What one operation of a recording multiplies or touches, for planning: its tensors need not have
 * memory.
 *
 * @param products independent of each other; empty where the operation is something else
 * @param operands of something else, what it may read or write; empty where that is not known
 */
public record RecordedOperation(List<Gemm> products, List<Tensor> operands) {

  /** Copies the lists. */
  public RecordedOperation {
    products = List.copyOf(products);
    operands = List.copyOf(operands);
  }
}
