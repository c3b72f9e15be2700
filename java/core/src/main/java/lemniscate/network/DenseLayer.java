package lemniscate.network;

import java.util.List;
import java.util.Objects;
import lemniscate.backend.Gemm;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A fully connected unit in a backend's memory. Beside what every unit does it lends its weight as
 * a matrix, for rules that invert, mirror or project it; {@link NetworkSpec#requireWeightMatrices}
 * says which networks have one in every unit.
 *
 * @param index l, from 1
 * @param spec what it was made from
 * @param weight w_l of shape (n_l, n_{l−1}); the effective weight is a_l w_l
 * @param bias b_l of shape (1, n_l), or null
 * @param activityNorm norm that φ(u) gets where it is normed
 */
public record DenseLayer(
    int index, DenseSpec spec, Parameter weight, @Nullable Parameter bias, double activityNorm)
    implements Unit {

  /** a_l, the factor of the weight in every product. */
  public double multiplier() {
    return weight.scaling().multiplier();
  }

  /** Number of inputs n_{l−1}. */
  public int fanIn() {
    return weight.value().columns();
  }

  /** Number of outputs n_l. */
  public int fanOut() {
    return weight.value().rows();
  }

  /** The bias tensor, or null. */
  public @Nullable Tensor biasValue() {
    return bias == null ? null : bias.value();
  }

  @Override
  public List<Parameter> parameters() {
    return bias == null ? List.of(weight) : List.of(weight, bias);
  }

  /** The bias, which must exist. */
  public Parameter requireBias() {
    return Objects.requireNonNull(bias, "layer without bias");
  }

  @Override
  public UnitPass pass(Arena arena, UnitBuffers buffers, Use use) {
    return new DensePass(this, buffers);
  }

  /** The transposed weight. */
  @Override
  public List<Shape> feedbackShapes() {
    return List.of(new Shape(fanIn(), fanOut()));
  }

  @Override
  public UnitOracle oracle() {
    return new DenseOracle(
        spec.activation(), multiplier(), bias != null, spec.norm(), activityNorm);
  }

  // ---------------------------------------------------------------- the weight as a matrix

  /**
   * gram = a² w wᵀ.
   *
   * @param gram of shape (n_l, n_l), overwritten
   */
  public void outputGram(Products products, Tensor gram) {
    Tensor w = weight.value();
    products.add(Gemm.forward(multiplier() * multiplier(), w, w, gram));
  }

  /**
   * gram = a² wᵀ w.
   *
   * @param gram of shape (n_{l−1}, n_{l−1}), overwritten
   */
  public void inputGram(Products products, Tensor gram) {
    Tensor w = weight.value();
    products.add(Gemm.outer(multiplier() * multiplier(), w, w, gram));
  }

  /**
   * result = a error w: errors, or rows of another kind, through the transposed weight.
   *
   * @param error of shape (any, n_l)
   */
  public void transposed(Products products, Tensor error, Tensor result) {
    products.add(Gemm.backward(multiplier(), error, weight.value(), result));
  }

  /**
   * result = a w right.
   *
   * @param right of shape (n_{l−1}, any)
   */
  public void times(Products products, Tensor right, Tensor result) {
    products.add(new Gemm(multiplier(), weight.value(), false, right, false, 0, result));
  }

  /**
   * ∂w = ∂w + (factor a / B) left rightᵀ.
   *
   * @param left of shape (n_l, any)
   * @param right of shape (n_{l−1}, the same)
   */
  public void addToGradient(
      Products products, double factor, int batch, Tensor left, Tensor right) {
    products.add(
        new Gemm(factor * multiplier() / batch, left, false, right, true, 1, weight.gradient()));
  }
}
