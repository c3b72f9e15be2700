package lemniscate.cuda.driver;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Numbers of a device that does everything at once. */
public final class ImmediateArrivals implements Device.Arrivals {

  private final Device device;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment values;

  /**
   * For a device.
   *
   * @param slots of 8 bytes
   */
  public ImmediateArrivals(Device device, int slots) {
    this.device = device;
    this.values = arena.allocate((long) slots * Long.BYTES, Long.BYTES);
  }

  @Override
  public void enqueue(int slot, long source, int bytes) {
    device.download(source, values.asSlice((long) slot * Long.BYTES, bytes));
  }

  @Override
  public MemorySegment await(int slot) {
    return values.asSlice((long) slot * Long.BYTES, Long.BYTES);
  }

  @Override
  public void close() {
    arena.close();
  }
}
