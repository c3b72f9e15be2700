package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Surroundings in which the program cannot do its work, or must do it otherwise. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "surroundings of POSIX")
final class WorldOutsideTest {

  @TempDir private Path folder;

  private OwnProcess.Setting setting() {
    return new OwnProcess.Setting(folder);
  }

  private static String[] train(String... further) {
    List<String> args = new ArrayList<>(List.of("train"));
    args.addAll(CommandLineRun.SMALL);
    args.addAll(List.of(further));
    return args.toArray(String[]::new);
  }

  private void program(String name, String text) throws IOException {
    Path file = folder.resolve("bin").resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/bin/sh\n" + text + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @Test
  void ofASweepThatSlurmRefusesNothingIsLeft() throws Exception {
    program("squeue", "exit 0");
    program("sacct", "exit 0");
    program("scontrol", "echo 'MaxArraySize = 1001'");
    program("sbatch", "echo 'sbatch: error: invalid partition: foo' >&2; exit 1");
    Files.writeString(
        folder.resolve("s.yaml"),
        "base: {data.name: synthetic, data.train: 53, data.test: 23, net.width: 7, train.epochs: 1,"
            + " train.batch: 5}\n"
            + "grid: {optim.lr: [0.01, 0.02]}\n");
    OwnProcess.Setting cluster =
        setting().with("PATH", folder.resolve("bin") + ":" + System.getenv("PATH"));
    String[] sweep = {"sweep", "s.yaml", "--out", "store", "--launcher", "slurm", "--quiet"};
    for (int i = 0; i < 2; i++) { // the second is not in the way of the first
      OwnProcess refused = cluster.run(sweep);
      refused.refuses("sbatch refuses the jobs", "invalid partition");
      assertThat(folder.resolve("store")).doesNotExist();
    }
  }
}
