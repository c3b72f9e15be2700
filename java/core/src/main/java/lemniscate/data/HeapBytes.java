package lemniscate.data;

/** Bytes 0..255 in memory; the array is not copied. */
final class HeapBytes implements Numbers {
  private final byte[] values;

  HeapBytes(byte[] values) {
    this.values = values;
  }

  @Override
  public long length() {
    return values.length;
  }

  @Override
  public boolean bytes() {
    return true;
  }

  @Override
  public boolean finite() {
    return true;
  }

  @Override
  public void read(long first, int count, Normalization normalization, float[] dst, int offset) {
    float[] table = normalization.byteTable();
    int from = (int) first;
    for (int j = 0; j < count; j++) {
      dst[offset + j] = table[values[from + j] & 0xff];
    }
  }

  @Override
  public void readBytes(long first, int count, byte[] dst) {
    System.arraycopy(values, (int) first, dst, 0, count);
  }

  @Override
  public void requireUnchanged() {
    // Memory is our own.
  }
}
