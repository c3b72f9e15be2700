package lemniscate.cuda.driver;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A device that does nothing and keeps a list: addresses are numbers that no memory is behind, what
 * is read from them is zero, and what would have been enqueued can be looked at.
 */
public final class ListingDevice implements Device {

  /** Distance of two allocations is a multiple of this, as cuMemAlloc's is. */
  private static final long ALIGNMENT = 256;

  /** Of compute capability 9.0. */
  private static final int SHARED_BYTES = 227 << 10;

  private final int multiprocessors;
  private final List<Work> enqueued = new ArrayList<>();
  private long next = ALIGNMENT;

  /** A device of so many multiprocessors. */
  public ListingDevice(int multiprocessors) {
    this.multiprocessors = multiprocessors;
  }

  /** What the recordings run so far would have enqueued, in order. */
  public List<Work> enqueued() {
    return enqueued;
  }

  @Override
  public String description() {
    return "a list of what a device of " + multiprocessors + " multiprocessors would do";
  }

  @Override
  public int multiprocessors() {
    return multiprocessors;
  }

  @Override
  public int sharedBytes() {
    return SHARED_BYTES;
  }

  @Override
  public int residentBlocks(Launch launch) {
    return occupancy().residentBlocks(launch);
  }

  @Override
  public int largestCluster(Launch launch) {
    return occupancy().largestCluster(launch);
  }

  private Occupancy occupancy() {
    return new Occupancy(multiprocessors, SHARED_BYTES);
  }

  @Override
  public long freeBytes() {
    return Long.MAX_VALUE - next;
  }

  @Override
  public long allocate(long bytes) {
    long address = next;
    next += Math.ceilDiv(Math.max(bytes, 1), ALIGNMENT) * ALIGNMENT;
    return address;
  }

  @Override
  public void free(long address) {}

  @Override
  public void upload(MemorySegment source, long target) {}

  @Override
  public void download(long source, MemorySegment target) {
    target.fill((byte) 0);
  }

  @Override
  public Arrivals arrivals(int slots) {
    return new ImmediateArrivals(this, slots);
  }

  @Override
  public Recording record(List<Work> work) {
    List<Work> recorded = List.copyOf(work);
    return new Recording() {
      @Override
      public void run() {
        enqueued.addAll(recorded);
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public void synchronize() {}

  @Override
  public void close() {}
}
