package lemniscate.cuda.device;

import java.util.Locale;
import lemniscate.backend.MemoryPlan;

/**
 * A device as the driver describes it.
 *
 * @param index its number among the visible ones
 * @param name for people
 * @param major compute capability, before the dot
 * @param minor compute capability, after the dot
 * @param multiprocessors how many
 * @param sharedBytes of shared memory that a block can have if it is asked for
 * @param clusters whether blocks can see each other's shared memory, in clusters
 * @param bytes memory in all
 */
public record DeviceFacts(
    int index,
    String name,
    int major,
    int minor,
    int multiprocessors,
    int sharedBytes,
    boolean clusters,
    long bytes) {

  /** As in lists: {@code 0: NVIDIA H200 (compute capability 9.0, 150.8 GB)}. */
  public String listed() {
    return index + ": " + described();
  }

  /** Name and capability. */
  public String described() {
    return String.format(
        Locale.ROOT,
        "%s (compute capability %d.%d, %s)",
        name,
        major,
        minor,
        MemoryPlan.text(bytes));
  }
}
