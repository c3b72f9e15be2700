package lemniscate.cuda.device;

import static lemniscate.cuda.device.DriverStatus.check;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/**
 * The NVIDIA driver of this machine.
 *
 * @param version newest CUDA that it supports, as 1000 major + 10 minor
 * @param devices what it lets this process see
 */
public record CudaDriver(int version, List<DeviceFacts> devices) {

  /** The library that comes with the driver. */
  static final String LIBRARY = "libcuda.so.1";

  private static final int MAJOR = 1000;
  private static final int MINOR = 10;
  private static final int NAME_BYTES = 256;

  /** Copies the list. */
  public CudaDriver {
    devices = List.copyOf(devices);
  }

  /** Whether the driver's library can be loaded. Loads nothing else, so that it costs nothing. */
  public static boolean installed() {
    try {
      SymbolLookup.libraryLookup(LIBRARY, Arena.global());
      return true;
    } catch (IllegalArgumentException absent) {
      return false;
    }
  }

  /**
   * Asks the driver.
   *
   * @throws CudaException when it cannot start, as without any device
   * @throws UnsatisfiedLinkError when JCuda's part cannot be loaded
   */
  public static CudaDriver start() {
    check("cuInit", JCudaDriver.cuInit(0));
    int[] version = new int[1];
    check("cuDriverGetVersion", JCudaDriver.cuDriverGetVersion(version));
    int[] count = new int[1];
    check("cuDeviceGetCount", JCudaDriver.cuDeviceGetCount(count));
    List<DeviceFacts> devices = new ArrayList<>();
    for (int index = 0; index < count[0]; index++) {
      devices.add(facts(index));
    }
    return new CudaDriver(version[0], devices);
  }

  private static DeviceFacts facts(int index) {
    CUdevice device = device(index);
    byte[] name = new byte[NAME_BYTES];
    check("cuDeviceGetName", JCudaDriver.cuDeviceGetName(name, NAME_BYTES, device));
    int length = 0;
    while (length < NAME_BYTES && name[length] != 0) {
      length++;
    }
    long[] bytes = new long[1];
    check("cuDeviceTotalMem", JCudaDriver.cuDeviceTotalMem(bytes, device));
    return new DeviceFacts(
        index,
        new String(name, 0, length, StandardCharsets.UTF_8),
        attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, device),
        attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, device),
        attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, device),
        attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, device),
        clusters(device),
        bytes[0]);
  }

  /** The driver's handle of a device. */
  static CUdevice device(int index) {
    CUdevice device = new CUdevice();
    check("cuDeviceGet of device " + index, JCudaDriver.cuDeviceGet(device, index));
    return device;
  }

  // A driver that is older than clusters does not know the question.
  private static boolean clusters(CUdevice device) {
    int[] value = new int[1];
    int status =
        JCudaDriver.cuDeviceGetAttribute(
            value, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_CLUSTER_LAUNCH, device);
    if (status == CUresult.CUDA_ERROR_INVALID_VALUE) {
      return false;
    }
    check("cuDeviceGetAttribute", status);
    return value[0] != 0;
  }

  /** What the driver says of a device. */
  private static int attribute(int attribute, CUdevice device) {
    int[] value = new int[1];
    check("cuDeviceGetAttribute", JCudaDriver.cuDeviceGetAttribute(value, attribute, device));
    return value[0];
  }

  /** Major version of CUDA that it supports. */
  public int major() {
    return version / MAJOR;
  }

  /** Version for people: {@code 13.0}. */
  public String versionText() {
    return versionText(version);
  }

  /** A version as CUDA and cuBLAS encode it for people. */
  static String versionText(int version) {
    return version / MAJOR + "." + version % MAJOR / MINOR;
  }
}
