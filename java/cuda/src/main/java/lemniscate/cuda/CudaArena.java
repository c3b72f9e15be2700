package lemniscate.cuda;

import java.util.ArrayList;
import java.util.List;
import lemniscate.cuda.driver.Device;
import lemniscate.cuda.kernel.DeviceStorage;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import lemniscate.tensor.TensorSlab;

/** Owner of device memory. */
final class CudaArena implements Arena, DeviceStorage.Owner {

  /** Distance of two members of a slab is a multiple of this many bytes: one memory transaction. */
  static final int ALIGNMENT = 128;

  private final Device device;
  private final DType dtype;
  private final List<Long> addresses = new ArrayList<>();
  private long allocated;
  private boolean closed;

  CudaArena(Device device, DType dtype) {
    this.device = device;
    this.dtype = dtype;
  }

  @Override
  public Tensor allocate(Shape shape) {
    return new Tensor(storage(dtype, shape.elements()), 0, shape);
  }

  @Override
  public TensorSlab allocateSlab(int count, Shape shape) {
    long lane = ALIGNMENT / dtype.bytes();
    long stride = (shape.elements() + lane - 1) / lane * lane;
    return new TensorSlab(
        storage(dtype, Math.multiplyExact(stride, count)), 0, count, stride, shape);
  }

  @Override
  public Tensor allocateScalars(int count) {
    return new Tensor(storage(DType.FLOAT64, count), 0, new Shape(1, count));
  }

  private DeviceStorage storage(DType type, long elements) {
    requireOpen();
    long bytes = Math.multiplyExact(elements, type.bytes());
    long address = device.allocate(bytes);
    addresses.add(address);
    allocated += bytes;
    return new DeviceStorage(type, elements, address, this);
  }

  @Override
  public void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the arena of this tensor has been closed");
    }
  }

  @Override
  public long allocatedBytes() {
    return allocated;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      // Work that still reads this memory has been enqueued before.
      device.synchronize();
      addresses.forEach(device::free);
      addresses.clear();
    }
  }
}
