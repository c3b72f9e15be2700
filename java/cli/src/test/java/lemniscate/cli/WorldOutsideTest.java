package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Surroundings in which the program cannot do its work, or must do it otherwise. */
@Order(1)
@Tag("process")
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

  /** A cluster that runs the first task at once, and the second when it is submitted again. */
  @Test
  void claimsAreMeasuredByJobsAndShownAfterwards() throws Exception {
    program("squeue", "exit 0");
    program(
        "sbatch",
        """
        while [ $# -gt 2 ]; do shift; done
        echo x >> calls
        SLURM_ARRAY_TASK_ID=1 SLURM_CPUS_PER_TASK=1 sh "$1" "$2" > task.log 2>&1 || cat task.log >&2
        echo 4$(wc -l < calls)""");
    OwnProcess.Setting cluster =
        setting().with("PATH", folder.resolve("bin") + ":" + System.getenv("PATH"));
    String[] claims = {"reproduce", "pc-is-bp", "ff-pepita", "--out", "out", "--backend", "cpu"};
    String[] launch = further(claims, "--launcher", "slurm", "--slurm.option", "time=5");
    OwnProcess first = cluster.run(launch);
    assertThat(first.code()).as(first.err()).isZero();
    assertThat(first.out()).contains("submitted job 41: pc-is-bp, ff-pepita", "--resume");
    assertThat(Files.readString(folder.resolve("out/slurm/array.sh"))).contains("#SBATCH --time=5");
    cluster.run(further(claims, "--resume")).refuses("no result of ff-pepita yet");
    OwnProcess second = cluster.run(further(launch, "--resume"));
    assertThat(second.out()).as(second.err()).contains("submitted job 42: ff-pepita");
    OwnProcess shown = cluster.run(further(claims, "--resume", "--check"));
    assertThat(shown.code()).as(shown.err()).isZero();
    assertThat(shown.err()).contains("measured before").doesNotContain("measuring");
    assertThat(shown.out()).contains("2 claims: 2 pass");
  }

  private static String[] further(String[] words, String... more) {
    return Stream.concat(Stream.of(words), Stream.of(more)).toArray(String[]::new);
  }

  @Test
  void whatCannotBeWrittenIsNoSuccess() throws Exception {
    assumeTrue(Files.exists(Path.of("/dev/full")), "a device that is always full");
    for (String[] command :
        new String[][] {{"doctor", "--json"}, {"--help"}, train("--out", "run", "--json")}) {
      OwnProcess full = setting().behind("> /dev/full").run(command);
      assertThat(full.code()).as(command[0]).isEqualTo(1);
      assertThat(full.err()).contains("cannot write standard output: ").doesNotContain("\tat ");
    }
    assertThat(folder.resolve("run").resolve("checkpoint-00000020.safetensors")).exists();
    assertThat(setting().behind(">&-").run("--version").code()).as("closed").isEqualTo(1);
    OwnProcess refused = setting().behind("> /dev/full").run("train", "--widht", "3");
    assertThat(refused.code()).as("says nothing there").isEqualTo(2);
  }

  @Test
  void aReaderThatGoesIsNoError() throws Exception {
    // The exit code is not seen through every shell's pipe, so it is written down.
    OwnProcess piped =
        setting().before("{ :").behind("; echo $? > code; } | true").run("doctor", "--json");
    assertThat(piped.err()).doesNotContain("standard output");
    assertThat(folder.resolve("code")).content().isEqualToIgnoringNewLines("141");
  }

  /** As in cron jobs and containers, which have no locale. */
  @ParameterizedTest
  @ValueSource(strings = {"C", "POSIX", ""})
  void namesThatJavaCannotReadAreRefused(String locale) throws Exception {
    OwnProcess.Setting ascii = setting().with("LC_ALL", locale);
    OwnProcess named = ascii.run(train("--out", "\u00fcbung"));
    assumeTrue(named.code() != 0, "a Java that reads names as UTF-8 in any locale");
    named.refuses("LC_ALL=C.UTF-8");
    Path here = Files.createDirectory(folder.resolve("\u00fcbung"));
    OwnProcess inside = new OwnProcess.Setting(here).with("LC_ALL", locale).run(train());
    inside.refuses("the working directory", "LC_ALL=C.UTF-8");
    Files.writeString(folder.resolve("c.yaml"), "out: \u00fcbung/run\n");
    ascii.run("train", "--config", "c.yaml").refuses("c.yaml", "LC_ALL=C.UTF-8");
    ascii
        .run("train", "--config", "c.yaml", "--out", "x", "--data", "npz:c.yaml")
        .refuses("c.yaml");
    OwnProcess doctor = new OwnProcess.Setting(here).with("LC_ALL", locale).run("doctor");
    assertThat(doctor.code()).isZero();
    assertThat(doctor.out()).containsPattern("names of files +no +in .*LC_ALL=C.UTF-8");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("c.yaml", "\u00fcbung");
    }
    assertThat(here).isEmptyDirectory();
  }

  @Test
  void namesOfAllCharactersServeInUtf8() throws Exception {
    Path here = Files.createDirectory(folder.resolve("\u00fcbung \u03b1 * 'a' \ud83d\ude00"));
    OwnProcess.Setting setting = new OwnProcess.Setting(here);
    assertThat(setting.run(train("--out", "\u4e2d\u6587 run")).code()).isZero();
    OwnProcess resumed = setting.run("resume", "\u4e2d\u6587 run", "--json");
    assertThat(resumed.code()).as(resumed.err()).isZero();
    assertThat(resumed.out()).contains("\u4e2d\u6587 run");
  }

  @Test
  void fewOpenFilesAreRefused() throws Exception {
    int places = System.getProperty("java.class.path").split(File.pathSeparator, -1).length;
    assumeTrue(places < 60, "a class path of as few files as the program's own");
    for (int limit : new int[] {64, 127}) {
      setting()
          .before("ulimit -n " + limit)
          .run(train("--out", "run"))
          .refuses("may have " + limit + " files open", "ulimit -n 1024");
    }
    assertThat(folder.resolve("run")).doesNotExist();
    OwnProcess enough = setting().before("ulimit -n 128").run(train("--out", "run"));
    assertThat(enough.code()).as(enough.err()).isZero();
  }

  @Test
  void threadsAreThoseOfTheEnvironment() throws Exception {
    OwnProcess one = setting().with("OMP_NUM_THREADS", "1").run("doctor");
    assertThat(one.out()).containsPattern("threads +1 \\(OMP_NUM_THREADS\\)");
    OwnProcess slurm = setting().with("SLURM_CPUS_PER_TASK", "1").run("doctor");
    assertThat(slurm.out()).containsPattern("threads +1 \\(SLURM_CPUS_PER_TASK\\)");
    String[] onCpu = train("--out", "run", "--quiet");
    onCpu[List.of(onCpu).indexOf("reference")] = "cpu";
    OwnProcess wrong = setting().with("OMP_NUM_THREADS", "many").run(onCpu);
    assertThat(wrong.code()).isZero();
    assertThat(wrong.err())
        .isEqualTo(
            "warning: OMP_NUM_THREADS is 'many', expected an integer >= 1, and is left aside;"
                + " correct it, or say --threads.\n");
  }

  /** A home that cannot be written, as of jobs and containers. */
  @Test
  void withoutACacheLibrariesAreLoadedFromElsewhere() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "no folder");
    OwnProcess.Setting setting = setting().with("XDG_CACHE_HOME", file.toString());
    String[] onCpu = train("--out", "run", "--quiet");
    onCpu[List.of(onCpu).indexOf("reference")] = "cpu";
    for (String[] command : new String[][] {{"doctor"}, onCpu}) {
      OwnProcess run = setting.run(command);
      assertThat(run.code()).as(run.err()).isZero();
      assertThat(run.out() + run.err())
          .contains("libraries are unpacked anew for each process", "XDG_CACHE_HOME");
    }
    // Nor a folder for temporary files: plain Java serves.
    OwnProcess.Setting nowhere = setting.java("-Djava.io.tmpdir=" + file);
    for (String[] command : new String[][] {{"doctor"}, train("--out", "run2", "--quiet")}) {
      OwnProcess run = nowhere.run(command);
      assertThat(run.code()).as(run.err()).isZero();
    }
    assertThat(nowhere.run("doctor").out())
        .contains("plain Java, which is slower, runs in the place of OpenBLAS");
  }
}
