package lemniscate.backend;

import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import lemniscate.tensor.Tensor;

/**
 * One operation of a recording, as data: a record that names each of its operands once. Checks,
 * plans of memory, dependencies and tests read {@link #operands()}; a backend compiles a list of
 * operations by a {@code switch} over these records, so that the compiler names every backend that
 * misses one.
 *
 * <p>The records of <em>primitives</em> are {@link Gemm} and those of {@link PrimitiveOperation};
 * the rule-shaped <em>passes</em> are in one family each, and some of them have an {@linkplain
 * #expansion() expansion}.
 */
public sealed interface Operation
    permits Gemm,
        PrimitiveOperation,
        LayerOperation,
        LossOperation,
        PcOperation,
        TargetOperation,
        PepitaOperation,
        GoodnessOperation,
        ImageOperation,
        StandardizationOperation,
        UpdateOperation {

  /** All operands in a fixed order, with those that are left out. */
  List<Operand> operands();

  /**
   * The same in other operations, primitives in the end, in order; empty where there is none. A
   * backend may compile this in place of the operation.
   */
  default List<Operation> expansion() {
    return List.of();
  }

  /** Its name in messages: that of the record, in lower camel case. */
  default String name() {
    String simple = getClass().getSimpleName();
    return Character.toLowerCase(simple.charAt(0)) + simple.substring(1);
  }

  /** The tensors of the operands that are there. */
  default Stream<Tensor> tensors() {
    return operands().stream().map(Operand::tensor).filter(Objects::nonNull);
  }
}
