package lemniscate.cuda.device;

import jcuda.driver.CUfunction;

/** A kernel of a module whose handle can be passed to functions that JCuda does not bind. */
final class KernelFunction extends CUfunction {

  private final String name;

  /** To be filled in by the driver. */
  KernelFunction(String name) {
    this.name = name;
  }

  /** The entry point. */
  String name() {
    return name;
  }

  /** The handle. */
  long handle() {
    return getNativePointer();
  }
}
