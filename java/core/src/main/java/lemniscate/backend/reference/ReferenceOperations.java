package lemniscate.backend.reference;

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
import lemniscate.random.NormalStream;
import lemniscate.tensor.Tensor;

/** The primitives; operands have been checked. */
final class ReferenceOperations implements Operations {

  private final Recording recording;
  private final LayerPasses layer;
  private final LossPasses loss;
  private final PcPasses pc;
  private final TargetPasses target;
  private final PepitaPasses pepita;
  private final GoodnessPasses goodness;
  private final UpdatePasses update;

  ReferenceOperations(Recording recording) {
    this.recording = recording;
    this.layer = new ReferenceLayerPasses(this, recording);
    this.loss = new ReferenceLossPasses(recording);
    this.pc = new ReferencePcPasses(this, recording);
    this.target = new ReferenceTargetPasses(this, recording);
    this.pepita = new ReferencePepitaPasses(recording);
    this.goodness = new ReferenceGoodnessPasses(recording);
    this.update = new ReferenceUpdatePasses(recording);
  }

  @Override
  public void gemms(List<Gemm> independent) {
    for (Gemm product : independent) {
      recording.add(() -> multiply(product));
    }
  }

  private static void multiply(Gemm product) {
    Matrix a = Matrix.of(product.a());
    Matrix b = Matrix.of(product.b());
    Matrix c = Matrix.of(product.c());
    for (int i = 0; i < product.m(); i++) {
      for (int j = 0; j < product.n(); j++) {
        double sum = 0;
        for (int k = 0; k < product.k(); k++) {
          double left = product.transposeA() ? a.get(k, i) : a.get(i, k);
          double right = product.transposeB() ? b.get(j, k) : b.get(k, j);
          sum += left * right;
        }
        // With beta 0 the former content does not count, not even a NaN.
        double former = product.beta() == 0 ? 0 : product.beta() * c.get(i, j);
        c.set(i, j, product.alpha() * sum + former);
      }
    }
  }

  @Override
  public void fill(Tensor x, double value) {
    recording.add(
        () -> {
          Matrix to = Matrix.of(x);
          for (int i = 0; i < to.elements(); i++) {
            to.set(i, value);
          }
        });
  }

  @Override
  public void copy(Tensor source, Tensor target) {
    recording.add(
        () -> {
          Matrix from = Matrix.of(source);
          Matrix to = Matrix.of(target);
          for (int i = 0; i < to.elements(); i++) {
            to.set(i, from.get(i));
          }
        });
  }

  @Override
  public void scale(double factor, Tensor x) {
    recording.add(
        () -> {
          Matrix to = Matrix.of(x);
          for (int i = 0; i < to.elements(); i++) {
            to.set(i, factor * to.get(i));
          }
        });
  }

  @Override
  public void axpy(double factor, Tensor x, Tensor y) {
    recording.add(() -> add(factor, Matrix.of(x), Matrix.of(y)));
  }

  @Override
  public void axpy(double factor, Tensor scalar, Tensor x, Tensor y) {
    recording.add(() -> add(factor * Matrix.scalar(scalar), Matrix.of(x), Matrix.of(y)));
  }

  private static void add(double factor, Matrix x, Matrix y) {
    for (int i = 0; i < y.elements(); i++) {
      y.set(i, y.get(i) + factor * x.get(i));
    }
  }

  @Override
  public void multiply(Tensor x, Tensor y) {
    recording.add(
        () -> {
          Matrix from = Matrix.of(x);
          Matrix to = Matrix.of(y);
          for (int i = 0; i < to.elements(); i++) {
            to.set(i, from.get(i) * to.get(i));
          }
        });
  }

  @Override
  public void addRow(Tensor row, Tensor y) {
    recording.add(
        () -> {
          Matrix from = Matrix.of(row);
          Matrix to = Matrix.of(y);
          for (int b = 0; b < to.rows(); b++) {
            for (int j = 0; j < to.columns(); j++) {
              to.set(b, j, to.get(b, j) + from.get(j));
            }
          }
        });
  }

  @Override
  public void columnSum(double factor, Tensor x, Tensor out) {
    recording.add(
        () -> {
          Matrix from = Matrix.of(x);
          Matrix to = Matrix.of(out);
          for (int j = 0; j < from.columns(); j++) {
            double sum = 0;
            for (int b = 0; b < from.rows(); b++) {
              sum += from.get(b, j);
            }
            to.set(j, factor * sum);
          }
        });
  }

  @Override
  public void sumOfSquares(double factor, Tensor x, boolean accumulate, Tensor total) {
    recording.add(
        () -> {
          Matrix from = Matrix.of(x);
          Matrix to = Matrix.of(total);
          double sum = 0;
          for (int i = 0; i < from.elements(); i++) {
            sum += from.get(i) * from.get(i);
          }
          to.set(0, (accumulate ? to.get(0) : 0) + factor * sum);
        });
  }

  @Override
  public void activation(Activation activation, Tensor u, Tensor h) {
    recording.add(
        () -> {
          Matrix from = Matrix.of(u);
          Matrix to = Matrix.of(h);
          for (int i = 0; i < to.elements(); i++) {
            to.set(i, activation.value(from.get(i)));
          }
        });
  }

  @Override
  public void activationDerivative(Activation activation, Tensor u, Tensor h, Tensor derivative) {
    recording.add(
        () -> {
          Matrix from = Matrix.of(u);
          Matrix to = Matrix.of(derivative);
          for (int i = 0; i < to.elements(); i++) {
            to.set(i, activation.derivative(from.get(i)));
          }
        });
  }

  @Override
  public void activationDifference(
      Activation activation, Tensor u, Tensor h, Tensor z, Tensor difference, Tensor derivative) {
    recording.add(
        () -> {
          Matrix at = Matrix.of(u);
          Matrix shift = Matrix.of(z);
          Matrix change = Matrix.of(difference);
          Matrix slope = Matrix.of(derivative);
          for (int i = 0; i < at.elements(); i++) {
            change.set(i, activation.difference(at.get(i), shift.get(i)));
            slope.set(i, activation.derivative(at.get(i) + shift.get(i)));
          }
        });
  }

  @Override
  public void softmax(Tensor x, Tensor out) {
    recording.add(
        () -> {
          Matrix from = Matrix.of(x);
          Matrix to = Matrix.of(out);
          double[] row = new double[from.columns()];
          for (int b = 0; b < from.rows(); b++) {
            for (int j = 0; j < row.length; j++) {
              row[j] = from.get(b, j);
            }
            Softmax softmax = Softmax.of(row);
            for (int j = 0; j < row.length; j++) {
              to.set(b, j, softmax.probability(j));
            }
          }
        });
  }

  @Override
  public void randomNormal(long seed, long stream, double standardDeviation, Tensor x) {
    NormalStream normals = new NormalStream(seed, stream);
    recording.add(() -> draw(normals, standardDeviation, Matrix.of(x)));
  }

  @Override
  public void randomNormal(
      long seed, long stream, Tensor counter, double standardDeviation, Tensor x) {
    recording.add(
        () -> {
          long number = stream + Math.round(Matrix.scalar(counter));
          draw(new NormalStream(seed, number), standardDeviation, Matrix.of(x));
        });
  }

  private static void draw(NormalStream normals, double standardDeviation, Matrix to) {
    double[] drawn = new double[to.elements()];
    normals.fill(0, drawn, 0, drawn.length);
    for (int i = 0; i < drawn.length; i++) {
      to.set(i, standardDeviation * drawn[i]);
    }
  }

  @Override
  public LayerPasses layer() {
    return layer;
  }

  @Override
  public LossPasses loss() {
    return loss;
  }

  @Override
  public PcPasses pc() {
    return pc;
  }

  @Override
  public TargetPasses target() {
    return target;
  }

  @Override
  public PepitaPasses pepita() {
    return pepita;
  }

  @Override
  public GoodnessPasses goodness() {
    return goodness;
  }

  @Override
  public UpdatePasses update() {
    return update;
  }
}
