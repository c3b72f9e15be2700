package lemniscate.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/**
 * All readers behind one input, because Jazzer attacks one test in a process: the first byte
 * chooses the reader, what follows is the file. {@code -Dlemniscate.fuzz=npz} leaves one of them.
 */
final class AttackedReaders {

  private static final String ONLY = System.getProperty("lemniscate.fuzz", "");

  private final Path folder;
  private final List<FuzzedReader> readers;

  AttackedReaders() {
    try {
      folder = FuzzedReaders.folderInMemory();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Runtime.getRuntime().addShutdownHook(new Thread(this::remove));
    readers = FuzzedReaders.all(FuzzedReader.folder(folder, "seeds"));
  }

  private void remove() {
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Stream<Arguments> seeds() {
    return IntStream.range(0, readers.size())
        .filter(this::isAttacked)
        .boxed()
        .flatMap(i -> readers.get(i).seeds().stream().map(seed -> Arguments.of(chosen(i, seed))));
  }

  private boolean isAttacked(int i) {
    return ONLY.isEmpty() || readers.get(i).name().equals(ONLY);
  }

  private static Object chosen(int reader, byte[] seed) {
    byte[] input = new byte[1 + seed.length];
    input[0] = (byte) reader;
    System.arraycopy(seed, 0, input, 1, seed.length);
    return input;
  }

  void read(byte[] input) {
    if (input.length == 0 || (input[0] & 0xff) >= readers.size() || !isAttacked(input[0])) {
      return;
    }
    FuzzedReader reader = readers.get(input[0]);
    byte[] file = Arrays.copyOfRange(input, 1, input.length);
    reader.check(file, folder);
    reader.check(reader.repair().apply(file.clone()), folder);
  }
}
