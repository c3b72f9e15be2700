package lemniscate.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A minute, for every change. */
final class ReadersFuzz {

  private static final AttackedReaders READERS = new AttackedReaders();

  static Stream<Arguments> seeds() {
    return READERS.seeds();
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "1m")
  void everyReader(byte[] input) {
    READERS.read(input);
  }
}
