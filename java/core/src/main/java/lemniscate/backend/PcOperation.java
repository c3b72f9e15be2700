package lemniscate.backend;

import static lemniscate.backend.Operand.reads;
import static lemniscate.backend.Operand.updates;
import static lemniscate.backend.Operand.writes;

import java.util.ArrayList;
import java.util.List;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Passes of predictive coding in displacement form: states are stored as D = v − h, the move away
 * from the feed-forward pass, so that prediction errors of order 1/width keep their relative
 * precision. All operands but the scalars have the shape (batch, width).
 */
public sealed interface PcOperation extends Operation {

  /**
   * error = D − [φ(u + z) − φ(u)] and gated = error ∘ φ′(u + z): the prediction error of a layer
   * whose own state moved by D and whose input moved its pre-activation by z.
   *
   * @param u pre-activation of the feed-forward pass
   * @param h φ(u)
   * @param z shift of the pre-activation
   * @param displacement D
   */
  record PredictionError(
      Activation activation,
      Tensor u,
      Tensor h,
      Tensor z,
      Tensor displacement,
      Tensor error,
      Tensor gated)
      implements PcOperation {
    @Override
    public List<Operand> operands() {
      return List.of(
          reads("u", u),
          reads("h", h).like("u", u),
          reads("z", z).like("u", u),
          reads("displacement", displacement).like("u", u),
          writes("error", error).like("u", u),
          writes("gated", gated).like("u", u));
    }

    @Override
    public List<Operation> expansion() {
      return List.of(
          new PrimitiveOperation.ActivationDifference(activation, u, h, z, error, gated),
          new PrimitiveOperation.Scale(-1, error),
          new PrimitiveOperation.Axpy(1, null, displacement, error),
          new PrimitiveOperation.Multiply(error, gated));
    }
  }

  /**
   * back = precision · error − gate ∘ back: the free-energy gradient of a state, in place of the
   * back-projection.
   *
   * @param error prediction error of the layer
   * @param gate factor of the back-projection, or null for 1
   * @param back on entry what the layer above sends down; on exit the gradient
   */
  record StateGradient(double precision, Tensor error, @Nullable Tensor gate, Tensor back)
      implements PcOperation {
    @Override
    public List<Operand> operands() {
      return List.of(
          reads("error", error).like("back", back),
          reads("gate", gate).like("back", back),
          updates("back", back));
    }

    @Override
    public List<Operation> expansion() {
      List<Operation> all = new ArrayList<>();
      if (gate != null) {
        all.add(new PrimitiveOperation.Multiply(gate, back));
      }
      all.add(new PrimitiveOperation.Scale(-1, back));
      all.add(new PrimitiveOperation.Axpy(precision, null, error, back));
      return all;
    }
  }

  /**
   * D = D − rate · (precision · error − gate ∘ back): one explicit Euler step down the free energy.
   *
   * @param error prediction error of the layer; may be the same tensor as {@code displacement}
   * @param gate factor of the back-projection, or null for 1
   * @param back what the layer above sends down; undefined afterwards
   * @param rate scalar
   * @param displacement D
   */
  record RelaxState(
      double precision,
      Tensor error,
      @Nullable Tensor gate,
      Tensor back,
      Tensor rate,
      Tensor displacement)
      implements PcOperation {
    @Override
    public List<Operand> operands() {
      return List.of(
          reads("error", error).like("back", back),
          reads("gate", gate).like("back", back),
          updates("back", back),
          reads("rate", rate).scalar(),
          updates("displacement", displacement).like("back", back).sameAs("error"));
    }

    @Override
    public List<Operation> expansion() {
      return List.of(
          new StateGradient(precision, error, gate, back),
          new PrimitiveOperation.Axpy(-1, rate, back, displacement));
    }
  }

  /**
   * error = error − rate · (precision · error − back), gated = error ∘ derivative: one step of the
   * errors alone, under the fixed-prediction assumption.
   *
   * @param back what the layer above sends down; undefined afterwards
   * @param derivative φ′ at the feed-forward pass
   * @param rate scalar
   */
  record RelaxError(
      double precision, Tensor back, Tensor derivative, Tensor rate, Tensor error, Tensor gated)
      implements PcOperation {
    @Override
    public List<Operand> operands() {
      return List.of(
          updates("back", back),
          reads("derivative", derivative).like("back", back),
          reads("rate", rate).scalar(),
          updates("error", error).like("back", back),
          writes("gated", gated).like("back", back));
    }

    @Override
    public List<Operation> expansion() {
      return List.of(
          new RelaxState(precision, error, null, back, rate, error),
          new PrimitiveOperation.Copy(error, gated),
          new PrimitiveOperation.Multiply(derivative, gated));
    }
  }
}
