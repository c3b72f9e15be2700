package lemniscate.cuda.driver;

import java.util.List;

/**
 * One launch of a kernel.
 *
 * @param kernel name of the entry point
 * @param gridX blocks along x, at least 1
 * @param gridY blocks along y, at least 1
 * @param threads threads a block along x, a multiple of 32
 * @param cooperative whether the blocks wait for each other and so must all be resident
 * @param sharedBytes of dynamic shared memory a block; above {@value #SHARED_BYTES} the device is
 *     asked for it when the launch is recorded
 * @param cluster blocks along x that see each other's shared memory, a divisor of {@code gridX}; 1
 *     as a rule
 * @param parameters the words of each parameter: one for a pointer, a whole number or the bits of a
 *     double, two for a pointer with a stride, more for a record of whole numbers
 * @param roles of the parameters before the sizes, where the kernel leaves the rows of a batch
 *     apart; empty where that is not known
 */
public record Launch(
    String kernel,
    int gridX,
    int gridY,
    int threads,
    boolean cooperative,
    int sharedBytes,
    int cluster,
    List<long[]> parameters,
    List<Role> roles)
    implements Device.Work {

  /** What a parameter is to the rows of a batch. */
  public enum Role {
    /** A number. */
    VALUE,
    /** The address of what is read for every row. */
    SHARED,
    /** The address of rows that are read. */
    READS_ROWS,
    /** The address of rows that are written, perhaps after they have been read. */
    WRITES_ROWS
  }

  /** Lanes of a warp: blocks are whole warps, so that warp sums have all their lanes. */
  public static final int WARP = 32;

  /** Shared memory that a block may have without asking. */
  public static final int SHARED_BYTES = 48 << 10;

  /** Checks the geometry. */
  public Launch {
    if (gridX < 1 || gridY < 1 || threads < 1 || threads % WARP != 0) {
      throw new IllegalArgumentException(
          kernel + ": grid (" + gridX + ", " + gridY + ") of " + threads + " threads");
    }
    if (sharedBytes < 0 || cluster < 1 || gridX % cluster != 0) {
      throw new IllegalArgumentException(
          kernel + ": " + sharedBytes + " bytes of shared memory, clusters of " + cluster);
    }
    parameters = List.copyOf(parameters);
    roles = List.copyOf(roles);
  }

  /** A launch without dynamic shared memory and clusters. */
  public Launch(
      String kernel,
      int gridX,
      int gridY,
      int threads,
      boolean cooperative,
      List<long[]> parameters,
      List<Role> roles) {
    this(kernel, gridX, gridY, threads, cooperative, 0, 1, parameters, roles);
  }

  /** A launch that is not known to leave rows apart. */
  public Launch(
      String kernel,
      int gridX,
      int gridY,
      int threads,
      boolean cooperative,
      List<long[]> parameters) {
    this(kernel, gridX, gridY, threads, cooperative, parameters, List.of());
  }
}
