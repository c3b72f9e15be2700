package lemniscate.data;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import lemniscate.config.BadInputException;

/** An array: element type, shape and the elements in C order (last index fastest). */
final class NumericArray {
  /** The element types that are read. */
  enum Type {
    UINT8("|u1", 1),
    INT8("|i1", 1),
    BOOL("|b1", 1),
    UINT16("<u2", 2),
    INT16("<i2", 2),
    UINT32("<u4", 4),
    INT32("<i4", 4),
    UINT64("<u8", 8),
    INT64("<i8", 8),
    FLOAT16("<f2", 2),
    FLOAT32("<f4", 4),
    FLOAT64("<f8", 8);

    final String descr;
    final int bytes;

    Type(String descr, int bytes) {
      this.descr = descr;
      this.bytes = bytes;
    }

    boolean floating() {
      return this == FLOAT16 || this == FLOAT32 || this == FLOAT64;
    }

    static String list() {
      return Arrays.stream(values())
          .map(t -> t.name().toLowerCase(Locale.ROOT) + " (" + t.descr + ")")
          .collect(Collectors.joining(", "));
    }
  }

  private final String where;
  private final int[] shape;
  private final StoredNumbers numbers;

  NumericArray(String where, Type type, int[] shape, byte[] raw) {
    this(where, shape, StoredNumbers.of(raw, type, false));
  }

  NumericArray(String where, int[] shape, StoredNumbers numbers) {
    this.where = where;
    this.shape = shape;
    this.numbers = numbers;
  }

  /** What messages call this array. */
  String where() {
    return where;
  }

  Type type() {
    return numbers.type();
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

  /**
   * Elements per row: the product of the dimensions after the first; 1 for a vector.
   *
   * @throws BadInputException if there are more than fit in memory
   */
  int rowLength() {
    long length = numbers.length() / shape[0];
    if (length > StrictInput.MAX_ARRAY) {
      throw new BadInputException(
          "%s has shape %s, whose examples have %d numbers, expected at most %d; is the first dimension that of the examples?"
              .formatted(where, shapeText(), length, StrictInput.MAX_ARRAY));
    }
    return (int) length;
  }

  /** The elements. */
  StoredNumbers numbers() {
    return numbers;
  }

  /** The elements as floats in memory, rounded where the type is wider. */
  float[] floats() {
    float[] out = new float[Math.toIntExact(numbers.length())];
    numbers.read(0, out.length, Normalization.none(), out, 0);
    return out;
  }

  /**
   * The elements of an integer array as class labels.
   *
   * @param limit labels must be below it
   * @throws BadInputException if one is not, or negative
   */
  int[] labels(int limit) {
    int[] out = new int[Math.toIntExact(numbers.length())];
    for (int i = 0; i < out.length; i++) {
      long label = numbers.integer(i);
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
}
