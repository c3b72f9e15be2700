package lemniscate.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import lemniscate.config.Config;
import lemniscate.data.Normalization;
import lemniscate.fuzz.FuzzedReader;
import lemniscate.fuzz.Repairs;

/** The readers of a run's files, to be attacked. */
public final class FuzzedRuns {

  private static final Config CONFIG =
      SmallRuns.with(
          SmallRuns.config(), "train.steps=4", "net.bias=true", "metrics.reach=true", "rule=pc");

  // One run, whose trainer takes up the checkpoints.
  private final Run run;
  private final Path whole;

  private FuzzedRuns(Path whole) {
    this.whole = whole;
    this.run = SmallRuns.start(CONFIG, whole);
    this.run.train(TrainingListener.NONE, new StopSignal());
  }

  /**
   * All of them.
   *
   * @param folder for the run whose files are changed
   */
  public static List<FuzzedReader> readers(Path folder) {
    FuzzedRuns runs = new FuzzedRuns(folder.resolve("whole"));
    return List.of(
        runs.safetensors(), runs.checkpoint(), runs.metrics(), runs.provenance(), runs.config());
  }

  private static byte[] bytes(Path file) {
    try {
      return Repairs.timeless(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private byte[] last() {
    return sealed(bytes(whole.resolve("checkpoint-00000004.safetensors")));
  }

  private FuzzedReader safetensors() {
    byte[] tiny =
        "........{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}1234"
            .getBytes(StandardCharsets.ISO_8859_1);
    return new FuzzedReader(
        "safetensors",
        List.of(Repairs.safetensors(tiny), last()),
        Repairs::safetensors,
        (bytes, folder) -> {
          Path file = Files.write(folder.resolve("a.safetensors"), bytes);
          try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            reader.requireSeal(false);
            for (SafetensorsEntry entry : reader.entries().values()) {
              ByteBuffer values = reader.read(entry, 0, (int) entry.elements());
              values.remaining();
              entry.describe();
            }
          }
        });
  }

  private FuzzedReader checkpoint() {
    return new FuzzedReader(
        "checkpoint",
        List.of(last()),
        FuzzedRuns::sealed,
        (bytes, folder) -> {
          Path file = Files.write(folder.resolve("checkpoint-00000004.safetensors"), bytes);
          Checkpoint.check(file, 4);
          try (SafetensorsReader reader = Checkpoint.open(file, 4)) {
            Trainer trainer = run.trainer();
            CheckpointMetadata.progress(reader);
            CheckpointMetadata.ends(reader);
            CheckpointMetadata.normalization(reader, Normalization.Kind.STANDARD);
            Checkpoint.restoreWeights(reader, trainer.backend(), trainer.network());
          }
          Checkpoint.restore(file, run.trainer());
        });
  }

  private static byte[] sealed(byte[] file) {
    return Seals.sealed(Repairs.safetensors(file));
  }

  private FuzzedReader metrics() {
    return new FuzzedReader(
        "metrics",
        List.of(Repairs.journal(bytes(whole.resolve("metrics.jsonl")))),
        Repairs::journal,
        (bytes, folder) -> {
          Files.copy(
              whole.resolve("config.yaml"),
              folder.resolve("config.yaml"),
              StandardCopyOption.REPLACE_EXISTING);
          Files.write(folder.resolve("metrics.jsonl"), bytes);
          RunHistory.read(folder).accuracies();
          RunDirectory.reopen(folder).close();
        });
  }

  private FuzzedReader provenance() {
    return FuzzedReader.of(
        "provenance",
        List.of(bytes(whole.resolve("provenance.json"))),
        (bytes, folder) -> {
          Files.writeString(folder.resolve("config.yaml"), "");
          Files.writeString(folder.resolve("metrics.jsonl"), "");
          Files.write(folder.resolve("provenance.json"), bytes);
          try (RunDirectory directory = RunDirectory.reopen(folder)) {
            directory.describeSession(Map.of("step", 4), Map.of());
          }
        });
  }

  private FuzzedReader config() {
    return FuzzedReader.of(
        "config",
        List.of(
            bytes(whole.resolve("config.yaml")),
            """
            # a comment
            net: {layers: [{conv: 4}, {pool: max}, {dense: 7}], width: 8}
            optim.lr: 1e-3
            seed: 7
            """
                .getBytes(StandardCharsets.UTF_8)),
        (bytes, folder) -> {
          Path file = Files.write(folder.resolve("config.yaml"), bytes);
          Config config = Config.defaults().withYaml(file);
          config.toYaml();
        });
  }
}
