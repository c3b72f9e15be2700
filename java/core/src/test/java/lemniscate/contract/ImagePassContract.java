package lemniscate.contract;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import lemniscate.backend.Backend;
import lemniscate.backend.Operations;
import lemniscate.backend.Window;
import lemniscate.backend.reference.ReferenceBackend;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.ExampleShape;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Convolutions and pools against the oracle, on small images with windows of every kind. Magnitudes
 * that tolerances need are those of the same definition with all signs taken away.
 */
public interface ImagePassContract extends OpensBackend {

  /**
   * A window and the sizes around it.
   *
   * @param examples that scratch has room for
   * @param out channels of a convolution's result
   */
  record Geometry(Window window, int batch, int examples, int out) {

    private static final int[] CHANNELS = {1, 2, 3, 5, 16, 17};
    private static final int[][] KERNELS = {
      {1, 1}, {1, 3}, {2, 2}, {3, 1}, {3, 3}, {2, 4}, {4, 3}, {5, 2}, {5, 5}
    };
    private static final int[] BATCHES = {1, 3, 7};
    private static final int[] OUT = {1, 4, 17, 33};

    /** One of each kind of window up to a padding; the other sizes take turns. */
    static List<Geometry> all(int mostPadding) {
      List<Geometry> all = new ArrayList<>();
      for (int channels : CHANNELS) {
        for (int[] kernel : KERNELS) {
          for (int stride = 1; stride <= 3; stride++) {
            int most = Math.min(mostPadding, Math.min(kernel[0], kernel[1]) - 1);
            for (int padding = 0; padding <= most; padding++) {
              all.add(of(channels, kernel[0], kernel[1], stride, padding, all.size()));
            }
          }
        }
      }
      // An image that several vectors span, and the window as large as the image.
      all.add(of(new ExampleShape(6, 41, 1), 3, 3, 1, 1, 0));
      all.add(of(new ExampleShape(5, 29, 3), 5, 5, 2, 2, 1));
      all.add(of(new ExampleShape(3, 4, 65), 3, 3, 1, 1, 2));
      all.add(of(new ExampleShape(4, 3, 2), 4, 3, 1, 0, 0));
      return all.stream().filter(g -> g.window.padding() <= mostPadding).toList();
    }

    private static Geometry of(
        int channels, int height, int width, int stride, int padding, int number) {
      ExampleShape image =
          new ExampleShape(
              Math.max(1, height - padding) + number % 4,
              Math.max(1, width - padding) + number % 5,
              channels);
      return of(image, height, width, stride, padding, number);
    }

    private static Geometry of(
        ExampleShape image, int height, int width, int stride, int padding, int number) {
      int batch = BATCHES[number % BATCHES.length];
      int examples = new int[] {1, batch / 2 + 1, batch}[number / 3 % 3];
      Window window = new Window(image, height, width, stride, padding);
      return new Geometry(window, batch, examples, OUT[number % OUT.length]);
    }

    Shape images() {
      return new Shape(batch, window.image().size());
    }

    Shape patches() {
      return new Shape(batch * window.places(), window.patch());
    }

    Shape results() {
      return new Shape(batch * window.places(), out);
    }

    Shape weight() {
      return new Shape(out, window.patch());
    }

    Shape pooled() {
      return new Shape(batch, window.places() * window.image().channels());
    }

    /** Null where it is not needed, in half of these cases. */
    @Nullable Operand scratch(Twins twins) {
      return window.isPointwise() && batch != 3
          ? null
          : twins.scratch("scratch", new Shape(examples * window.places(), window.patch()));
    }
  }

  /** One comparison. */
  @FunctionalInterface
  interface GeometryCase {
    void check(Twins twins, Geometry geometry, Tolerance tolerance);
  }

  private void each(DType dtype, int mostPadding, GeometryCase body) {
    try (Backend backend = open(dtype)) {
      for (Geometry geometry : Geometry.all(mostPadding)) {
        try (Twins twins = new Twins(backend, geometry.hashCode())) {
          body.check(twins, geometry, Tolerance.of(dtype));
        }
      }
    }
  }

  private static @Nullable Tensor on(Side side, @Nullable Operand operand) {
    return operand == null ? null : operand.on(side);
  }

  /** Enqueues an operation on tensors of the oracle; the last is scratch for an example. */
  @FunctionalInterface
  interface OnMagnitudes {
    void record(Operations ops, Tensor result, List<Tensor> operands);
  }

  // What the definition gives for the magnitudes of operands: the sum of |terms| of each element.
  private static double[] magnitudes(
      Window window, Shape result, OnMagnitudes operation, Operand... operands) {
    try (Backend backend = new ReferenceBackend(DType.FLOAT64);
        Arena arena = backend.newArena()) {
      List<Tensor> tensors = new ArrayList<>();
      for (Operand operand : operands) {
        double[] sizes = new double[operand.elements()];
        Arrays.setAll(sizes, operand::size);
        Tensor tensor = arena.allocate(operand.on(Side.ORACLE).shape());
        backend.upload(sizes, tensor);
        tensors.add(tensor);
      }
      tensors.add(arena.allocate(new Shape(window.places(), window.patch())));
      Tensor sums = arena.allocate(result);
      backend.run(ops -> operation.record(ops, sums, tensors));
      return backend.read(sums);
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void patches(DType dtype) {
    each(
        dtype,
        2,
        (twins, geometry, tolerance) -> {
          Operand x = twins.input("x", geometry.images());
          Operand patches = twins.overwritten("patches", geometry.patches());
          twins.run(
              (ops, side) -> ops.image().patches(geometry.window, x.on(side), patches.on(side)));
          // Copies.
          twins.check(patches, geometry.toString(), (i, expected) -> 0);
        });
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void sumPatches(DType dtype) {
    each(
        dtype,
        2,
        (twins, geometry, tolerance) -> {
          Window window = geometry.window;
          Operand patches = twins.input("patches", geometry.patches());
          Operand x = twins.overwritten("x", geometry.images());
          twins.run((ops, side) -> ops.image().sumPatches(window, patches.on(side), x.on(side)));
          double[] sizes =
              magnitudes(
                  window,
                  geometry.images(),
                  (ops, sums, of) -> ops.image().sumPatches(window, of.getFirst(), sums),
                  patches);
          twins.check(
              x, geometry.toString(), (i, expected) -> tolerance.sum(window.pixels(), sizes[i]));
        });
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void convolve(DType dtype) {
    for (Form form : Form.values()) {
      each(
          dtype,
          2,
          (twins, geometry, tolerance) -> {
            Window window = geometry.window;
            Operand x = twins.input("x", geometry.images());
            Operand weight = twins.input("weight", geometry.weight());
            Operand scratch = geometry.scratch(twins);
            Operand u = twins.overwritten("u", geometry.results());
            twins.run(
                form,
                (ops, side) ->
                    ops.image()
                        .convolve(
                            window,
                            -0.5,
                            x.on(side),
                            weight.on(side),
                            on(side, scratch),
                            u.on(side)));
            double[] sizes =
                magnitudes(
                    window,
                    geometry.results(),
                    (ops, sums, of) ->
                        ops.image().convolve(window, 0.5, of.get(0), of.get(1), of.get(2), sums),
                    x,
                    weight);
            twins.check(
                u, form + " " + geometry, (i, expected) -> tolerance.sum(window.patch(), sizes[i]));
          });
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void convolveBack(DType dtype) {
    for (Form form : Form.values()) {
      each(
          dtype,
          2,
          (twins, geometry, tolerance) -> {
            Window window = geometry.window;
            Operand gated = twins.input("gated", geometry.results());
            Operand weight = twins.input("weight", geometry.weight());
            Operand scratch = geometry.scratch(twins);
            Operand back = twins.overwritten("back", geometry.images());
            twins.run(
                form,
                (ops, side) ->
                    ops.image()
                        .convolveBack(
                            window,
                            2,
                            gated.on(side),
                            weight.on(side),
                            on(side, scratch),
                            back.on(side)));
            double[] sizes =
                magnitudes(
                    window,
                    geometry.images(),
                    (ops, sums, of) ->
                        ops.image().convolveBack(window, 2, of.get(0), of.get(1), of.get(2), sums),
                    gated,
                    weight);
            // A sum over the channels for each pixel of the window.
            int terms = geometry.out * window.pixels();
            twins.check(
                back, form + " " + geometry, (i, expected) -> tolerance.sum(terms, sizes[i]));
          });
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void convolutionGradient(DType dtype) {
    for (Form form : Form.values()) {
      for (boolean accumulate : new boolean[] {false, true}) {
        each(
            dtype,
            2,
            (twins, geometry, tolerance) -> {
              Window window = geometry.window;
              Operand gated = twins.input("gated", geometry.results());
              Operand x = twins.input("x", geometry.images());
              Operand scratch = geometry.scratch(twins);
              Operand gradient =
                  accumulate
                      ? twins.updated("gradient", geometry.weight())
                      : twins.overwritten("gradient", geometry.weight());
              twins.run(
                  form,
                  (ops, side) ->
                      ops.image()
                          .convolutionGradient(
                              window,
                              -2,
                              gated.on(side),
                              x.on(side),
                              on(side, scratch),
                              accumulate,
                              gradient.on(side)));
              double[] sizes =
                  magnitudes(
                      window,
                      geometry.weight(),
                      (ops, sums, of) ->
                          ops.image()
                              .convolutionGradient(
                                  window, 2, of.get(0), of.get(1), of.get(2), false, sums),
                      gated,
                      x);
              // A term for each place, and a sum that is rounded for each chunk of the batch.
              int terms = geometry.results().rows() + geometry.batch;
              twins.check(
                  gradient,
                  form + " " + geometry + (accumulate ? " accumulated" : ""),
                  (i, expected) ->
                      tolerance.sum(terms, sizes[i] + (accumulate ? gradient.size(i) : 0)));
            });
      }
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void averagePool(DType dtype) {
    each(
        dtype,
        0,
        (twins, geometry, tolerance) -> {
          Window window = geometry.window;
          Operand x = twins.input("x", geometry.images());
          Operand y = twins.overwritten("y", geometry.pooled());
          twins.run((ops, side) -> ops.image().averagePool(window, x.on(side), y.on(side)));
          double[] sizes =
              magnitudes(
                  window,
                  geometry.pooled(),
                  (ops, sums, of) -> ops.image().averagePool(window, of.getFirst(), sums),
                  x);
          twins.check(
              y, geometry.toString(), (i, expected) -> tolerance.sum(window.pixels(), sizes[i]));
        });
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void averagePoolBack(DType dtype) {
    each(
        dtype,
        0,
        (twins, geometry, tolerance) -> {
          Window window = geometry.window;
          Operand d = twins.input("d", geometry.pooled());
          Operand back = twins.overwritten("back", geometry.images());
          twins.run((ops, side) -> ops.image().averagePoolBack(window, d.on(side), back.on(side)));
          double[] sizes =
              magnitudes(
                  window,
                  geometry.images(),
                  (ops, sums, of) -> ops.image().averagePoolBack(window, of.getFirst(), sums),
                  d);
          twins.check(
              back, geometry.toString(), (i, expected) -> tolerance.sum(window.pixels(), sizes[i]));
        });
  }

  /** Normals, and small integers with many ties, of which the first counts. */
  @ParameterizedTest
  @EnumSource(DType.class)
  default void maxPool(DType dtype) {
    for (boolean ties : new boolean[] {false, true}) {
      each(
          dtype,
          0,
          (twins, geometry, tolerance) -> {
            Operand x = twins.input("x", geometry.images(), values(twins, geometry, ties));
            Operand y = twins.overwritten("y", geometry.pooled());
            Operand slot = twins.overwritten("slot", geometry.pooled());
            twins.run(
                (ops, side) ->
                    ops.image().maxPool(geometry.window, x.on(side), y.on(side), slot.on(side)));
            // Comparisons are exact.
            twins.check(y, geometry.toString(), (i, expected) -> 0);
            twins.check(slot, geometry.toString(), (i, expected) -> 0);
          });
    }
  }

  private static double[] values(Twins twins, Geometry geometry, boolean ties) {
    double[] values = twins.normals((int) geometry.images().elements());
    if (ties) {
      // No -0, which some comparisons tell from 0.
      Arrays.setAll(values, i -> Math.rint(values[i]) + 0.0);
    }
    return values;
  }

  /** As {@link #maxPool}: integers are exact, and normals are never as close as their rounding. */
  @ParameterizedTest
  @EnumSource(DType.class)
  default void maxPoolDifference(DType dtype) {
    for (boolean ties : new boolean[] {false, true}) {
      each(
          dtype,
          0,
          (twins, geometry, tolerance) -> {
            Window window = geometry.window;
            double[] values = values(twins, geometry, ties);
            double[] shifts =
                ties ? values(twins, geometry, true) : Arguments.shifts(twins, geometry.images());
            Operand x = twins.input("x", geometry.images(), values);
            Operand z = twins.input("z", geometry.images(), shifts);
            Operand y = twins.overwritten("y", geometry.pooled());
            Operand first = twins.overwritten("first", geometry.pooled());
            Operand difference = twins.overwritten("difference", geometry.pooled());
            Operand slot = twins.overwritten("slot", geometry.pooled());
            twins.run(
                (ops, side) -> {
                  ops.image().maxPool(window, x.on(side), y.on(side), first.on(side));
                  ops.image()
                      .maxPoolDifference(
                          window,
                          x.on(side),
                          y.on(side),
                          z.on(side),
                          difference.on(side),
                          slot.on(side));
                });
            double[] largest =
                magnitudes(
                    window,
                    geometry.pooled(),
                    (ops, most, of) -> ops.image().maxPool(window, of.get(0), most, of.get(1)),
                    z,
                    slot);
            // Whatever wins was below the maximum by no more than twice the largest shift.
            twins.check(
                difference,
                geometry.toString(),
                (i, expected) -> ties ? 0 : tolerance.terms(3 * largest[i]));
            twins.check(slot, geometry.toString(), (i, expected) -> 0);
          });
    }
  }

  /** Slots of any kind: windows that overlap may all have chosen the same pixel. */
  @ParameterizedTest
  @EnumSource(DType.class)
  default void maxPoolBack(DType dtype) {
    each(
        dtype,
        0,
        (twins, geometry, tolerance) -> {
          Window window = geometry.window;
          double[] slots = new double[(int) geometry.pooled().elements()];
          SplittableRandom random = new SplittableRandom(slots.length);
          Arrays.setAll(slots, i -> random.nextInt(window.pixels()));
          Operand slot = twins.input("slot", geometry.pooled(), slots);
          Operand d = twins.input("d", geometry.pooled());
          Operand back = twins.overwritten("back", geometry.images());
          twins.run(
              (ops, side) ->
                  ops.image().maxPoolBack(window, slot.on(side), d.on(side), back.on(side)));
          double[] sizes =
              magnitudes(
                  window,
                  geometry.images(),
                  (ops, sums, of) -> ops.image().maxPoolBack(window, of.get(0), of.get(1), sums),
                  slot,
                  d);
          twins.check(
              back, geometry.toString(), (i, expected) -> tolerance.sum(window.pixels(), sizes[i]));
        });
  }
}
