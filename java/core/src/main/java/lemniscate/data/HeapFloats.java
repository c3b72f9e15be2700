package lemniscate.data;

/** Floats in memory; the array is not copied. */
final class HeapFloats implements Numbers {
  private final float[] values;

  HeapFloats(float[] values) {
    this.values = values;
  }

  @Override
  public long length() {
    return values.length;
  }

  @Override
  public boolean bytes() {
    return false;
  }

  @Override
  public boolean finite() {
    return false;
  }

  @Override
  public void read(long first, int count, Normalization normalization, float[] dst, int offset) {
    int from = (int) first;
    for (int j = 0; j < count; j++) {
      dst[offset + j] = normalization.apply(values[from + j]);
    }
  }

  @Override
  public void readBytes(long first, int count, byte[] dst) {
    throw new IllegalStateException("these numbers are floats");
  }

  @Override
  public void requireUnchanged() {
    // Memory is our own.
  }
}
