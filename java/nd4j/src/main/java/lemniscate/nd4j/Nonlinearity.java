package lemniscate.nd4j;

import static lemniscate.backend.Activation.GELU_CUBIC;
import static lemniscate.backend.Activation.GELU_SCALE;
import static lemniscate.backend.Activation.LEAK;

import lemniscate.backend.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * The functions of {@link Activation} over arrays, with the same formulas. All methods leave their
 * arguments alone and return new arrays.
 */
sealed interface Nonlinearity {

  /** Where {@link #tanhOfShift} ends its fraction. */
  int LAST_ODD_NUMBER = 15;

  /** φ(u). */
  INDArray value(INDArray u);

  /** φ′(u). */
  INDArray derivative(INDArray u);

  /** φ(u + z) − φ(u), without cancellation. */
  INDArray difference(INDArray u, INDArray z);

  static Nonlinearity of(Activation activation) {
    return switch (activation) {
      case LINEAR -> new PiecewiseLinear(1);
      case RELU -> new PiecewiseLinear(0);
      case LEAKY_RELU -> new PiecewiseLinear(LEAK);
      case TANH -> new Tanh();
      case SIGMOID -> new Sigmoid();
      case SILU -> new Silu();
      case GELU -> new Gelu();
    };
  }

  private static INDArray tanh(INDArray u) {
    return Transforms.tanh(u, true);
  }

  /**
   * tanh to a few units in the last place however small the argument is, where ND4J's own is only
   * absolutely precise: for |z| below 1/2 Lambert's continued fraction z/(1 + z²/(3 + z²/(5 + …))),
   * whose remainder is below the rounding of float64.
   */
  private static INDArray tanhOfShift(INDArray z) {
    INDArray squares = Transforms.min(z.mul(z), 1);
    INDArray fraction = squares.mul(0).addi(LAST_ODD_NUMBER);
    for (int odd = LAST_ODD_NUMBER - 2; odd > 0; odd -= 2) {
      fraction = squares.div(fraction).addi(odd);
    }
    INDArray small = squares.lt(0.25).castTo(z.dataType());
    return z.div(fraction).muli(small).addi(tanh(z).muli(small.rsub(1)));
  }

  /**
   * u where it is positive, slope · u elsewhere.
   *
   * @param slope left of the kink
   */
  record PiecewiseLinear(double slope) implements Nonlinearity {

    // max(u, 0) + slope min(u, 0).
    @Override
    public INDArray value(INDArray u) {
      return Transforms.max(u, 0).addi(Transforms.min(u, 0).muli(slope));
    }

    @Override
    public INDArray derivative(INDArray u) {
      return positive(u).muli(1 - slope).addi(slope);
    }

    // On one side of the kink the difference is φ′ z; across it nothing cancels.
    @Override
    public INDArray difference(INDArray u, INDArray z) {
      INDArray after = u.add(z);
      INDArray across = Transforms.abs(positive(u).subi(positive(after)), false);
      INDArray same = across.rsub(1);
      return derivative(u).muli(z).muli(same).addi(value(after).subi(value(u)).muli(across));
    }

    // 1 where u is positive, else 0.
    private static INDArray positive(INDArray u) {
      return u.gt(0).castTo(u.dataType());
    }
  }

  /** tanh u. */
  record Tanh() implements Nonlinearity {

    @Override
    public INDArray value(INDArray u) {
      return tanh(u);
    }

    @Override
    public INDArray derivative(INDArray u) {
      INDArray h = tanh(u);
      return h.mul(h).rsubi(1);
    }

    // tanh z (1 - tanh u tanh(u+z)).
    @Override
    public INDArray difference(INDArray u, INDArray z) {
      return tanh(u).muli(tanh(u.add(z))).rsubi(1).muli(tanhOfShift(z));
    }
  }

  /** σ(u) = (1 + tanh(u/2))/2. */
  record Sigmoid() implements Nonlinearity {

    @Override
    public INDArray value(INDArray u) {
      return tanh(u.mul(0.5)).addi(1).muli(0.5);
    }

    @Override
    public INDArray derivative(INDArray u) {
      INDArray s = value(u);
      return s.rsub(1).muli(s);
    }

    @Override
    public INDArray difference(INDArray u, INDArray z) {
      return new Tanh().difference(u.mul(0.5), z.mul(0.5)).muli(0.5);
    }
  }

  /** u σ(u). */
  record Silu() implements Nonlinearity {

    private static final Sigmoid LOGISTIC = new Sigmoid();

    @Override
    public INDArray value(INDArray u) {
      return LOGISTIC.value(u).muli(u);
    }

    // s + u s (1 - s).
    @Override
    public INDArray derivative(INDArray u) {
      return LOGISTIC.derivative(u).muli(u).addi(LOGISTIC.value(u));
    }

    // z σ(u+z) + u (σ(u+z) - σ(u)).
    @Override
    public INDArray difference(INDArray u, INDArray z) {
      return LOGISTIC.value(u.add(z)).muli(z).addi(LOGISTIC.difference(u, z).muli(u));
    }
  }

  /** u/2 (1 + tanh p) with p = k (u + c u³). */
  record Gelu() implements Nonlinearity {

    @Override
    public INDArray value(INDArray u) {
      return tanh(argument(u)).addi(1).muli(u).muli(0.5);
    }

    // (1 + t)/2 + u/2 (1 - t²) k (1 + 3 c u²).
    @Override
    public INDArray derivative(INDArray u) {
      INDArray t = tanh(argument(u));
      INDArray inner = u.mul(u).muli(3 * GELU_CUBIC).addi(1).muli(0.5 * GELU_SCALE).muli(u);
      return t.mul(t).rsubi(1).muli(inner).addi(t.add(1).muli(0.5));
    }

    // With t₀, t₁ before and after: z/2 (1 + t₁) + u/2 tanh(p₁ - p₀) (1 - t₀ t₁).
    @Override
    public INDArray difference(INDArray u, INDArray z) {
      INDArray squares = u.mul(u).addi(u.mul(z)).muli(3).addi(z.mul(z));
      INDArray change = squares.muli(GELU_CUBIC).addi(1).muli(z).muli(GELU_SCALE);
      INDArray p = argument(u);
      INDArray after = tanh(p.add(change));
      INDArray gates = tanh(p).muli(after).rsubi(1).muli(tanhOfShift(change)).muli(u);
      return after.addi(1).muli(z).addi(gates).muli(0.5);
    }

    private static INDArray argument(INDArray u) {
      return u.mul(u).muli(GELU_CUBIC).addi(1).muli(u).muli(GELU_SCALE);
    }
  }
}
