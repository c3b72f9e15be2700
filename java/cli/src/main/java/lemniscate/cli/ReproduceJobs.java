package lemniscate.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import lemniscate.claim.Claim;
import lemniscate.claim.Laboratory;
import lemniscate.claim.Reproduction;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;
import lemniscate.sweep.slurm.SbatchOption;
import lemniscate.sweep.slurm.SlurmArray;
import lemniscate.sweep.slurm.SlurmCommands;
import lemniscate.train.OutputFolder;
import org.jspecify.annotations.Nullable;

/**
 * Claims as jobs of a Slurm cluster: a task of an array for each, which measures its claim in a
 * folder of its own, {@code slurm/CLAIM}, so that no two of them meet. Whether a task is done is
 * read off its result.
 *
 * @param reproduction what is measured
 * @param laboratory whose device and machine the tasks have
 * @param folder of the claims
 * @param results where their files are
 */
record ReproduceJobs(Reproduction reproduction, Laboratory laboratory, Path folder, Path results) {

  private static final String JOBS = "slurm";

  private Path own(Claim claim) {
    return folder.resolve(JOBS).resolve(claim.card().id());
  }

  private boolean measured(Claim claim) {
    return Files.exists(reproduction.file(claim, laboratory, results));
  }

  /** Takes over the results of tasks. */
  void gather() {
    for (Claim claim : reproduction.claims()) {
      Path there =
          reproduction.file(claim, laboratory, own(claim).resolve(ReproduceCommand.RESULTS));
      if (!measured(claim) && Files.exists(there)) {
        Path here = reproduction.file(claim, laboratory, results);
        try {
          OutputFolder.replace(here, Files.readString(there));
        } catch (IOException e) {
          throw OutputFolder.unwritten(here, "the job's own is kept", "go on by --resume", e);
        }
      }
    }
  }

  /** {@return the claims without a result} */
  List<Claim> missing() {
    return reproduction.claims().stream().filter(claim -> !measured(claim)).toList();
  }

  /**
   * Refuses to measure here what a job may be at.
   *
   * @throws BadInputException naming the claims
   */
  void requireNone() {
    List<String> begun =
        missing().stream()
            .filter(claim -> Files.isDirectory(own(claim)))
            .map(claim -> claim.card().id())
            .toList();
    if (!begun.isEmpty()) {
      throw new BadInputException(
          "jobs of Slurm have no result of %s yet; wait for them, or submit again by --launcher slurm --resume what has failed (logs: %s). To measure here remove the claim's folder in %s."
              .formatted(
                  String.join(", ", begun),
                  folder.resolve(JOBS).resolve("logs"),
                  folder.resolve(JOBS)));
    }
  }

  /**
   * Submits a task for each claim that has no result.
   *
   * @param workers trials side by side in a task; null for one a processor
   * @return the number of the job
   * @throws BadInputException if Slurm refuses it
   */
  String submit(
      Config config,
      @Nullable Integer workers,
      List<SbatchOption> options,
      OptionalInt atATime,
      SlurmCommands commands) {
    List<List<String>> tasks = new ArrayList<>();
    for (Claim claim : missing()) {
      Path place = own(claim).toAbsolutePath().normalize();
      List<String> arguments =
          new ArrayList<>(
              List.of(
                  ReproduceCommand.NAME,
                  claim.card().id(),
                  "--preset",
                  reproduction.preset().word(),
                  "--out",
                  place.toString(),
                  "--resume",
                  "--quiet"));
      if (workers != null) {
        arguments.addAll(List.of("--workers", workers.toString()));
      }
      for (ConfigKey<?> key : ConfigSchema.KEYS) {
        if (config.isSet(key) && key != ConfigSchema.OUT) {
          arguments.addAll(List.of("--set", key.name() + "=" + config.text(key)));
        }
      }
      tasks.add(arguments);
    }
    String job =
        new SlurmArray(
                "lemniscate-claims",
                OwnProgram.program(),
                folder.resolve(JOBS),
                tasks,
                options,
                atATime)
            .submit(commands);
    missing().forEach(claim -> new StudyFolder(folder).within(JOBS + "/" + claim.card().id()));
    return job;
  }
}
