package lemniscate.cuda.driver;

import lemniscate.backend.Precision;

/**
 * Products C_i = alpha · op(A_i) · op(B_i) + beta · C_i of dense row-major matrices at constant
 * distances.
 *
 * @param precision element type and arithmetic
 * @param m rows of C
 * @param n columns of C
 * @param k length of the sums
 * @param a address of the first A
 * @param strideA distance of two A, in elements
 * @param count number of products
 * @param factors address of alpha and beta, in the type of the elements, where they are read when
 *     the product runs; 0 where they are those given
 */
public record Product(
    Precision precision,
    boolean transposeA,
    boolean transposeB,
    int m,
    int n,
    int k,
    double alpha,
    long a,
    long strideA,
    long b,
    long strideB,
    double beta,
    long c,
    long strideC,
    int count,
    long factors)
    implements Device.Work {

  /** Whether alpha and beta are read when it runs. */
  public boolean readsFactors() {
    return factors != 0;
  }

  /** Address of beta where it is read. */
  public long betaAddress() {
    return factors + precision.dtype().bytes();
  }
}
