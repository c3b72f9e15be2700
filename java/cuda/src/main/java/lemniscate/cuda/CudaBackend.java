package lemniscate.cuda;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendMemory;
import lemniscate.backend.HostElements;
import lemniscate.backend.OperandChecks;
import lemniscate.backend.Operation;
import lemniscate.backend.Operations;
import lemniscate.backend.Plan;
import lemniscate.backend.Precision;
import lemniscate.backend.Recording;
import lemniscate.backend.ScalarReadings;
import lemniscate.cuda.driver.Device;
import lemniscate.cuda.kernel.CudaOperations;
import lemniscate.cuda.kernel.DeviceStorage;
import lemniscate.cuda.kernel.PartialSums;
import lemniscate.cuda.kernel.Relaxations;
import lemniscate.cuda.kernel.RowPrograms;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.Tensor;

/** Hand-written kernels and a library of products, on one device. */
public final class CudaBackend implements Backend {

  /** Name of the provider. */
  public static final String NAME = "cuda";

  private final Device device;
  private final Precision precision;
  private final Relaxations relaxations;
  private final OperandChecks checks;
  private final List<Arena> arenas = new ArrayList<>();
  private final Set<Long> ofPlans = new HashSet<>();
  private final Map<CudaPlan, String> open = new LinkedHashMap<>();
  private final java.lang.foreign.Arena host = java.lang.foreign.Arena.ofShared();
  private final MemorySegment word = host.allocate(ValueLayout.JAVA_DOUBLE);
  private final long partialSums;
  private MemorySegment staging = host.allocate(1 << 16, Double.BYTES);
  private boolean closed;

  /**
   * Takes a device over.
   *
   * @param device closed with the backend
   * @param precision element type and arithmetic of products
   */
  public CudaBackend(Device device, Precision precision) {
    this(device, precision, Relaxations.ORDINARY);
  }

  /**
   * The same with a choice.
   *
   * @param relaxations how they run
   */
  public CudaBackend(Device device, Precision precision, Relaxations relaxations) {
    this.relaxations = relaxations;
    this.device = device;
    this.precision = precision;
    this.checks = new OperandChecks(precision.dtype(), DeviceStorage.class);
    this.partialSums = device.allocate((long) PartialSums.COUNT * Double.BYTES);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public DType dtype() {
    return precision.dtype();
  }

  @Override
  public String description() {
    return device.description() + relaxations.described();
  }

  @Override
  public BackendMemory memory() {
    return new BackendMemory(
        "device memory", OptionalLong.of(device.freeBytes()), CudaArena.ALIGNMENT);
  }

  @Override
  public boolean runsApart() {
    return true;
  }

  @Override
  public Arena newArena() {
    requireOpen();
    CudaArena arena = new CudaArena(device, dtype());
    arenas.add(arena);
    return arena;
  }

  @Override
  public Plan record(Consumer<Operations> step) {
    requireOpen();
    List<Operation> recording = Recording.of(checks, step);
    List<Long> own = new ArrayList<>();
    RowPrograms programs =
        new RowPrograms(
            relaxations,
            device.multiprocessors(),
            device.sharedBytes(),
            device::largestCluster,
            words -> store(words, own));
    List<Device.Work> work =
        programs.fuse(
            CudaOperations.lower(
                recording,
                device.multiprocessors(),
                precision,
                partialSums,
                bytes -> reserve(bytes, own)));
    List<DeviceStorage.Owner> owners =
        recording.stream()
            .flatMap(Operation::tensors)
            .map(tensor -> DeviceStorage.of(tensor).owner())
            .distinct()
            .toList();
    CudaPlan plan = new CudaPlan(this, device.record(work), owners, own);
    open.put(plan, RecordedWork.described(work));
    return plan;
  }

  @Override
  public List<String> recordings() {
    return List.copyOf(open.values());
  }

  private long reserve(long bytes, List<Long> own) {
    long address = device.allocate(bytes);
    ofPlans.add(address);
    own.add(address);
    return address;
  }

  private long store(long[] words, List<Long> own) {
    long address = reserve((long) words.length * Long.BYTES, own);
    try (java.lang.foreign.Arena arena = java.lang.foreign.Arena.ofConfined()) {
      device.upload(arena.allocateFrom(ValueLayout.JAVA_LONG, words), address);
    }
    return address;
  }

  /** Frees what a plan that is closed had of its own: programs, factors. */
  void release(CudaPlan plan, List<Long> own) {
    open.remove(plan);
    if (!own.isEmpty() && ofPlans.containsAll(own)) {
      // Work that still reads it has been enqueued before.
      device.synchronize();
      own.forEach(device::free);
      own.forEach(ofPlans::remove);
    }
  }

  @Override
  public void upload(float[] source, Tensor target) {
    requireOpen();
    checks.upload(source.length, target);
    MemorySegment values = staging(target);
    HostElements.write(source, values, 0, target.dtype());
    device.upload(values, address(target));
  }

  @Override
  public void upload(double[] source, Tensor target) {
    requireOpen();
    checks.upload(source.length, target);
    MemorySegment values = staging(target);
    HostElements.write(source, values, 0, target.dtype());
    device.upload(values, address(target));
  }

  @Override
  public void download(Tensor source, double[] target) {
    MemorySegment values = fetch(source, target.length);
    HostElements.read(values, 0, source.dtype(), target, Math.toIntExact(source.elements()));
  }

  @Override
  public void download(Tensor source, float[] target) {
    MemorySegment values = fetch(source, target.length);
    HostElements.read(values, 0, source.dtype(), target, Math.toIntExact(source.elements()));
  }

  private MemorySegment fetch(Tensor source, int room) {
    requireOpen();
    checks.download(source, room);
    MemorySegment values = staging(source);
    device.download(address(source), values);
    return values;
  }

  @Override
  public double scalar(Tensor source) {
    requireOpen();
    checks.oneElement("scalar", source);
    MemorySegment value = word.asSlice(0, source.dtype().bytes());
    device.download(address(source), value);
    return value(value, source.dtype());
  }

  @Override
  public ScalarReadings readings(int slots) {
    requireOpen();
    return new DeviceReadings(device.arrivals(slots), slots);
  }

  /** Values that arrive in memory that the device writes. */
  private final class DeviceReadings implements ScalarReadings {

    private final Device.Arrivals arrivals;
    private final DType[] types;

    private DeviceReadings(Device.Arrivals arrivals, int slots) {
      this.arrivals = arrivals;
      this.types = new DType[slots];
      Arrays.fill(types, DType.FLOAT64);
    }

    @Override
    public void enqueue(int slot, Tensor source) {
      requireOpen();
      checks.oneElement("readings", source);
      types[slot] = source.dtype();
      arrivals.enqueue(slot, address(source), source.dtype().bytes());
    }

    @Override
    public double value(int slot) {
      requireOpen();
      return CudaBackend.value(arrivals.await(slot), types[slot]);
    }

    @Override
    public void close() {
      arrivals.close();
    }
  }

  @Override
  public void setScalar(double value, Tensor target) {
    requireOpen();
    checks.oneElement("setScalar", target);
    MemorySegment bits = word.asSlice(0, target.dtype().bytes());
    if (target.dtype() == DType.FLOAT64) {
      bits.set(ValueLayout.JAVA_DOUBLE, 0, value);
    } else {
      bits.set(ValueLayout.JAVA_FLOAT, 0, (float) value);
    }
    device.upload(bits, address(target));
  }

  @Override
  public void synchronize() {
    requireOpen();
    device.synchronize();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      // After a kernel has failed every call fails; the device's end still takes all memory along.
      try (host;
          device) {
        arenas.forEach(Arena::close);
        arenas.clear();
        ofPlans.forEach(device::free);
        ofPlans.clear();
        device.free(partialSums);
      }
    }
  }

  void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the cuda backend is closed");
    }
  }

  // Room for the elements of a tensor, kept from transfer to transfer.
  private MemorySegment staging(Tensor tensor) {
    long bytes = tensor.elements() * tensor.dtype().bytes();
    if (staging.byteSize() < bytes) {
      staging = host.allocate(Math.max(bytes, 2 * staging.byteSize()), Double.BYTES);
    }
    return staging.asSlice(0, bytes);
  }

  private static double value(MemorySegment bits, DType dtype) {
    return dtype == DType.FLOAT64
        ? bits.get(ValueLayout.JAVA_DOUBLE, 0)
        : bits.get(ValueLayout.JAVA_FLOAT, 0);
  }

  private static long address(Tensor tensor) {
    return DeviceStorage.of(tensor).address() + tensor.offset() * tensor.dtype().bytes();
  }
}
