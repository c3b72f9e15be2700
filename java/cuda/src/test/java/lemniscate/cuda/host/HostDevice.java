package lemniscate.cuda.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import lemniscate.cuda.driver.Device;
import lemniscate.cuda.driver.ImmediateArrivals;
import lemniscate.cuda.driver.Launch;
import lemniscate.cuda.driver.Occupancy;
import lemniscate.cuda.driver.Product;
import lemniscate.tensor.DType;

/**
 * A device that is this machine's processor: the same kernels, the same launches, memory that ends
 * at a guard page, threads in an order that follows from a seed.
 */
final class HostDevice implements Device {

  /** Few, so that elements are strided over and blocks have several turns. */
  static final int MULTIPROCESSORS = 1;

  private static final long MEMORY = 1L << 32;

  /** Of compute capability 9.0, as fibers.cpp has it. */
  static final int SHARED_BYTES = 227 << 10;

  private final HostLibrary library;
  private final long seed;
  private final int multiprocessors;
  private final int sharedBytes;
  private int largestCluster = 1;
  private final Set<Long> allocated = new HashSet<>();
  private final Map<String, Integer> launched = new HashMap<>();
  private final Map<String, Integer> askedFor = new HashMap<>();
  private final List<Work> recorded = new ArrayList<>();
  private long launches;

  HostDevice(HostLibrary library, long seed) {
    this(library, seed, MULTIPROCESSORS);
  }

  HostDevice(HostLibrary library, long seed, int multiprocessors) {
    this(library, seed, multiprocessors, SHARED_BYTES);
  }

  HostDevice(HostLibrary library, long seed, int multiprocessors, int sharedBytes) {
    this.library = library;
    this.seed = seed;
    this.sharedBytes = sharedBytes;
    this.multiprocessors = multiprocessors;
  }

  /** With clusters of so many blocks at most. */
  HostDevice withClusters(int blocks) {
    largestCluster = blocks;
    return this;
  }

  /** Kernels that were launched, and how often. */
  Map<String, Integer> launched() {
    return launched;
  }

  /** The work of all recordings. */
  List<Work> recorded() {
    return recorded;
  }

  @Override
  public String description() {
    return "host execution of the kernels, thread order " + seed;
  }

  @Override
  public int multiprocessors() {
    return multiprocessors;
  }

  @Override
  public int sharedBytes() {
    return sharedBytes;
  }

  @Override
  public int residentBlocks(Launch launch) {
    return occupancy().residentBlocks(launch);
  }

  @Override
  public int largestCluster(Launch launch) {
    return Math.min(largestCluster, occupancy().largestCluster(launch));
  }

  private Occupancy occupancy() {
    return new Occupancy(multiprocessors, sharedBytes);
  }

  @Override
  public long freeBytes() {
    return MEMORY;
  }

  @Override
  public long allocate(long bytes) {
    try {
      long address = (long) library.allocate.invokeExact(bytes);
      if (address == 0) {
        throw new OutOfMemoryError("no memory for " + bytes + " bytes");
      }
      allocated.add(address);
      return address;
    } catch (OutOfMemoryError e) {
      throw e;
    } catch (Throwable failure) {
      throw new IllegalStateException(failure);
    }
  }

  @Override
  public void free(long address) {
    try {
      int status = (int) library.free.invokeExact(address);
      if (status != 0 || !allocated.remove(address)) {
        throw new IllegalStateException("no allocation at " + Long.toHexString(address));
      }
    } catch (IllegalStateException e) {
      throw e;
    } catch (Throwable failure) {
      throw new IllegalStateException(failure);
    }
  }

  @Override
  public void upload(MemorySegment source, long target) {
    MemorySegment.ofAddress(target).reinterpret(source.byteSize()).copyFrom(source);
  }

  @Override
  public void download(long source, MemorySegment target) {
    target.copyFrom(MemorySegment.ofAddress(source).reinterpret(target.byteSize()));
  }

  @Override
  public Arrivals arrivals(int slots) {
    return new ImmediateArrivals(this, slots);
  }

  /** Lets a kernel have so much dynamic shared memory. */
  void optIn(String kernel, long bytes) {
    try (Arena arena = Arena.ofConfined()) {
      int status = (int) library.optIn.invokeExact(arena.allocateFrom(kernel), bytes);
      if (status != 0) {
        throw new IllegalStateException(
            "kernel " + kernel + ": no device has " + bytes + " bytes of shared memory a block");
      }
    } catch (IllegalStateException e) {
      throw e;
    } catch (Throwable failure) {
      throw new IllegalStateException(failure);
    }
  }

  @Override
  public Recording record(List<Work> work) {
    for (Work item : work) {
      if (item instanceof Launch launch
          && launch.sharedBytes() > askedFor.getOrDefault(launch.kernel(), Launch.SHARED_BYTES)) {
        askedFor.put(launch.kernel(), launch.sharedBytes());
        optIn(launch.kernel(), launch.sharedBytes());
      }
    }
    return recordAsItIs(work);
  }

  /** The same without asking for shared memory. */
  Recording recordAsItIs(List<Work> work) {
    List<Work> all = List.copyOf(work);
    recorded.addAll(all);
    return new Recording() {
      @Override
      public void run() {
        for (Work item : all) {
          switch (item) {
            case Launch launch -> launch(launch);
            case Product product -> multiply(product);
          }
        }
      }

      @Override
      public void close() {}
    };
  }

  private void launch(Launch launch) {
    launched.merge(launch.kernel(), 1, Integer::sum);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(launch.kernel());
      MemorySegment message = arena.allocate(512);
      MemorySegment addresses =
          arena.allocate(ValueLayout.ADDRESS, Math.max(1, launch.parameters().size()));
      for (int i = 0; i < launch.parameters().size(); i++) {
        addresses.setAtIndex(
            ValueLayout.ADDRESS,
            i,
            arena.allocateFrom(ValueLayout.JAVA_LONG, launch.parameters().get(i)));
      }
      int status =
          (int)
              library.launch.invokeExact(
                  name,
                  launch.gridX(),
                  launch.gridY(),
                  launch.threads(),
                  launch.cooperative() ? 1 : 0,
                  (long) launch.sharedBytes(),
                  launch.cluster(),
                  addresses,
                  seed + launches++,
                  message,
                  message.byteSize());
      if (status != 0) {
        throw new IllegalStateException("kernel " + launch.kernel() + ": " + message.getString(0));
      }
    } catch (IllegalStateException e) {
      throw e;
    } catch (Throwable failure) {
      throw new IllegalStateException(failure);
    }
  }

  private void multiply(Product p) {
    int arithmetic =
        switch (p.precision()) {
          case FP32, FP64 -> 0;
          case TF32 -> 1;
          case BF16 -> 2;
        };
    double alpha = p.readsFactors() ? factor(p, p.factors()) : p.alpha();
    double beta = p.readsFactors() ? factor(p, p.betaAddress()) : p.beta();
    try {
      (p.precision().dtype() == DType.FLOAT32 ? library.gemm32 : library.gemm64)
          .invoke(
              p.transposeA() ? 1 : 0,
              p.transposeB() ? 1 : 0,
              (long) p.m(),
              (long) p.n(),
              (long) p.k(),
              alpha,
              p.a(),
              p.strideA(),
              p.b(),
              p.strideB(),
              beta,
              p.c(),
              p.strideC(),
              (long) p.count(),
              arithmetic);
    } catch (Throwable failure) {
      throw new IllegalStateException(failure);
    }
  }

  private static double factor(Product product, long address) {
    DType dtype = product.precision().dtype();
    MemorySegment there = MemorySegment.ofAddress(address).reinterpret(dtype.bytes());
    return dtype == DType.FLOAT32
        ? there.get(ValueLayout.JAVA_FLOAT, 0)
        : there.get(ValueLayout.JAVA_DOUBLE, 0);
  }

  @Override
  public void synchronize() {}

  /** Memory that nobody gave back is a leak. */
  @Override
  public void close() {
    if (!allocated.isEmpty()) {
      throw new IllegalStateException(allocated.size() + " allocations were not freed");
    }
  }
}
