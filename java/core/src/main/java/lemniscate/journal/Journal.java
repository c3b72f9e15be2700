package lemniscate.journal;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.zip.CRC32;
import lemniscate.config.BadInputException;
import org.jspecify.annotations.Nullable;

/**
 * A file to which JSON objects are appended, one a line, whatever it belongs to. The last field of
 * a line, {@value #CHECKSUM}, is the CRC-32 of all bytes before that field; lines without one, of
 * earlier versions, are read, too. A kill or a power cut tears at most the last line, which then
 * does not count; any other damage is refused with file, line and remedy. While a journal is open
 * no other process can write to it; reading needs no lock.
 */
public final class Journal implements AutoCloseable {
  /** Far above any line that is written, and far below what the heap holds. */
  private static final int LONGEST_LINE = 1 << 24;

  /** The name of the field that holds the checksum. */
  public static final String CHECKSUM = "crc";

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  private static final int SEAL_LENGTH = seal(new byte[0], 0).length();

  private final Path file;
  private final Remedies remedies;
  private final FileChannel channel;
  private long end;

  private Journal(Path file, Remedies remedies, FileChannel channel) {
    this.file = file;
    this.remedies = remedies;
    this.channel = channel;
  }

  /**
   * What a user can do, in sentences.
   *
   * @param damaged where a line cannot be used
   * @param inUse where another process writes the file
   */
  public record Remedies(String damaged, String inUse) {}

  // ---------------------------------------------------------------- reading

  /**
   * Reads a file from its beginning, also while another process appends to it.
   *
   * @param reader told of each line
   * @throws BadInputException if there is no such file, it cannot be read, or it is damaged
   */
  public static void read(Path file, Remedies remedies, Consumer<JournalLine> reader) {
    requireNoFolder(file, remedies);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      new Journal(file, remedies, channel).scan(all(reader));
    } catch (NoSuchFileException e) {
      throw missing(file, remedies, e);
    } catch (IOException e) {
      throw new BadInputException(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static BadInputException missing(Path file, Remedies remedies, IOException cause) {
    return new BadInputException(file + " is missing. " + remedies.damaged(), cause);
  }

  private static Predicate<JournalLine> all(Consumer<JournalLine> reader) {
    return line -> {
      reader.accept(line);
      return true;
    };
  }

  private static void requireNoFolder(Path file, Remedies remedies) {
    if (Files.isDirectory(file)) {
      throw new BadInputException(file + " is a folder, expected a file. " + remedies.damaged());
    }
  }

  /**
   * Reads whole lines as long as they are accepted.
   *
   * @return where the last that was accepted ends
   */
  private long scan(Predicate<JournalLine> accept) throws IOException {
    // Lines that another process appends meanwhile are left to the next reader.
    long size = channel.size();
    // Not closed: closing any channel of a file gives up the process's lock on it.
    InputStream in = new BufferedInputStream(Channels.newInputStream(channel.position(0)));
    long accepted = 0;
    for (int number = 1; accepted < size; number++) {
      byte[] bytes = upToLineFeed(in, Math.min(size - accepted, LONGEST_LINE));
      if (bytes.length == LONGEST_LINE && bytes[LONGEST_LINE - 1] != '\n') {
        throw damaged(number, "it has more than %d bytes".formatted(LONGEST_LINE));
      }
      boolean last = accepted + bytes.length >= size;
      JournalLine line = parse(number, bytes, last);
      if (line == null || !accept.test(line)) {
        break;
      }
      accepted += bytes.length;
    }
    return accepted;
  }

  private static byte[] upToLineFeed(InputStream in, long most) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int next = 0;
    while (next != '\n' && bytes.size() < most && (next = in.read()) >= 0) {
      bytes.write(next);
    }
    return bytes.toByteArray();
  }

  /** A line with its line feed; null if it is torn. */
  private @Nullable JournalLine parse(int number, byte[] bytes, boolean last) {
    boolean whole = bytes.length > 0 && bytes[bytes.length - 1] == '\n';
    boolean zeros = contains(bytes, (byte) 0);
    // A kill leaves a beginning without a line feed, a power cut bytes that were never written.
    if (last && (!whole || zeros)) {
      if (isTwoLines(bytes)) {
        throw damaged(number, "its line feed is lost");
      }
      return null;
    }
    if (zeros) {
      throw damaged(number, "it holds a NUL");
    }
    byte[] line = Arrays.copyOf(bytes, bytes.length - 1);
    JsonNode node;
    try {
      node =
          MAPPER.readTree(
              StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(line)).toString());
    } catch (CharacterCodingException e) {
      throw damaged(number, "it is not UTF-8");
    } catch (JsonProcessingException e) {
      throw damaged(number, "it is not one JSON object");
    }
    if (!(node instanceof ObjectNode fields)) {
      throw damaged(number, "it is not one JSON object");
    }
    requireIntact(number, line, fields);
    fields.remove(CHECKSUM);
    return new JournalLine(file, number, fields, remedies.damaged());
  }

  private void requireIntact(int number, byte[] line, ObjectNode fields) {
    int sealed = Math.max(0, line.length - SEAL_LENGTH);
    String seal = seal(line, sealed);
    String found = new String(line, sealed, line.length - sealed, StandardCharsets.ISO_8859_1);
    // The right checksum under another name: its own name is what is damaged.
    boolean misnamed = digits(found).equals(digits(seal));
    if (!found.equals(seal) && (fields.has(CHECKSUM) || misnamed)) {
      throw damaged(number, "its checksum is wrong");
    }
  }

  private static String digits(String seal) {
    return seal.substring(Math.max(0, seal.length() - 10));
  }

  // What follows so many bytes of a line.
  private static String seal(byte[] line, int bytes) {
    CRC32 crc = new CRC32();
    crc.update(line, 0, bytes);
    return ",\"" + CHECKSUM + "\":\"" + HexFormat.of().toHexDigits((int) crc.getValue()) + "\"}";
  }

  private BadInputException damaged(int number, String how) {
    return new BadInputException(
        "%s:%d: is damaged: %s. %s".formatted(file, number, how, remedies.damaged()));
  }

  private static boolean contains(byte[] bytes, byte wanted) {
    for (byte b : bytes) {
      if (b == wanted) {
        return true;
      }
    }
    return false;
  }

  // Whether what seems torn begins with a whole line, which must not go with it.
  private static boolean isTwoLines(byte[] bytes) {
    // Bytes as characters: what matters is ASCII, and the rest need not be UTF-8.
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    try (JsonParser parser = MAPPER.createParser(text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return false;
      }
      parser.skipChildren();
      String rest = text.substring((int) parser.currentLocation().getCharOffset());
      return !rest.chars().allMatch(c -> c == 0 || c == '\n');
    } catch (IOException e) {
      return false;
    }
  }

  // ---------------------------------------------------------------- writing

  /**
   * Opens a file to append to it, and makes it if there is none. Nothing is written before a line
   * is.
   *
   * @param reader told of each line that is there
   * @throws BadInputException if another process has it open, or it is damaged
   * @throws IOException if it cannot be written
   */
  public static Journal open(Path file, Remedies remedies, Consumer<JournalLine> reader)
      throws IOException {
    return open(file, remedies, reader, StandardOpenOption.CREATE);
  }

  /**
   * Opens a file that must be there to append to it.
   *
   * @param reader told of each line that is there
   * @throws BadInputException if it is missing or damaged, or another process has it open
   * @throws IOException if it cannot be written
   */
  public static Journal reopen(Path file, Remedies remedies, Consumer<JournalLine> reader)
      throws IOException {
    try {
      return open(file, remedies, reader, StandardOpenOption.WRITE);
    } catch (NoSuchFileException e) {
      throw missing(file, remedies, e);
    }
  }

  private static Journal open(
      Path file, Remedies remedies, Consumer<JournalLine> reader, StandardOpenOption how)
      throws IOException {
    requireNoFolder(file, remedies);
    FileChannel channel =
        FileChannel.open(file, how, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      Journal journal = new Journal(file, remedies, channel);
      journal.lock();
      journal.end = journal.scan(all(reader));
      return journal;
    } catch (RuntimeException | IOException e) {
      channel.close();
      throw e;
    }
  }

  /**
   * Whether a process has a file open to write, this one included; one that has it open must not
   * ask on another thread, since closing any channel of a file gives up the process's lock.
   */
  public static boolean isOpenElsewhere(Path file) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        FileLock lock = channel.tryLock(0, Long.MAX_VALUE, true)) {
      return lock == null;
    } catch (OverlappingFileLockException e) {
      return true;
    } catch (IOException e) {
      // Where there is no file, or none that can be locked, nobody writes it.
      return false;
    }
  }

  private void lock() throws IOException {
    try {
      if (channel.tryLock() != null) {
        return;
      }
    } catch (OverlappingFileLockException e) {
      // Open in this very process; refused like one of another process.
    }
    throw new BadInputException(file + " is in use by another process. " + remedies.inUse());
  }

  /**
   * Cuts off the first line that is not kept, and what follows it.
   *
   * @throws IOException if the file cannot be written
   */
  public void keepWhile(Predicate<JournalLine> kept) throws IOException {
    end = scan(kept);
    channel.truncate(end);
  }

  /**
   * Appends a line; it is with the operating system when this returns.
   *
   * @param fields in their order, at least one
   * @throws IOException if it cannot be; what was appended before stays
   */
  public void append(Map<String, ? extends @Nullable Object> fields) throws IOException {
    write(List.of(fields), false);
  }

  /**
   * Appends lines with one write; they are on the disk when this returns.
   *
   * @param lines fields in their order, at least one in each
   * @throws IOException if they cannot be; what was appended before stays
   */
  public void appendSynced(Collection<? extends Map<String, ? extends @Nullable Object>> lines)
      throws IOException {
    write(lines, true);
  }

  private void write(
      Collection<? extends Map<String, ? extends @Nullable Object>> lines, boolean synced)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (Map<String, ? extends @Nullable Object> fields : lines) {
      bytes.writeBytes((text(fields) + "\n").getBytes(StandardCharsets.UTF_8));
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes.toByteArray());
    channel.truncate(end).position(end); // without what a kill has torn
    try {
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      if (synced) {
        channel.force(true);
      }
    } catch (IOException e) {
      cutOff(e);
      throw e;
    }
    end = channel.position();
  }

  // Half a line would not count anyway.
  private void cutOff(IOException cause) {
    try {
      channel.truncate(end);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  /** The line of an object, with its checksum and without a line feed. */
  static String text(Map<String, ? extends @Nullable Object> fields) {
    if (fields.isEmpty() || fields.containsKey(CHECKSUM)) {
      throw new IllegalArgumentException("no line of a journal: " + fields.keySet());
    }
    String json = JsonLine.of(fields);
    byte[] line = json.getBytes(StandardCharsets.UTF_8);
    return json.substring(0, json.length() - 1) + seal(line, line.length - 1);
  }

  /**
   * Returns when all lines are on the disk.
   *
   * @throws IOException if they cannot be
   */
  public void sync() throws IOException {
    channel.force(false);
  }

  /** The file. */
  public Path file() {
    return file;
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
