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
 * Page-locked host memory in slots used in turn, through which copies pass: the device reads such
 * memory while the program goes on, and a slot is written again only when its copy is done.
 */
final class PinnedRing {

  /** Bytes of a slot. */
  static final int SLOT_BYTES = 1 << 21;

  private static final int SLOTS = 8;

  private final WorkStream stream;
  private final PinnedPointer memory = new PinnedPointer();
  private final List<CUevent> copied = new ArrayList<>();
  private MemorySegment host = MemorySegment.NULL;
  private int next;

  PinnedRing(WorkStream stream) {
    this.stream = stream;
  }

  /** Takes the memory; to be closed even if it fails. */
  void start() {
    long bytes = (long) SLOTS * SLOT_BYTES;
    check("cuMemHostAlloc", JCudaDriver.cuMemHostAlloc(memory, bytes, 0));
    host = MemorySegment.ofAddress(memory.address()).reinterpret(bytes);
    for (int i = 0; i < SLOTS; i++) {
      CUevent event = new CUevent();
      check(
          "cuEventCreate", JCudaDriver.cuEventCreate(event, CUevent_flags.CU_EVENT_DISABLE_TIMING));
      copied.add(event);
    }
  }

  /** Enqueues a copy to the device; the source may be reused on return. */
  void upload(MemorySegment source, long target) {
    for (long done = 0; done < source.byteSize(); done += SLOT_BYTES) {
      long bytes = Math.min(SLOT_BYTES, source.byteSize() - done);
      int slot = take();
      MemorySegment.copy(source, done, host, offset(slot), bytes);
      check(
          "cuMemcpyHtoDAsync",
          JCudaDriver.cuMemcpyHtoDAsync(
              new DeviceAddress(target + done), pointer(slot), bytes, stream));
      check("cuEventRecord", JCudaDriver.cuEventRecord(copied.get(slot), stream));
    }
  }

  /** Copies from the device, after what was enqueued before. */
  void download(long source, MemorySegment target) {
    for (long done = 0; done < target.byteSize(); done += SLOT_BYTES) {
      long bytes = Math.min(SLOT_BYTES, target.byteSize() - done);
      int slot = take();
      check(
          "cuMemcpyDtoHAsync",
          JCudaDriver.cuMemcpyDtoHAsync(
              pointer(slot), new DeviceAddress(source + done), bytes, stream));
      check("cuStreamSynchronize", JCudaDriver.cuStreamSynchronize(stream));
      MemorySegment.copy(host, offset(slot), target, done, bytes);
    }
  }

  // An event that was never recorded is done.
  private int take() {
    int slot = next;
    next = (next + 1) % SLOTS;
    check("cuEventSynchronize", JCudaDriver.cuEventSynchronize(copied.get(slot)));
    return slot;
  }

  private static long offset(int slot) {
    return (long) slot * SLOT_BYTES;
  }

  private Pointer pointer(int slot) {
    return memory.withByteOffset(offset(slot));
  }

  /** Gives the memory back, when nothing is under way. */
  void close(Cleanup cleanup) {
    for (CUevent event : copied) {
      cleanup.run("cuEventDestroy", () -> JCudaDriver.cuEventDestroy(event));
    }
    if (host.address() != 0) {
      cleanup.run("cuMemFreeHost", () -> JCudaDriver.cuMemFreeHost(memory));
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
