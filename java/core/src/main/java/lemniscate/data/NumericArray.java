package lemniscate.data;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import lemniscate.config.BadInputException;

/**
 * An array as it is stored: element type, shape and the elements in C order (last index fastest),
 * little-endian as NumPy has them.
 */
final class NumericArray {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle FLOAT =
      MethodHandles.byteArrayViewVarHandle(float[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle DOUBLE =
      MethodHandles.byteArrayViewVarHandle(double[].class, ByteOrder.LITTLE_ENDIAN);

  /** The element types that are read. */
  enum Type {
    UINT8("|u1", 1),
    INT8("|i1", 1),
    BOOL("|b1", 1),
    INT16("<i2", 2),
    INT32("<i4", 4),
    INT64("<i8", 8),
    FLOAT32("<f4", 4),
    FLOAT64("<f8", 8);

    final String descr;
    final int bytes;

    /** Bytes of what is made of so many elements beside them: floats, of all but bytes. */
    long bytesAsRead(long elements) {
      return this == UINT8 ? 0 : elements * Float.BYTES;
    }

    Type(String descr, int bytes) {
      this.descr = descr;
      this.bytes = bytes;
    }

    boolean floating() {
      return this == FLOAT32 || this == FLOAT64;
    }

    static String list() {
      return Arrays.stream(values())
          .map(t -> t.name().toLowerCase(Locale.ROOT) + " (" + t.descr + ")")
          .collect(Collectors.joining(", "));
    }
  }

  private final String where;
  private final Type type;
  private final int[] shape;
  private final byte[] raw;

  NumericArray(String where, Type type, int[] shape, byte[] raw) {
    this.where = where;
    this.type = type;
    this.shape = shape;
    this.raw = raw;
  }

  /** What messages call this array. */
  String where() {
    return where;
  }

  Type type() {
    return type;
  }

  /** The shape; a copy. */
  int[] shape() {
    return shape.clone();
  }

  /** The shape as Python writes it. */
  String shapeText() {
    return Arrays.stream(shape)
        .mapToObj(Integer::toString)
        .collect(Collectors.joining(", ", "(", shape.length == 1 ? ",)" : ")"));
  }

  /** The first dimension. */
  int rows() {
    return shape[0];
  }

  /** Elements per row: the product of the dimensions after the first; 1 for a vector. */
  int rowLength() {
    return length() / shape[0];
  }

  /** All elements. */
  int length() {
    return raw.length / type.bytes;
  }

  /** The elements of a uint8 array, not copied. */
  byte[] bytes() {
    if (type != Type.UINT8) {
      throw new IllegalStateException(where + " is " + type);
    }
    return raw;
  }

  /** The elements as floats, rounded where the type is wider. */
  float[] floats() {
    float[] out = new float[length()];
    for (int i = 0; i < out.length; i++) {
      out[i] =
          switch (type) {
            case FLOAT32 -> (float) FLOAT.get(raw, 4 * i);
            case FLOAT64 -> (float) (double) DOUBLE.get(raw, 8 * i);
            default -> integer(i);
          };
    }
    return out;
  }

  /**
   * The elements of an integer array as class labels.
   *
   * @param limit labels must be below it
   * @throws BadInputException if one is not, or negative
   */
  int[] labels(int limit) {
    int[] out = new int[length()];
    for (int i = 0; i < out.length; i++) {
      long label = integer(i);
      if (label < 0 || label >= limit) {
        throw new BadInputException(
            ("%s: label %d of example %d is out of range, expected 0 to %d; number the "
                    + "classes from 0, correct data.classes if it is given, or store the targets "
                    + "as float32 for regression.")
                .formatted(where, label, i, limit - 1));
      }
      out[i] = (int) label;
    }
    return out;
  }

  private long integer(int i) {
    return switch (type) {
      case UINT8, BOOL -> raw[i] & 0xff;
      case INT8 -> raw[i];
      case INT16 -> (short) SHORT.get(raw, 2 * i);
      case INT32 -> (int) INT.get(raw, 4 * i);
      case INT64 -> (long) LONG.get(raw, 8 * i);
      case FLOAT32, FLOAT64 -> throw new IllegalStateException(where + " is " + type);
    };
  }
}
