package lemniscate.cuda.device;

import static lemniscate.cuda.device.DriverStatus.check;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import jcuda.Pointer;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.JCudaDriver;

/**
 * Page-locked host memory in slots, each with an event that says when its copy is done: the device
 * reads and writes such memory while the program goes on.
 */
final class PinnedSlots {

  private final WorkStream stream;
  private final int count;
  private final long slotBytes;
  private final PinnedPointer memory = new PinnedPointer();
  private final List<CUevent> copied = new ArrayList<>();
  private MemorySegment host = MemorySegment.NULL;

  PinnedSlots(WorkStream stream, int count, long slotBytes) {
    this.stream = stream;
    this.count = count;
    this.slotBytes = slotBytes;
  }

  /** Takes the memory; to be closed even if it fails. */
  void start() {
    long bytes = count * slotBytes;
    check("cuMemHostAlloc", JCudaDriver.cuMemHostAlloc(memory, bytes, 0));
    host = MemorySegment.ofAddress(memory.address()).reinterpret(bytes);
    for (int i = 0; i < count; i++) {
      CUevent event = new CUevent();
      check(
          "cuEventCreate", JCudaDriver.cuEventCreate(event, CUevent_flags.CU_EVENT_DISABLE_TIMING));
      copied.add(event);
    }
  }

  /** The memory of a slot. */
  MemorySegment memory(int slot) {
    return host.asSlice(slot * slotBytes, slotBytes);
  }

  /** The same for the driver. */
  Pointer pointer(int slot) {
    return memory.withByteOffset(slot * slotBytes);
  }

  /** Enqueues a copy from the device. */
  void fetch(int slot, long source, long bytes) {
    check(
        "cuMemcpyDtoHAsync",
        JCudaDriver.cuMemcpyDtoHAsync(pointer(slot), new DeviceAddress(source), bytes, stream));
  }

  /** Says that the copy of a slot has been enqueued. */
  void copied(int slot) {
    check("cuEventRecord", JCudaDriver.cuEventRecord(copied.get(slot), stream));
  }

  /** Waits for the copy of a slot; an event that was never recorded is done. */
  void await(int slot) {
    check("cuEventSynchronize", JCudaDriver.cuEventSynchronize(copied.get(slot)));
  }

  /** Gives the memory back, when nothing is under way. */
  void close(Cleanup cleanup) {
    for (CUevent event : copied) {
      cleanup.run("cuEventDestroy", () -> JCudaDriver.cuEventDestroy(event));
    }
    copied.clear();
    if (host.address() != 0) {
      cleanup.run("cuMemFreeHost", () -> JCudaDriver.cuMemFreeHost(memory));
      host = MemorySegment.NULL;
    }
  }

  /** A pointer to host memory whose number can be asked for. */
  private static final class PinnedPointer extends Pointer {
    private PinnedPointer() {}

    private long address() {
      return getNativePointer();
    }
  }
}
