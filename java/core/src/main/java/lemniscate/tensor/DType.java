package lemniscate.tensor;

/** Element type of a tensor. */
public enum DType {
  /** IEEE 754 binary32. */
  FLOAT32(4, 0x1p-24),
  /** IEEE 754 binary64. */
  FLOAT64(8, 0x1p-53);

  private final int bytes;
  private final double unitRoundoff;

  DType(int bytes, double unitRoundoff) {
    this.bytes = bytes;
    this.unitRoundoff = unitRoundoff;
  }

  /** Size of one element in bytes. */
  public int bytes() {
    return bytes;
  }

  /** Largest relative error of rounding a real number to this type. */
  public double unitRoundoff() {
    return unitRoundoff;
  }
}
