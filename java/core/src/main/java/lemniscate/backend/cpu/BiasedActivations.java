package lemniscate.backend.cpu;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.LayerOperation;
import lemniscate.backend.Operation;
import lemniscate.backend.PrimitiveOperation.AddRow;
import lemniscate.backend.PrimitiveOperation.ApplyActivation;

/**
 * Makes one pass of a bias and the activation that follows it, as layers of a stack record them:
 * what is activated may be a batch of images, and what the bias is added to a place a row.
 */
final class BiasedActivations {

  private BiasedActivations() {}

  /** Joins what can be joined; the results are the same to the bit. */
  static List<Operation> link(List<Operation> recording) {
    List<Operation> linked = new ArrayList<>();
    for (Operation operation : recording) {
      if (operation instanceof ApplyActivation activation
          && !linked.isEmpty()
          && linked.getLast() instanceof AddRow bias
          && isAdmitted(bias, activation)) {
        linked.set(linked.size() - 1, joined(bias, activation));
      } else {
        linked.add(operation);
      }
    }
    return linked;
  }

  private static boolean isAdmitted(AddRow bias, ApplyActivation activation) {
    return bias.y().elements() == activation.u().elements()
        && activation.u().reshaped(bias.y().rows(), bias.y().columns()).isSameView(bias.y())
        && !activation.h().overlaps(bias.y())
        && !activation.h().overlaps(bias.row());
  }

  private static Operation joined(AddRow bias, ApplyActivation activation) {
    return new LayerOperation.Activate(
        activation.activation(),
        bias.y(),
        bias.row(),
        activation.h().reshaped(bias.y().rows(), bias.y().columns()));
  }
}
