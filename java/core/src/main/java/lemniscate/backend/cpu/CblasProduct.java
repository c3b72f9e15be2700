package lemniscate.backend.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import lemniscate.config.BadInputException;
import lemniscate.tensor.DType;

/** Products by a CBLAS library with 32-bit integers, called through the foreign-function API. */
final class CblasProduct implements MatrixProduct {

  static final int ROW_MAJOR = 101;
  static final int NO_TRANSPOSE = 111;
  static final int TRANSPOSE = 112;

  /** Ways to tell a library to use one thread: the pool's threads do the rest. */
  private static final List<String> THREAD_SETTERS =
      List.of("openblas_set_num_threads", "MKL_Set_Num_Threads", "bli_thread_set_num_threads");

  private static final Linker LINKER = Linker.nativeLinker();

  // The handles are constants and the function's address an argument: only calls through constant
  // handles are compiled to plain calls, others allocate.
  private static final MethodHandle SGEMM =
      LINKER.downcallHandle(descriptor(ValueLayout.JAVA_FLOAT));
  private static final MethodHandle DGEMM =
      LINKER.downcallHandle(descriptor(ValueLayout.JAVA_DOUBLE));

  private final MemorySegment sgemm;
  private final MemorySegment dgemm;
  private final CholeskySolver cholesky;
  private final Optional<BlasPacking> packing;
  private final String description;

  private CblasProduct(SymbolLookup library, String description) {
    this.sgemm = library.findOrThrow("cblas_sgemm");
    this.dgemm = library.findOrThrow("cblas_dgemm");
    this.cholesky = LapackCholesky.of(library).orElseGet(JavaCholesky::new);
    this.packing = CblasPacking.of(library);
    this.description = description;
  }

  // Addresses go as 64-bit integers: passing segments would allocate.
  private static FunctionDescriptor descriptor(ValueLayout scalar) {
    ValueLayout i = ValueLayout.JAVA_INT;
    ValueLayout p = ValueLayout.JAVA_LONG;
    return FunctionDescriptor.ofVoid(i, i, i, i, i, i, scalar, p, i, p, i, scalar, p, i);
  }

  /** The bundled OpenBLAS, or nothing when there is none for this platform. */
  static Optional<MatrixProduct> bundled() {
    return NativeLibraries.openBlas()
        .map(library -> new CblasProduct(singleThreaded(library), openBlasName(library)));
  }

  /**
   * A library that the user named.
   *
   * @throws BadInputException when it cannot be loaded or is no CBLAS with 32-bit integers
   */
  static MatrixProduct at(Path path) {
    if (!Files.isRegularFile(path)) {
      throw new BadInputException(
          "blas "
              + path
              + ": no such file; expected a shared library with cblas_sgemm, such as"
              + " libmkl_rt.so or libblis.so");
    }
    SymbolLookup library;
    try {
      library = SymbolLookup.libraryLookup(path.toAbsolutePath(), Arena.global());
    } catch (IllegalArgumentException e) {
      throw new BadInputException(
          "blas "
              + path
              + ": cannot be loaded ("
              + e.getMessage()
              + "); are the libraries it needs on the loader's path?",
          e);
    }
    for (String name : List.of("cblas_sgemm", "cblas_dgemm")) {
      if (library.find(name).isEmpty()) {
        throw new BadInputException(
            "blas " + path + ": has no " + name + "; expected a CBLAS library");
      }
    }
    CblasProduct product = new CblasProduct(singleThreaded(library), "CBLAS " + path);
    product.requireRightResult(path);
    return product;
  }

  private static SymbolLookup singleThreaded(SymbolLookup library) {
    for (String name : THREAD_SETTERS) {
      Optional<MemorySegment> setter = library.find(name);
      if (setter.isPresent()) {
        try {
          LINKER
              .downcallHandle(setter.get(), FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT))
              .invokeExact(1);
        } catch (Throwable failure) {
          throw new IllegalStateException(name, failure);
        }
      }
    }
    return library;
  }

  private static String openBlasName(SymbolLookup library) {
    return library
        .find("openblas_get_config")
        .map(
            function -> {
              try {
                MemorySegment text =
                    (MemorySegment)
                        LINKER
                            .downcallHandle(function, FunctionDescriptor.of(ValueLayout.ADDRESS))
                            .invokeExact();
                return text.reinterpret(Long.MAX_VALUE).getString(0).strip();
              } catch (Throwable failure) {
                throw new IllegalStateException("openblas_get_config", failure);
              }
            })
        .orElse("OpenBLAS");
  }

  // A library with 64-bit integers, or one that fails on this processor, shows here and not in a
  // run.
  private void requireRightResult(Path path) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment a = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 2, 3, 4, 5, 6);
      MemorySegment b = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 0, 2, 0, 1, -1);
      MemorySegment c = arena.allocate(ValueLayout.JAVA_FLOAT, 4);
      // A (2,3) times the transpose of B (2,3).
      multiply(
          DType.FLOAT32,
          false,
          true,
          2,
          2,
          3,
          1,
          a.address(),
          3,
          b.address(),
          3,
          0,
          c.address(),
          2);
      float[] expected = {7, -1, 16, -1};
      float[] found = c.toArray(ValueLayout.JAVA_FLOAT);
      if (!Arrays.equals(expected, found)) {
        throw new BadInputException(
            "blas "
                + path
                + ": a test product gives "
                + Arrays.toString(found)
                + " instead of "
                + Arrays.toString(expected)
                + "; expected a CBLAS with 32-bit integers (LP64)");
      }
    }
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public CholeskySolver cholesky() {
    return cholesky;
  }

  @Override
  public Optional<BlasPacking> packing() {
    return packing;
  }

  @Override
  public void multiply(
      DType dtype,
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      double alpha,
      long a,
      int lda,
      long b,
      int ldb,
      double beta,
      long c,
      int ldc) {
    int ta = transposeA ? TRANSPOSE : NO_TRANSPOSE;
    int tb = transposeB ? TRANSPOSE : NO_TRANSPOSE;
    try {
      if (dtype == DType.FLOAT32) {
        float alpha32 = (float) alpha;
        float beta32 = (float) beta;
        SGEMM.invokeExact(
            sgemm, ROW_MAJOR, ta, tb, m, n, k, alpha32, a, lda, b, ldb, beta32, c, ldc);
      } else {
        DGEMM.invokeExact(dgemm, ROW_MAJOR, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
      }
    } catch (Throwable failure) {
      throw new IllegalStateException("cblas gemm", failure);
    }
  }
}
