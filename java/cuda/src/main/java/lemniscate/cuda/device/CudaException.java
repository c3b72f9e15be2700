package lemniscate.cuda.device;

/** A call of CUDA or cuBLAS that failed, with what to do about it. */
public final class CudaException extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final String operation;
  private final int code;
  private final String name;
  private final String remedy;

  /**
   * A failure.
   *
   * @param operation what was called, and for what
   * @param code the status
   * @param name of the status
   * @param remedy what to do; a sentence
   */
  public CudaException(String operation, int code, String name, String remedy) {
    super(operation + " failed with " + name + " (" + code + "). " + remedy);
    this.operation = operation;
    this.code = code;
    this.name = name;
    this.remedy = remedy;
  }

  /** What was called. */
  public String operation() {
    return operation;
  }

  /** The status. */
  public int code() {
    return code;
  }

  /** Name of the status. */
  public String name() {
    return name;
  }

  /** What to do about it. */
  public String remedy() {
    return remedy;
  }
}
