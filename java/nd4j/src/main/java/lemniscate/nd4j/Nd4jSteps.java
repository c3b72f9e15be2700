package lemniscate.nd4j;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import lemniscate.tensor.Tensor;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The calls of a plan, and the arenas that it needs. */
final class Nd4jSteps {

  private final List<Runnable> steps = new ArrayList<>();
  private final Set<Nd4jArena> arenas = new LinkedHashSet<>();

  void add(Runnable step) {
    steps.add(step);
  }

  /** The array of an operand. */
  INDArray array(Tensor tensor) {
    return storage(tensor).view(tensor);
  }

  /** The transpose of an operand. */
  INDArray transposed(Tensor tensor) {
    return storage(tensor).transposed(tensor);
  }

  /** The first columns of an operand. */
  INDArray columns(Tensor tensor, int count) {
    return storage(tensor).columns(tensor, count);
  }

  /** The diagonal of an operand. */
  INDArray diagonal(Tensor tensor) {
    return storage(tensor).diagonal(tensor);
  }

  private Nd4jStorage storage(Tensor tensor) {
    Nd4jStorage storage = Nd4jStorage.of(tensor);
    arenas.add(storage.owner());
    return storage;
  }

  List<Runnable> steps() {
    return List.copyOf(steps);
  }

  List<Nd4jArena> arenas() {
    return List.copyOf(arenas);
  }
}
