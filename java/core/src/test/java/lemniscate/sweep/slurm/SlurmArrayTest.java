package lemniscate.sweep.slurm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.OptionalInt;
import lemniscate.config.BadInputException;
import lemniscate.sweep.slurm.SlurmLauncher.Program;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** An array that is submitted and not watched, against made-up commands. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "runs shell scripts")
final class SlurmArrayTest {

  @TempDir private Path folder;

  private FakeSlurm slurm;

  @BeforeEach
  void begin() {
    slurm = new FakeSlurm(folder);
  }

  private SlurmArray array(Path path, String program) {
    return new SlurmArray(
        "name",
        new Program(List.of(program, "--flag=x y"), folder),
        path,
        List.of(List.of("first"), List.of("the second's", "*", "$HOME"), List.of("third")),
        List.of(new SbatchOption("time=5")),
        OptionalInt.of(2));
  }

  @Test
  void tasksGetTheirOwnArgumentsUnharmed() throws IOException, InterruptedException {
    Path program =
        Files.writeString(folder.resolve("a program"), "#!/bin/sh\nprintf '[%s]\\n' \"$@\"\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path path = folder.resolve("it's a $place 100%");
    assertThat(array(path, program.toString()).submit(slurm.commands())).isEqualTo("101");
    assertThat(slurm.calls()).containsExactly("1-3%2 0");
    Path script = path.resolve("array.sh");
    assertThat(Files.readString(script))
        .contains("#SBATCH --array=1-3%2\n", "#SBATCH --time=5\n", "100%%/logs/%A_%a.log\"\n");
    assertThat(path.resolve("logs")).isDirectory();
    ProcessBuilder builder = new ProcessBuilder("sh", script.toString(), "0");
    builder.environment().put("SLURM_ARRAY_TASK_ID", "2");
    builder.environment().put("SLURM_CPUS_PER_TASK", "6");
    Process process = builder.redirectErrorStream(true).start();
    assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines())
        .containsExactly(
            "[-XX:ActiveProcessorCount=6]", "[--flag=x y]", "[the second's]", "[*]", "[$HOME]");
    assertThat(process.waitFor()).isZero();
  }

  @Test
  void saysWhatSlurmSays() {
    slurm.write("refuse", "sbatch: error: invalid partition\n");
    assertThatThrownBy(() -> array(folder.resolve("p"), "java").submit(slurm.commands()))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("sbatch refuses the jobs")
        .hasMessageContaining("invalid partition");
    slurm.remove("refuse");
    slurm.write("lose-answer", "");
    assertThatThrownBy(() -> array(folder.resolve("p"), "java").submit(slurm.commands()))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("look for name in squeue");
    assertThatThrownBy(() -> array(folder.resolve("a\"b"), "java").submit(slurm.commands()))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("--out is ");
  }
}
