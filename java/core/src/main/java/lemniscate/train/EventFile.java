package lemniscate.train;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * An event file of TensorBoard: records of TensorFlow (length, its masked CRC-32C, data, its masked
 * CRC-32C, little endian), each a message {@code Event} of {@code event.proto} in the encoding of
 * Protocol Buffers. The few fields that scalars, histograms and images take are written by hand;
 * see ADR 19.
 */
final class EventFile implements AutoCloseable {

  private static final Pattern NAME = Pattern.compile("events\\.out\\.tfevents\\.(\\d{10})\\..*");
  private static final int MASK = 0xa282ead8;
  private static final int MASK_ROTATION = 15;
  private static final double MILLIS = 1e3;

  // event.proto
  private static final int WALL_TIME = 1;
  private static final int STEP = 2;
  private static final int FILE_VERSION = 3;
  private static final int SUMMARY = 5;
  private static final int SESSION_LOG = 7;
  private static final int SESSION_STATUS = 1;
  private static final int SESSION_START = 1;

  // summary.proto
  private static final int VALUE = 1;
  private static final int TAG = 1;
  private static final int SIMPLE_VALUE = 2;
  private static final int IMAGE = 4;
  private static final int HISTOGRAM = 5;
  private static final int IMAGE_HEIGHT = 1;
  private static final int IMAGE_WIDTH = 2;
  private static final int IMAGE_COLOURS = 3;
  private static final int IMAGE_PNG = 4;

  // The first chunk of a PNG (ISO/IEC 15948, 11.2.2): sizes are big endian.
  private static final int PNG_WIDTH = 16;
  private static final int PNG_HEIGHT = 20;
  private static final int PNG_COLOURS = 25;
  private static final int PNG_OF_COLOURS = 2;

  /** Red, green and blue. */
  private static final int RGB = 3;

  private final FileChannel channel;

  private EventFile(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Makes a file beside those that are there, to be read after them.
   *
   * @param firstStep what files before have of this step and later ones does not count any more
   */
  static EventFile create(Path folder, long firstStep) throws IOException {
    long second = System.currentTimeMillis() / (long) MILLIS;
    boolean restarted = false;
    for (Path file : all(folder)) {
      Matcher name = NAME.matcher(file.getFileName().toString());
      if (name.matches()) {
        // Files are read in the order of their names.
        second = Math.max(second, Long.parseLong(name.group(1)) + 1);
        restarted = true;
      }
    }
    String name =
        String.format(
            Locale.ROOT,
            "events.out.tfevents.%010d.lemniscate.%d",
            second,
            ProcessHandle.current().pid());
    EventFile file =
        new EventFile(
            FileChannel.open(
                folder.resolve(name), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
    file.write(event(firstStep).text(FILE_VERSION, "brain.Event:2"));
    if (restarted) {
      Message start = new Message().integer(SESSION_STATUS, SESSION_START);
      file.write(event(firstStep).message(SESSION_LOG, start));
    }
    return file;
  }

  /** The event files of a folder, in the order in which they are read. */
  static List<Path> all(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> NAME.matcher(file.getFileName().toString()).matches())
          .sorted()
          .toList();
    }
  }

  /** A number at a step. */
  void scalar(long step, String tag, double value) throws IOException {
    write(step, new Message().text(TAG, tag).float32(SIMPLE_VALUE, (float) value));
  }

  /** A distribution at a step. */
  void histogram(long step, String tag, Histogram histogram) throws IOException {
    write(step, new Message().text(TAG, tag).message(HISTOGRAM, histogram.message()));
  }

  /**
   * An image at a step.
   *
   * @param png a PNG file of three colours without transparency, as figures are
   */
  void image(long step, String tag, byte[] png) throws IOException {
    ByteBuffer header = ByteBuffer.wrap(png);
    if (header.get(PNG_COLOURS) != PNG_OF_COLOURS) {
      throw new IllegalArgumentException("kind of colours of a PNG: " + header.get(PNG_COLOURS));
    }
    Message image =
        new Message()
            .integer(IMAGE_HEIGHT, header.getInt(PNG_HEIGHT))
            .integer(IMAGE_WIDTH, header.getInt(PNG_WIDTH))
            .integer(IMAGE_COLOURS, RGB)
            .bytes(IMAGE_PNG, png);
    write(step, new Message().text(TAG, tag).message(IMAGE, image));
  }

  private void write(long step, Message value) throws IOException {
    write(event(step).message(SUMMARY, new Message().message(VALUE, value)));
  }

  private static Message event(long step) {
    return new Message()
        .float64(WALL_TIME, System.currentTimeMillis() / MILLIS)
        .integer(STEP, step);
  }

  private void write(Message event) throws IOException {
    byte[] data = event.bytes();
    ByteBuffer length = littleEndian(Long.BYTES).putLong(data.length).flip();
    ByteBuffer record = littleEndian(data.length + Long.BYTES + 2 * Integer.BYTES);
    record.put(length.duplicate()).putInt(masked(length)).put(data);
    record.putInt(masked(ByteBuffer.wrap(data))).flip();
    while (record.hasRemaining()) {
      channel.write(record);
    }
  }

  private static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The CRC-32C of bytes as records hold it: rotated and moved, so that it can be data itself. */
  static int masked(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return Integer.rotateRight((int) crc.getValue(), MASK_ROTATION) + MASK;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  /** Numbers counted in buckets whose limits grow by a tenth, as TensorFlow's do. */
  static final class Histogram {
    private static final double SMALLEST = 1e-12;
    private static final double GROWTH = Math.log(1.1);
    private static final double START = Math.log(SMALLEST);

    /** Of the largest number of either sign. */
    private static final int FURTHEST = bucket(Double.MAX_VALUE);

    private final long[] counts = new long[2 * FURTHEST + 1];
    private double min;
    private double max;
    private double sum;
    private double squares;
    private long count;

    Histogram() {
      clear();
    }

    /** Forgets what was counted. */
    void clear() {
      Arrays.fill(counts, 0);
      min = Double.POSITIVE_INFINITY;
      max = Double.NEGATIVE_INFINITY;
      sum = 0;
      squares = 0;
      count = 0;
    }

    /** Counts numbers, each multiplied by a factor; those that are not finite are left out. */
    void add(double factor, double... values) {
      for (double raw : values) {
        double value = factor * raw;
        if (Double.isFinite(value)) {
          counts[FURTHEST + bucket(value)]++;
          min = Math.min(min, value);
          max = Math.max(max, value);
          sum += value;
          squares += value * value;
          count++;
        }
      }
    }

    boolean isEmpty() {
      return count == 0;
    }

    // Bucket k > 0 ends at SMALLEST 1.1^(k−1), bucket 0 at 0, bucket −k at −SMALLEST 1.1^(k−2) …
    private static int bucket(double value) {
      double size = Math.abs(value);
      if (value == 0 || size < SMALLEST) {
        return value > 0 ? 1 : 0;
      }
      double steps = (Math.log(size) - START) / GROWTH;
      return value > 0 ? 1 + (int) Math.ceil(steps) : -(int) Math.floor(steps) - 1;
    }

    // The largest value of a bucket.
    private static double limit(int bucket) {
      if (bucket == 0) {
        return 0;
      }
      int power = bucket > 0 ? bucket - 1 : -bucket - 1;
      double size = Math.min(Math.exp(START + power * GROWTH), Double.MAX_VALUE);
      return Math.copySign(size, bucket);
    }

    // summary.proto: HistogramProto. A bucket begins where the one before it in the list ends.
    private Message message() {
      ByteArrayOutputStream limits = new ByteArrayOutputStream();
      ByteArrayOutputStream numbers = new ByteArrayOutputStream();
      int latest = counts.length;
      for (int i = 0; i < counts.length; i++) {
        if (counts[i] > 0) {
          if (i > latest + 1) {
            limits.writeBytes(Message.little(limit(i - FURTHEST - 1)));
            numbers.writeBytes(Message.little(0));
          }
          limits.writeBytes(Message.little(limit(i - FURTHEST)));
          numbers.writeBytes(Message.little(counts[i]));
          latest = i;
        }
      }
      return new Message()
          .float64(1, min)
          .float64(2, max)
          .float64(3, count)
          .float64(4, sum)
          .float64(5, squares)
          .bytes(6, limits.toByteArray())
          .bytes(7, numbers.toByteArray());
    }
  }

  /** A message of Protocol Buffers; fields are numbers with the kind of what follows. */
  private static final class Message {
    private static final int VARINT = 0;
    private static final int FIXED_64 = 1;
    private static final int WITH_LENGTH = 2;
    private static final int FIXED_32 = 5;
    private static final int KIND_BITS = 3;
    private static final int VARINT_BITS = 7;
    private static final int VARINT_MORE = 0x80;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Message integer(int field, long value) {
      key(field, VARINT);
      varint(value);
      return this;
    }

    Message float64(int field, double value) {
      key(field, FIXED_64);
      out.writeBytes(little(value));
      return this;
    }

    Message float32(int field, float value) {
      key(field, FIXED_32);
      out.writeBytes(littleEndian(Float.BYTES).putFloat(value).array());
      return this;
    }

    Message text(int field, String value) {
      return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    Message message(int field, Message value) {
      return bytes(field, value.bytes());
    }

    Message bytes(int field, byte[] value) {
      key(field, WITH_LENGTH);
      varint(value.length);
      out.writeBytes(value);
      return this;
    }

    static byte[] little(double value) {
      return littleEndian(Double.BYTES).putDouble(value).array();
    }

    private void key(int field, int kind) {
      varint((long) field << KIND_BITS | kind);
    }

    private void varint(long value) {
      long rest = value;
      while ((rest & -VARINT_MORE) != 0) {
        out.write((int) (rest & (VARINT_MORE - 1) | VARINT_MORE));
        rest >>>= VARINT_BITS;
      }
      out.write((int) rest);
    }

    byte[] bytes() {
      return out.toByteArray();
    }
  }
}
