package lemniscate.cuda.driver;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A device with its memory and one stream of work. Addresses are 64-bit numbers that mean something
 * to the device only. Not safe for use from several threads at once.
 */
public interface Device extends AutoCloseable {

  /** One line for people: name, driver, library of products. */
  String description();

  /** Number of multiprocessors, which decides how many blocks a launch needs to fill it. */
  int multiprocessors();

  /** Bytes of shared memory that a block can have if it is asked for. */
  int sharedBytes();

  /**
   * Blocks of a launch that the device holds at once, in whole clusters: as many as may wait for
   * each other; 0 where it holds none.
   */
  int residentBlocks(Launch launch);

  /**
   * The most blocks that a cluster may have whose blocks are those of a launch; 1 where the device
   * has no clusters.
   */
  int largestCluster(Launch launch);

  /** Bytes that can still be allocated. */
  long freeBytes();

  /**
   * Memory of zeros.
   *
   * @throws OutOfMemoryError when there is not so much; the message says how much was asked for and
   *     how much is free
   */
  long allocate(long bytes);

  /** Gives memory back. */
  void free(long address);

  /** Copies from the host after what was enqueued before; the source may be reused on return. */
  void upload(MemorySegment source, long target);

  /** Copies to the host, after waiting for what was enqueued before. */
  void download(long source, MemorySegment target);

  /**
   * Room for numbers that come from the device while the program goes on.
   *
   * @param slots of 8 bytes
   */
  Arrivals arrivals(int slots);

  /** Prepares work to be enqueued any number of times, in this order. */
  Recording record(List<Work> work);

  /** Waits until everything enqueued is done. */
  void synchronize();

  @Override
  void close();

  /** One thing that a device does. */
  sealed interface Work permits Launch, Product {}

  /** Numbers on their way from the device. */
  interface Arrivals extends AutoCloseable {

    /** Copies 8 bytes or fewer to a slot, after what was enqueued before; does not wait. */
    void enqueue(int slot, long source, int bytes);

    /** What was copied to a slot last; waits for that alone. */
    MemorySegment await(int slot);

    @Override
    void close();
  }

  /** Work that has been prepared: a graph, where the device has such. */
  interface Recording extends AutoCloseable {

    /** Enqueues it once. */
    void run();

    @Override
    void close();
  }
}
