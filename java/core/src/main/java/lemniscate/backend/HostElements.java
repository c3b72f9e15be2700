package lemniscate.backend;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import lemniscate.tensor.DType;

/** Copies between arrays and native memory of either element type, converting where they differ. */
public final class HostElements {

  private HostElements() {}

  /**
   * Writes all values. Allocates nothing.
   *
   * @param offset of the first element, in bytes
   */
  public static void write(float[] source, MemorySegment target, long offset, DType dtype) {
    if (dtype == DType.FLOAT32) {
      MemorySegment.copy(source, 0, target, ValueLayout.JAVA_FLOAT, offset, source.length);
    } else {
      for (int i = 0; i < source.length; i++) {
        target.set(ValueLayout.JAVA_DOUBLE, offset + (long) i * Double.BYTES, source[i]);
      }
    }
  }

  /**
   * As {@link #write(float[], MemorySegment, long, DType)}; float32 elements are rounded.
   *
   * @param offset of the first element, in bytes
   */
  public static void write(double[] source, MemorySegment target, long offset, DType dtype) {
    if (dtype == DType.FLOAT64) {
      MemorySegment.copy(source, 0, target, ValueLayout.JAVA_DOUBLE, offset, source.length);
    } else {
      for (int i = 0; i < source.length; i++) {
        target.set(ValueLayout.JAVA_FLOAT, offset + (long) i * Float.BYTES, (float) source[i]);
      }
    }
  }

  /**
   * Reads elements into an array, from its start on. Allocates nothing.
   *
   * @param offset of the first element, in bytes
   * @param elements how many
   */
  public static void read(
      MemorySegment source, long offset, DType dtype, double[] target, int elements) {
    if (dtype == DType.FLOAT64) {
      MemorySegment.copy(source, ValueLayout.JAVA_DOUBLE, offset, target, 0, elements);
    } else {
      for (int i = 0; i < elements; i++) {
        target[i] = source.get(ValueLayout.JAVA_FLOAT, offset + (long) i * Float.BYTES);
      }
    }
  }

  /**
   * As {@link #read(MemorySegment, long, DType, double[], int)}; float64 elements are rounded.
   *
   * @param offset of the first element, in bytes
   * @param elements how many
   */
  public static void read(
      MemorySegment source, long offset, DType dtype, float[] target, int elements) {
    if (dtype == DType.FLOAT32) {
      MemorySegment.copy(source, ValueLayout.JAVA_FLOAT, offset, target, 0, elements);
    } else {
      for (int i = 0; i < elements; i++) {
        target[i] = (float) source.get(ValueLayout.JAVA_DOUBLE, offset + (long) i * Double.BYTES);
      }
    }
  }
}
