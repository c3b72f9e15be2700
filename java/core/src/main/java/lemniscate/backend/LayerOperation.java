package lemniscate.backend;

import static lemniscate.backend.Operand.reads;
import static lemniscate.backend.Operand.updates;
import static lemniscate.backend.Operand.writes;

import java.util.List;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Passes of one dense layer u = h₋W ᵀ + b, h = φ(u). */
public sealed interface LayerOperation extends Operation {

  /**
   * u = u + bias, h = φ(u).
   *
   * @param u product of input and weight, shape (batch, width)
   * @param bias shape (1, width), or null for 0
   */
  record Activate(Activation activation, Tensor u, @Nullable Tensor bias, Tensor h)
      implements LayerOperation {
    @Override
    public List<Operand> operands() {
      return List.of(
          updates("u", u), reads("bias", bias).rowOf("u", u), writes("h", h).like("u", u));
    }

    @Override
    public List<Operation> expansion() {
      Operation activation = new PrimitiveOperation.ApplyActivation(activation(), u, h);
      return bias == null
          ? List.of(activation)
          : List.of(new PrimitiveOperation.AddRow(bias, u), activation);
    }
  }

  /**
   * gated = displacement ∘ φ′(u): the local displacement seen from the layer's input side.
   *
   * @param h φ(u)
   */
  record Gate(Activation activation, Tensor u, Tensor h, Tensor displacement, Tensor gated)
      implements LayerOperation {
    @Override
    public List<Operand> operands() {
      return List.of(
          reads("u", u),
          reads("h", h).like("u", u),
          reads("displacement", displacement).like("u", u),
          writes("gated", gated).like("u", u));
    }

    @Override
    public List<Operation> expansion() {
      return List.of(
          new PrimitiveOperation.ActivationDerivative(activation, u, h, gated),
          new PrimitiveOperation.Multiply(displacement, gated));
    }
  }
}
