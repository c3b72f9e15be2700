package lemniscate.nd4j;

import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.BackendProvider;
import lemniscate.backend.DefaultThreads;
import lemniscate.backend.Precision;
import lemniscate.config.BadInputException;
import org.nd4j.linalg.factory.Nd4j;

/** Entry of the ND4J backend, which {@code auto} does not prefer to any but the reference. */
public final class Nd4jProvider implements BackendProvider {

  /** For {@link java.util.ServiceLoader}. */
  public Nd4jProvider() {}

  @Override
  public String name() {
    return Nd4jBackend.NAME;
  }

  @Override
  public int rank() {
    return 5;
  }

  /** Loads ND4J's native library, which takes seconds the first time. */
  @Override
  public Availability availability() {
    try {
      return Availability.usable(Nd4jBackend.library());
    } catch (Exception | LinkageError e) {
      return Availability.unusable(
          "ND4J does not start on "
              + System.getProperty("os.name")
              + " "
              + System.getProperty("os.arch")
              + ": "
              + e,
          "Build the module with the natives of this machine (mvn -Pnd4j -Dnd4j.classifier=...), or"
              + " choose backend cpu");
    }
  }

  /**
   * Opens the backend. ND4J has one number of threads for the whole process: that of the backend
   * opened last.
   */
  @Override
  public Backend open(BackendOptions options) {
    Precision precision = options.precision();
    if (precision != Precision.FP32 && precision != Precision.FP64) {
      throw new BadInputException(
          "precision "
              + precision.configName()
              + ": the nd4j backend has fp32 and fp64; choose one of these or the cuda backend");
    }
    if (options.blas() != null) {
      throw new BadInputException(
          "blas "
              + options.blas()
              + ": the nd4j backend brings its own library; leave the option out or choose the cpu"
              + " backend");
    }
    options.requireNoChoiceOfProducts(name());
    int threads = options.threads() == 0 ? DefaultThreads.here().threads() : options.threads();
    Nd4j.getEnvironment().setMaxMasterThreads(threads);
    return new Nd4jBackend(precision.dtype(), threads);
  }
}
