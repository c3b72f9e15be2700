package lemniscate.backend.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import lemniscate.backend.Descent;
import lemniscate.backend.Gemm;
import lemniscate.backend.ImageOperation;
import lemniscate.backend.IndependentNeighbours;
import lemniscate.backend.Operand;
import lemniscate.backend.Operation;
import lemniscate.backend.TargetOperation;
import lemniscate.tensor.Tensor;

/**
 * Operations that are done together: a single one, or independent ones of a kind.
 *
 * @param operations of one kind; a product that takes a step of descent has the weight as its
 *     result
 * @param descents of the products that take one, by identity
 */
record OperationGroup(List<Operation> operations, Map<Gemm, Descent> descents) {

  /** A single operation. */
  static OperationGroup of(Operation operation) {
    return new OperationGroup(List.of(operation), Map.of());
  }

  /**
   * Groups of a recording: products and factorisations are done together, and products take steps
   * of descent.
   *
   * @param whole which passes over images have a form of their own, beside their expansion
   */
  static List<OperationGroup> of(List<Operation> recording, Predicate<Operation> whole) {
    List<Operation> flat =
        IndependentNeighbours.expand(
            recording,
            operation ->
                operation instanceof ImageOperation && !whole.test(operation)
                    || operation instanceof TargetOperation.RidgeKernel
                    || operation instanceof TargetOperation.RidgeCoefficients);
    return Descent.link(
            IndependentNeighbours.groups(
                flat,
                operation ->
                    operation instanceof Gemm || operation instanceof TargetOperation.Factor))
        .stream()
        .map(group -> new OperationGroup(group.operations(), group.descents()))
        .toList();
  }

  /** The products; empty where the operations are something else. */
  List<Gemm> products() {
    return operations.stream().filter(Gemm.class::isInstance).map(Gemm.class::cast).toList();
  }

  /** All operands that are there. */
  List<Operand> operands() {
    List<Operand> all = new ArrayList<>();
    operations.forEach(operation -> all.addAll(operation.operands()));
    for (Descent descent : descents.values()) {
      all.add(Operand.writes("gradient", descent.gradient().c()));
      all.add(Operand.reads("rate", descent.step().rate()));
    }
    all.removeIf(operand -> operand.tensor() == null);
    return all;
  }

  /** What it may read or write. */
  List<Tensor> tensors() {
    List<Tensor> all = new ArrayList<>();
    operands().forEach(operand -> all.add(Objects.requireNonNull(operand.tensor())));
    return all;
  }
}
