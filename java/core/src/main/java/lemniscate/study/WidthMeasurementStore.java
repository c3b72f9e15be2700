package lemniscate.study;

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
import java.util.List;
import java.util.Optional;
import lemniscate.config.BadInputException;

/**
 * A file with a line for each {@link WidthMeasurement}. Lines are only appended, each forced to the
 * disk, so that killing the process loses no finished one; a torn last line does not count. While
 * it is open no other process can write to it.
 */
public final class WidthMeasurementStore implements AutoCloseable {

  /** Name of the file. */
  public static final String FILE = "measurements.jsonl";

  private final Path file;
  private final String study;
  private final FileChannel channel;
  private final List<WidthMeasurement> measurements = new ArrayList<>();

  private WidthMeasurementStore(Path file, String study, FileChannel channel) {
    this.file = file;
    this.study = study;
    this.channel = channel;
  }

  /**
   * Opens the file of a folder, which may exist.
   *
   * @param study what all its lines belong to: {@link WidthLimitStudy#id}
   * @throws BadInputException if it is of another study, damaged, in use, or cannot be written
   */
  public static WidthMeasurementStore open(Path folder, String study) {
    Path file = folder.resolve(FILE);
    try {
      FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      WidthMeasurementStore store = new WidthMeasurementStore(file, study, channel);
      try {
        store.lock();
        store.read();
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

  private void lock() throws IOException {
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

  private void read() throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int start = 0;
    for (int end = 0; end < bytes.length; end++) {
      if (bytes[end] != '\n') {
        continue;
      }
      String line = new String(bytes, start, end - start, StandardCharsets.UTF_8);
      WidthMeasurement measurement = WidthMeasurement.parse(line);
      if (measurement == null && end == bytes.length - 1) {
        break; // after a power cut the end of a file may hold anything
      }
      if (measurement == null) {
        throw new BadInputException(
            "%s:%d: is not a measurement that this version reads; remove the line, or name another folder."
                .formatted(file, measurements.size() + 1));
      }
      if (!study.equals(WidthMeasurement.study(line))) {
        throw new BadInputException(
            "%s holds measurements of another configuration or data set; name another folder."
                .formatted(file));
      }
      measurements.add(measurement);
      start = end + 1;
    }
    channel.truncate(start);
    channel.position(start);
  }

  /** The measurement of a network, if it is there with a quantity; the latest of several. */
  Optional<WidthMeasurement> find(int width, long seed, LimitQuantity quantity) {
    return measurements.reversed().stream()
        .filter(m -> m.width() == width && m.seed() == seed && m.answers(quantity))
        .findFirst();
  }

  /**
   * Appends a measurement; it is on the disk when this returns.
   *
   * @throws UncheckedIOException if it cannot be; what was appended before stays
   */
  void append(WidthMeasurement measurement) {
    ByteBuffer bytes =
        ByteBuffer.wrap((measurement.toJson(study) + "\n").getBytes(StandardCharsets.UTF_8));
    try {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot write " + file + "; what was measured before is kept: go on by --resume", e);
    }
    measurements.add(measurement);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close " + file, e);
    }
  }
}
