package lemniscate.cuda.kernel;

import java.util.List;
import java.util.Map;
import java.util.function.LongUnaryOperator;
import lemniscate.backend.Activation;
import lemniscate.backend.Descent;
import lemniscate.backend.Gemm;
import lemniscate.backend.GoodnessOperation;
import lemniscate.backend.ImageOperation;
import lemniscate.backend.IndependentNeighbours;
import lemniscate.backend.LayerOperation;
import lemniscate.backend.LossOperation;
import lemniscate.backend.Operation;
import lemniscate.backend.PcOperation;
import lemniscate.backend.PepitaOperation;
import lemniscate.backend.Precision;
import lemniscate.backend.PrimitiveOperation;
import lemniscate.backend.PrimitiveOperation.ActivationDerivative;
import lemniscate.backend.PrimitiveOperation.ActivationDifference;
import lemniscate.backend.PrimitiveOperation.AddRow;
import lemniscate.backend.PrimitiveOperation.ApplyActivation;
import lemniscate.backend.PrimitiveOperation.Axpy;
import lemniscate.backend.PrimitiveOperation.Copy;
import lemniscate.backend.PrimitiveOperation.Fill;
import lemniscate.backend.PrimitiveOperation.Multiply;
import lemniscate.backend.PrimitiveOperation.MultiplyRow;
import lemniscate.backend.PrimitiveOperation.Scale;
import lemniscate.backend.StandardizationOperation;
import lemniscate.backend.TargetOperation;
import lemniscate.backend.UpdateOperation;
import lemniscate.cuda.driver.Device;

/** Makes launches and products of the operations of a recording, whose operands are checked. */
public final class CudaOperations {

  private final WorkList work;
  private final Precision precision;
  private final DescentFactors descents;
  private final PartialSums sums;
  private final CudaLayerPasses layer;
  private final CudaLossPasses loss;
  private final CudaPcPasses pc;
  private final CudaTargetPasses target;
  private final CudaPepitaPasses pepita;
  private final CudaGoodnessPasses goodness;
  private final CudaImagePasses image;
  private final CudaStandardizationPasses standardization;
  private final CudaUpdatePasses update;

  private CudaOperations(
      int multiprocessors, Precision precision, long partialSums, LongUnaryOperator memory) {
    this.work = new WorkList(multiprocessors);
    this.precision = precision;
    this.descents = new DescentFactors(work, precision.dtype(), memory);
    this.sums = new PartialSums(work, partialSums);
    this.layer = new CudaLayerPasses(this, work);
    this.loss = new CudaLossPasses(work, sums);
    this.pc = new CudaPcPasses(work);
    this.target = new CudaTargetPasses(this, work);
    this.pepita = new CudaPepitaPasses(work, sums);
    this.goodness = new CudaGoodnessPasses(work, sums);
    this.image = new CudaImagePasses(this, work);
    this.standardization = new CudaStandardizationPasses(work);
    this.update = new CudaUpdatePasses(work);
  }

  /**
   * Lowers a recording. Independent products and factorisations that are neighbours are given to
   * the device together, and neighbouring calls of a kernel share a launch.
   *
   * @param multiprocessors of the device
   * @param precision arithmetic of the products
   * @param partialSums address of {@link PartialSums#COUNT} float64 of scratch
   * @param memory of the plan: takes a number of bytes, returns their address
   */
  public static List<Device.Work> lower(
      List<Operation> recording,
      int multiprocessors,
      Precision precision,
      long partialSums,
      LongUnaryOperator memory) {
    CudaOperations lowering = new CudaOperations(multiprocessors, precision, partialSums, memory);
    groups(recording).forEach(lowering::lower);
    return lowering.work.finish();
  }

  /**
   * A recording in operations that have kernels, or are products: groups that are given to the
   * device together, in which products take the steps that follow their gradients.
   */
  public static List<Descent.Group> groups(List<Operation> recording) {
    return Descent.link(
        IndependentNeighbours.groups(
            IndependentNeighbours.expand(recording, CudaOperations::isComposed),
            operation -> operation instanceof Gemm || operation instanceof TargetOperation.Factor));
  }

  // What has no kernel of its own.
  private static boolean isComposed(Operation operation) {
    return operation instanceof TargetOperation.RidgeKernel
        || operation instanceof TargetOperation.RidgeCoefficients
        || operation instanceof TargetOperation.GaussNewtonTarget
        || operation instanceof ImageOperation.Convolve
        || operation instanceof ImageOperation.ConvolveBack
        || operation instanceof ImageOperation.ConvolutionGradient;
  }

  private void lower(Descent.Group group) {
    List<Operation> operations = group.operations();
    switch (operations.getFirst()) {
      case Gemm _ ->
          new ProductList(work, precision, descents.of(group))
              .add(operations.stream().map(Gemm.class::cast).toList());
      case TargetOperation.Factor _ -> target.factors(operations);
      case Operation single -> lower(single);
    }
  }

  /** Lowers an operation that stands alone. */
  void lower(Operation operation) {
    switch (operation) {
      case Gemm product -> lower(new Descent.Group(List.of(product), Map.of()));
      case PrimitiveOperation primitive -> lower(primitive);
      case LayerOperation pass -> layer.lower(pass);
      case LossOperation pass -> loss.lower(pass);
      case PcOperation pass -> pc.lower(pass);
      case TargetOperation pass -> target.lower(pass);
      case PepitaOperation pass -> pepita.lower(pass);
      case GoodnessOperation pass -> goodness.lower(pass);
      case ImageOperation pass -> image.lower(pass);
      case StandardizationOperation pass -> standardization.lower(pass);
      case UpdateOperation pass -> update.lower(pass);
    }
  }

  private void lower(PrimitiveOperation operation) {
    switch (operation) {
      case Fill fill -> work.elementwise("fill", fill, bits(fill.value()));
      case Copy copy -> work.elementwise("copy", copy);
      case Scale scale -> work.elementwise("scale", scale, bits(scale.factor()));
      case Axpy axpy when axpy.scalar() == null ->
          work.elementwise("axpy", axpy, bits(axpy.factor()));
      case Axpy axpy ->
          work.elementwise(
              "axpy_scalar", axpy, bits(axpy.factor()), WorkList.address(axpy.scalar()));
      case Multiply multiply -> work.elementwise("multiply", multiply);
      case AddRow addition -> work.elementwise("add_row", addition, addition.y().columns());
      case MultiplyRow product -> work.elementwise("multiply_row", product, product.y().columns());
      case ApplyActivation function ->
          work.elementwise("activation", function, number(function.activation()));
      case ActivationDerivative function ->
          work.elementwise("activation_derivative", function, number(function.activation()));
      case ActivationDifference function ->
          work.elementwise("activation_difference", function, number(function.activation()));
      case PrimitiveOperation.ColumnSum(var factor, var x, var out) -> sums.columns(factor, x, out);
      case PrimitiveOperation.SumOfSquares(var factor, var x, var accumulate, var total) -> {
        Geometry geometry = sums.geometry(x.elements());
        work.launch(
            WorkList.entry("sum_of_squares", x.dtype()),
            geometry,
            WorkList.address(x),
            sums.address(),
            x.elements());
        sums.total(geometry, factor, accumulate, total);
      }
      case PrimitiveOperation.Softmax(var x, var out) -> {
        work.launch(
            WorkList.entry("softmax", x.dtype()),
            Geometry.rows(x.rows(), work.multiprocessors()),
            WorkList.address(x),
            WorkList.address(out),
            x.rows(),
            x.columns());
      }
      case PrimitiveOperation.RandomNormal(
              var seed,
              var stream,
              var counter,
              var standardDeviation,
              var x) -> {
        // A thread makes the four normals of a block of the stream.
        long blocks = (x.elements() + 3) / 4;
        work.launch(
            WorkList.entry("normals", x.dtype()),
            Geometry.elements(blocks, work.multiprocessors()),
            seed,
            stream,
            WorkList.address(counter),
            bits(standardDeviation),
            WorkList.address(x),
            x.elements());
      }
    }
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
