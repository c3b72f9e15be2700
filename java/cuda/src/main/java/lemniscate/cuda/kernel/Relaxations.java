package lemniscate.cuda.kernel;

/** How chains of operations that leave the rows of a batch apart run, relaxations above all. */
public enum Relaxations {
  /**
   * As launches and products, or where they are small as one program that reads weights from the
   * second-level cache.
   */
  ORDINARY(""),
  /**
   * Where weights fit, as one program that keeps them in the shared memory of a block, or of a
   * cluster of blocks. Not measured on a device yet.
   */
  RESIDENT(", resident relaxations");

  private final String described;

  Relaxations(String described) {
    this.described = described;
  }

  /** What it adds to the description of a backend: nothing for what is usual. */
  public String described() {
    return described;
  }
}
