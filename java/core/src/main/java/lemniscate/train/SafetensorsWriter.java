package lemniscate.train;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import lemniscate.backend.Backend;
import lemniscate.journal.JsonLine;
import lemniscate.tensor.DType;
import lemniscate.tensor.Tensor;

/**
 * Writes a safetensors file. Data goes through one buffer of bounded size, whatever the size of the
 * tensors.
 */
final class SafetensorsWriter {

  // Data that starts at a multiple of 8 can be mapped into memory as doubles.
  private static final int ALIGNMENT = 8;

  private SafetensorsWriter() {}

  /**
   * Writes a file and forces it to the disk.
   *
   * @param file to be written; what is there goes
   */
  static void write(
      Path file,
      Map<String, String> metadata,
      Backend backend,
      Map<String, Tensor> tensors,
      Map<String, List<Integer>> extents)
      throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      write(channel, metadata, backend, tensors, extents);
      channel.force(true);
    }
  }

  /**
   * Writes metadata and tensors, and seals the file where the metadata have a blank {@link
   * FileSeal}.
   *
   * @param channel open for reading and writing, empty
   * @param metadata strings beside the tensors
   * @param tensors by name, written in this order, in their own element type
   * @param extents of every tensor, as the file has them
   */
  static void write(
      FileChannel channel,
      Map<String, String> metadata,
      Backend backend,
      Map<String, Tensor> tensors,
      Map<String, List<Integer>> extents)
      throws IOException {
    byte[] header = header(metadata, tensors, extents);
    ByteBuffer buffer =
        ByteBuffer.allocateDirect(TensorChunks.ELEMENTS * Double.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    flush(channel, buffer.putLong(header.length));
    flush(channel, ByteBuffer.wrap(header).position(header.length));
    float[] floats = new float[TensorChunks.ELEMENTS];
    double[] doubles = new double[TensorChunks.ELEMENTS];
    for (Tensor tensor : tensors.values()) {
      for (long first = 0; first < tensor.elements(); first += TensorChunks.ELEMENTS) {
        Tensor chunk = TensorChunks.chunk(tensor, first);
        int count = chunk.columns();
        if (tensor.dtype() == DType.FLOAT32) {
          backend.download(chunk, floats);
          buffer.asFloatBuffer().put(floats, 0, count);
        } else {
          backend.download(chunk, doubles);
          buffer.asDoubleBuffer().put(doubles, 0, count);
        }
        flush(channel, buffer.position(count * tensor.dtype().bytes()));
      }
    }
    if (FileSeal.BLANK.equals(metadata.get(FileSeal.KEY))) {
      seal(channel, Long.BYTES + FileSeal.place(header, FileSeal.BLANK));
    }
  }

  // Read back, so that what is sealed is what the file system has taken.
  private static void seal(FileChannel channel, long place) throws IOException {
    ByteBuffer digits =
        ByteBuffer.wrap(FileSeal.of(channel, place).getBytes(StandardCharsets.US_ASCII));
    while (digits.hasRemaining()) {
      channel.write(digits, place + digits.position());
    }
  }

  /** Bytes that a file of these tensors has, without its header. */
  static long dataBytes(Map<String, Tensor> tensors) {
    return tensors.values().stream().mapToLong(t -> t.elements() * t.dtype().bytes()).sum();
  }

  private static void flush(FileChannel channel, ByteBuffer buffer) throws IOException {
    buffer.flip();
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    buffer.clear();
  }

  private static byte[] header(
      Map<String, String> metadata,
      Map<String, Tensor> tensors,
      Map<String, List<Integer>> extents) {
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("__metadata__", metadata);
    long offset = 0;
    for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
      Tensor tensor = entry.getValue();
      long end = offset + tensor.elements() * tensor.dtype().bytes();
      Map<String, Object> description = new LinkedHashMap<>();
      description.put("dtype", SafetensorsEntry.code(tensor.dtype()));
      description.put("shape", Objects.requireNonNull(extents.get(entry.getKey())));
      description.put("data_offsets", List.of(offset, end));
      root.put(entry.getKey(), description);
      offset = end;
    }
    byte[] json = JsonLine.of(root).getBytes(StandardCharsets.UTF_8);
    byte[] padded = Arrays.copyOf(json, Math.ceilDiv(json.length, ALIGNMENT) * ALIGNMENT);
    Arrays.fill(padded, json.length, padded.length, (byte) ' ');
    return padded;
  }
}
