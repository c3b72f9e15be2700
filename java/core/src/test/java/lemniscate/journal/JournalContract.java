package lemniscate.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import lemniscate.config.BadInputException;

/** What every store of lines keeps to, whichever bytes of its file are lost or changed. */
public final class JournalContract {

  private static final int[] FLIPS = {1, 128};
  // What means something to a reader of lines.
  private static final int[] BYTES = {0, '\n', ' ', '"'};

  private final Path file;
  private final Supplier<?> reader;
  private final byte[] whole;
  private final List<Object> states = new ArrayList<>();

  private JournalContract(Path file, Supplier<?> reader) throws IOException {
    this.file = file;
    this.reader = reader;
    this.whole = Files.readAllBytes(file);
  }

  /**
   * Checks a store, whose file is changed and put back.
   *
   * @param file with a few lines, each of which changes what is read
   * @param reader what the store makes of the file
   */
  public static void check(Path file, Supplier<?> reader) throws IOException {
    JournalContract contract = new JournalContract(file, reader);
    contract.aCutLosesTheLineItIsIn();
    contract.aChangedByteIsRefused();
    contract.aFolderIsRefused();
    Files.write(file, contract.whole);
    assertThat(reader.get()).isEqualTo(contract.states.getLast());
  }

  /** The old file, of the version before checksums, in the place of another. */
  public static void putOld(String resource, Path file) throws IOException {
    try (var in = JournalContract.class.getResourceAsStream(resource)) {
      Files.createDirectories(file.getParent());
      Files.write(file, in.readAllBytes());
    }
    assertThat(file).content().doesNotContain("\"crc\"");
  }

  private void aCutLosesTheLineItIsIn() throws IOException {
    Files.write(file, new byte[0]);
    for (int length = 0; length <= whole.length; length++) {
      if (length > 0) {
        put(length - 1, whole[length - 1]);
      }
      Object state = reader.get();
      if (length == 0 || whole[length - 1] == '\n') {
        states.add(state);
      }
      assertThat(state).as("the first %d bytes", length).isEqualTo(states.getLast());
    }
    assertThat(states).as("each line counts").doesNotHaveDuplicates();
    assertThat(states).as("lines").hasSizeGreaterThan(3);
  }

  private void aChangedByteIsRefused() throws IOException {
    Files.write(file, whole);
    int line = 1;
    int last = states.size() - 1;
    for (int at = 0; at < whole.length; at++) {
      for (int flip : FLIPS) {
        requireRefused(at, (byte) (whole[at] ^ flip), line, last);
      }
      for (int value : BYTES) {
        requireRefused(at, (byte) value, line, last);
      }
      line += whole[at] == '\n' ? 1 : 0;
    }
  }

  private void requireRefused(int at, byte value, int line, int last) throws IOException {
    if (value == whole[at]) {
      return;
    }
    Object state;
    put(at, value);
    try {
      state = reader.get();
    } catch (BadInputException e) {
      assertThat(e).hasMessageContaining("%s:%d: ".formatted(file, line));
      return;
    } finally {
      put(at, whole[at]);
    }
    assertThat(line).as("byte %d as %d of line %d is believed", at, value, line).isEqualTo(last);
    assertThat(state).as("a torn last line does not count").isEqualTo(states.get(last - 1));
  }

  // In place, because a file that is written anew may be flushed to the disk each time.
  private void put(int at, byte value) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {value}), at);
    }
  }

  private void aFolderIsRefused() throws IOException {
    Files.delete(file);
    Files.createDirectory(file);
    assertThatThrownBy(reader::get)
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining(file + " is a folder");
    Files.delete(file);
  }
}
