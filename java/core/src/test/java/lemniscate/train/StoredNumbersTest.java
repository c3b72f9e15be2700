package lemniscate.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import lemniscate.config.BadInputException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** What a run has stored is believed only as it was written. */
final class StoredNumbersTest {

  private static final int FLIPS = 200;

  @TempDir private Path folder;
  private Path run;
  private Path file;

  @BeforeEach
  void write() {
    run = folder.resolve("run");
    SmallRuns.start(SmallRuns.config(), run).close();
    file = run.resolve("checkpoint-00000000.safetensors");
  }

  private void refused(String... parts) {
    for (Executable command :
        List.<Executable>of(
            () -> Run.resume(run, List.of(), line -> {}).close(), () -> Model.load(run).close())) {
      assertThatThrownBy(command::execute)
          .isInstanceOf(BadInputException.class)
          .message()
          .contains(parts);
    }
  }

  /** Wherever it is: in the header's length, names, metadata, digits of the seal or tensors. */
  @Test
  void anyFlippedBitIsFound() throws IOException {
    byte[] whole = Files.readAllBytes(file);
    Random random = new Random(3);
    for (int i = 0; i < FLIPS; i++) {
      byte[] flipped = whole.clone();
      int at = random.nextInt(i % 2 == 0 ? whole.length : 1500);
      flipped[at] ^= (byte) (1 << random.nextInt(8));
      Files.write(file, flipped);
      assertThatThrownBy(() -> Checkpoint.check(file, 0))
          .as("byte %d", at)
          .isInstanceOf(BadInputException.class)
          .hasMessageContaining(file.toString());
    }
    byte[] flipped = whole.clone();
    flipped[whole.length - 1] ^= 1;
    Files.write(file, flipped);
    refused(file.toString(), "something has changed them", "Use another checkpoint");
  }

  @Test
  void aSealTakenOutIsMissed() throws IOException {
    header(text -> text.replaceFirst("\"sha256\"", "\"sha265\""));
    refused(file.toString(), "sha256 is null, expected 64 digits");
  }

  /** Files of the format before have no seal: their weights are looked at one by one. */
  @Test
  void filesWithoutASealAreStillRead() throws IOException {
    unsealed(text -> text);
    Run.resume(run, List.of(), line -> {}).close();
    byte[] whole = Files.readAllBytes(file);
    for (float value : new float[] {Float.NaN, Float.NEGATIVE_INFINITY}) {
      // The last float32 of the file belongs to a weight.
      byte[] changed = whole.clone();
      ByteBuffer.wrap(changed)
          .order(ByteOrder.LITTLE_ENDIAN)
          .putFloat(whole.length - Float.BYTES, value);
      Files.write(file, changed);
      refused(file.toString(), "layer3.weight", "not finite", "Use another checkpoint");
    }
  }

  @Test
  void anotherStepThanThatOfTheName() throws IOException {
    Path renamed = run.resolve("checkpoint-00000010.safetensors");
    Files.move(file, renamed);
    refused(renamed.toString(), "is of step 0, expected that of its name, 10");
    Files.move(renamed, file);
    unsealed(text -> text.replace("\"step\":\"0\"", "\"step\":\"9000000000000000000\""));
    refused(file.toString(), "is of step 9000000000000000000, expected that of its name, 0");
  }

  private void unsealed(UnaryOperator<String> change) throws IOException {
    header(
        text ->
            change.apply(
                text.replace("lemniscate-checkpoint-3", "lemniscate-checkpoint-2")
                    .replaceFirst("\"sha256\":\"[0-9a-f]{64}\",", "")));
  }

  // Writes another header, with its length.
  private void header(UnaryOperator<String> change) throws IOException {
    byte[] whole = Files.readAllBytes(file);
    int end = 8 + (int) ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getLong();
    byte[] text =
        change
            .apply(new String(whole, 8, end - 8, StandardCharsets.UTF_8))
            .getBytes(StandardCharsets.UTF_8);
    Files.write(
        file,
        ByteBuffer.allocate(8 + text.length + whole.length - end)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(text.length)
            .put(text)
            .put(Arrays.copyOfRange(whole, end, whole.length))
            .array());
  }

  /** Of a newer one that is changed, training takes the way from the one before. */
  @Test
  void trainingGoesOnFromTheOneBefore() throws IOException {
    try (Run resumed = Run.resume(run, List.of(), line -> {})) {
      resumed.train(TrainingListener.NONE, new StopSignal());
    }
    Path last = run.resolve("checkpoint-00000020.safetensors");
    byte[] whole = Files.readAllBytes(last);
    whole[whole.length - 5] ^= 4;
    Files.write(last, whole);
    try (Run resumed = Run.resume(run, List.of(), line -> {})) {
      assertThat(resumed.trainer().step()).isEqualTo(10);
    }
    assertThatThrownBy(() -> Model.load(run))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining(last.toString());
  }

  @Test
  void dataOfAnotherHashOrNone() throws IOException {
    Path provenance = run.resolve("provenance.json");
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = (ObjectNode) mapper.readTree(provenance.toFile());
    ((ObjectNode) root.get("data")).put("sha256", "0".repeat(64));
    mapper.writeValue(provenance.toFile(), root);
    assertThatThrownBy(() -> Run.resume(run, List.of(), line -> {}))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("trained on other contents");
    ((ObjectNode) root.get("data")).remove("sha256");
    mapper.writeValue(provenance.toFile(), root);
    assertThatThrownBy(() -> Run.resume(run, List.of(), line -> {}))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining(provenance + ": data.sha256 is null");
  }
}
