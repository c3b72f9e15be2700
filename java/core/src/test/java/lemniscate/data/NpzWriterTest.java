package lemniscate.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class NpzWriterTest {

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void readsBackWhatItWrote(boolean regression) throws IOException {
    DataSplits made =
        SyntheticData.make("made", new SyntheticSpec(131, 17, 5, 3, 4, regression), 9);
    Path file = folder.resolve("made.npz");
    NpzWriter.write(made, file);
    // The hash covers features, labels or targets, sizes and kinds.
    assertThat(NpyReader.readSplits("read", file, DataOptions.NONE).sha256())
        .isEqualTo(made.sha256());
    assertThat(folder).isDirectoryContaining(path -> path.equals(file));
    try (var files = Files.list(folder)) {
      assertThat(files).hasSize(1);
    }
  }

  @Test
  void theSameSetGivesTheSameBytes() throws IOException {
    DataSplits made = SyntheticData.make("made", new SyntheticSpec(7, 5, 2, 3, 4, false), 9);
    NpzWriter.write(made, folder.resolve("a.npz"));
    NpzWriter.write(made, folder.resolve("b.npz"));
    assertThat(folder.resolve("a.npz")).hasSameBinaryContentAs(folder.resolve("b.npz"));
  }
}
