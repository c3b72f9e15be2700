package lemniscate.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** An hour, for every release. */
final class ReadersLongFuzz {

  private static final AttackedReaders READERS = new AttackedReaders();

  static Stream<Arguments> seeds() {
    return READERS.seeds();
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "1h")
  void everyReader(byte[] input) {
    READERS.read(input);
  }
}
