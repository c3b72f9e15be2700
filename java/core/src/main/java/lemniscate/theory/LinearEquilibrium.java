package lemniscate.theory;

import java.util.ArrayList;
import java.util.List;
import lemniscate.config.BadInputException;
import org.apache.commons.math3.linear.CholeskyDecomposition;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.RealVector;

/**
 * The equilibrium of predictive coding in a deep linear network with squared loss, in closed form
 * (Ishikawa, Yokota and Karakida, arXiv 2411.02001, §4; the energy also in Innocenti et al., arXiv
 * 2408.11979).
 *
 * <p>With f the feed-forward output, r = y − f, W_{L:i} = W_L ⋯ W_i, W_{L:L+1} = I and
 *
 * <pre>
 *   C_γ = Σ_{i=2..L} (γ_L/γ_{i−1}) W_{L:i} W_{L:i}ᵀ ,   S = (I + C_γ)/γ_L ,
 * </pre>
 *
 * the free energy Σ_b [Σ_{l&lt;L} γ_l/2 ‖v_l − W_l v_{l−1} − b_l‖² + γ_L/2 ‖y − W_L v_{L−1} −
 * b_L‖²] is least where
 *
 * <pre>
 *   e_L = (I + C_γ)⁻¹ r ,   e_l = (γ_L/γ_l) W_{L:l+1}ᵀ e_L ,   v_l = W_l v_{l−1} + b_l + e_l ,
 *   F = ½ Σ_b rᵀ S⁻¹ r  ≤  γ_L · loss .
 * </pre>
 *
 * <p>So the errors are those of backpropagation, preconditioned in output space by (I + C_γ)⁻¹.
 * Rows of all batch matrices are examples.
 */
public final class LinearEquilibrium {

  private final List<RealMatrix> weights;
  private final List<Double> precisions;
  private final int last;
  private final RealMatrix preconditioner;
  private final RealMatrix residual;
  private final List<RealMatrix> states = new ArrayList<>();
  private final List<RealMatrix> errors = new ArrayList<>();
  private final double energy;

  private LinearEquilibrium(
      List<RealMatrix> weights,
      List<RealVector> biases,
      RealMatrix input,
      RealMatrix target,
      List<Double> precisions) {
    this.weights = List.copyOf(weights);
    this.precisions = List.copyOf(precisions);
    this.last = weights.size();
    check(biases);

    RealMatrix output = input;
    for (int l = 1; l <= last; l++) {
      output = affine(output, l, biases);
    }
    this.residual = target.subtract(output);

    // W_{L:i} at index i − 1; the empty product W_{L:L+1} at index L.
    List<RealMatrix> products = new ArrayList<>();
    RealMatrix product = MatrixUtils.createRealIdentityMatrix(target.getColumnDimension());
    products.add(product);
    for (int i = last; i >= 2; i--) {
      product = product.multiply(weights.get(i - 1));
      products.addFirst(product);
    }
    RealMatrix sum = product.multiply(product.transpose()).scalarMultiply(ratio(1));
    for (int i = 3; i <= last; i++) {
      RealMatrix chain = products.get(i - 2);
      sum = sum.add(chain.multiply(chain.transpose()).scalarMultiply(ratio(i - 1)));
    }
    this.preconditioner = sum;

    RealMatrix identity = MatrixUtils.createRealIdentityMatrix(sum.getRowDimension());
    RealMatrix outputError =
        new CholeskyDecomposition(identity.add(sum))
            .getSolver()
            .solve(residual.transpose())
            .transpose();
    states.add(input);
    for (int l = 1; l < last; l++) {
      RealMatrix error = outputError.multiply(products.get(l - 1)).scalarMultiply(ratio(l));
      errors.add(error);
      states.add(affine(states.getLast(), l, biases).add(error));
    }
    errors.add(outputError);
    this.energy = 0.5 * precision(last) * inner(residual, outputError);
  }

  /**
   * Solves for the equilibrium.
   *
   * @param weights W_1 … W_L (effective: with their multipliers), W_l of shape n_l × n_{l−1}; at
   *     least two
   * @param biases b_1 … b_L, or an empty list for none
   * @param input x, B × n_0
   * @param target y, B × n_L
   * @param precisions γ_1 … γ_L, positive
   * @return the equilibrium
   * @throws BadInputException if the numbers of layers differ or a precision is not positive
   */
  public static LinearEquilibrium solve(
      List<RealMatrix> weights,
      List<RealVector> biases,
      RealMatrix input,
      RealMatrix target,
      List<Double> precisions) {
    return new LinearEquilibrium(weights, biases, input, target, precisions);
  }

  private void check(List<RealVector> biases) {
    if (last < 2 || precisions.size() != last || !(biases.isEmpty() || biases.size() == last)) {
      throw new BadInputException(
          "Linear equilibrium of "
              + last
              + " weights, "
              + biases.size()
              + " biases and "
              + precisions.size()
              + " precisions: expected at least two weights, a precision for each, and a bias for"
              + " each or for none.");
    }
    for (double gamma : precisions) {
      if (!(gamma > 0) || Double.isInfinite(gamma)) {
        throw new BadInputException(
            "Precisions " + precisions + ": expected positive, finite numbers.");
      }
    }
  }

  private RealMatrix affine(RealMatrix below, int l, List<RealVector> biases) {
    RealMatrix u = below.multiply(weights.get(l - 1).transpose());
    if (!biases.isEmpty()) {
      for (int example = 0; example < u.getRowDimension(); example++) {
        u.setRowVector(example, u.getRowVector(example).add(biases.get(l - 1)));
      }
    }
    return u;
  }

  private double ratio(int l) {
    return precision(last) / precision(l);
  }

  private double precision(int l) {
    return precisions.get(l - 1);
  }

  private static double inner(RealMatrix a, RealMatrix b) {
    double sum = 0;
    for (int row = 0; row < a.getRowDimension(); row++) {
      sum += a.getRowVector(row).dotProduct(b.getRowVector(row));
    }
    return sum;
  }

  /** {@return C_γ, of shape n_L × n_L: symmetric, not negative} */
  public RealMatrix preconditioner() {
    return preconditioner.copy();
  }

  /** {@return S = (I + C_γ)/γ_L, of shape n_L × n_L: symmetric, positive} */
  public RealMatrix residualCovariance() {
    return MatrixUtils.createRealIdentityMatrix(preconditioner.getRowDimension())
        .add(preconditioner)
        .scalarMultiply(1 / precision(last));
  }

  /** {@return F at the equilibrium, sum over the batch} */
  public double energy() {
    return energy;
  }

  /** {@return F at the feed-forward pass: γ_L times the squared loss, sum over the batch} */
  public double feedForwardEnergy() {
    return 0.5 * precision(last) * inner(residual, residual);
  }

  /**
   * The state of a layer.
   *
   * @param l from 0 (the input) to L−1
   * @return v_l, B × n_l
   */
  public RealMatrix state(int l) {
    return states.get(l).copy();
  }

  /**
   * The prediction error of a layer.
   *
   * @param l from 1 to L
   * @return e_l, B × n_l
   */
  public RealMatrix error(int l) {
    return errors.get(l - 1).copy();
  }

  /**
   * The gradient of F, mean over the batch, with respect to a weight; since the states are at rest,
   * also that of the energy at equilibrium.
   *
   * @param l from 1 to L
   * @return −(γ_l/B) e_lᵀ v_{l−1}, n_l × n_{l−1}
   */
  public RealMatrix weightGradient(int l) {
    RealMatrix error = errors.get(l - 1);
    return error
        .transpose()
        .multiply(states.get(l - 1))
        .scalarMultiply(-precision(l) / error.getRowDimension());
  }

  /**
   * The gradient of F, mean over the batch, with respect to a bias.
   *
   * @param l from 1 to L
   * @return −(γ_l/B) Σ_b e_l, of length n_l
   */
  public RealVector biasGradient(int l) {
    RealMatrix error = errors.get(l - 1);
    RealVector sum = error.getRowVector(0);
    for (int example = 1; example < error.getRowDimension(); example++) {
      sum = sum.add(error.getRowVector(example));
    }
    return sum.mapMultiply(-precision(l) / error.getRowDimension());
  }
}
