package lemniscate.backend.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.BackendProvider;
import lemniscate.backend.DefaultThreads;
import lemniscate.backend.Precision;
import lemniscate.backend.RepeatedProducts;
import lemniscate.config.BadInputException;

/** Entry of the CPU backend, usable everywhere. */
public final class CpuProvider implements BackendProvider {

  /** So many are tried on any machine, to see that results do not depend on their number. */
  private static final int FEW_THREADS = 64;

  private static final int THREADS_OF_PROCESSOR = 4;

  /** For {@link java.util.ServiceLoader}. */
  public CpuProvider() {}

  @Override
  public String name() {
    return CpuBackend.NAME;
  }

  @Override
  public int rank() {
    return 10;
  }

  @Override
  public Availability availability() {
    return Availability.usable(
        bundledOrJava().description() + ", " + CpuKernels.best().description());
  }

  @Override
  public List<Part> parts() {
    return List.of(NativeCode.part(System.getenv(NativeCode.VARIABLE), NativeBuild.here()));
  }

  @Override
  public List<String> warnings(BackendOptions options) {
    List<String> warnings = new ArrayList<>();
    if (options.threads() == 0) {
      warnings.addAll(DefaultThreads.here().warnings());
    }
    warnings.addAll(NativeLibraries.warnings());
    return warnings;
  }

  @Override
  public Backend open(BackendOptions options) {
    Precision precision = options.precision();
    if (precision != Precision.FP32 && precision != Precision.FP64) {
      throw new BadInputException(
          "precision "
              + precision.configName()
              + ": the cpu backend has fp32 and fp64; choose one of these or the cuda backend");
    }
    int threads = options.threads() == 0 ? DefaultThreads.here().threads() : options.threads();
    requireFew(threads, Runtime.getRuntime().availableProcessors());
    CpuKernels kernels = CpuKernels.best();
    return new CpuBackend(
        precision.dtype(),
        threads,
        engine(options, kernels),
        kernels,
        PackedWeights.Rule.MEASURED,
        options.products());
  }

  // Threads wait for each other at the end of every loop, and run in turns where they are too many.
  private static void requireFew(int threads, int processors) {
    int most = Math.max(FEW_THREADS, THREADS_OF_PROCESSOR * processors);
    if (threads > most) {
      throw new BadInputException(
          "threads is %d; expected at most %d where the program may use %d processors. Leave it out for as many."
              .formatted(threads, most, processors));
    }
  }

  // A library that is named makes what is not packed; one that is not needed is not loaded.
  private static MatrixProduct engine(BackendOptions options, CpuKernels kernels) {
    if (options.blas() != null) {
      return CblasProduct.at(options.blas());
    }
    return PanelSource.taken(options.products(), kernels.code()) == RepeatedProducts.PANELS
            && kernels.code().isPresent()
        ? new NativeProduct(kernels.code().get(), () -> bundledOrJava().cholesky())
        : bundledOrJava();
  }

  private static MatrixProduct bundledOrJava() {
    Optional<MatrixProduct> bundled = CblasProduct.bundled();
    return bundled.orElseGet(
        () ->
            new JavaProduct(
                NativeLibraries.openBlasTrouble().isEmpty()
                    ? "no OpenBLAS for " + NativeLibraries.platform() + " here"
                    : NativeLibraries.openBlasTrouble()));
  }
}
