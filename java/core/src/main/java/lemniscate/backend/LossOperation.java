package lemniscate.backend;

import static lemniscate.backend.Operand.reads;
import static lemniscate.backend.Operand.writes;

import java.util.List;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Passes at the output of a network; none has an expansion. */
public sealed interface LossOperation extends Operation {

  /**
   * error = −∂loss/∂f and total = Σ_b loss, for f = output + shift.
   *
   * @param output f at the feed-forward pass, shape (batch, outputs)
   * @param shift what has been added to it since, or null for 0; the error of the MSE is formed as
   *     (target − output) − shift, which does not cancel
   * @param target y; for cross-entropy each row is a distribution
   * @param total scalar, the sum over the batch; null where nobody asks for it, which leaves the
   *     rows of the batch independent of each other
   */
  record OutputError(
      Loss loss,
      Tensor output,
      @Nullable Tensor shift,
      Tensor target,
      Tensor error,
      @Nullable Tensor total)
      implements LossOperation {
    @Override
    public List<Operand> operands() {
      return List.of(
          reads("output", output),
          reads("shift", shift).like("output", output),
          reads("target", target).like("output", output),
          writes("error", error).like("output", output),
          writes("total", total).scalar());
    }
  }
}
