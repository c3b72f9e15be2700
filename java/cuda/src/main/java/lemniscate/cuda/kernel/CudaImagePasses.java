package lemniscate.cuda.kernel;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.ImageOperation;
import lemniscate.backend.Window;
import lemniscate.cuda.driver.Launch;
import lemniscate.tensor.Tensor;

/** Patches and pools of images; convolutions are products with patches. */
final class CudaImagePasses {

  private final CudaOperations operations;
  private final WorkList work;

  CudaImagePasses(CudaOperations operations, WorkList work) {
    this.operations = operations;
    this.work = work;
  }

  void lower(ImageOperation operation) {
    switch (operation) {
      case ImageOperation.Patches(var window, var x, var patches) ->
          launch("patches", window, x.rows(), x, patches);
      case ImageOperation.SumPatches(var window, var patches, var x) ->
          launch("sum_patches", window, x.rows(), patches, x);
      case ImageOperation.Convolve composed -> composed.expansion().forEach(operations::lower);
      case ImageOperation.ConvolveBack composed -> composed.expansion().forEach(operations::lower);
      case ImageOperation.ConvolutionGradient composed ->
          composed.expansion().forEach(operations::lower);
      case ImageOperation.AveragePool(var window, var x, var y) ->
          launch("average_pool", window, x.rows(), x, y);
      case ImageOperation.AveragePoolBack(var window, var d, var back) ->
          launch("average_pool_back", window, d.rows(), d, back);
      case ImageOperation.MaxPool(var window, var x, var y, var slot) ->
          launch("max_pool", window, x.rows(), x, y, slot);
      case ImageOperation.MaxPoolDifference(
              var window,
              var x,
              var y,
              var z,
              var difference,
              var slot) ->
          launch("max_pool_difference", window, x.rows(), x, y, z, difference, slot);
      case ImageOperation.MaxPoolBack(var window, var slot, var d, var back) ->
          launch("max_pool_back", window, d.rows(), slot, d, back);
    }
  }

  // A thread an element of the last operand, which is written.
  private void launch(String kernel, Window window, int batch, Tensor... operands) {
    Tensor written = operands[operands.length - 1];
    List<long[]> parameters = new ArrayList<>();
    parameters.add(words(window));
    for (Tensor operand : operands) {
      parameters.add(new long[] {WorkList.address(operand)});
    }
    parameters.add(new long[] {batch});
    Geometry geometry = Geometry.elements(written.elements(), work.multiprocessors());
    work.add(
        new Launch(
            WorkList.entry(kernel, written.dtype()),
            geometry.blocks(),
            1,
            geometry.threads(),
            false,
            parameters));
  }

  // Window of kernels/image/window.cuh.
  private static long[] words(Window window) {
    return new long[] {
      window.image().height(),
      window.image().width(),
      window.image().channels(),
      window.height(),
      window.width(),
      window.stride(),
      window.padding(),
      window.placesDown(),
      window.placesAcross()
    };
  }
}
