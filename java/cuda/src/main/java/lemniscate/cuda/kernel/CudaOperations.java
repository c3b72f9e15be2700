package lemniscate.cuda.kernel;

import static lemniscate.cuda.kernel.Operand.read;
import static lemniscate.cuda.kernel.Operand.write;

import java.util.List;
import lemniscate.backend.Activation;
import lemniscate.backend.Gemm;
import lemniscate.backend.GoodnessPasses;
import lemniscate.backend.LayerPasses;
import lemniscate.backend.LossPasses;
import lemniscate.backend.Operations;
import lemniscate.backend.PcPasses;
import lemniscate.backend.PepitaPasses;
import lemniscate.backend.Precision;
import lemniscate.backend.TargetPasses;
import lemniscate.backend.UpdatePasses;
import lemniscate.cuda.driver.Device;
import lemniscate.tensor.Tensor;

/** The primitives as launches; operands have been checked. */
public final class CudaOperations implements Operations {

  private final WorkList work;
  private final Precision precision;
  private final PartialSums sums;
  private final LayerPasses layer;
  private final LossPasses loss;
  private final PcPasses pc;
  private final TargetPasses target;
  private final PepitaPasses pepita;
  private final GoodnessPasses goodness;
  private final UpdatePasses update;

  /**
   * A recording.
   *
   * @param multiprocessors of the device
   * @param precision arithmetic of the products
   * @param partialSums address of {@link PartialSums#COUNT} float64 of scratch
   */
  public CudaOperations(int multiprocessors, Precision precision, long partialSums) {
    this.work = new WorkList(multiprocessors);
    this.precision = precision;
    this.sums = new PartialSums(work, partialSums);
    this.layer = new CudaLayerPasses(this, work);
    this.loss = new CudaLossPasses(work, sums);
    this.pc = new CudaPcPasses(this, work);
    this.target = new CudaTargetPasses(this, work);
    this.pepita = new CudaPepitaPasses(work);
    this.goodness = new CudaGoodnessPasses(work, sums);
    this.update = new CudaUpdatePasses(work);
  }

  /** What has been enqueued, in order. */
  public List<Device.Work> recorded() {
    return work.finish();
  }

  /** Whose memory it touches. */
  public List<DeviceStorage.Owner> owners() {
    return work.owners();
  }

  @Override
  public void gemms(List<Gemm> independent) {
    new ProductList(work, precision).add(independent);
  }

  @Override
  public void fill(Tensor x, double value) {
    work.elementwise("fill", List.of(bits(value)), write(x));
  }

  @Override
  public void copy(Tensor source, Tensor target) {
    work.elementwise("copy", List.of(), read(source), write(target));
  }

  @Override
  public void scale(double factor, Tensor x) {
    work.elementwise("scale", List.of(bits(factor)), write(x));
  }

  @Override
  public void axpy(double factor, Tensor x, Tensor y) {
    work.elementwise("axpy", List.of(bits(factor)), read(x), write(y));
  }

  @Override
  public void axpy(double factor, Tensor scalar, Tensor x, Tensor y) {
    work.elementwise("axpy_scalar", List.of(bits(factor), work.address(scalar)), read(x), write(y));
  }

  @Override
  public void multiply(Tensor x, Tensor y) {
    work.elementwise("multiply", List.of(), read(x), write(y));
  }

  @Override
  public void addRow(Tensor row, Tensor y) {
    work.elementwise("add_row", List.of((long) y.columns()), read(row), write(y));
  }

  @Override
  public void columnSum(double factor, Tensor x, Tensor out) {
    work.launch(
        WorkList.entry("column_sum", x.dtype()),
        Geometry.elements(x.columns(), work.multiprocessors()),
        bits(factor),
        work.address(x),
        work.address(out),
        x.rows(),
        x.columns());
  }

  @Override
  public void sumOfSquares(double factor, Tensor x, boolean accumulate, Tensor total) {
    Geometry geometry = sums.geometry(x.elements());
    work.launch(
        WorkList.entry("sum_of_squares", x.dtype()),
        geometry,
        work.address(x),
        sums.address(),
        x.elements());
    sums.total(geometry, factor, accumulate, total);
  }

  @Override
  public void activation(Activation activation, Tensor u, Tensor h) {
    work.elementwise("activation", List.of(number(activation)), read(u), write(h));
  }

  @Override
  public void activationDerivative(Activation activation, Tensor u, Tensor h, Tensor derivative) {
    work.elementwise(
        "activation_derivative", List.of(number(activation)), read(u), read(h), write(derivative));
  }

  @Override
  public void activationDifference(
      Activation activation, Tensor u, Tensor h, Tensor z, Tensor difference, Tensor derivative) {
    work.elementwise(
        "activation_difference",
        List.of(number(activation)),
        read(u),
        read(h),
        read(z),
        write(difference),
        write(derivative));
  }

  @Override
  public void softmax(Tensor x, Tensor out) {
    work.launch(
        WorkList.entry("softmax", x.dtype()),
        Geometry.rows(x.rows(), work.multiprocessors()),
        work.address(x),
        work.address(out),
        x.rows(),
        x.columns());
  }

  @Override
  public void randomNormal(long seed, long stream, double standardDeviation, Tensor x) {
    normals(seed, stream, 0, standardDeviation, x);
  }

  @Override
  public void randomNormal(
      long seed, long stream, Tensor counter, double standardDeviation, Tensor x) {
    normals(seed, stream, work.address(counter), standardDeviation, x);
  }

  private void normals(long seed, long stream, long counter, double deviation, Tensor x) {
    // A thread makes the four normals of a block of the stream.
    long blocks = (x.elements() + 3) / 4;
    work.launch(
        WorkList.entry("normals", x.dtype()),
        Geometry.elements(blocks, work.multiprocessors()),
        seed,
        stream,
        counter,
        bits(deviation),
        work.address(x),
        x.elements());
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

  /** A double as a word of a parameter. */
  static long bits(double value) {
    return Double.doubleToRawLongBits(value);
  }

  /** The number of an activation in {@code kernels/common/activation.cuh}. */
  static long number(Activation activation) {
    return activation.ordinal();
  }
}
