package lemniscate.cuda.device;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import lemniscate.cuda.driver.Launch;

/**
 * CUlaunchConfig and CUlaunchAttribute of cuda.h as the C compiler lays them out where a pointer
 * has 8 bytes.
 */
final class LaunchConfig {

  /** CU_LAUNCH_ATTRIBUTE_COOPERATIVE. */
  static final int COOPERATIVE = 2;

  /** CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION. */
  static final int CLUSTER_DIMENSION = 4;

  private static final int VALUE_BYTES = 64;

  /** CUlaunchConfig. */
  static final StructLayout CONFIG =
      MemoryLayout.structLayout(
          ValueLayout.JAVA_INT.withName("gridDimX"),
          ValueLayout.JAVA_INT.withName("gridDimY"),
          ValueLayout.JAVA_INT.withName("gridDimZ"),
          ValueLayout.JAVA_INT.withName("blockDimX"),
          ValueLayout.JAVA_INT.withName("blockDimY"),
          ValueLayout.JAVA_INT.withName("blockDimZ"),
          ValueLayout.JAVA_INT.withName("sharedMemBytes"),
          MemoryLayout.paddingLayout(Integer.BYTES),
          ValueLayout.JAVA_LONG.withName("hStream"),
          ValueLayout.JAVA_LONG.withName("attrs"),
          ValueLayout.JAVA_INT.withName("numAttrs"),
          MemoryLayout.paddingLayout(Integer.BYTES));

  /** CUlaunchAttribute; of its value those words that are used. */
  static final StructLayout ATTRIBUTE =
      MemoryLayout.structLayout(
          ValueLayout.JAVA_INT.withName("id"),
          MemoryLayout.paddingLayout(Integer.BYTES),
          MemoryLayout.structLayout(
                  ValueLayout.JAVA_INT.withName("x"),
                  ValueLayout.JAVA_INT.withName("y"),
                  ValueLayout.JAVA_INT.withName("z"),
                  MemoryLayout.paddingLayout(VALUE_BYTES - 3 * Integer.BYTES))
              .withName("value"));

  private LaunchConfig() {}

  /**
   * The configuration of a launch: its geometry, and as attributes its cluster and that it is
   * cooperative, where it is.
   *
   * @param stream handle of the stream
   * @param arena of the memory
   */
  static MemorySegment of(Launch launch, long stream, Arena arena) {
    int count = (launch.cluster() > 1 ? 1 : 0) + (launch.cooperative() ? 1 : 0);
    MemorySegment attributes = arena.allocate(ATTRIBUTE, Math.max(1, count));
    int next = 0;
    if (launch.cluster() > 1) {
      MemorySegment cluster = attribute(attributes, next++, CLUSTER_DIMENSION);
      set(cluster, "x", launch.cluster());
      set(cluster, "y", 1);
      set(cluster, "z", 1);
    }
    if (launch.cooperative()) {
      set(attribute(attributes, next, COOPERATIVE), "x", 1);
    }
    MemorySegment config = arena.allocate(CONFIG);
    config.set(ValueLayout.JAVA_INT, at("gridDimX"), launch.gridX());
    config.set(ValueLayout.JAVA_INT, at("gridDimY"), launch.gridY());
    config.set(ValueLayout.JAVA_INT, at("gridDimZ"), 1);
    config.set(ValueLayout.JAVA_INT, at("blockDimX"), launch.threads());
    config.set(ValueLayout.JAVA_INT, at("blockDimY"), 1);
    config.set(ValueLayout.JAVA_INT, at("blockDimZ"), 1);
    config.set(ValueLayout.JAVA_INT, at("sharedMemBytes"), launch.sharedBytes());
    config.set(ValueLayout.JAVA_LONG, at("hStream"), stream);
    config.set(ValueLayout.JAVA_LONG, at("attrs"), count == 0 ? 0 : attributes.address());
    config.set(ValueLayout.JAVA_INT, at("numAttrs"), count);
    return config;
  }

  private static MemorySegment attribute(MemorySegment attributes, int index, int id) {
    MemorySegment one = attributes.asSlice(index * ATTRIBUTE.byteSize(), ATTRIBUTE.byteSize());
    one.set(ValueLayout.JAVA_INT, ATTRIBUTE.byteOffset(PathElement.groupElement("id")), id);
    return one;
  }

  private static void set(MemorySegment attribute, String word, int value) {
    attribute.set(
        ValueLayout.JAVA_INT,
        ATTRIBUTE.byteOffset(PathElement.groupElement("value"), PathElement.groupElement(word)),
        value);
  }

  private static long at(String member) {
    return CONFIG.byteOffset(PathElement.groupElement(member));
  }
}
