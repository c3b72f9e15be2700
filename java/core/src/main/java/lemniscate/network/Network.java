package lemniscate.network;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import lemniscate.backend.Backend;
import lemniscate.backend.Operations;
import lemniscate.config.BadInputException;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Size;
import lemniscate.random.NormalStream;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;

/**
 * The units of a network in a backend's memory. Weights of equal shape that follow each other, and
 * their gradients, sit in slabs.
 */
public final class Network {

  private final NetworkSpec spec;
  private final Parameterization parameterization;
  private final UnitScales scales;
  private final List<Unit> units;

  private Network(
      NetworkSpec spec, Parameterization parameterization, UnitScales scales, List<Unit> units) {
    this.spec = spec;
    this.parameterization = parameterization;
    this.scales = scales;
    this.units = List.copyOf(units);
  }

  /**
   * Allocates a network and draws its weights: w_l ~ N(0, std²), or uniform, with the
   * parameterisation's standard deviation, biases 0, gains 1.
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
    network.fillGains(backend);
    network.drawUniforms(backend, seed);
    if (spec.units().stream().anyMatch(u -> u.distribution() == InitialDistribution.NORMAL)) {
      backend.run(ops -> network.drawNormals(ops, seed));
    }
    return network;
  }

  // Biases are filled already: memory comes as zeros.
  private void fillGains(Backend backend) {
    List<Parameter> gains =
        parameters().stream().filter(p -> p.kind() == ParameterKind.GAIN).toList();
    if (!gains.isEmpty()) {
      backend.run(ops -> gains.forEach(p -> ops.fill(p.value(), p.kind().initialValue())));
    }
  }

  // Stream l for the first weight of unit l; further ones of a unit start from L on.
  private static long stream(int index, int position, int units) {
    return index + (long) position * units;
  }

  private void drawUniforms(Backend backend, long seed) {
    for (Unit unit : units) {
      List<Parameter> weights = weights(unit);
      for (int k = 0; k < weights.size(); k++) {
        if (unit.spec().distribution() == InitialDistribution.UNIFORM) {
          Parameter weight = weights.get(k);
          NormalStream stream = new NormalStream(seed, stream(unit.index(), k, units.size()));
          drawUniform(backend, stream, Math.sqrt(3) * weight.scaling().initStd(), weight.value());
        }
      }
    }
  }

  private void drawNormals(Operations ops, long seed) {
    for (Unit unit : units) {
      List<Parameter> weights = weights(unit);
      for (int k = 0; k < weights.size(); k++) {
        if (unit.spec().distribution() == InitialDistribution.NORMAL) {
          Parameter weight = weights.get(k);
          long stream = stream(unit.index(), k, units.size());
          ops.randomNormal(seed, stream, weight.scaling().initStd(), weight.value());
        }
      }
    }
  }

  private static List<Parameter> weights(Unit unit) {
    return unit.parameters().stream().filter(p -> !p.kind().isVector()).toList();
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
    Iterator<Tensor> values = weights(arena, spec).iterator();
    Iterator<Tensor> gradients = weights(arena, spec).iterator();
    Size size = spec.size();
    UnitScales scales = UnitScales.of(parameterization, size);
    List<Unit> units = new ArrayList<>();
    for (int l = 1; l <= spec.layers(); l++) {
      List<Parameter> parameters = new ArrayList<>();
      for (ParameterSpec parameter : spec.parameters(l)) {
        Shape shape = parameter.shape();
        parameters.add(
            new Parameter(
                "layer" + l + "." + parameter.name(),
                parameter.isVector() ? arena.allocate(shape) : values.next(),
                parameter.isVector() ? arena.allocate(shape) : gradients.next(),
                parameterization.scaling(
                    parameter.role(), parameter.branch(), size, parameter.fanIn()),
                parameter.kind(),
                parameter.role(),
                parameter.extents()));
      }
      units.add(spec.unit(l).bind(l, spec.features(l - 1), parameters, scales));
    }
    return new Network(spec, parameterization, scales, units);
  }

  // Runs of equal shape share a slab.
  private static List<Tensor> weights(Arena arena, NetworkSpec spec) {
    List<Shape> shapes = new ArrayList<>();
    for (int l = 1; l <= spec.layers(); l++) {
      for (ParameterSpec parameter : spec.parameters(l)) {
        if (!parameter.isVector()) {
          shapes.add(parameter.shape());
        }
      }
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

  /** What units scale by beside their parameters. */
  public UnitScales scales() {
    return scales;
  }

  /** Unit l, counted from 1. */
  public Unit unit(int l) {
    return units.get(l - 1);
  }

  /** Units 1 … L. */
  public List<Unit> units() {
    return units;
  }

  /**
   * Unit l with its weight as a matrix.
   *
   * @throws BadInputException if it has none
   */
  public DenseLayer layer(int l) {
    if (unit(l) instanceof DenseLayer layer) {
      return layer;
    }
    throw new BadInputException(
        "unit %d of the network (%s) has no single weight matrix."
            .formatted(l, unit(l).spec().kind()));
  }

  /**
   * All units with their weights as matrices.
   *
   * @throws BadInputException if one has none
   */
  public List<DenseLayer> layers() {
    return units.stream().map(unit -> layer(unit.index())).toList();
  }

  /** All weights, biases and gains, unit by unit. */
  public List<Parameter> parameters() {
    List<Parameter> parameters = new ArrayList<>();
    for (Unit unit : units) {
      parameters.addAll(unit.parameters());
    }
    return parameters;
  }
}
