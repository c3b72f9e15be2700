package lemniscate.sweep.slurm;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import lemniscate.config.BadInputException;
import org.jspecify.annotations.Nullable;

/** Slurm, through the commands that it gives its users. */
public final class SlurmCommands {

  // A controller under load may let a command wait; sbatch then tries again by itself.
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private static final Pattern JOB = Pattern.compile("(\\d+)(?:;.*)?");
  private static final Pattern MAX_ARRAY_SIZE =
      Pattern.compile("(?m)^\\s*MaxArraySize\\s*=\\s*(\\d{1,9})\\s*$");
  private static final Pattern ACCOUNTED = Pattern.compile("(\\d+)_(\\[?[^.]*)");

  // Settings that would hide jobs or logs from us, and the traces of a job around us.
  private static final List<String> DROPPED =
      List.of(
          "SQUEUE_",
          "SACCT_",
          "SLURM_JOB",
          "SLURM_ARRAY_",
          "SLURM_CPUS_",
          "SLURM_STEP",
          "SBATCH_OUTPUT",
          "SBATCH_ERROR",
          "SBATCH_INPUT",
          "SBATCH_WAIT");

  private final Map<String, String> environment;
  private boolean accounting = true;

  /**
   * Slurm as a program with this environment sees it.
   *
   * @param environment whose {@code PATH} is searched for the commands
   */
  public SlurmCommands(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  /** What a command answered; code −1 if it did not end in time. */
  private record Answer(int code, String out, String err) {
    boolean ok() {
      return code == 0;
    }

    String complaint() {
      String said = err.isBlank() ? out.strip() : err.strip();
      return code < 0
          ? "it did not end within " + PATIENCE.toSeconds() + " s"
          : said.isEmpty() ? "exit code " + code : said;
    }
  }

  /** What came of a submission. */
  sealed interface Submitted {}

  /** It is in the queue. */
  record Accepted(String job) implements Submitted {}

  /** It is not in the queue, for the reason that Slurm gives. */
  record Refused(String message) implements Submitted {}

  /** Slurm's answer was lost; only the queue can tell. */
  record Unanswered(String message) implements Submitted {}

  /**
   * Refuses a machine that is not of a cluster.
   *
   * @throws BadInputException saying what is missing
   */
  public void require() {
    for (String command : List.of("sbatch", "squeue")) {
      if (find(command) == null) {
        throw new BadInputException(
            "--launcher is slurm, but %s is not on PATH; run this on a login node of the cluster, or use --shard with another scheduler."
                .formatted(command));
      }
    }
  }

  /** {@code MaxArraySize} of the cluster; empty if it does not tell. */
  OptionalInt maxArraySize() {
    Answer answer = run(List.of("scontrol", "show", "config"));
    Matcher matcher = MAX_ARRAY_SIZE.matcher(answer.out());
    return answer.ok() && matcher.find()
        ? OptionalInt.of(Integer.parseInt(matcher.group(1)))
        : OptionalInt.empty();
  }

  /**
   * Submits tasks of an array.
   *
   * @param name that the queue will show
   * @param indexes as {@link ArrayIndexes} writes them
   * @param offset the script's argument
   */
  Submitted submit(Path script, String name, String indexes, int offset) {
    Answer answer =
        run(
            List.of(
                "sbatch",
                "--parsable",
                "--job-name=" + name,
                "--array=" + indexes,
                script.toString(),
                Integer.toString(offset)));
    // Words of site's plugins may stand before the number.
    String last = answer.out().lines().reduce("", (first, second) -> second).strip();
    Matcher matcher = JOB.matcher(last);
    if (answer.ok() && matcher.matches()) {
      return new Accepted(matcher.group(1));
    }
    // After a timeout on the wire, or a signal, the controller may have the job all the same.
    boolean refused =
        answer.code() > 0 && answer.code() < 128 && !answer.err().contains("timed out");
    return refused ? new Refused(answer.complaint()) : new Unanswered(answer.complaint());
  }

  /**
   * The user's tasks that Slurm remembers, with those that ended of late.
   *
   * @throws IOException if Slurm does not answer
   */
  List<QueuedTask> queue() throws IOException {
    Answer answer =
        run(
            List.of(
                "squeue", "--me", "--array", "--states=all", "--noheader", "--format=%F|%K|%T|%j"));
    if (!answer.ok()) {
      throw new IOException(answer.complaint());
    }
    List<QueuedTask> tasks = new ArrayList<>();
    for (String line : answer.out().lines().toList()) {
      String[] fields = line.strip().split("\\|", 4);
      if (fields.length == 4) {
        for (int index : ArrayIndexes.of(fields[1])) {
          tasks.add(new QueuedTask(fields[0], index, TaskState.word(fields[2]), fields[3]));
        }
      }
    }
    return tasks;
  }

  /** What the accounting knows of arrays; nothing where there is no accounting. */
  List<QueuedTask> accounted(Collection<String> jobs) {
    return jobs.isEmpty() ? List.of() : accounted("--jobs=" + String.join(",", jobs));
  }

  /** What the accounting knows of arrays of this name; nothing where there is no accounting. */
  List<QueuedTask> accountedByName(String name) {
    // Otherwise only jobs since midnight.
    return accounted("--name=" + name, "--starttime=now-7days");
  }

  private List<QueuedTask> accounted(String... which) {
    if (!accounting) {
      return List.of();
    }
    Answer answer =
        run(
            Stream.concat(
                    Stream.of(
                        "sacct",
                        "--noheader",
                        "--parsable2",
                        "--allocations",
                        "--format=JobID,State,JobName%200"),
                    Stream.of(which))
                .toList());
    if (!answer.ok()) {
      accounting = false;
      return List.of();
    }
    List<QueuedTask> tasks = new ArrayList<>();
    for (String line : answer.out().lines().toList()) {
      String[] fields = line.strip().split("\\|", 3);
      Matcher id = ACCOUNTED.matcher(fields[0]);
      if (fields.length == 3 && id.matches()) {
        for (int index : ArrayIndexes.of(id.group(2))) {
          tasks.add(new QueuedTask(id.group(1), index, TaskState.word(fields[1]), fields[2]));
        }
      }
    }
    return tasks;
  }

  private @Nullable Path find(String command) {
    for (String folder : environment.getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      Path path = Path.of(folder, command);
      if (!folder.isEmpty() && Files.isRegularFile(path) && Files.isExecutable(path)) {
        return path;
      }
    }
    return null;
  }

  private Answer run(List<String> command) {
    Path program = find(command.getFirst());
    if (program == null) {
      return new Answer(127, "", command.getFirst() + " is not on PATH");
    }
    List<String> line = new ArrayList<>(command);
    line.set(0, program.toString());
    ProcessBuilder builder = new ProcessBuilder(line);
    Map<String, String> variables = builder.environment();
    variables.clear();
    environment.forEach(
        (name, value) -> {
          if (DROPPED.stream().noneMatch(name::startsWith)) {
            variables.put(name, value);
          }
        });
    Path out = null;
    Path err = null;
    try {
      out = Files.createTempFile("slurm", ".out");
      err = Files.createTempFile("slurm", ".err");
      Process process =
          builder
              .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      int code = -1;
      if (process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        code = process.exitValue();
      } else {
        process.destroyForcibly();
      }
      return new Answer(
          code,
          new String(Files.readAllBytes(out), StandardCharsets.UTF_8),
          new String(Files.readAllBytes(err), StandardCharsets.UTF_8));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Answer(-1, "", "interrupted");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot run " + program, e);
    } finally {
      delete(out);
      delete(err);
    }
  }

  private static void delete(@Nullable Path file) {
    try {
      if (file != null) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      // A temporary file stays behind.
    }
  }
}
