package lemniscate.nd4j;

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
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.custom.SoftMax;
import org.nd4j.linalg.factory.Nd4j;

/** The primitives; operands have been checked. Passes of layers and PC are the default ones. */
final class Nd4jOperations implements Operations {

  private final Recording recording;
  private final LossPasses loss;
  private final TargetPasses target;
  private final PepitaPasses pepita;
  private final GoodnessPasses goodness;
  private final UpdatePasses update;

  Nd4jOperations(Recording recording) {
    this.recording = recording;
    this.loss = new Nd4jLossPasses(recording);
    this.target = new Nd4jTargetPasses(this, recording);
    this.pepita = new Nd4jPepitaPasses(recording);
    this.goodness = new Nd4jGoodnessPasses(recording);
    this.update = new Nd4jUpdatePasses(recording);
  }

  /** Cᵀ = op(B)ᵀ op(A)ᵀ, since BLAS has its matrices column by column. */
  @Override
  public void gemms(List<Gemm> independent) {
    for (Gemm product : independent) {
      INDArray a = recording.transposed(product.a());
      INDArray b = recording.transposed(product.b());
      INDArray c = recording.transposed(product.c());
      recording.add(
          () ->
              Nd4j.gemm(
                  b,
                  a,
                  c,
                  product.transposeB(),
                  product.transposeA(),
                  product.alpha(),
                  product.beta()));
    }
  }

  @Override
  public void fill(Tensor x, double value) {
    INDArray to = recording.array(x);
    recording.add(() -> to.assign(value));
  }

  @Override
  public void copy(Tensor source, Tensor target) {
    INDArray from = recording.array(source);
    INDArray to = recording.array(target);
    recording.add(() -> to.assign(from));
  }

  @Override
  public void scale(double factor, Tensor x) {
    INDArray to = recording.array(x);
    recording.add(() -> to.muli(factor));
  }

  @Override
  public void axpy(double factor, Tensor x, Tensor y) {
    INDArray from = recording.array(x);
    INDArray to = recording.array(y);
    recording.add(() -> to.addi(from.mul(factor)));
  }

  @Override
  public void axpy(double factor, Tensor scalar, Tensor x, Tensor y) {
    INDArray number = recording.array(scalar);
    INDArray from = recording.array(x);
    INDArray to = recording.array(y);
    recording.add(() -> to.addi(from.mul(factor * number.getDouble(0))));
  }

  @Override
  public void multiply(Tensor x, Tensor y) {
    INDArray from = recording.array(x);
    INDArray to = recording.array(y);
    recording.add(() -> to.muli(from));
  }

  @Override
  public void addRow(Tensor row, Tensor y) {
    INDArray from = recording.array(row);
    INDArray to = recording.array(y);
    recording.add(() -> to.addi(from));
  }

  @Override
  public void columnSum(double factor, Tensor x, Tensor out) {
    INDArray from = recording.array(x);
    INDArray to = recording.array(out);
    recording.add(() -> to.assign(from.sum(true, 0).muli(factor)));
  }

  @Override
  public void sumOfSquares(double factor, Tensor x, boolean accumulate, Tensor total) {
    INDArray from = recording.array(x);
    INDArray to = recording.array(total);
    recording.add(
        () -> to.assign((accumulate ? to.getDouble(0) : 0) + factor * sumOfSquares(from)));
  }

  /** Σ x², in float64. */
  static double sumOfSquares(INDArray x) {
    INDArray wide = x.castTo(DataType.DOUBLE);
    return wide.mul(wide).sumNumber().doubleValue();
  }

  @Override
  public void activation(Activation activation, Tensor u, Tensor h) {
    INDArray from = recording.array(u);
    INDArray to = recording.array(h);
    recording.add(() -> to.assign(Nonlinearity.of(activation).value(from)));
  }

  @Override
  public void activationDerivative(Activation activation, Tensor u, Tensor h, Tensor derivative) {
    INDArray from = recording.array(u);
    INDArray to = recording.array(derivative);
    recording.add(() -> to.assign(Nonlinearity.of(activation).derivative(from)));
  }

  @Override
  public void activationDifference(
      Activation activation, Tensor u, Tensor h, Tensor z, Tensor difference, Tensor derivative) {
    INDArray at = recording.array(u);
    INDArray shift = recording.array(z);
    INDArray change = recording.array(difference);
    INDArray slope = recording.array(derivative);
    Nonlinearity function = Nonlinearity.of(activation);
    recording.add(
        () -> {
          change.assign(function.difference(at, shift));
          slope.assign(function.derivative(at.add(shift)));
        });
  }

  @Override
  public void softmax(Tensor x, Tensor out) {
    INDArray from = recording.array(x);
    INDArray to = recording.array(out);
    recording.add(() -> to.assign(softmax(from)));
  }

  /** Softmax of each row, in a new array. */
  static INDArray softmax(INDArray rows) {
    INDArray probabilities = rows.ulike();
    Nd4j.exec(new SoftMax(rows, probabilities, 1));
    return probabilities;
  }

  @Override
  public void randomNormal(long seed, long stream, double standardDeviation, Tensor x) {
    INDArray to = recording.array(x);
    recording.add(() -> draw(new NormalStream(seed, stream), standardDeviation, to));
  }

  @Override
  public void randomNormal(
      long seed, long stream, Tensor counter, double standardDeviation, Tensor x) {
    INDArray number = recording.array(counter);
    INDArray to = recording.array(x);
    recording.add(
        () -> {
          long current = stream + Math.round(number.getDouble(0));
          draw(new NormalStream(seed, current), standardDeviation, to);
        });
  }

  // ND4J's own generators draw other numbers, so the host draws ours.
  private static void draw(NormalStream normals, double standardDeviation, INDArray to) {
    double[] drawn = new double[Math.toIntExact(to.length())];
    normals.fill(0, drawn, 0, drawn.length);
    to.assign(Nd4j.createFromArray(drawn).muli(standardDeviation).reshape(to.shape()));
  }

  @Override
  public LayerPasses layer() {
    return () -> this;
  }

  @Override
  public LossPasses loss() {
    return loss;
  }

  @Override
  public PcPasses pc() {
    return () -> this;
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
