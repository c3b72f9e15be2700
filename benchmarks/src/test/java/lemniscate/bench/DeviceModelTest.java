package lemniscate.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class DeviceModelTest {

  @Test
  void tableIsThatOfTheCode() throws IOException {
    String page = Files.readString(Path.of("gpu", "model.md"));
    assertThat(DeviceModel.withTable(page)).as("run DeviceModel").isEqualTo(page);
  }
}
