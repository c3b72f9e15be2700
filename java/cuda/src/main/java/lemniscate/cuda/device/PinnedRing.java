package lemniscate.cuda.device;

import static lemniscate.cuda.device.DriverStatus.check;

import java.lang.foreign.MemorySegment;
import jcuda.driver.JCudaDriver;

/** Copies from and to the host through page-locked slots used in turn. */
final class PinnedRing {

  /** Bytes of a slot. */
  static final int SLOT_BYTES = 1 << 21;

  private static final int SLOTS = 8;

  private final WorkStream stream;
  private final PinnedSlots slots;
  private int next;

  PinnedRing(WorkStream stream) {
    this.stream = stream;
    this.slots = new PinnedSlots(stream, SLOTS, SLOT_BYTES);
  }

  /** Takes the memory; to be closed even if it fails. */
  void start() {
    slots.start();
  }

  /** Enqueues a copy to the device; the source may be reused on return. */
  void upload(MemorySegment source, long target) {
    for (long done = 0; done < source.byteSize(); done += SLOT_BYTES) {
      long bytes = Math.min(SLOT_BYTES, source.byteSize() - done);
      int slot = take();
      MemorySegment.copy(source, done, slots.memory(slot), 0, bytes);
      check(
          "cuMemcpyHtoDAsync",
          JCudaDriver.cuMemcpyHtoDAsync(
              new DeviceAddress(target + done), slots.pointer(slot), bytes, stream));
      slots.copied(slot);
    }
  }

  /** Copies from the device, after what was enqueued before. */
  void download(long source, MemorySegment target) {
    for (long done = 0; done < target.byteSize(); done += SLOT_BYTES) {
      long bytes = Math.min(SLOT_BYTES, target.byteSize() - done);
      int slot = take();
      slots.fetch(slot, source + done, bytes);
      check("cuStreamSynchronize", JCudaDriver.cuStreamSynchronize(stream));
      MemorySegment.copy(slots.memory(slot), 0, target, done, bytes);
    }
  }

  private int take() {
    int slot = next;
    next = (next + 1) % SLOTS;
    slots.await(slot);
    return slot;
  }

  /** Gives the memory back, when nothing is under way. */
  void close(Cleanup cleanup) {
    slots.close(cleanup);
  }
}
