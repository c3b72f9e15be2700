package lemniscate.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.Backends;
import lemniscate.backend.Precision;
import lemniscate.config.BadInputException;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class SafetensorsTest {

  @TempDir private Path folder;

  // One more element than two pieces hold, so that the last piece is short.
  @ParameterizedTest
  @EnumSource(
      value = Precision.class,
      names = {"FP32", "FP64"})
  void readsBackWhatItWrote(Precision precision) throws IOException {
    Path file = folder.resolve("a.safetensors");
    try (Backend backend =
            Backends.open("reference", BackendOptions.defaults().withPrecision(precision));
        Arena arena = backend.newArena()) {
      Tensor large = arena.allocate(new Shape(1, 2 * TensorChunks.ELEMENTS + 1));
      Tensor small = arena.allocate(new Shape(3, 2));
      backend.run(
          ops -> {
            ops.randomNormal(5, 1, 1, large);
            ops.randomNormal(5, 2, 1, small);
          });
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      tensors.put("large", large);
      tensors.put("small", small);
      write(file, Map.of("step", "7"), backend, tensors);

      try (SafetensorsReader reader = SafetensorsReader.open(file)) {
        assertThat(reader.metadata()).containsExactly(Map.entry("step", "7"));
        assertThat(reader.entries()).containsOnlyKeys("large", "small");
        SafetensorsEntry entry = reader.entries().get("small");
        assertThat(entry.shape()).containsExactly(3L, 2L);
        assertThat(entry.dtype()).isEqualTo(precision.dtype());
        for (String name : List.of("large", "small")) {
          assertThat(values(reader, name)).isEqualTo(backend.read(tensors.get(name)));
        }
      }
    }
  }

  private static void write(
      Path file, Map<String, String> metadata, Backend backend, Map<String, Tensor> tensors)
      throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      Map<String, List<Integer>> extents = new LinkedHashMap<>();
      tensors.forEach((name, t) -> extents.put(name, List.of(t.rows(), t.columns())));
      SafetensorsWriter.write(channel, metadata, backend, tensors, extents);
    }
  }

  private static double[] values(SafetensorsReader reader, String name) {
    SafetensorsEntry entry = reader.entries().get(name);
    double[] values = new double[(int) entry.elements()];
    Arrays.fill(values, Double.NaN);
    for (int i = 0; i < values.length; i += 1000) {
      int count = Math.min(1000, values.length - i);
      ByteBuffer bytes = reader.read(entry, i, count);
      for (int k = 0; k < count; k++) {
        values[i + k] = entry.dtype() == DType.FLOAT32 ? bytes.getFloat() : bytes.getDouble();
      }
    }
    return values;
  }

  // The bytes as the format prescribes them, put together by hand.
  @Test
  void readsAFileMadeByHand() throws IOException {
    Path file = file("{\"w\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[0,8]}}", 8);
    try (SafetensorsReader reader = SafetensorsReader.open(file)) {
      assertThat(reader.metadata()).isEmpty();
      assertThat(values(reader, "w")).containsExactly(1, 2);
    }
  }

  // Data of F32 1, 2, 3, …
  private Path file(String header, int dataBytes) throws IOException {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + json.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(json.length).put(json);
    for (int i = 0; i < dataBytes / 4; i++) {
      bytes.putFloat(i + 1);
    }
    Path file = folder.resolve("hand.safetensors");
    Files.write(file, bytes.array());
    return file;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}} | 8 | needs 12 bytes",
        "{\"w\":{\"dtype\":\"F16\",\"shape\":[4],\"data_offsets\":[0,8]}} | 8 | expected F32 or"
            + " F64",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}} | 8 | data_offsets",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}} | 4 | 4 bytes of data",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}} | 12 | 12 bytes of data",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}} | 12 | leave a gap",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}} | 8 | shape",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,8]}} | 8 |"
            + " impossible shape",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[2.5],\"data_offsets\":[0,8]}} | 8 | shape",
        "{\"w\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}} | 8 | no shape",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"v\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}"
            + " | 12 | overlap",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}"
            + " | 8 | not JSON",
        "{\"__metadata__\":{\"a\":1}} | 0 | not a string",
        "[1] | 0 | not a JSON object",
        "{\"w\": | 0 | not JSON",
      })
  void refusesADamagedFile(String header, int dataBytes, String reason) throws IOException {
    Path file = file(header, dataBytes);
    assertThatThrownBy(() -> SafetensorsReader.open(file))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(reason);
  }

  @Test
  void refusesALengthBeyondTheFile() throws IOException {
    Path file = folder.resolve("long.safetensors");
    for (long length : new long[] {3, Long.MAX_VALUE, -1}) {
      Files.write(
          file, ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array());
      assertThatThrownBy(() -> SafetensorsReader.open(file))
          .isInstanceOf(BadInputException.class)
          .hasMessageContaining("header");
    }
    Files.write(file, new byte[5]);
    assertThatThrownBy(() -> SafetensorsReader.open(file)).hasMessageContaining("5 bytes");
    assertThatThrownBy(() -> SafetensorsReader.open(folder)).hasMessageContaining("directory");
    assertThatThrownBy(() -> SafetensorsReader.open(folder.resolve("none")))
        .hasMessageContaining("does not exist");
  }
}
