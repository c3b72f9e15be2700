package lemniscate.sweep.slurm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.OptionalInt;
import lemniscate.config.BadInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What jobs run, and the small languages of Slurm's commands. */
final class SlurmScriptTest {

  @TempDir private Path folder;

  private SlurmScript script(Path sweep, List<String> program, int parts, int perArray) {
    return new SlurmScript(
        "name-1",
        program,
        folder,
        sweep,
        SlurmFolder.of(sweep, 3),
        parts,
        perArray,
        List.of("time=1-0:00:00", "exclusive"),
        OptionalInt.of(7),
        OptionalInt.empty(),
        true);
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "runs a shell script")
  void runsThePartOfItsTaskWithArgumentsUnharmed() throws IOException, InterruptedException {
    Path sweep = folder.resolve("it's a $weep 100%");
    Path program =
        Files.writeString(folder.resolve("a program"), "#!/bin/sh\nprintf '[%s]\\n' \"$@\"\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    SlurmScript script =
        script(sweep, List.of(program.toString(), "--flag=x y", "it's", "*"), 1200, 1000);
    assertThat(script.text())
        .startsWith(
            """
            #!/bin/sh
            #SBATCH --job-name=name-1
            #SBATCH --array=1-1000
            #SBATCH --chdir="%s"
            #SBATCH --output="%s/it's a $weep 100%%%%/slurm/3/logs/%%A_%%a.log"
            #SBATCH --open-mode=append
            #SBATCH --requeue
            #SBATCH --time=1-0:00:00
            #SBATCH --exclusive

            """
                .formatted(folder, folder))
        .contains("/array.sh' 0\n", "--array=1-200 ", "/array.sh' 1000\n");
    Path file = Files.writeString(folder.resolve("array.sh"), script.text());
    ProcessBuilder builder = new ProcessBuilder("sh", file.toString(), "1000");
    builder.environment().put("SLURM_ARRAY_JOB_ID", "8");
    builder.environment().put("SLURM_ARRAY_TASK_ID", "31");
    builder.environment().remove("SLURM_CPUS_PER_TASK");
    builder.environment().put("SLURM_CPUS_ON_NODE", "6");
    Process process = builder.redirectErrorStream(true).start();
    List<String> lines =
        new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8)
            .lines()
            .toList();
    assertThat(process.waitFor()).as(lines.toString()).isZero();
    assertThat(lines.getFirst()).startsWith("part 1031 of 1200, job 8_31, 6 processors of ");
    assertThat(lines.subList(1, lines.size()))
        .containsExactly(
            "[-XX:ActiveProcessorCount=6]",
            "[--flag=x y]",
            "[it's]",
            "[*]",
            "[sweep]",
            "[" + sweep + "/sweep.yaml]",
            "[--shard]",
            "[1031/1200]",
            "[--out]",
            "[" + sweep + "/slurm/3/part-1031]",
            "[--resume]",
            "[--workers]",
            "[7]",
            "[--beside]",
            "[" + sweep + "]",
            "[" + sweep + "/slurm/3]");
    assertThat(SlurmFolder.of(sweep, 3).part(1031)).hasToString(sweep + "/slurm/3/part-1031");
  }

  @Test
  void refusesPathsThatSlurmDoesNotTake() {
    for (String name : List.of("a\"b", "a\\b", "a\nb")) {
      assertThatThrownBy(() -> script(folder.resolve(name), List.of("java"), 2, 2).text())
          .isInstanceOf(BadInputException.class)
          .hasMessageContaining("--out is ");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "time=30",
        "gres=gpu:a100:1",
        "constraint=a&b|c",
        "exclusive",
        "mem=4G",
        "no-requeue",
        "partition=a,b",
        "nodes=1",
        "wait-all-nodes=1",
        "cpus-per-task=4",
        "qos=x"
      })
  void takesOptions(String text) {
    assertThat(new SbatchOption(text).line()).isEqualTo("#SBATCH --" + text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--time=3 | long name",
        "t=3 | long name",
        "Time=3 | long name",
        "'' | long name",
        "=3 | long name",
        "time 3 | long name",
        "array=1-3 | sets array itself",
        "arr=1-3 | sets array itself",
        "out=x | sets output itself",
        "job-name=x | sets job-name itself",
        "parsable | sets parsable itself",
        "clusters=a | sets clusters itself",
        "comment=a b | without spaces",
        "time= | not an empty one",
        "comment=a\"b | quotes",
        "comment=a#b | #",
      })
  void refusesOptions(String text, String message) {
    assertThatThrownBy(() -> new SbatchOption(text))
        .isInstanceOf(BadInputException.class)
        .hasMessageStartingWith("--slurm.option is '" + text + "'")
        .hasMessageContaining(message);
  }

  @Test
  void refusesOptionsOfSeveralLines() {
    assertThatThrownBy(() -> new SbatchOption("comment=a\n#SBATCH"))
        .isInstanceOf(BadInputException.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1 | 1",
        "1-3 | 1 2 3",
        "2,4-5,9 | 2 4 5 9",
        "[2,4-5%3] | 2 4 5",
        "1-7:3 | 1 4 7",
        "N/A | ''",
        "1-x | ''"
      })
  void readsIndexes(String text, String indexes) {
    assertThat(ArrayIndexes.of(text))
        .isEqualTo(
            indexes.isEmpty()
                ? List.of()
                : java.util.Arrays.stream(indexes.split(" ")).map(Integer::valueOf).toList());
  }

  @Test
  void writesIndexes() {
    assertThat(ArrayIndexes.text(List.of(1, 2, 3, 7, 9, 10))).isEqualTo("1-3,7,9-10");
    assertThat(ArrayIndexes.text(List.of(1000, 1001))).isEqualTo("1000-1001");
    assertThat(ArrayIndexes.text(List.of())).isEmpty();
    // More than an array can have is no text of indexes, and nothing is made of it.
    assertThat(ArrayIndexes.of("1-999999999")).isEmpty();
    assertThat(ArrayIndexes.of("0-999999999:4")).isEmpty();
    assertThat(ArrayIndexes.of("1-999999999:500000000")).containsExactly(1, 500_000_001);
  }

  @ParameterizedTest
  @CsvSource({
    "CANCELLED by 1000,ENDED",
    "CANCELLED+,ENDED",
    "PREEMPTED,ENDED",
    "PENDING,WAITING",
    "COMPLETING,RUNNING",
    "REVOKED,ENDED",
    "'',RUNNING"
  })
  void classifiesStates(String state, TaskState expected) {
    assertThat(TaskState.of(state)).isEqualTo(expected);
  }
}
