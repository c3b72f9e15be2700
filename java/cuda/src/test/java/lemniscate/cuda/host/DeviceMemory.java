package lemniscate.cuda.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** Memory of a device for kernels of tests, freed with the device. */
final class DeviceMemory implements AutoCloseable {

  private final HostDevice device;
  private final List<Long> allocated = new ArrayList<>();

  DeviceMemory(HostDevice device) {
    this.device = device;
  }

  long allocate(long bytes) {
    long address = device.allocate(bytes);
    allocated.add(address);
    return address;
  }

  long upload(float[] values) {
    try (Arena arena = Arena.ofConfined()) {
      return upload(arena.allocateFrom(ValueLayout.JAVA_FLOAT, values));
    }
  }

  long upload(int[] values) {
    try (Arena arena = Arena.ofConfined()) {
      return upload(arena.allocateFrom(ValueLayout.JAVA_INT, values));
    }
  }

  long upload(short[] values) {
    try (Arena arena = Arena.ofConfined()) {
      return upload(arena.allocateFrom(ValueLayout.JAVA_SHORT, values));
    }
  }

  private long upload(MemorySegment values) {
    long address = allocate(values.byteSize());
    device.upload(values, address);
    return address;
  }

  float[] floats(long address, int count) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment values = arena.allocate(ValueLayout.JAVA_FLOAT, count);
      device.download(address, values);
      return values.toArray(ValueLayout.JAVA_FLOAT);
    }
  }

  int[] ints(long address, int count) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment values = arena.allocate(ValueLayout.JAVA_INT, count);
      device.download(address, values);
      return values.toArray(ValueLayout.JAVA_INT);
    }
  }

  @Override
  public void close() {
    allocated.forEach(device::free);
    device.close();
  }
}
