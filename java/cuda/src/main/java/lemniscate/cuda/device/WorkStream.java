package lemniscate.cuda.device;

import jcuda.driver.CUstream;

/** A stream whose handle can be passed to libraries that JCuda does not bind. */
final class WorkStream extends CUstream {

  WorkStream() {}

  /** The handle. */
  long handle() {
    return getNativePointer();
  }
}
