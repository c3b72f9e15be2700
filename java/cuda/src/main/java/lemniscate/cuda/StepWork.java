package lemniscate.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendMemory;
import lemniscate.backend.Descent;
import lemniscate.backend.Gemm;
import lemniscate.backend.Operand;
import lemniscate.backend.Operation;
import lemniscate.backend.Operations;
import lemniscate.backend.Plan;
import lemniscate.backend.Precision;
import lemniscate.backend.ValuelessBackend;
import lemniscate.cuda.driver.Device;
import lemniscate.cuda.driver.Launch;
import lemniscate.cuda.driver.ListingDevice;
import lemniscate.cuda.driver.Product;
import lemniscate.cuda.kernel.CudaOperations;
import lemniscate.cuda.kernel.Relaxations;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;

/**
 * What a training step is to a device, counted from its recordings: no device is needed, and no
 * memory behind the tensors.
 *
 * @param launches of kernels, by entry point
 * @param products calls of the library, a batch of them once
 * @param productFlops multiplications and additions of the library's products
 * @param fusedFlops of those that hand-written kernels make among other things
 * @param operandBytes what the operations read and write, each operand once an operation: what
 *     memory carries where nothing stays in a cache and nothing is fused
 */
public record StepWork(
    Map<String, Integer> launches,
    int products,
    double productFlops,
    double fusedFlops,
    double operandBytes) {

  /**
   * Counts.
   *
   * @param precision of the products
   * @param multiprocessors of the device, on which the lowering of a recording depends
   * @param prepare builds a step on a backend without values and returns what runs it; the
   *     recordings that are run then are counted
   */
  public static StepWork of(
      Precision precision, int multiprocessors, Function<Backend, Runnable> prepare) {
    return of(precision, Relaxations.ORDINARY, multiprocessors, prepare);
  }

  /** The same where relaxations run as they are said to. */
  public static StepWork of(
      Precision precision,
      Relaxations relaxations,
      int multiprocessors,
      Function<Backend, Runnable> prepare) {
    ListingDevice device = new ListingDevice(multiprocessors);
    try (Listening backend = new Listening(new CudaBackend(device, precision, relaxations))) {
      Runnable step = prepare.apply(backend);
      device.enqueued().clear();
      backend.run.clear();
      step.run();
      return count(device.enqueued(), backend.run);
    }
  }

  private static StepWork count(List<Device.Work> enqueued, List<List<Operation>> recordings) {
    Map<String, Integer> launches = new TreeMap<>();
    int products = 0;
    double flops = 0;
    for (Device.Work work : enqueued) {
      switch (work) {
        case Launch launch -> launches.merge(launch.kernel(), 1, Integer::sum);
        case Product product -> {
          products++;
          flops += 2.0 * product.m() * product.n() * product.k() * product.count();
        }
      }
    }
    double all = 0;
    double bytes = 0;
    for (List<Operation> recording : recordings) {
      for (Descent.Group group : CudaOperations.groups(recording)) {
        for (Operation operation : group.operations()) {
          all += operation instanceof Gemm product ? product.flops() : 0;
          for (Operand operand : operation.operands()) {
            bytes += bytes(operand);
          }
        }
      }
    }
    return new StepWork(launches, products, flops, all - flops, bytes);
  }

  private static double bytes(Operand operand) {
    if (operand.tensor() == null) {
      return 0;
    }
    double once = (double) operand.tensor().elements() * operand.tensor().dtype().bytes();
    return switch (operand.access()) {
      case READS, WRITES -> once;
      case UPDATES, RAISES -> 2 * once;
    };
  }

  /** Nodes of the graphs: launches and products. */
  public int nodes() {
    return products + launches.values().stream().mapToInt(Integer::intValue).sum();
  }

  /** Multiplications and additions of all products. */
  public double flops() {
    return productFlops + fusedFlops;
  }

  /** A backend without values that listens to what is recorded for another. */
  private static final class Listening implements ValuelessBackend {

    private final Backend backend;
    private final List<List<Operation>> run = new ArrayList<>();

    private Listening(Backend backend) {
      this.backend = backend;
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
      return backend.description();
    }

    @Override
    public BackendMemory memory() {
      return backend.memory();
    }

    @Override
    public Arena newArena() {
      return backend.newArena();
    }

    @Override
    public Plan record(Consumer<Operations> step) {
      List<Operation> heard = new ArrayList<>();
      Plan plan =
          backend.record(
              ops ->
                  step.accept(
                      operation -> {
                        heard.add(operation);
                        ops.add(operation);
                      }));
      return new Plan() {
        @Override
        public void run() {
          run.add(heard);
          plan.run();
        }

        @Override
        public void close() {
          plan.close();
        }
      };
    }

    @Override
    public void close() {
      backend.close();
    }
  }
}
