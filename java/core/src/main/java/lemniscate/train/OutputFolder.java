package lemniscate.train;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import lemniscate.config.BadInputException;

/** What all folders that results are written to have in common. */
public final class OutputFolder {

  /** End of the name of a file before it is put in place. */
  static final String TEMPORARY = ".tmp";

  private static final int PROBE_BYTES = 1 << 12;
  private static final Pattern PROBE = Pattern.compile("\\.probe\\d+\\.tmp");
  private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

  private OutputFolder() {}

  /**
   * Writes and removes a file: some file systems report a full disk only once data is forced out.
   *
   * @throws IOException if the folder cannot be written
   */
  public static void probe(Path folder) throws IOException {
    Path probe = Files.createTempFile(folder, ".probe", null);
    try (FileChannel channel = FileChannel.open(probe, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(PROBE_BYTES));
      channel.force(true);
    } finally {
      Files.deleteIfExists(probe);
    }
  }

  /** What to tell the user whose folder cannot be written. */
  public static BadInputException unusable(Path folder, IOException e) {
    String reason =
        e instanceof FileSystemException f && f.getReason() != null
            ? f.getReason()
            : e.getClass().getSimpleName() + " " + e.getMessage();
    return new BadInputException(
        "out is %s, which cannot be written (%s); name a folder on a disk with room where you may write."
            .formatted(folder, reason),
        e);
  }

  /**
   * Makes {@code runs/<time>-<name>}, or the same with a number behind where that is taken: made,
   * not looked for, so that of two processes each has its own.
   *
   * @throws BadInputException if it cannot be made
   */
  public static Path fresh(String name) {
    Path runs = Path.of("runs");
    String base = STAMP.format(LocalDateTime.now()) + "-" + name;
    try {
      Files.createDirectories(runs);
      for (int n = 1; ; n++) {
        try {
          return Files.createDirectory(runs.resolve(n == 1 ? base : base + "-" + n));
        } catch (FileAlreadyExistsException e) {
          // Another process was first.
        }
      }
    } catch (IOException e) {
      throw unusable(runs.resolve(base), e);
    }
  }

  /**
   * Removes what a killed process has left of files that it was about to put in place.
   *
   * @param folder that no other process writes to
   * @param replaced tells names of files that are put in place from those of others
   * @throws IOException if it cannot be listed or one cannot be removed
   */
  static void sweep(Path folder, Predicate<String> replaced) throws IOException {
    List<Path> left;
    try (Stream<Path> files = Files.list(folder)) {
      left =
          files
              .filter(
                  file -> {
                    String name = file.getFileName().toString();
                    return name.endsWith(TEMPORARY)
                            && replaced.test(name.substring(0, name.length() - TEMPORARY.length()))
                        || PROBE.matcher(name).matches();
                  })
              .toList();
    }
    for (Path file : left) {
      Files.deleteIfExists(file);
    }
  }

  /**
   * Puts a text in the place of a file, whole or not at all, whenever the process is killed.
   *
   * @throws IOException if it cannot be written; the file is then as it was
   */
  public static void replace(Path file, String text) throws IOException {
    Path temporary = file.resolveSibling(file.getFileName() + TEMPORARY);
    try {
      write(temporary, text);
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      Files.deleteIfExists(temporary);
      throw e;
    }
  }

  private static void write(Path file, String text) throws IOException {
    try (FileChannel out =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
      out.force(true);
    }
  }
}
