package lemniscate.rule.pc;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import lemniscate.backend.Operations;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Slabs;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Tensor;

/**
 * Multipliers λ_l of the constraints e_l = 0 (PC-ALM, arXiv 2605.31022), one for each entry of a
 * hidden state. They act as a displacement of a state's error: with precision w_l, λ_l + w_l e_l is
 * w_l times the error of a state that has moved by λ_l / w_l more. So the steps and gradients of
 * predictive coding are those of the Lagrangian where errors are taken at D_l + λ_l / w_l.
 */
final class Duals {

  /** Precisions ρ_l, or those by which a primal step follows the dual step before it. */
  enum Weight {
    /** ρ_l: λ_l as it is. */
    PRECISION,
    /** ρ_l + α_l: λ_l + α_l e_l, the multipliers after a dual step at the present errors. */
    AFTER_DUAL_STEP
  }

  private final List<Double> precisions;
  private final List<Double> rates;
  private final List<Tensor> values;
  private Weight weight = Weight.PRECISION;

  /**
   * Allocates.
   *
   * @param precisions ρ_1 … ρ_{N−1}
   * @param rates α_1 … α_{N−1}
   */
  Duals(Arena arena, NetworkSpec spec, int batch, List<Double> precisions, List<Double> rates) {
    this.precisions = List.copyOf(precisions);
    this.rates = List.copyOf(rates);
    this.values = Slabs.activities(arena, spec, batch, 1, spec.layers() - 1);
  }

  /** Those of a scheme, with its precisions and rates. */
  static Duals of(
      Arena arena,
      NetworkSpec spec,
      int batch,
      PredictiveCoding rule,
      Inference.AugmentedLagrangian settings) {
    List<Double> precisions = new ArrayList<>();
    List<Double> rates = new ArrayList<>();
    OptionalDouble impedance = settings.absorbingPrecision();
    for (int l = 1; l < spec.layers(); l++) {
      boolean absorbing = l == 1 && impedance.isPresent();
      precisions.add(absorbing ? impedance.getAsDouble() : rule.precisions().hidden(l));
      rates.add(absorbing ? 0 : settings.alpha(l));
    }
    return new Duals(arena, spec, batch, precisions, rates);
  }

  /** λ_l, of shape (B, n_l). */
  Tensor value(int l) {
    return values.get(l - 1);
  }

  /** ρ_l. */
  double precision(int l) {
    return precisions.get(l - 1);
  }

  /** w_l of the errors in the recording from now on. */
  double weight(int l) {
    return weight == Weight.PRECISION ? precision(l) : precision(l) + rates.get(l - 1);
  }

  void setWeight(Weight other) {
    weight = other;
  }

  /** All multipliers zero. */
  void clear(Operations ops) {
    for (Tensor value : values) {
      ops.fill(value, 0);
    }
  }

  /** moved = moved + λ_l / w_l. */
  void displace(Operations ops, int l, Tensor moved) {
    if (rates.get(l - 1) > 0) {
      ops.axpy(1 / weight(l), value(l), moved);
    }
  }

  /**
   * λ_l = λ_l + α_l e_l.
   *
   * @param error e_l + λ_l / w_l
   */
  void step(Operations ops, int l, Tensor error) {
    double rate = rates.get(l - 1);
    if (rate > 0) {
      ops.scale(1 - rate / weight(l), value(l));
      ops.axpy(rate, error, value(l));
    }
  }
}
