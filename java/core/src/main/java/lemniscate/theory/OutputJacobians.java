package lemniscate.theory;

import java.util.ArrayList;
import java.util.List;
import lemniscate.config.BadInputException;
import org.apache.commons.math3.linear.CholeskyDecomposition;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.NonPositiveDefiniteMatrixException;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.RealVector;

/**
 * How the output of a network answers to its activities: J_l = ∂f/∂h_l of shape n_L × n_l for every
 * example, from J_{L−1} = W_L and
 *
 * <pre>
 *   J_l = J_{l+1} diag(φ′(u_{l+1})) W_{l+1} ,
 * </pre>
 *
 * and what follows from them: Gauss-Newton targets (Meulemans et al., arXiv 2006.14331) and, to
 * first order about the feed-forward pass, the preconditioner C_γ of {@link LinearEquilibrium}. In
 * a linear network all examples have the same J_l = W_{L:l+1}.
 */
public final class OutputJacobians {

  /** Smallest pivot of J Jᵀ + λI over its largest diagonal entry for which it counts as regular. */
  private static final double SINGULAR = 1e-12;

  private final int last;
  private final int outputs;
  private final List<RealMatrix> derivatives;

  /** J_1 … J_{L−1}: one below the other for the examples, or a single one for all of them. */
  private final List<RealMatrix> jacobians = new ArrayList<>();

  private OutputJacobians(List<RealMatrix> weights, List<RealMatrix> derivatives) {
    this.derivatives = List.copyOf(derivatives);
    last = weights.size();
    if (last < 2 || !(derivatives.isEmpty() || derivatives.size() == last - 1)) {
      throw new BadInputException(
          "Jacobians of "
              + last
              + " weights and "
              + derivatives.size()
              + " derivatives: expected at least two weights, and a derivative for every hidden"
              + " layer or for none.");
    }
    RealMatrix jacobian = weights.getLast();
    outputs = jacobian.getRowDimension();
    jacobians.add(jacobian);
    for (int l = last - 2; l >= 1; l--) {
      RealMatrix gated =
          derivatives.isEmpty() ? jacobian : gated(jacobian, derivatives.get(l), outputs);
      jacobian = gated.multiply(weights.get(l));
      jacobians.addFirst(jacobian);
    }
  }

  /**
   * The Jacobians of a network with linear output.
   *
   * @param weights W_1 … W_L (effective: with their multipliers), W_l of shape n_l × n_{l−1}; at
   *     least two
   * @param derivatives φ′(u_1) … φ′(u_{L−1}), B × n_l, or an empty list for a linear network
   * @return the Jacobians
   * @throws BadInputException if the numbers of layers differ
   */
  public static OutputJacobians of(List<RealMatrix> weights, List<RealMatrix> derivatives) {
    return new OutputJacobians(weights, derivatives);
  }

  // Every row of an example's block times that example's derivatives; a single block is repeated.
  private static RealMatrix gated(RealMatrix above, RealMatrix derivative, int block) {
    int examples = derivative.getRowDimension();
    boolean single = above.getRowDimension() < examples * block;
    double[][] rows = new double[examples * block][];
    for (int example = 0; example < examples; example++) {
      double[] gate = derivative.getRow(example);
      for (int k = 0; k < block; k++) {
        int row = example * block + k;
        double[] values = above.getRow(single ? k : row);
        for (int i = 0; i < values.length; i++) {
          values[i] *= gate[i];
        }
        rows[row] = values;
      }
    }
    return MatrixUtils.createRealMatrix(rows);
  }

  /**
   * J_l of one example.
   *
   * @param l from 1 to L−1
   * @param example from 0
   * @return n_L × n_l
   */
  public RealMatrix jacobian(int l, int example) {
    RealMatrix stacked = jacobians.get(l - 1);
    int first = stacked.getRowDimension() == outputs ? 0 : example * outputs;
    return stacked.getSubMatrix(first, first + outputs - 1, 0, stacked.getColumnDimension() - 1);
  }

  /**
   * The displacements that move the output of the linearised network by its error: t_l − h_l = J_lᵀ
   * (J_l J_lᵀ + λI)⁻¹ e_L.
   *
   * @param l from 1 to L
   * @param outputError e_L, B × n_L
   * @param damping λ, not negative; with 0 this is the pseudo-inverse
   * @return B × n_l
   * @throws BadInputException if J_l J_lᵀ + λI is singular, as without damping in a layer narrower
   *     than the output
   */
  public RealMatrix gaussNewtonTargets(int l, RealMatrix outputError, double damping) {
    if (l == last) {
      return outputError.copy();
    }
    int examples = outputError.getRowDimension();
    double[][] targets = new double[examples][];
    RealMatrix identity = MatrixUtils.createRealIdentityMatrix(outputs);
    boolean single = jacobians.get(l - 1).getRowDimension() == outputs;
    RealMatrix jacobian = jacobian(l, 0);
    CholeskyDecomposition factor = factor(jacobian, identity.scalarMultiply(damping), l);
    for (int example = 0; example < examples; example++) {
      if (!single && example > 0) {
        jacobian = jacobian(l, example);
        factor = factor(jacobian, identity.scalarMultiply(damping), l);
      }
      RealVector solved = factor.getSolver().solve(outputError.getRowVector(example));
      targets[example] = jacobian.preMultiply(solved).toArray();
    }
    return MatrixUtils.createRealMatrix(targets);
  }

  /**
   * The weight gradient of Gauss-Newton targets, mean over the batch.
   *
   * @param l from 1 to L
   * @param outputError e_L, B × n_L
   * @param below h_{l−1}, B × n_{l−1}
   * @param damping λ, not negative
   * @return −(1/B) ((t_l − h_l) ∘ φ′(u_l))ᵀ h_{l−1}, n_l × n_{l−1}
   * @throws BadInputException as {@link #gaussNewtonTargets}
   */
  public RealMatrix gaussNewtonGradient(
      int l, RealMatrix outputError, RealMatrix below, double damping) {
    RealMatrix error = gaussNewtonTargets(l, outputError, damping);
    if (l < last && !derivatives.isEmpty()) {
      error = gated(error, derivatives.get(l - 1), 1);
    }
    return error.transpose().multiply(below).scalarMultiply(-1.0 / below.getRowDimension());
  }

  private static CholeskyDecomposition factor(RealMatrix jacobian, RealMatrix damping, int l) {
    RealMatrix gram = jacobian.multiply(jacobian.transpose()).add(damping);
    double largest = 0;
    for (int k = 0; k < gram.getRowDimension(); k++) {
      largest = Math.max(largest, gram.getEntry(k, k));
    }
    try {
      return new CholeskyDecomposition(
          gram, CholeskyDecomposition.DEFAULT_RELATIVE_SYMMETRY_THRESHOLD, SINGULAR * largest);
    } catch (NonPositiveDefiniteMatrixException e) {
      throw new BadInputException(
          "Gauss-Newton targets of layer "
              + l
              + ": its "
              + jacobian.getColumnDimension()
              + " units cannot move "
              + jacobian.getRowDimension()
              + " outputs independently; use a wider layer, or a damping above 0.",
          e);
    }
  }

  /**
   * The preconditioner of predictive coding, C_γ = Σ_{l&lt;L} (γ_L/γ_l) J_l J_lᵀ: exact in a linear
   * network, of first order elsewhere.
   *
   * @param example from 0
   * @param precisions γ_1 … γ_L
   * @return n_L × n_L, symmetric, not negative
   */
  public RealMatrix preconditioner(int example, List<Double> precisions) {
    RealMatrix sum = MatrixUtils.createRealMatrix(outputs, outputs);
    for (int l = 1; l < last; l++) {
      RealMatrix jacobian = jacobian(l, example);
      double ratio = precisions.get(last - 1) / precisions.get(l - 1);
      sum = sum.add(jacobian.multiply(jacobian.transpose()).scalarMultiply(ratio));
    }
    return sum;
  }
}
