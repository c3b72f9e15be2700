package lemniscate.train;

import java.io.IOException;
import java.io.UncheckedIOException;
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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import lemniscate.config.BadInputException;

/** What all folders that results are written to have in common. */
public final class OutputFolder {

  private static final int PROBE_BYTES = 1 << 12;
  // With the number of the process, so that two do not write the same one; older versions had none.
  private static final Pattern REPLACEMENT =
      Pattern.compile("(.+?)(?:\\.lemniscate-(\\d{1,18}))?\\.tmp");
  private static final Pattern PROBE = Pattern.compile("\\.probe\\d+(\\.lemniscate-\\d+)?\\.tmp");
  private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

  private OutputFolder() {}

  private static String temporary() {
    return ".lemniscate-" + ProcessHandle.current().pid() + ".tmp";
  }

  /**
   * Writes and removes a file: some file systems report a full disk only once data is forced out.
   *
   * @throws IOException if the folder cannot be written
   */
  public static void probe(Path folder) throws IOException {
    Path probe = Files.createTempFile(folder, ".probe", temporary());
    try (FileChannel channel = FileChannel.open(probe, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(PROBE_BYTES));
      channel.force(true);
    } finally {
      Files.deleteIfExists(probe);
    }
  }

  /** Whether a file is one that {@link #probe} makes, and a kill leaves. */
  public static boolean isProbe(Path file) {
    return PROBE.matcher(file.getFileName().toString()).matches();
  }

  /**
   * Refuses a folder that could not be made or written, as far as can be told without making it.
   *
   * @throws BadInputException if it, or the nearest folder above it that exists, is a file or may
   *     not be written
   */
  public static void requireUsable(Path folder) {
    Path there = folder.toAbsolutePath();
    while (there != null && !Files.exists(there)) {
      there = there.getParent();
    }
    if (there == null) {
      return;
    }
    if (!Files.isDirectory(there)) {
      throw unusable(folder, new FileSystemException(null, null, there + " is a file"));
    }
    if (!Files.isWritable(there)) {
      throw unusable(folder, new FileSystemException(null, null, "no permission for " + there));
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
   * What to tell the user of a file that cannot be written though its folder could be before.
   *
   * @param state what there is in its place
   * @param remedy what to do once the cause is gone
   */
  public static UncheckedIOException unwritten(
      Path file, String state, String remedy, IOException cause) {
    return new UncheckedIOException(
        "cannot write %s; %s: remove the cause, such as a full disk, and %s"
            .formatted(file, state, remedy),
        cause);
  }

  /** The same of a file of a study's results, which are written once all is measured. */
  public static UncheckedIOException unwrittenResult(Path file, IOException cause) {
    return unwritten(
        file,
        "what was there before is kept",
        "give the same command again, with --resume where it has that",
        cause);
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
  public static void sweep(Path folder, Predicate<String> replaced) throws IOException {
    List<Path> left;
    try (Stream<Path> files = Files.list(folder)) {
      left =
          files
              .filter(
                  file -> {
                    Matcher name = REPLACEMENT.matcher(file.getFileName().toString());
                    return name.matches() && replaced.test(name.group(1)) || isProbe(file);
                  })
              .toList();
    }
    for (Path file : left) {
      Files.deleteIfExists(file);
    }
  }

  /**
   * Removes what killed processes of this machine have left of files that they were about to put in
   * place, in a folder that others may write to.
   *
   * @throws IOException if it cannot be listed or one cannot be removed
   */
  public static void sweepDead(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Matcher name = REPLACEMENT.matcher(file.getFileName().toString());
        if (name.matches()
            && name.group(2) != null
            && ProcessHandle.of(Long.parseLong(name.group(2))).isEmpty()) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  /** What writes the contents of a file. */
  @FunctionalInterface
  public interface Contents {
    /** Writes them to a file that is not yet there. */
    void to(Path file) throws IOException;
  }

  /**
   * Puts contents in the place of a file, whole or not at all, whenever the process is killed.
   *
   * @throws IOException if they cannot be written; the file is then as it was
   */
  public static void replace(Path file, Contents contents) throws IOException {
    Path temporary = file.resolveSibling(file.getFileName() + temporary());
    try {
      contents.to(temporary);
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /**
   * Puts a text in the place of a file, whole or not at all, whenever the process is killed.
   *
   * @throws IOException if it cannot be written; the file is then as it was
   */
  public static void replace(Path file, String text) throws IOException {
    replace(file, temporary -> write(temporary, text));
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
