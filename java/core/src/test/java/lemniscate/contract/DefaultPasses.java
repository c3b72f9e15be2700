package lemniscate.contract;

import java.util.List;
import lemniscate.backend.Activation;
import lemniscate.backend.Gemm;
import lemniscate.backend.GoodnessPasses;
import lemniscate.backend.LayerPasses;
import lemniscate.backend.LossPasses;
import lemniscate.backend.Operations;
import lemniscate.backend.PcPasses;
import lemniscate.backend.PepitaPasses;
import lemniscate.backend.TargetPasses;
import lemniscate.backend.UpdatePasses;
import lemniscate.tensor.Tensor;

/** A backend's primitives with the default passes of the interfaces in place of its own. */
final class DefaultPasses implements Operations {

  private final Operations primitives;

  DefaultPasses(Operations primitives) {
    this.primitives = primitives;
  }

  @Override
  public LayerPasses layer() {
    return () -> primitives;
  }

  @Override
  public PcPasses pc() {
    return () -> primitives;
  }

  /** Factorisations and solves are the backend's own, what is made of them the default. */
  @Override
  public TargetPasses target() {
    return new TargetPasses() {
      @Override
      public Operations operations() {
        return primitives;
      }

      @Override
      public void addDiagonal(double value, Tensor matrix) {
        primitives.target().addDiagonal(value, matrix);
      }

      @Override
      public void factor(double damping, Tensor matrix, Tensor condition) {
        primitives.target().factor(damping, matrix, condition);
      }

      @Override
      public void solve(Tensor factor, Tensor rows) {
        primitives.target().solve(factor, rows);
      }
    };
  }

  /** The backend's own: there is no default in primitives. */
  @Override
  public LossPasses loss() {
    return primitives.loss();
  }

  /** The backend's own: there is no default in primitives. */
  @Override
  public PepitaPasses pepita() {
    return primitives.pepita();
  }

  @Override
  public GoodnessPasses goodness() {
    return primitives.goodness();
  }

  /** The backend's own: there is no default in primitives. */
  @Override
  public UpdatePasses update() {
    return primitives.update();
  }

  @Override
  public void gemms(List<Gemm> independent) {
    primitives.gemms(independent);
  }

  @Override
  public void fill(Tensor x, double value) {
    primitives.fill(x, value);
  }

  @Override
  public void copy(Tensor source, Tensor target) {
    primitives.copy(source, target);
  }

  @Override
  public void scale(double factor, Tensor x) {
    primitives.scale(factor, x);
  }

  @Override
  public void axpy(double factor, Tensor x, Tensor y) {
    primitives.axpy(factor, x, y);
  }

  @Override
  public void axpy(double factor, Tensor scalar, Tensor x, Tensor y) {
    primitives.axpy(factor, scalar, x, y);
  }

  @Override
  public void multiply(Tensor x, Tensor y) {
    primitives.multiply(x, y);
  }

  @Override
  public void addRow(Tensor row, Tensor y) {
    primitives.addRow(row, y);
  }

  @Override
  public void columnSum(double factor, Tensor x, Tensor out) {
    primitives.columnSum(factor, x, out);
  }

  @Override
  public void sumOfSquares(double factor, Tensor x, boolean accumulate, Tensor total) {
    primitives.sumOfSquares(factor, x, accumulate, total);
  }

  @Override
  public void activation(Activation activation, Tensor u, Tensor h) {
    primitives.activation(activation, u, h);
  }

  @Override
  public void activationDerivative(Activation activation, Tensor u, Tensor h, Tensor derivative) {
    primitives.activationDerivative(activation, u, h, derivative);
  }

  @Override
  public void activationDifference(
      Activation activation, Tensor u, Tensor h, Tensor z, Tensor difference, Tensor derivative) {
    primitives.activationDifference(activation, u, h, z, difference, derivative);
  }

  @Override
  public void softmax(Tensor x, Tensor out) {
    primitives.softmax(x, out);
  }

  @Override
  public void randomNormal(long seed, long stream, double standardDeviation, Tensor x) {
    primitives.randomNormal(seed, stream, standardDeviation, x);
  }

  @Override
  public void randomNormal(
      long seed, long stream, Tensor counter, double standardDeviation, Tensor x) {
    primitives.randomNormal(seed, stream, counter, standardDeviation, x);
  }
}
