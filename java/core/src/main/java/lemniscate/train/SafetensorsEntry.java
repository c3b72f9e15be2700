package lemniscate.train;

import java.util.List;
import java.util.stream.Collectors;
import lemniscate.tensor.DType;

/**
 * A tensor in a safetensors file.
 *
 * @param name unique in the file
 * @param dtype element type
 * @param shape extents; none for a single number
 * @param begin first byte, counted from the end of the header
 * @param end byte after the last
 */
record SafetensorsEntry(String name, DType dtype, List<Long> shape, long begin, long end) {

  SafetensorsEntry {
    shape = List.copyOf(shape);
  }

  /** Number of elements. */
  long elements() {
    return (end - begin) / dtype.bytes();
  }

  /** The element type as the format spells it. */
  static String code(DType dtype) {
    return dtype == DType.FLOAT32 ? "F32" : "F64";
  }

  /** Type and shape for people: {@code F32 (256, 784)}. */
  String describe() {
    return describe(dtype, shape);
  }

  /** A type and a shape for people. */
  static String describe(DType dtype, List<Long> shape) {
    return code(dtype)
        + shape.stream().map(String::valueOf).collect(Collectors.joining(", ", " (", ")"));
  }
}
