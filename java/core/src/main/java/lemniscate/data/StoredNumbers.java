package lemniscate.data;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Numbers as a file has them: left there, or in memory in the file's type, so that they take no
 * more room than there.
 */
final class StoredNumbers implements Numbers {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int SCRATCH_BYTES = 1 << 16;
  private static final ThreadLocal<byte[]> SCRATCH =
      ThreadLocal.withInitial(() -> new byte[SCRATCH_BYTES]);

  private final NumericArray.Type type;
  private final boolean bigEndian;
  private final long length;
  // Exactly one of the two is there.
  private final byte @Nullable [] memory;
  private final @Nullable FileBytes file;

  private StoredNumbers(
      NumericArray.Type type,
      boolean bigEndian,
      long bytes,
      byte @Nullable [] memory,
      @Nullable FileBytes file) {
    this.type = type;
    this.bigEndian = bigEndian;
    this.length = bytes / type.bytes;
    this.memory = memory;
    this.file = file;
  }

  /** Numbers in memory; the array is not copied. */
  static StoredNumbers of(byte[] memory, NumericArray.Type type, boolean bigEndian) {
    return new StoredNumbers(type, bigEndian, memory.length, memory, null);
  }

  /** Bytes 0..255 in memory; the array is not copied. */
  static StoredNumbers of(byte[] memory) {
    return of(memory, NumericArray.Type.UINT8, false);
  }

  /** Numbers in a file. */
  static StoredNumbers of(FileBytes file, NumericArray.Type type, boolean bigEndian) {
    return new StoredNumbers(type, bigEndian, file.length(), null, file);
  }

  NumericArray.Type type() {
    return type;
  }

  boolean bigEndian() {
    return bigEndian;
  }

  @Override
  public long length() {
    return length;
  }

  @Override
  public boolean bytes() {
    return type == NumericArray.Type.UINT8;
  }

  @Override
  public boolean finite() {
    return !type.floating();
  }

  @Override
  public void read(long first, int count, Normalization normalization, float[] dst, int offset) {
    if (memory != null) {
      decode(memory, (int) first * type.bytes, count, normalization, dst, offset);
      return;
    }
    byte[] scratch = SCRATCH.get();
    int most = scratch.length / type.bytes;
    for (int done = 0; done < count; done += most) {
      int n = Math.min(most, count - done);
      rawBytes((first + done) * type.bytes, n * type.bytes, scratch, 0);
      decode(scratch, 0, n, normalization, dst, offset + done);
    }
  }

  private void decode(
      byte[] from, int at, int count, Normalization normalization, float[] dst, int offset) {
    if (bytes()) {
      float[] table = normalization.byteTable();
      for (int j = 0; j < count; j++) {
        dst[offset + j] = table[from[at + j] & 0xff];
      }
      return;
    }
    switch (type) {
      case FLOAT32 -> {
        for (int j = 0; j < count; j++) {
          dst[offset + j] = Float.intBitsToFloat(int32(from, at + 4 * j));
        }
      }
      case FLOAT64 -> {
        for (int j = 0; j < count; j++) {
          dst[offset + j] = (float) Double.longBitsToDouble(int64(from, at + 8 * j));
        }
      }
      case FLOAT16 -> {
        for (int j = 0; j < count; j++) {
          dst[offset + j] = Float.float16ToFloat(int16(from, at + 2 * j));
        }
      }
      case UINT64 -> {
        for (int j = 0; j < count; j++) {
          dst[offset + j] = unsigned(int64(from, at + 8 * j));
        }
      }
      case UINT8, INT8, BOOL, UINT16, INT16, UINT32, INT32, INT64 -> {
        for (int j = 0; j < count; j++) {
          dst[offset + j] = integer(from, at + type.bytes * j);
        }
      }
    }
    for (int j = offset; j < offset + count; j++) {
      dst[j] = normalization.apply(dst[j]);
    }
  }

  /** The float nearest to a number without sign. */
  private static float unsigned(long bits) {
    // Halved with the lost bit kept, so that it rounds as the whole would.
    return bits >= 0 ? bits : 2 * (float) (bits >>> 1 | bits & 1);
  }

  /**
   * An element of an integer array; of uint64, what no long holds is {@link Long#MAX_VALUE}.
   *
   * @throws IllegalStateException for floats
   */
  long integer(long i) {
    if (memory != null) {
      return integer(memory, (int) i * type.bytes);
    }
    byte[] scratch = SCRATCH.get();
    rawBytes(i * type.bytes, type.bytes, scratch, 0);
    return integer(scratch, 0);
  }

  private long integer(byte[] from, int at) {
    return switch (type) {
      case UINT8, BOOL -> from[at] & 0xff;
      case INT8 -> from[at];
      case INT16 -> int16(from, at);
      case UINT16 -> int16(from, at) & 0xffff;
      case INT32 -> int32(from, at);
      case UINT32 -> int32(from, at) & 0xffffffffL;
      case INT64 -> int64(from, at);
      case UINT64 -> int64(from, at) < 0 ? Long.MAX_VALUE : int64(from, at);
      case FLOAT16, FLOAT32, FLOAT64 -> throw new IllegalStateException("these are " + type);
    };
  }

  private short int16(byte[] from, int at) {
    short value = (short) SHORT.get(from, at);
    return bigEndian ? Short.reverseBytes(value) : value;
  }

  private int int32(byte[] from, int at) {
    int value = (int) INT.get(from, at);
    return bigEndian ? Integer.reverseBytes(value) : value;
  }

  private long int64(byte[] from, int at) {
    long value = (long) LONG.get(from, at);
    return bigEndian ? Long.reverseBytes(value) : value;
  }

  @Override
  public void readBytes(long first, int count, byte[] dst) {
    if (!bytes()) {
      throw new IllegalStateException("these are " + type);
    }
    rawBytes(first, count, dst, 0);
  }

  /** Copies stored bytes, whatever the type. */
  void rawBytes(long first, int count, byte[] dst, int offset) {
    if (file != null) {
      file.read(first, dst, offset, count);
    } else if (memory != null) {
      System.arraycopy(memory, (int) first, dst, offset, count);
    }
  }

  @Override
  public void requireUnchanged() {
    if (file != null) {
      file.requireUnchanged();
    }
  }
}
