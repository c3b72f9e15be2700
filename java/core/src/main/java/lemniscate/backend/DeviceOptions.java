package lemniscate.backend;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A device, and how it is used.
 *
 * @param index its number, from 0
 * @param checked whether each piece of work is waited for, so that a failure says where it was
 * @param blas the device's library of products, or null for what is found
 */
public record DeviceOptions(int index, boolean checked, @Nullable Path blas) {

  /** Checks the number. */
  public DeviceOptions {
    if (index < 0) {
      throw new IllegalArgumentException("device: " + index + ", expected 0 or more");
    }
  }

  /** The first device with what is found. */
  public static DeviceOptions defaults() {
    return new DeviceOptions(0, false, null);
  }
}
