package lemniscate.timing;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import lemniscate.backend.Backend;
import lemniscate.backend.Gemm;
import lemniscate.backend.Operation;
import lemniscate.backend.Operations;
import lemniscate.backend.Plan;
import lemniscate.network.Network;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Products;
import lemniscate.network.Slabs;
import lemniscate.network.Unit;
import lemniscate.network.UnitBuffers;
import lemniscate.network.UnitPass;
import lemniscate.network.Use;
import lemniscate.optim.ParameterUpdate;
import lemniscate.rule.RuleContext;
import lemniscate.rule.RuleStep;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import lemniscate.tensor.TensorSlab;

/**
 * What a training step is held against: products alone, one after another, with nothing between
 * them.
 *
 * <p>For predictive coding with synchronous steps these are the products that T steps of relaxation
 * are made of: every weight but the first one's in both directions T times, and the input's product
 * once. The step makes more (feed-forward pass, gradients) and a little less (none with
 * displacements that are still zero). For every other rule they are all products of the step.
 */
public final class StepFloor implements Program, AutoCloseable {

  private static final long SEED = 3;

  private final Backend backend;
  private final Arena arena;
  private final Runnable run;
  private final Runnable closing;
  private final double flops;

  private StepFloor(Backend backend, Arena arena, Runnable run, Runnable closing, double flops) {
    this.backend = backend;
    this.arena = arena;
    this.run = run;
    this.closing = closing;
    this.flops = flops;
  }

  /**
   * Allocates and records.
   *
   * @param backend whose products they are; one that lays weights out for several products (see
   *     {@link lemniscate.backend.RepeatedProducts}) would be no floor
   */
  public static StepFloor of(Backend backend, TimedStep.Setup setup) {
    Arena arena = backend.newArena();
    try {
      Network network =
          Network.create(backend, arena, setup.network(), setup.parameterization(), SEED);
      return setup.rule().relaxationSteps() > 0
          ? ofRelaxation(backend, arena, network, setup)
          : ofStep(backend, arena, network, setup);
    } catch (RuntimeException | OutOfMemoryError e) {
      arena.close();
      throw e;
    }
  }

  private static StepFloor ofRelaxation(
      Backend backend, Arena arena, Network network, TimedStep.Setup setup) {
    NetworkSpec spec = setup.network();
    int last = spec.layers();
    List<Tensor> sources = Slabs.activities(arena, spec, setup.batch(), 0, last);
    List<Tensor> results = Slabs.activities(arena, spec, setup.batch(), 0, last);
    sources.forEach(source -> draw(backend, source));
    List<UnitPass> units = new ArrayList<>();
    for (Unit unit : network.units()) {
      int l = unit.index();
      units.add(
          unit.pass(arena, UnitBuffers.linear(sources.get(l - 1), results.get(l)), Use.ADJOINT));
    }
    int steps = setup.rule().relaxationSteps();
    Consumer<Operations> relaxation =
        ops -> {
          Products.record(
              ops,
              products -> units.getFirst().shift(products, sources.getFirst(), results.get(1)));
          for (int t = 0; t < steps; t++) {
            for (UnitPass unit : units.subList(1, last)) {
              int l = unit.unit().index();
              Products.record(
                  ops, products -> unit.shift(products, sources.get(l - 1), results.get(l)));
              Products.record(
                  ops, products -> unit.pullback(products, 1, sources.get(l), results.get(l - 1)));
            }
          }
        };
    List<Operation> products = new ArrayList<>();
    relaxation.accept(products::add);
    double flops =
        products.stream()
            .filter(Gemm.class::isInstance)
            .map(Gemm.class::cast)
            .mapToDouble(Gemm::flops)
            .sum();
    Plan plan = backend.record(relaxation);
    return new StepFloor(backend, arena, plan::run, plan::close, flops);
  }

  private static StepFloor ofStep(
      Backend backend, Arena arena, Network network, TimedStep.Setup setup) {
    ProductsOnly products = new ProductsOnly(backend);
    Arena drawn = new DrawnArena(backend, arena);
    ParameterUpdate update = new ParameterUpdate(products, drawn, network, setup.optimizer());
    RuleStep step =
        setup
            .rule()
            .prepare(
                new RuleContext(products, drawn, network, setup.loss(), setup.batch(), update));
    step.run();
    double flops = products.flops();
    return new StepFloor(backend, arena, step::run, step::close, flops);
  }

  // Zeros would be quicker than numbers on no machine, and denormals slower on some.
  private static void draw(Backend backend, Tensor tensor) {
    backend.run(ops -> ops.randomNormal(SEED, 1, 1, tensor));
  }

  /** Floating-point operations. */
  public double flops() {
    return flops;
  }

  @Override
  public double seconds(int times) {
    return Program.secondsOf(run, backend::synchronize, times);
  }

  @Override
  public void close() {
    closing.run();
    arena.close();
  }

  /** An arena whose memory is filled with random numbers; scalars stay zero. */
  private record DrawnArena(Backend backend, Arena arena) implements Arena {

    @Override
    public Tensor allocate(Shape shape) {
      Tensor tensor = arena.allocate(shape);
      draw(backend, tensor);
      return tensor;
    }

    @Override
    public TensorSlab allocateSlab(int count, Shape shape) {
      TensorSlab slab = arena.allocateSlab(count, shape);
      for (int i = 0; i < count; i++) {
        draw(backend, slab.at(i));
      }
      return slab;
    }

    @Override
    public Tensor allocateScalars(int count) {
      return arena.allocateScalars(count);
    }

    @Override
    public long allocatedBytes() {
      return arena.allocatedBytes();
    }

    @Override
    public void close() {
      arena.close();
    }
  }
}
