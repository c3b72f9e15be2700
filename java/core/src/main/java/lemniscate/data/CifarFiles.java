package lemniscate.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.zip.ZipException;
import lemniscate.config.BadInputException;
import org.jspecify.annotations.Nullable;

/**
 * The files of a CIFAR set.
 *
 * @param set which
 * @param python whether they are pickles, not records
 * @param archive whether the path is a {@code .tar.gz}, not a folder
 * @param path where they are
 */
record CifarFiles(CifarSet set, boolean python, boolean archive, Path path) implements SetFiles {

  /** Zeros that a tar archive is filled up with; the usual blocks have 10 kB. */
  private static final long LONGEST_TAIL = 1L << 24;

  @Override
  public DataSplits read(String name, boolean coarse) {
    return CifarReader.read(name, this, coarse);
  }

  @Override
  public @Nullable Counts counts() {
    if (python || archive) {
      return null;
    }
    return new Counts(
        set.trainFiles(false).stream().mapToInt(this::count).sum(), count(set.testFile(false)));
  }

  private int count(String file) {
    try (StrictInput in = StrictInput.open(path.resolve(file))) {
      return CifarReader.count(in, set);
    }
  }

  @Override
  public @Nullable List<Path> plain() {
    return python || archive ? null : set.files(false).stream().map(path::resolve).toList();
  }

  /**
   * Hands every file of the set to a visitor, by name; those of an archive in the order in which
   * they lie there, so that it is read once.
   *
   * @throws BadInputException if the archive is damaged or lacks a file
   */
  void visit(BiConsumer<String, StrictInput> visitor) {
    if (!archive) {
      for (String file : set.files(python)) {
        try (StrictInput in = StrictInput.open(path.resolve(file))) {
          visitor.accept(file, in);
        }
      }
      return;
    }
    Set<String> missing = new HashSet<>(set.files(python));
    try (StrictInput in = StrictInput.open(path)) {
      TarInput tar = new TarInput(in.stream());
      for (TarInput.Entry entry = tar.next(); entry != null; entry = tar.next()) {
        if (missing.remove(entry.fileName())) {
          try (StrictInput file =
              StrictInput.of(path + ":" + entry.fileName(), tar.content(), entry.bytes())) {
            visitor.accept(entry.fileName(), file);
          }
        }
      }
      // To the end, where the checksum of a gzip stream is.
      if (in.stream().skip(LONGEST_TAIL) == LONGEST_TAIL) {
        throw new ZipException("it does not end after its end mark");
      }
    } catch (IOException e) {
      throw StrictInput.damaged(path.toString(), e);
    }
    if (!missing.isEmpty()) {
      throw new BadInputException(
          "%s lacks %s, expected the %s files %s; it is not %s as distributed: fetch it again."
              .formatted(
                  path,
                  String.join(", ", missing.stream().sorted().toList()),
                  set.title(),
                  String.join(", ", set.files(python)),
                  set.title()));
    }
  }
}
