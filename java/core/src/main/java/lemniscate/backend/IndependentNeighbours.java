package lemniscate.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import lemniscate.tensor.Tensor;
import lemniscate.tensor.TensorMap;

/**
 * Passes over a recording that make use of what does not depend on each other, which the operands
 * tell: neighbours of one kind, none of which writes what another reads or writes.
 */
public final class IndependentNeighbours {

  private IndependentNeighbours() {}

  /**
   * Cuts a recording into groups: as many neighbours as are of one kind and independent, or a
   * single operation.
   *
   * @param operations in order
   * @param together which operations a backend can do together with others of their kind
   */
  public static List<List<Operation>> groups(
      List<Operation> operations, Predicate<Operation> together) {
    List<List<Operation>> groups = new ArrayList<>();
    Touched touched = new Touched();
    boolean joined = false;
    for (Operation operation : operations) {
      boolean joins = together.test(operation);
      List<Operand> operands = joins ? operation.operands() : List.of();
      if (groups.isEmpty()
          || !joins
          || !joined
          || groups.getLast().getFirst().getClass() != operation.getClass()
          || operands.stream().anyMatch(touched::conflicts)) {
        groups.add(new ArrayList<>(1));
        touched.clear();
      }
      groups.getLast().add(operation);
      operands.forEach(touched::add);
      joined = joins;
    }
    return groups;
  }

  /** Operands, and whether another conflicts with one of them ({@link Operand#conflicts}). */
  private static final class Touched {
    private final TensorMap<Operand> read = new TensorMap<>();
    private final TensorMap<Operand> raised = new TensorMap<>();
    private final TensorMap<Operand> written = new TensorMap<>();

    void add(Operand operand) {
      if (operand.tensor() instanceof Tensor tensor) {
        (switch (operand.access()) {
              case READS -> read;
              case RAISES -> raised;
              case WRITES, UPDATES -> written;
            })
            .put(tensor, operand);
      }
    }

    boolean conflicts(Operand operand) {
      if (!(operand.tensor() instanceof Tensor tensor)) {
        return false;
      }
      return written.overlaps(tensor)
          || operand.written() && read.overlaps(tensor)
          || operand.access() != Operand.Access.RAISES && raised.overlaps(tensor);
    }

    void clear() {
      read.clear();
      raised.clear();
      written.clear();
    }
  }

  /** The products of a recording, those inside expansions too. */
  public static List<Gemm> products(List<Operation> operations) {
    return expand(operations, _ -> true).stream()
        .filter(Gemm.class::isInstance)
        .map(Gemm.class::cast)
        .toList();
  }

  /**
   * Puts expansions in the place of operations, those inside expansions too. Neighbours that are
   * independent are expanded step by step, so that their like parts are neighbours again.
   *
   * @param operations in order
   * @param expanded which; those without an expansion stay
   */
  public static List<Operation> expand(List<Operation> operations, Predicate<Operation> expanded) {
    List<Operation> all = new ArrayList<>();
    for (List<Operation> group : groups(operations, expanded)) {
      // Asked first: an expansion takes as long to make as what it stands for.
      List<List<Operation>> expansions =
          expanded.test(group.getFirst())
              ? group.stream().map(Operation::expansion).toList()
              : List.of();
      if (expansions.isEmpty() || expansions.getFirst().isEmpty()) {
        all.addAll(group);
        continue;
      }
      int longest = expansions.stream().mapToInt(List::size).max().orElseThrow();
      List<Operation> parts = new ArrayList<>();
      for (int i = 0; i < longest; i++) {
        for (List<Operation> expansion : expansions) {
          if (i < expansion.size()) {
            parts.add(expansion.get(i));
          }
        }
      }
      all.addAll(expand(parts, expanded));
    }
    return all;
  }
}
