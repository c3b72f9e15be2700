package lemniscate.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LeftFilesTest {

  @TempDir private Path folder;

  /** A download or a file of data that was killed as it was written. */
  @Test
  void whatHasLainForLongGoesAndWhatIsWrittenStays() throws IOException {
    String id = "01234567-89ab-cdef-0123-456789abcdef";
    List<String> left = List.of(".set.tar.gz." + id + ".part", ".npz123.tmp", "mine.part");
    for (String name : left) {
      Files.writeString(folder.resolve(name), "half");
      Files.setLastModifiedTime(
          folder.resolve(name), FileTime.from(Instant.now().minus(LeftFiles.AGE).minusSeconds(9)));
      if (!name.startsWith("mine")) {
        Files.writeString(folder.resolve(name.replace('2', '3')), "half");
      }
    }
    LeftFiles.remove(folder, DatasetDownload.TEMPORARY);
    LeftFiles.remove(folder, NpzWriter.TEMPORARY);
    assertThat(folder.toFile().list())
        .containsExactlyInAnyOrder(
            left.get(0).replace('2', '3'), left.get(1).replace('2', '3'), "mine.part");
    LeftFiles.remove(folder.resolve("none"), NpzWriter.TEMPORARY);
  }
}
