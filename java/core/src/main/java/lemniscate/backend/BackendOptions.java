package lemniscate.backend;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a backend is asked for.
 *
 * @param precision arithmetic
 * @param threads number of CPU threads, or 0 for all that the process may use
 * @param blas a CBLAS library to use in place of the bundled one, or null
 * @param device where a backend has devices, which and how
 */
public record BackendOptions(
    Precision precision, int threads, @Nullable Path blas, DeviceOptions device) {

  /** Checks the thread count. */
  public BackendOptions {
    if (threads < 0) {
      throw new IllegalArgumentException("threads: " + threads + ", expected 0 (all) or more");
    }
  }

  /** With the first device. */
  public BackendOptions(Precision precision, int threads, @Nullable Path blas) {
    this(precision, threads, blas, DeviceOptions.defaults());
  }

  /** Float32 on all threads with the bundled library. */
  public static BackendOptions defaults() {
    return new BackendOptions(Precision.FP32, 0, null);
  }

  /** The same with another precision. */
  public BackendOptions withPrecision(Precision other) {
    return new BackendOptions(other, threads, blas, device);
  }

  /** The same with another number of threads. */
  public BackendOptions withThreads(int other) {
    return new BackendOptions(precision, other, blas, device);
  }

  /** The same with another device. */
  public BackendOptions withDevice(DeviceOptions other) {
    return new BackendOptions(precision, threads, blas, other);
  }
}
