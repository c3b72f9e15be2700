package lemniscate.nd4j;

import lemniscate.backend.Cholesky;
import lemniscate.backend.Operations;
import lemniscate.backend.TargetPasses;
import lemniscate.tensor.Tensor;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Passes of rules with targets. ND4J's factorisation throws where a matrix is not positive
 * definite, so small systems are solved on the host.
 */
final class Nd4jTargetPasses implements TargetPasses {

  private final Operations operations;
  private final Recording recording;

  Nd4jTargetPasses(Operations operations, Recording recording) {
    this.operations = operations;
    this.recording = recording;
  }

  @Override
  public Operations operations() {
    return operations;
  }

  @Override
  public void addDiagonal(double value, Tensor matrix) {
    INDArray diagonal = recording.diagonal(matrix);
    recording.add(() -> diagonal.addi(value));
  }

  @Override
  public void factor(double damping, Tensor matrix, Tensor condition) {
    INDArray a = recording.array(matrix);
    INDArray worst = recording.array(condition);
    recording.add(
        () -> {
          double[][] former = host(a);
          double[][] lower = host(a);
          Cholesky factor = Cholesky.of(lower, damping);
          for (int i = 0; i < lower.length; i++) {
            System.arraycopy(former[i], i + 1, lower[i], i + 1, lower.length - i - 1);
          }
          a.assign(Nd4j.createFromArray(lower));
          worst.assign(Math.max(worst.getDouble(0), factor.condition()));
        });
  }

  @Override
  public void solve(Tensor factor, Tensor rows) {
    INDArray l = recording.array(factor);
    INDArray x = recording.array(rows);
    recording.add(
        () -> {
          Cholesky lower = Cholesky.ofFactor(host(l));
          double[][] solutions = host(x);
          for (double[] row : solutions) {
            lower.solve(row);
          }
          x.assign(Nd4j.createFromArray(solutions));
        });
  }

  private static double[][] host(INDArray matrix) {
    return matrix.toDoubleMatrix();
  }
}
