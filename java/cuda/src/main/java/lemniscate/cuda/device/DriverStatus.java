package lemniscate.cuda.device;

import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/** Statuses of the driver's functions. */
final class DriverStatus {

  private DriverStatus() {}

  /**
   * Accepts success only.
   *
   * @param operation what was called
   * @throws CudaException for any other status
   */
  static void check(String operation, int status) {
    if (status != CUresult.CUDA_SUCCESS) {
      throw failure(operation, status);
    }
  }

  /** The exception of a status. */
  static CudaException failure(String operation, int status) {
    return new CudaException(operation, status, name(status), remedy(status));
  }

  /** Whether the device has no memory left. */
  static boolean outOfMemory(int status) {
    return status == CUresult.CUDA_ERROR_OUT_OF_MEMORY;
  }

  // The driver knows more names than the table of JCuda.
  private static String name(int status) {
    String[] name = new String[1];
    return JCudaDriver.cuGetErrorName(status, name) == CUresult.CUDA_SUCCESS && name[0] != null
        ? name[0]
        : CUresult.stringFor(status);
  }

  private static String remedy(int status) {
    return switch (status) {
      case CUresult.CUDA_ERROR_OUT_OF_MEMORY ->
          "Use a smaller net.width or train.batch, or free memory of the device: nvidia-smi shows"
              + " who uses it.";
      case CUresult.CUDA_ERROR_STUB_LIBRARY ->
          "The libcuda.so.1 on the loader's path is the toolkit's stub, not the driver's: take its"
              + " folder off LD_LIBRARY_PATH.";
      case CUresult.CUDA_ERROR_DEVICE_UNAVAILABLE ->
          "Another process may hold the device alone: nvidia-smi shows its compute mode.";
      case CUresult.CUDA_ERROR_NO_DEVICE, CUresult.CUDA_ERROR_INVALID_DEVICE ->
          "Compare nvidia-smi with CUDA_VISIBLE_DEVICES; a container must be given its devices.";
      case CUresult.CUDA_ERROR_SYSTEM_DRIVER_MISMATCH ->
          "The driver was updated and not loaded yet: restart the machine.";
      case CUresult.CUDA_ERROR_SYSTEM_NOT_READY ->
          "A service of the driver (nvidia-fabricmanager) does not run yet: start it.";
      case CUresult.CUDA_ERROR_ILLEGAL_ADDRESS,
          CUresult.CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES,
          CUresult.CUDA_ERROR_LAUNCH_TIMEOUT,
          CUresult.CUDA_ERROR_HARDWARE_STACK_ERROR,
          CUresult.CUDA_ERROR_ILLEGAL_INSTRUCTION,
          CUresult.CUDA_ERROR_MISALIGNED_ADDRESS,
          CUresult.CUDA_ERROR_INVALID_ADDRESS_SPACE,
          CUresult.CUDA_ERROR_INVALID_PC,
          CUresult.CUDA_ERROR_LAUNCH_FAILED ->
          "A kernel failed, perhaps an earlier one: cuda.checked true says which. The device can be"
              + " used again from a new process.";
      case CUresult.CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE ->
          "The device cannot hold all blocks of the launch at once: use another backend and report"
              + " this.";
      default -> "nvidia-smi shows the state of the device, `lemniscate doctor` what was found.";
    };
  }
}
