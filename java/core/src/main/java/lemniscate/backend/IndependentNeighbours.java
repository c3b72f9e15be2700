package lemniscate.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

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
    List<Operand> touched = new ArrayList<>();
    for (Operation operation : operations) {
      List<Operand> operands = operation.operands();
      if (groups.isEmpty()
          || !together.test(operation)
          || groups.getLast().getFirst().getClass() != operation.getClass()
          || operands.stream().anyMatch(mine -> touched.stream().anyMatch(mine::conflicts))) {
        groups.add(new ArrayList<>());
        touched.clear();
      }
      groups.getLast().add(operation);
      touched.addAll(operands);
    }
    return groups;
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
      List<List<Operation>> expansions = group.stream().map(Operation::expansion).toList();
      if (!expanded.test(group.getFirst()) || expansions.getFirst().isEmpty()) {
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
