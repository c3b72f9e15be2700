package lemniscate.nd4j;

import java.util.function.IntFunction;
import lemniscate.backend.ImageOperation;
import lemniscate.backend.Window;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Patches and pools, in float64: for each slot of a window all places at once, as a strided view of
 * the images. Convolutions are expanded.
 */
final class Nd4jImagePasses {

  private final Nd4jOperations operations;
  private final Nd4jSteps recording;

  Nd4jImagePasses(Nd4jOperations operations, Nd4jSteps recording) {
    this.operations = operations;
    this.recording = recording;
  }

  void lower(ImageOperation operation) {
    switch (operation) {
      case ImageOperation.Patches(var window, var x, var patches) -> {
        INDArray from = recording.array(x);
        INDArray to = recording.array(patches);
        recording.add(
            () -> {
              Frame frame = Frame.of(window, from);
              INDArray all = Nd4j.zeros(DataType.DOUBLE, to.rows(), to.columns());
              for (int slot = 0; slot < window.pixels(); slot++) {
                frame.slotOf(all, slot).assign(frame.seenFrom(slot));
              }
              to.assign(all);
            });
      }
      case ImageOperation.SumPatches(var window, var patches, var x) -> {
        INDArray from = recording.array(patches);
        INDArray to = recording.array(x);
        recording.add(
            () -> {
              Frame frame = Frame.empty(window, to.rows());
              INDArray all = Nd4j.zeros(DataType.DOUBLE, from.rows(), from.columns()).assign(from);
              for (int slot = 0; slot < window.pixels(); slot++) {
                frame.seenFrom(slot).addi(frame.slotOf(all, slot));
              }
              to.assign(frame.images());
            });
      }
      case ImageOperation.Convolve composed -> composed.expansion().forEach(operations::lower);
      case ImageOperation.ConvolveBack composed -> composed.expansion().forEach(operations::lower);
      case ImageOperation.ConvolutionGradient composed ->
          composed.expansion().forEach(operations::lower);
      case ImageOperation.AveragePool(var window, var x, var y) -> {
        INDArray from = recording.array(x);
        INDArray to = recording.array(y);
        recording.add(
            () -> {
              Frame frame = Frame.of(window, from);
              INDArray sum = frame.seenFrom(0).dup('c');
              for (int slot = 1; slot < window.pixels(); slot++) {
                sum.addi(frame.seenFrom(slot));
              }
              to.assign(sum.divi(window.pixels()).reshape(to.shape()));
            });
      }
      case ImageOperation.AveragePoolBack(var window, var d, var back) -> {
        INDArray from = recording.array(d);
        INDArray to = recording.array(back);
        recording.add(
            () -> {
              Frame frame = Frame.empty(window, to.rows());
              INDArray share = frame.places(from).div(window.pixels());
              for (int slot = 0; slot < window.pixels(); slot++) {
                frame.seenFrom(slot).addi(share);
              }
              to.assign(frame.images());
            });
      }
      case ImageOperation.MaxPool(var window, var x, var y, var slot) -> {
        INDArray from = recording.array(x);
        INDArray to = recording.array(y);
        INDArray found = recording.array(slot);
        recording.add(
            () -> {
              Frame frame = Frame.of(window, from);
              maximum(window, frame::seenFrom, to, found);
            });
      }
      case ImageOperation.MaxPoolDifference(
              var window,
              var x,
              var y,
              var z,
              var difference,
              var slot) -> {
        INDArray from = recording.array(x);
        INDArray pooled = recording.array(y);
        INDArray shift = recording.array(z);
        INDArray to = recording.array(difference);
        INDArray found = recording.array(slot);
        recording.add(
            () -> {
              Frame frame = Frame.of(window, from);
              Frame moves = Frame.of(window, shift);
              INDArray top = frame.places(pooled);
              maximum(
                  window,
                  each -> moves.seenFrom(each).sub(top.sub(frame.seenFrom(each))),
                  to,
                  found);
            });
      }
      case ImageOperation.MaxPoolBack(var window, var slot, var d, var back) -> {
        INDArray found = recording.array(slot);
        INDArray from = recording.array(d);
        INDArray to = recording.array(back);
        recording.add(
            () -> {
              Frame frame = Frame.empty(window, to.rows());
              INDArray errors = frame.places(from);
              INDArray slots = frame.places(found);
              for (int each = 0; each < window.pixels(); each++) {
                INDArray here = slots.eq(each).castTo(DataType.DOUBLE);
                frame.seenFrom(each).addi(here.muli(errors));
              }
              to.assign(frame.images());
            });
      }
    }
  }

  // The largest of what each slot has, and the first slot that has it.
  private static void maximum(
      Window window, IntFunction<INDArray> valueOf, INDArray to, INDArray found) {
    INDArray best = valueOf.apply(0).dup('c');
    INDArray slots = best.mul(0);
    for (int slot = 1; slot < window.pixels(); slot++) {
      INDArray value = valueOf.apply(slot).dup('c');
      INDArray larger = value.gt(best).castTo(DataType.DOUBLE);
      slots.muli(larger.rsub(1)).addi(larger.mul(slot));
      best = Transforms.max(best, value);
    }
    to.assign(best.reshape(to.shape()));
    found.assign(slots.reshape(found.shape()));
  }

  /**
   * Images with their padding around them, in float64.
   *
   * @param pixels shape (B, H + 2 padding, W + 2 padding, C)
   */
  private record Frame(Window window, INDArray pixels) {

    static Frame empty(Window window, long batch) {
      long rows = window.image().height() + 2L * window.padding();
      long columns = window.image().width() + 2L * window.padding();
      long channels = window.image().channels();
      return new Frame(window, Nd4j.zeros(DataType.DOUBLE, batch, rows, columns, channels));
    }

    static Frame of(Window window, INDArray images) {
      Frame frame = empty(window, images.rows());
      INDArray inner = frame.inner();
      inner.assign(images.dup('c').reshape(inner.shape()));
      return frame;
    }

    /** The images without the padding, an example a row. */
    INDArray images() {
      return inner().dup('c').reshape(pixels.size(0), window.image().size());
    }

    private INDArray inner() {
      long[] shape = {
        pixels.size(0), window.image().height(), window.image().width(), window.image().channels()
      };
      return view(pixels, at(window.padding(), window.padding()), shape, pixels.stride());
    }

    /** What the places see through one slot of the window, shape (B, down, across, C). */
    INDArray seenFrom(int slot) {
      long[] strides = pixels.stride().clone();
      strides[1] *= window.stride();
      strides[2] *= window.stride();
      long first = at(slot / window.width(), slot % window.width());
      return view(pixels, first, placesShape(), strides);
    }

    /** The columns of one slot in a matrix of patches, in the shape of {@link #seenFrom}. */
    INDArray slotOf(INDArray patches, int slot) {
      long patch = window.patch();
      long[] strides = {window.places() * patch, window.placesAcross() * patch, patch, 1};
      return view(patches, (long) slot * window.image().channels(), placesShape(), strides);
    }

    /** A matrix with all places of an example in a row, in float64, in that shape. */
    INDArray places(INDArray matrix) {
      return matrix.castTo(DataType.DOUBLE).dup('c').reshape(placesShape());
    }

    private long[] placesShape() {
      return new long[] {
        pixels.size(0), window.placesDown(), window.placesAcross(), window.image().channels()
      };
    }

    private long at(int row, int column) {
      return (long) row * pixels.stride(1) + (long) column * pixels.stride(2);
    }

    private static INDArray view(INDArray whole, long offset, long[] shape, long[] strides) {
      return Nd4j.create(whole.data(), shape, strides, offset, 'c');
    }
  }
}
