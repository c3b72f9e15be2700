package lemniscate.rule.tp;

import java.util.Arrays;
import lemniscate.backend.Gemm;
import lemniscate.backend.Operations;
import lemniscate.backend.TargetOperation.RidgeSystem;
import lemniscate.backend.Window;
import lemniscate.config.BadInputException;
import lemniscate.network.NetworkSpec;
import lemniscate.rule.RuleContext;
import lemniscate.tensor.ExampleShape;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A regression of images place by place: of A, the patches of h_{l−1} that lie under the places of
 * h_l, on H, the channels there, with all places of all examples as examples. Its map is a
 * transposed convolution with a kernel of its stride, D_{l−1} = patches(D_l Qᵀ) put in their places
 * with Q = Aᵀ H (Hᵀ H + μ I)⁻¹; where there are fewer places than channels, D_l Qᵀ is D_l Hᵀ (H Hᵀ +
 * μ I)⁻¹ A, without Q.
 *
 * <p>An image that does not end with a patch counts as 0 beyond its edge, below and to the right.
 * Windows have their padding on all sides, so that patches are cut larger there, and of what is
 * larger nothing is put back.
 */
final class ChannelRidge implements RidgeMap {

  private final Window window;
  private final RidgeSystem system;
  private final Tensor displacement;
  private final FlatRidge.Reached below;

  /** D_l, a row for each place. */
  private final Tensor moves;

  /** P of shape (B·P, B·P), where there are fewer places than channels. */
  private final @Nullable Tensor coefficients;

  /** Q of shape (patch, channels), elsewhere. */
  private final @Nullable Tensor map;

  /** A, where it is not the image as it is. */
  private final @Nullable Tensor patches;

  /** 1 for what lies under the place itself, where patches are larger. */
  private final @Nullable Tensor mask;

  /** Room for h_{l−1} − h_l, where the map is drawn towards the identity. */
  private final @Nullable Tensor difference;

  /** D_l Qᵀ, a row for each place. */
  private final Tensor result;

  /** One unit, as {@link RidgeDescent} has it. */
  record Site(
      double damping,
      ExampleShape above,
      ExampleShape below,
      Tensor activity,
      Tensor displacement,
      Tensor kernel,
      Tensor condition) {

    private Tensor places(Tensor images) {
      return images.reshaped(images.rows() * ChannelRidge.places(above), above.channels());
    }
  }

  ChannelRidge(
      RuleContext context, Site site, FlatRidge.Reached below, @Nullable Tensor difference) {
    int rows = context.batch() * places(site.above());
    boolean direct = isBySample(site.above(), context.batch());
    this.window = window(site.above(), site.below());
    this.displacement = site.displacement();
    this.below = below;
    this.moves = site.places(displacement);
    this.system =
        new RidgeSystem(
            site.damping(),
            site.places(site.activity()),
            site.kernel(),
            null,
            site.condition());
    this.difference = difference;
    Shape cut = new Shape(rows, window.patch());
    this.coefficients = direct ? context.arena().allocate(new Shape(rows, rows)) : null;
    this.map =
        direct
            ? null
            : context.arena().allocate(new Shape(window.patch(), site.above().channels()));
    this.patches = window.isPointwise() ? null : context.arena().allocate(cut);
    this.mask = window.padding() == 0 ? null : mask(context);
    if (patches == null) {
      this.result = below.displacement().reshaped(rows, window.patch());
    } else {
      this.result = direct ? context.arena().allocate(cut) : patches;
    }
  }

  /** Extent of the kernel: of the side of its system. */
  static int side(ExampleShape above, int batch) {
    return Math.min(above.channels(), batch * places(above));
  }

  private static boolean isBySample(ExampleShape above, int batch) {
    return batch * places(above) < above.channels();
  }

  private static int places(ExampleShape image) {
    return image.height() * image.width();
  }

  private static int ratio(int below, int above) {
    return Math.ceilDiv(below, above);
  }

  private static Window window(ExampleShape above, ExampleShape below) {
    int stride = ratio(below.height(), above.height());
    boolean even = below.height() % stride == 0 && below.width() % stride == 0;
    return even
        ? new Window(below, stride, stride, stride, 0)
        : new Window(below, 2 * stride - 1, 2 * stride - 1, stride, stride - 1);
  }

  private Tensor mask(RuleContext context) {
    double[] values = new double[window.patch()];
    int channels = window.image().channels();
    for (int i = window.padding(); i < window.height(); i++) {
      int from = i * window.width() + window.padding();
      Arrays.fill(values, from * channels, (i + 1) * window.width() * channels, 1);
    }
    Tensor row = context.arena().allocate(new Shape(1, window.patch()));
    context.backend().upload(values, row);
    return row;
  }

  /**
   * Refuses a network without units that give images, or where the places of two do not lie over
   * each other.
   *
   * @throws BadInputException naming the unit
   */
  static void require(NetworkSpec network) {
    boolean images = false;
    for (int l = 2; l <= network.layers(); l++) {
      ExampleShape above = network.features(l).shape();
      ExampleShape below = network.features(l - 1).shape();
      if (above.isFlat()) {
        continue;
      }
      images = true;
      int stride = network.unit(l).stride();
      if (ratio(below.height(), above.height()) != stride
          || ratio(below.width(), above.width()) != stride) {
        throw new BadInputException(
            ("unit %d of the network (%s) makes %s of %s with a stride of %d: tp.feedback"
                    + " channel-ridge regresses the patch under each place, which needs sizes that"
                    + " are divided by the stride, rounded up; use padding 'same' and pools that"
                    + " divide the image, or tp.feedback ridge.")
                .formatted(l, network.unit(l).kind(), above, below, stride));
      }
    }
    if (!images) {
      throw new BadInputException(
          "tp.feedback channel-ridge: no unit of the network above the first gives an image; use"
              + " tp.feedback ridge.");
    }
  }

  @Override
  public void kernel(Operations ops) {
    if (coefficients != null) {
      ops.target().ridgeKernel(system);
    } else {
      ops.gemm(Gemm.outer(1, system.activity(), system.activity(), system.kernel()));
      ops.target().factor(system.damping(), system.kernel(), system.condition());
    }
  }

  @Override
  public void descend(Operations ops) {
    Tensor regressed = regressed(ops);
    if (difference != null) {
      ops.copy(displacement, below.displacement());
    }
    double before = difference == null ? 0 : 1;
    if (coefficients != null) {
      ops.target().ridgeCoefficients(false, system, moves, coefficients);
      ops.gemm(new Gemm(1, coefficients, false, regressed, false, before, result));
    } else if (map != null) {
      ops.gemm(Gemm.outer(1, regressed, system.activity(), map));
      ops.target().solve(system.kernel(), map);
      ops.gemm(new Gemm(1, moves, false, map, true, before, result));
    }
    if (mask != null) {
      ops.multiplyRow(mask, result, result);
    }
    if (patches != null) {
      ops.image().sumPatches(window, result, below.displacement());
    }
  }

  // A, or A − H towards the identity, which units have that keep the shape.
  private Tensor regressed(Operations ops) {
    if (difference != null) {
      ops.copy(below.activity(), difference);
      ops.axpy(-1, system.activity().reshaped(difference.rows(), difference.columns()), difference);
      return difference.reshaped(moves.rows(), window.patch());
    }
    if (patches == null) {
      return below.activity().reshaped(moves.rows(), window.patch());
    }
    ops.image().patches(window, below.activity(), patches);
    return patches;
  }
}
