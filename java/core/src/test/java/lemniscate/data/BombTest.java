package lemniscate.data;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import lemniscate.config.BadInputException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Small files that unpack to much are refused before they are unpacked. */
final class BombTest {

  // Of the array that the files promise a sixtieth.
  private static final long FEW_BYTES = 4L << 20;
  private static final int MEBI = 1 << 20;
  private static final int MANY = 260;

  @TempDir Path folder;

  private static void refused(ThrowingCallable call, String... parts) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    assertThatThrownBy(call).isInstanceOf(BadInputException.class).hasMessageContainingAll(parts);
    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(FEW_BYTES);
  }

  private static void zeros(OutputStream out, int mebibytes) throws IOException {
    byte[] block = new byte[MEBI];
    for (int i = 0; i < mebibytes; i++) {
      out.write(block);
    }
  }

  private Path npz(String xShape, int mebibytes) throws IOException {
    Path file = folder.resolve("bomb.npz");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (String name : ArraySplits.NAMES) {
        zip.putNextEntry(new ZipEntry(name + ".npy"));
        if (name.equals("x_train")) {
          zip.write(DataFiles.npy("|u1", xShape, new byte[0]));
          zeros(zip, mebibytes);
        } else {
          zip.write(DataFiles.npy("|u1", "(2,)", new byte[2]));
        }
        zip.closeEntry();
      }
    }
    assertThat(Files.size(file)).isLessThan(MEBI);
    return file;
  }

  @Test
  void aMemberOfManyTimesItsStoredBytes() throws IOException {
    Path file = npz("(2, %d)".formatted(MANY / 2 * MEBI), MANY);
    refused(
        () -> NpyReader.readSplits("bomb", file, DataOptions.NONE),
        "bomb.npz:x_train promises 272.6 MB in",
        "200 times",
        "uncompressed");
  }

  @Test
  void aMemberThatHoldsLessThanItPromises() throws IOException {
    Path file = npz("(2, 1000000000)", 1);
    refused(
        () -> NpyReader.readSplits("bomb", file, DataOptions.NONE),
        "x_train has",
        "its header promises 2000000079");
  }

  @Test
  void anIdxFileOfManyTimesItsStoredBytes() throws IOException {
    Path file = folder.resolve("x.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write(DataFiles.images(0x803, MANY, 1024, 1024, new byte[0]));
      zeros(out, MANY);
    }
    refused(() -> IdxReader.array(file), "x.gz promises 272.6 MB in", "200 times");
  }

  @Test
  void anArchiveOfMoreThanItsSet() throws IOException {
    Path file = folder.resolve("cifar-10-binary.tar.gz");
    byte[] header = DataFiles.tarEntry("huge", '0', new byte[0]);
    // Eleven octal digits of 8 GB, and the checksum that goes with them.
    byte[] size = "77777777777\0".getBytes(ISO_8859_1);
    System.arraycopy(size, 0, header, 124, size.length);
    Arrays.fill(header, 148, 156, (byte) ' ');
    int sum = 0;
    for (int i = 0; i < 512; i++) {
      sum += header[i] & 0xff;
    }
    byte[] checksum = "%06o\0 ".formatted(sum).getBytes(ISO_8859_1);
    System.arraycopy(checksum, 0, header, 148, checksum.length);
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write(header, 0, 512);
      zeros(out, 8);
    }
    assertThatThrownBy(() -> new TarInput(new GZIPInputStream(Files.newInputStream(file))).next())
        .hasMessageContaining("unpacks to more than 1.1 GB");
  }
}
