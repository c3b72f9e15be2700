package lemniscate.timing;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import lemniscate.backend.Backend;
import lemniscate.backend.Gemm;
import lemniscate.backend.IndependentNeighbours;
import lemniscate.backend.Operation;
import lemniscate.backend.Operations;
import lemniscate.backend.Plan;
import lemniscate.backend.ValuelessBackend;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;

/**
 * A backend that makes the products of what it records on another backend, and nothing else: what a
 * step takes at least, by that backend's products.
 */
final class ProductsOnly implements ValuelessBackend {

  private final Backend backend;
  private double flops;

  ProductsOnly(Backend backend) {
    this.backend = backend;
  }

  /** Floating-point operations of all plans that have been run. */
  double flops() {
    return flops;
  }

  @Override
  public Plan record(Consumer<Operations> step) {
    List<Operation> operations = new ArrayList<>();
    step.accept(operations::add);
    List<Gemm> products = IndependentNeighbours.products(operations);
    double recorded = products.stream().mapToDouble(Gemm::flops).sum();
    Plan plan = backend.record(ops -> products.forEach(ops::gemm));
    return new Plan() {
      @Override
      public void run() {
        flops += recorded;
        plan.run();
      }

      @Override
      public void close() {
        plan.close();
      }
    };
  }

  @Override
  public String name() {
    return backend.name();
  }

  @Override
  public DType dtype() {
    return backend.dtype();
  }

  @Override
  public String description() {
    return "products of: " + backend.description();
  }

  @Override
  public Arena newArena() {
    return backend.newArena();
  }

  @Override
  public void synchronize() {
    backend.synchronize();
  }
}
