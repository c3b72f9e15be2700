package lemniscate.backend.cpu;

import java.lang.foreign.MemorySegment;
import lemniscate.backend.ImageOperation;
import lemniscate.backend.Window;

/**
 * Patches and pools, image by image: index i of a loop stands for image i of every operand.
 * Convolutions that come as themselves, not as what they expand to, need no patches.
 */
final class CpuImagePasses {

  private final CpuOperations recording;

  CpuImagePasses(CpuOperations recording) {
    this.recording = recording;
  }

  void lower(ImageOperation operation) {
    switch (operation) {
      case ImageOperation.Patches(var window, var x, var patches) -> {
        Kernels k = recording.kernels(x);
        MemorySegment xs = CpuOperations.memory(x);
        MemorySegment ps = CpuOperations.memory(patches);
        long work = (long) window.places() * window.patch();
        images(x.rows(), work, (from, to) -> k.patches(window, xs, ps, from, to));
      }
      case ImageOperation.SumPatches(var window, var patches, var x) -> {
        Kernels k = recording.kernels(x);
        MemorySegment ps = CpuOperations.memory(patches);
        MemorySegment xs = CpuOperations.memory(x);
        long work = (long) window.places() * window.patch();
        images(x.rows(), work, (from, to) -> k.sumPatches(window, ps, xs, from, to));
      }
      case ImageOperation.Convolve _,
          ImageOperation.ConvolveBack _,
          ImageOperation.ConvolutionGradient _ ->
          recording.add(recording.convolutions().of(operation));
      case ImageOperation.AveragePool(var window, var x, var y) -> {
        Kernels k = recording.kernels(x);
        MemorySegment xs = CpuOperations.memory(x);
        MemorySegment ys = CpuOperations.memory(y);
        images(x.rows(), work(window), (from, to) -> k.averagePool(window, xs, ys, from, to));
      }
      case ImageOperation.AveragePoolBack(var window, var d, var back) -> {
        Kernels k = recording.kernels(d);
        MemorySegment ds = CpuOperations.memory(d);
        MemorySegment bs = CpuOperations.memory(back);
        images(d.rows(), work(window), (from, to) -> k.averagePoolBack(window, ds, bs, from, to));
      }
      case ImageOperation.MaxPool(var window, var x, var y, var slot) -> {
        Kernels k = recording.kernels(x);
        MemorySegment xs = CpuOperations.memory(x);
        MemorySegment ys = CpuOperations.memory(y);
        MemorySegment slots = CpuOperations.memory(slot);
        images(x.rows(), work(window), (from, to) -> k.maxPool(window, xs, ys, slots, from, to));
      }
      case ImageOperation.MaxPoolDifference(
              var window,
              var x,
              var y,
              var z,
              var difference,
              var slot) -> {
        Kernels k = recording.kernels(x);
        MemorySegment xs = CpuOperations.memory(x);
        MemorySegment ys = CpuOperations.memory(y);
        MemorySegment zs = CpuOperations.memory(z);
        MemorySegment ds = CpuOperations.memory(difference);
        MemorySegment slots = CpuOperations.memory(slot);
        images(
            x.rows(),
            work(window),
            (from, to) -> k.maxPoolDifference(window, xs, ys, zs, ds, slots, from, to));
      }
      case ImageOperation.MaxPoolBack(var window, var slot, var d, var back) -> {
        Kernels k = recording.kernels(d);
        MemorySegment slots = CpuOperations.memory(slot);
        MemorySegment ds = CpuOperations.memory(d);
        MemorySegment bs = CpuOperations.memory(back);
        images(
            d.rows(), work(window), (from, to) -> k.maxPoolBack(window, slots, ds, bs, from, to));
      }
    }
  }

  // A pool visits each value as often as windows see it.
  private static long work(Window window) {
    return (long) window.places() * window.patch();
  }

  private void images(int count, long work, CpuOperation.Range range) {
    recording.ranges(count, Math.max(2, work), range);
  }
}
