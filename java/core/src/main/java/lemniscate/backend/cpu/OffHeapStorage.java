package lemniscate.backend.cpu;

import java.lang.foreign.MemorySegment;
import lemniscate.tensor.DType;
import lemniscate.tensor.Storage;
import lemniscate.tensor.Tensor;

/** A piece of native memory. */
final class OffHeapStorage implements Storage {

  private final DType dtype;
  private final long elements;
  private final MemorySegment memory;
  private final CpuArena owner;

  OffHeapStorage(DType dtype, long elements, MemorySegment memory, CpuArena owner) {
    this.dtype = dtype;
    this.elements = elements;
    this.memory = memory;
    this.owner = owner;
  }

  @Override
  public DType dtype() {
    return dtype;
  }

  @Override
  public long elements() {
    return elements;
  }

  CpuArena owner() {
    return owner;
  }

  /** Storage of a tensor, which must be one of ours and still there. */
  static OffHeapStorage of(Tensor tensor) {
    if (!(tensor.storage() instanceof OffHeapStorage storage)) {
      throw new IllegalArgumentException(
          "a tensor of another backend was given to the cpu backend");
    }
    storage.owner.requireOpen();
    return storage;
  }

  /** All of it: with an offset instead of a slice, reading allocates nothing. */
  MemorySegment memory() {
    return memory;
  }

  /** The memory of exactly one tensor. */
  static MemorySegment segment(Tensor tensor) {
    OffHeapStorage storage = of(tensor);
    long bytes = storage.dtype.bytes();
    return storage.memory.asSlice(tensor.offset() * bytes, tensor.elements() * bytes);
  }
}
