package lemniscate.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.io.TempDirFactory;

/**
 * Every reader on its seeds, on all that once broke one, and on changed files: only exceptions that
 * it documents, no allocation and no time out of proportion. {@code mvn -Pfuzz} looks for more,
 * guided by coverage.
 */
final class FuzzedReadersTest {

  /** Changed files for each reader; {@code -Dlemniscate.mutants=100000} for more. */
  private static final int MUTANTS = Integer.getInteger("lemniscate.mutants", 300);

  private static final long SEED = Long.getLong("lemniscate.mutants.seed", 21);

  /** In memory where it can be: many small files are written, and some readers sync theirs. */
  @TempDir(factory = InMemory.class)
  private static Path folder;

  private static List<FuzzedReader> readers = List.of();

  private static final class InMemory implements TempDirFactory {
    @Override
    public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext test)
        throws IOException {
      return FuzzedReaders.folderInMemory();
    }
  }

  @BeforeAll
  static void seeds() {
    readers = FuzzedReaders.all(folder);
  }

  private static Stream<DynamicTest> each(Consumer<FuzzedReader> test) {
    return readers.stream().map(r -> DynamicTest.dynamicTest(r.name(), () -> test.accept(r)));
  }

  @TestFactory
  Stream<DynamicTest> seedsAreRead() {
    return each(
        reader -> {
          for (byte[] seed : reader.seeds()) {
            assertThat(reader.check(seed, folder)).isEmpty();
            assertThat(reader.repair().apply(seed.clone())).isEqualTo(seed);
          }
        });
  }

  @Test
  void seedsAreSmall() {
    assertThat(readers.stream().flatMap(r -> r.seeds().stream()).mapToLong(s -> s.length).sum())
        .isLessThan(100_000);
    assertThat(readers).extracting(FuzzedReader::name).doesNotHaveDuplicates();
  }

  /** What once broke a reader: src/test/resources/lemniscate/fuzz/NAME. */
  @TestFactory
  Stream<DynamicTest> whatOnceBrokeAReaderIsRefusedOrRead() {
    return each(reader -> found(reader.name()).forEach(file -> reader.check(file, folder)));
  }

  private static List<byte[]> found(String name) {
    URL place = FuzzedReadersTest.class.getResource(name);
    List<byte[]> found = new ArrayList<>();
    if (place == null) {
      return found;
    }
    try (Stream<Path> files = Files.list(Path.of(place.toURI()))) {
      for (Path file : files.sorted().toList()) {
        found.add(Files.readAllBytes(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
    return found;
  }

  @TestFactory
  Stream<DynamicTest> changedFilesAreRefusedOrRead() {
    return each(reader -> attack(reader, SEED, MUTANTS));
  }

  private static void attack(FuzzedReader reader, long seed, int mutants) {
    Mutations mutations = new Mutations(seed);
    for (int i = 0; i < mutants; i++) {
      byte[] changed = mutations.of(reader.seeds());
      requireKept(reader, changed);
      requireKept(reader, reader.repair().apply(changed.clone()));
    }
  }

  // A file that breaks a promise is left where it can be made a test.
  private static void requireKept(FuzzedReader reader, byte[] changed) {
    try {
      reader.check(changed, folder);
    } catch (AssertionError e) {
      try {
        Path left = Files.createTempFile("lemniscate-" + reader.name() + "-", ".bin");
        Files.write(left, changed);
        throw new AssertionError(e.getMessage() + "; the file is " + left, e);
      } catch (IOException onWrite) {
        throw new UncheckedIOException(onWrite);
      }
    }
  }
}
