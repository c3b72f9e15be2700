package lemniscate.backend;

import java.nio.file.Path;
import lemniscate.config.BadInputException;
import org.jspecify.annotations.Nullable;

/**
 * What a backend is asked for.
 *
 * @param precision arithmetic
 * @param threads number of CPU threads, or 0 for {@link DefaultThreads}
 * @param blas a CBLAS library to use in place of the bundled one, or null
 * @param products how the CPU backend multiplies by the same weights again and again
 * @param device where a backend has devices, which and how
 */
public record BackendOptions(
    Precision precision,
    int threads,
    @Nullable Path blas,
    RepeatedProducts products,
    DeviceOptions device) {

  /** Checks the thread count. */
  public BackendOptions {
    if (threads < 0) {
      throw new IllegalArgumentException("threads: " + threads + ", expected 0 (all) or more");
    }
  }

  /** With the products that are quickest, and the first device. */
  public BackendOptions(Precision precision, int threads, @Nullable Path blas) {
    this(precision, threads, blas, RepeatedProducts.AUTO, DeviceOptions.defaults());
  }

  /** Float32 on all threads with the bundled library. */
  public static BackendOptions defaults() {
    return new BackendOptions(Precision.FP32, 0, null);
  }

  /** The same with another precision. */
  public BackendOptions withPrecision(Precision other) {
    return new BackendOptions(other, threads, blas, products, device);
  }

  /** The same with another number of threads. */
  public BackendOptions withThreads(int other) {
    return new BackendOptions(precision, other, blas, products, device);
  }

  /** The same with another device. */
  public BackendOptions withDevice(DeviceOptions other) {
    return new BackendOptions(precision, threads, blas, products, other);
  }

  /** The same with other products. */
  public BackendOptions withProducts(RepeatedProducts other) {
    return new BackendOptions(precision, threads, blas, other, device);
  }

  /**
   * For backends other than that of the CPU: only it has a choice of products.
   *
   * @param backend who asks
   * @throws BadInputException if one was made
   */
  public void requireNoChoiceOfProducts(String backend) {
    if (products != RepeatedProducts.AUTO) {
      throw new BadInputException(
          "%s is %s, which only the cpu backend has, not %s; leave it out or choose the cpu backend."
              .formatted(RepeatedProducts.KEY, products.configName(), backend));
    }
  }
}
