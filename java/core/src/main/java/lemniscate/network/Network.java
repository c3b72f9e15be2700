package lemniscate.network;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.Backend;
import lemniscate.mup.ParameterRole;
import lemniscate.mup.Parameterization;
import lemniscate.random.NormalStream;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;

/**
 * The parameters of a network in a backend's memory. Weights of equally shaped hidden layers, and
 * their gradients, sit in slabs.
 */
public final class Network {

  private final NetworkSpec spec;
  private final Parameterization parameterization;
  private final List<DenseLayer> layers;

  private Network(NetworkSpec spec, Parameterization parameterization, List<DenseLayer> layers) {
    this.spec = spec;
    this.parameterization = parameterization;
    this.layers = List.copyOf(layers);
  }

  /**
   * Allocates a network and draws its weights: w_l ~ N(0, std²), or uniform, with the
   * parameterisation's standard deviation, biases 0.
   *
   * @param seed of the normal streams; layer l uses stream l, so that a layer's weights do not
   *     depend on the size of the others
   */
  public static Network create(
      Backend backend,
      Arena arena,
      NetworkSpec spec,
      Parameterization parameterization,
      long seed) {
    Network network = allocate(arena, spec, parameterization);
    if (spec.distribution() == InitialDistribution.UNIFORM) {
      for (DenseLayer layer : network.layers) {
        double bound = Math.sqrt(3) * layer.weight().scaling().initStd();
        drawUniform(backend, new NormalStream(seed, layer.index()), bound, layer.weight().value());
      }
      return network;
    }
    backend.run(
        ops -> {
          for (DenseLayer layer : network.layers) {
            ops.randomNormal(
                seed, layer.index(), layer.weight().scaling().initStd(), layer.weight().value());
          }
        });
    return network;
  }

  private static void drawUniform(
      Backend backend, NormalStream stream, double bound, Tensor weight) {
    double[] row = new double[weight.columns()];
    for (int r = 0; r < weight.rows(); r++) {
      long first = (long) r * row.length;
      for (int i = 0; i < row.length; i++) {
        row[i] = bound * (2 * stream.uniform(first + i) - 1);
      }
      backend.upload(row, weight.rows(r, 1));
    }
  }

  private static Network allocate(
      Arena arena, NetworkSpec spec, Parameterization parameterization) {
    int last = spec.layers();
    List<Tensor> weights = matrices(arena, spec);
    List<Tensor> gradients = matrices(arena, spec);
    List<DenseLayer> layers = new ArrayList<>();
    for (int l = 1; l <= last; l++) {
      Parameter weight =
          new Parameter(
              "layer" + l + ".weight",
              weights.get(l - 1),
              gradients.get(l - 1),
              parameterization.scaling(
                  ParameterRole.weight(l, last), spec.scalingWidth(), spec.width(l - 1)),
              true);
      Parameter bias = null;
      if (spec.bias()) {
        Shape shape = new Shape(1, spec.width(l));
        bias =
            new Parameter(
                "layer" + l + ".bias",
                arena.allocate(shape),
                arena.allocate(shape),
                parameterization.scaling(
                    ParameterRole.bias(l, last), spec.scalingWidth(), spec.width(l - 1)),
                false);
      }
      layers.add(new DenseLayer(l, spec.activation(l), weight, bias));
    }
    return new Network(spec, parameterization, layers);
  }

  // One matrix per layer; runs of equal shape share a slab.
  private static List<Tensor> matrices(Arena arena, NetworkSpec spec) {
    List<Shape> shapes = new ArrayList<>();
    for (int l = 1; l <= spec.layers(); l++) {
      shapes.add(new Shape(spec.width(l), spec.width(l - 1)));
    }
    return Slabs.allocate(arena, shapes);
  }

  /** Architecture. */
  public NetworkSpec spec() {
    return spec;
  }

  /** Where multipliers, initial deviations and learning rates come from. */
  public Parameterization parameterization() {
    return parameterization;
  }

  /**
   * The norm that hidden activities get where they are normed: of the whole batch or of an example.
   * 1 as published; where the width is scaled for, √m, so that entries keep their size.
   */
  public double activityNorm() {
    return parameterization.activityNorm(spec.scalingWidth());
  }

  /** Layer l, counted from 1. */
  public DenseLayer layer(int l) {
    return layers.get(l - 1);
  }

  /** Layers 1 … L. */
  public List<DenseLayer> layers() {
    return layers;
  }

  /** All weights and biases, layer by layer. */
  public List<Parameter> parameters() {
    List<Parameter> parameters = new ArrayList<>();
    for (DenseLayer layer : layers) {
      parameters.addAll(layer.parameters());
    }
    return parameters;
  }
}
