package lemniscate.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Half a minute, for every change: so many files, whatever the machine. */
final class ReadersFuzz {

  private static final AttackedReaders READERS = new AttackedReaders();

  static Stream<Arguments> seeds() {
    return READERS.seeds();
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "10m", maxExecutions = 20_000)
  void everyReader(byte[] input) {
    READERS.read(input);
  }
}
