package lemniscate.cuda.device;

import jcuda.driver.CUdeviceptr;

/** A place in device memory, to and from a number. */
final class DeviceAddress extends CUdeviceptr {

  /** To be filled in by an allocation. */
  DeviceAddress() {}

  /** The place of this number. */
  DeviceAddress(long address) {
    super(new CUdeviceptr(), address);
  }

  /** The number of this place. */
  long address() {
    return getNativePointer() + getByteOffset();
  }
}
