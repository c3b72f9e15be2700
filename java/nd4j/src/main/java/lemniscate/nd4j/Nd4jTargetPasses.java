package lemniscate.nd4j;

import lemniscate.backend.Cholesky;
import lemniscate.backend.TargetOperation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Passes of rules with targets. ND4J's factorisation throws where a matrix is not positive
 * definite, so small systems are solved on the host.
 */
final class Nd4jTargetPasses {

  private final Nd4jOperations operations;
  private final Nd4jSteps recording;

  Nd4jTargetPasses(Nd4jOperations operations, Nd4jSteps recording) {
    this.operations = operations;
    this.recording = recording;
  }

  void lower(TargetOperation operation) {
    switch (operation) {
      case TargetOperation.AddDiagonal(var value, var matrix) -> {
        INDArray diagonal = recording.diagonal(matrix);
        recording.add(() -> diagonal.addi(value));
      }
      case TargetOperation.Factor(var damping, var matrix, var condition) -> {
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
      case TargetOperation.Solve(var factor, var rows) -> {
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
      case TargetOperation.RidgeKernel composed -> composed.expansion().forEach(operations::lower);
      case TargetOperation.RidgeCoefficients composed ->
          composed.expansion().forEach(operations::lower);
      case TargetOperation.GateRows composed -> composed.expansion().forEach(operations::lower);
      case TargetOperation.GaussNewtonTarget composed ->
          composed.expansion().forEach(operations::lower);
    }
  }

  private static double[][] host(INDArray matrix) {
    return matrix.toDoubleMatrix();
  }
}
