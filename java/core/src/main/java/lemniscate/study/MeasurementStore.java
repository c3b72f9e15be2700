package lemniscate.study;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.config.BadInputException;
import lemniscate.train.JsonLine;
import org.jspecify.annotations.Nullable;

/**
 * A file with a line of JSON for each network that a study has measured. Lines are only appended,
 * each forced to the disk, so that killing the process loses no finished one; a torn last line does
 * not count. While it is open no other process can write to it.
 */
public final class MeasurementStore implements AutoCloseable {

  /** Name of the file. */
  public static final String FILE = "measurements.jsonl";

  /** Of the lines that this version writes; it reads no others. */
  private static final int FORMAT = 1;

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Path file;
  private final String study;
  private final @Nullable FileChannel channel;
  private final List<JsonNode> lines = new ArrayList<>();

  private MeasurementStore(Path file, String study, @Nullable FileChannel channel) {
    this.file = file;
    this.study = study;
    this.channel = channel;
  }

  /**
   * Opens the file of a folder, which may exist.
   *
   * @param study what all its lines belong to, such as {@link WidthLimitStudy#id}
   * @throws BadInputException if it is of another study, damaged, in use, or cannot be written
   */
  public static MeasurementStore open(Path folder, String study) {
    Path file = folder.resolve(FILE);
    try {
      FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      MeasurementStore store = new MeasurementStore(file, study, channel);
      try {
        store.lock(channel);
        store.read(channel);
      } catch (RuntimeException | IOException e) {
        channel.close();
        throw e;
      }
      return store;
    } catch (IOException e) {
      throw new BadInputException(
          "%s cannot be written (%s); name a folder where you may write."
              .formatted(file, e.getClass().getSimpleName() + " " + e.getMessage()),
          e);
    }
  }

  /** A store without a file, which forgets everything at its end. */
  public static MeasurementStore unsaved() {
    return new MeasurementStore(Path.of(FILE), "unsaved", null);
  }

  private void lock(FileChannel channel) throws IOException {
    try {
      if (channel.tryLock() != null) {
        return;
      }
    } catch (OverlappingFileLockException e) {
      // Another study of this very process; refused like one of another process.
    }
    throw new BadInputException(
        file + " is in use by another process; wait for it, stop it, or name another folder.");
  }

  private void read(FileChannel channel) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int start = 0;
    for (int end = 0; end < bytes.length; end++) {
      if (bytes[end] != '\n') {
        continue;
      }
      String line = new String(bytes, start, end - start, StandardCharsets.UTF_8);
      JsonNode measurement = parse(line);
      if (measurement == null && end == bytes.length - 1) {
        break; // after a power cut the end of a file may hold anything
      }
      if (measurement == null) {
        throw new BadInputException(
            "%s:%d: is not a measurement that this version reads; remove the line, or name another folder."
                .formatted(file, lines.size() + 1));
      }
      if (!study.equals(measurement.get("study").asText())) {
        throw new BadInputException(
            "%s holds measurements of another configuration or data set; name another folder."
                .formatted(file));
      }
      lines.add(measurement);
      start = end + 1;
    }
    channel.truncate(start);
    channel.position(start);
  }

  private static @Nullable JsonNode parse(String line) {
    try {
      JsonNode node = MAPPER.readTree(line);
      boolean ours = node.path("format").asInt(0) == FORMAT && node.path("study").isTextual();
      return ours ? node : null;
    } catch (JsonProcessingException e) {
      return null;
    }
  }

  /** The lines, the latest first. */
  List<JsonNode> latestFirst() {
    return lines.reversed();
  }

  /**
   * Appends a line; it is on the disk when this returns.
   *
   * @param fields of the line, besides what says that it is of this study
   * @throws UncheckedIOException if it cannot be; what was appended before stays
   */
  void append(Map<String, ? extends @Nullable Object> fields) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("format", FORMAT);
    all.put("study", study);
    all.putAll(fields);
    String line = JsonLine.of(all);
    if (channel != null) {
      write(channel, line + "\n");
    }
    lines.add(parsed(line));
  }

  private static JsonNode parsed(String line) {
    JsonNode node = parse(line);
    if (node == null) {
      throw new IllegalStateException("cannot be read back: " + line);
    }
    return node;
  }

  private void write(FileChannel to, String line) {
    ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
    try {
      while (bytes.hasRemaining()) {
        to.write(bytes);
      }
      to.force(true);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot write " + file + "; what was measured before is kept: go on by --resume", e);
    }
  }

  @Override
  public void close() {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close " + file, e);
    }
  }
}
