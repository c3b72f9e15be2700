package lemniscate.backend.reference;

import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.BackendProvider;
import lemniscate.backend.Precision;
import lemniscate.config.BadInputException;

/**
 * Entry of the reference backend: usable everywhere, chosen by {@code auto} only as a last resort.
 */
public final class ReferenceProvider implements BackendProvider {

  /** For {@link java.util.ServiceLoader}. */
  public ReferenceProvider() {}

  @Override
  public String name() {
    return ReferenceBackend.NAME;
  }

  @Override
  public int rank() {
    return 0;
  }

  @Override
  public Availability availability() {
    return Availability.usable("scalar Java in double precision; for tests, slow");
  }

  /** Opens the backend; the number of threads has no effect on it. */
  @Override
  public Backend open(BackendOptions options) {
    Precision precision = options.precision();
    if (precision != Precision.FP32 && precision != Precision.FP64) {
      throw new BadInputException(
          "precision "
              + precision.configName()
              + ": the reference backend has fp32 and fp64; choose one of these or the cuda"
              + " backend");
    }
    if (options.blas() != null) {
      throw new BadInputException(
          "blas "
              + options.blas()
              + ": the reference backend uses no library; leave the option out or choose the cpu"
              + " backend");
    }
    options.requireNoChoiceOfProducts(name());
    return new ReferenceBackend(precision.dtype());
  }
}
