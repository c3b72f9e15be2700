package lemniscate.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.config.BadInputException;
import lemniscate.tensor.DType;
import lemniscate.text.Shown;
import org.jspecify.annotations.Nullable;

/**
 * Reads a safetensors file: a little-endian 64-bit header length N, N bytes of JSON that give each
 * tensor's type, shape and place, then the data without gaps. Everything is checked before any data
 * is read; a file that fails a check is refused as a whole.
 */
final class SafetensorsReader implements AutoCloseable {

  /** Longest header that readers of the format accept. */
  static final long MAX_HEADER = 100_000_000;

  private static final int LENGTH_BYTES = 8;
  private static final String METADATA = "__metadata__";

  private final Path file;
  private final FileChannel channel;
  private final long dataStart;
  private final byte[] header;
  private final Map<String, String> metadata = new LinkedHashMap<>();
  private final Map<String, SafetensorsEntry> entries = new LinkedHashMap<>();

  private SafetensorsReader(Path file, FileChannel channel) throws IOException {
    this.file = file;
    this.channel = channel;
    long size = channel.size();
    if (size < LENGTH_BYTES) {
      throw damaged("it has " + size + " bytes, fewer than the 8 of the header length");
    }
    long headerLength = read(0, LENGTH_BYTES).getLong();
    if (headerLength < 2 || headerLength > Math.min(MAX_HEADER, size - LENGTH_BYTES)) {
      throw damaged(
          "its header claims "
              + Long.toUnsignedString(headerLength)
              + " bytes in a file of "
              + size);
    }
    this.dataStart = LENGTH_BYTES + headerLength;
    this.header = read(LENGTH_BYTES, (int) headerLength).array();
    parse(header);
    checkLayout(size - dataStart);
  }

  /**
   * Opens and checks a file.
   *
   * @throws BadInputException if it is missing, unreadable, torn or not a safetensors file of F32
   *     and F64 tensors
   */
  static SafetensorsReader open(Path file) {
    FileChannel channel = null;
    try {
      if (Files.isDirectory(file)) {
        throw new BadInputException(file + " is a directory; expected a safetensors file.");
      }
      channel = FileChannel.open(file, StandardOpenOption.READ);
      return new SafetensorsReader(file, channel);
    } catch (NoSuchFileException e) {
      throw new BadInputException(file + " does not exist; expected a safetensors file.", e);
    } catch (IOException e) {
      close(channel);
      throw new BadInputException(file + " cannot be read: " + e.getMessage(), e);
    } catch (RuntimeException e) {
      close(channel);
      throw e;
    }
  }

  private static void close(@Nullable FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      // The failure that led here is the one to report.
    }
  }

  private void parse(byte[] json) {
    JsonNode root;
    try {
      root =
          JsonMapper.builder()
              .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
              .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
              .build()
              .readTree(json);
    } catch (JsonProcessingException e) {
      throw damaged("its header is not JSON (" + e.getOriginalMessage() + ")");
    } catch (IOException e) {
      throw damaged("its header cannot be read");
    }
    if (!root.isObject() || json[0] != '{') {
      throw damaged("its header is not a JSON object");
    }
    for (Map.Entry<String, JsonNode> field : root.properties()) {
      if (field.getKey().equals(METADATA)) {
        parseMetadata(field.getValue());
      } else {
        entries.put(field.getKey(), entry(field.getKey(), field.getValue()));
      }
    }
  }

  private void parseMetadata(JsonNode node) {
    if (!node.isObject()) {
      throw damaged("its metadata is not an object");
    }
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      if (!field.getValue().isTextual()) {
        throw damaged("its metadata " + Shown.quoted(field.getKey()) + " is not a string");
      }
      metadata.put(field.getKey(), field.getValue().textValue());
    }
  }

  private SafetensorsEntry entry(String name, JsonNode node) {
    DType dtype =
        switch (node.path("dtype").asText()) {
          case "F32" -> DType.FLOAT32;
          case "F64" -> DType.FLOAT64;
          default ->
              throw damaged(
                  "tensor " + name + " has dtype " + node.path("dtype") + ", expected F32 or F64");
        };
    List<Long> shape = longs(name, "shape", node.path("shape"));
    List<Long> offsets = longs(name, "data_offsets", node.path("data_offsets"));
    if (offsets.size() != 2 || offsets.get(0) > offsets.get(1)) {
      throw damaged("tensor " + name + " has data_offsets " + offsets);
    }
    long bytes = dtype.bytes();
    try {
      for (long extent : shape) {
        bytes = Math.multiplyExact(bytes, extent);
      }
    } catch (ArithmeticException e) {
      throw damaged("tensor " + name + " has the impossible shape " + shape);
    }
    if (offsets.get(1) - offsets.get(0) != bytes) {
      throw damaged(
          "tensor "
              + name
              + " of shape "
              + shape
              + " needs "
              + bytes
              + " bytes, but its data_offsets are "
              + offsets);
    }
    return new SafetensorsEntry(name, dtype, shape, offsets.get(0), offsets.get(1));
  }

  private List<Long> longs(String name, String what, JsonNode node) {
    List<Long> values = new ArrayList<>();
    if (!node.isArray()) {
      throw damaged("tensor " + name + " has no " + what);
    }
    for (JsonNode item : node) {
      if (!item.isIntegralNumber() || !item.canConvertToLong() || item.longValue() < 0) {
        throw damaged("tensor " + name + " has " + what + " " + node);
      }
      values.add(item.longValue());
    }
    return values;
  }

  private void checkLayout(long dataBytes) {
    long expected = 0;
    List<SafetensorsEntry> ordered = new ArrayList<>(entries.values());
    ordered.sort(
        Comparator.comparingLong(SafetensorsEntry::begin).thenComparing(SafetensorsEntry::end));
    for (SafetensorsEntry entry : ordered) {
      if (entry.begin() != expected) {
        throw damaged(
            "tensor "
                + entry.name()
                + " begins at byte "
                + entry.begin()
                + " where "
                + expected
                + " was expected: tensors overlap or leave a gap");
      }
      expected = entry.end();
    }
    if (expected != dataBytes) {
      throw damaged("it has " + dataBytes + " bytes of data, its header describes " + expected);
    }
  }

  /**
   * Checks the seal in the metadata against the whole file.
   *
   * @param required whether a file without one is refused
   * @throws BadInputException if the file is not as it was written
   */
  void requireSeal(boolean required) {
    String digits = metadata.get(FileSeal.KEY);
    if (digits == null && !required) {
      return;
    }
    int place = digits == null ? -1 : FileSeal.place(header, digits);
    if (place < 0 || String.valueOf(digits).length() != FileSeal.BLANK.length()) {
      throw damaged("its metadata " + FileSeal.KEY + " is " + digits + ", expected 64 digits");
    }
    try {
      String found = FileSeal.of(channel, LENGTH_BYTES + place);
      if (!found.equals(digits)) {
        throw damaged(
            "its contents have the SHA-256 "
                + found
                + ", but were written with "
                + digits
                + "; something has changed them");
      }
    } catch (IOException e) {
      throw new BadInputException(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  private BadInputException damaged(String why) {
    return new BadInputException(
        file + " is not a complete safetensors file: " + why + ". Use another checkpoint.");
  }

  /** The strings that were saved beside the tensors. */
  Map<String, String> metadata() {
    return metadata;
  }

  /** The tensors in the order of the header. */
  Map<String, SafetensorsEntry> entries() {
    return entries;
  }

  /** The file. */
  Path file() {
    return file;
  }

  /**
   * Part of a tensor's data.
   *
   * @param first first element
   * @param count number of elements
   * @return little-endian, at position 0
   */
  ByteBuffer read(SafetensorsEntry entry, long first, int count) {
    int bytes = Math.multiplyExact(count, entry.dtype().bytes());
    try {
      return read(dataStart + entry.begin() + first * entry.dtype().bytes(), bytes);
    } catch (IOException e) {
      throw new BadInputException(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  private ByteBuffer read(long position, int count) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + buffer.position()) < 0) {
        throw damaged("it ends early");
      }
    }
    return buffer.flip();
  }

  @Override
  public void close() {
    close(channel);
  }
}
