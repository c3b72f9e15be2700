package lemniscate.sweep.slurm;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import lemniscate.config.BadInputException;
import lemniscate.sweep.slurm.SlurmLauncher.Program;
import lemniscate.text.ShellWords;

/**
 * An array of jobs whose tasks run this program, each with arguments of its own. It is submitted
 * and not watched: the arguments say where results go, and whether a task that is submitted again
 * goes on.
 *
 * @param name of the job
 * @param program that tasks run
 * @param path of the folder for script and logs
 * @param tasks arguments of each task, at least one
 * @param options for the jobs
 * @param atATime tasks at the same time; empty for as many as Slurm likes
 */
public record SlurmArray(
    String name,
    Program program,
    Path path,
    List<List<String>> tasks,
    List<SbatchOption> options,
    OptionalInt atATime) {

  /** Copies the lists. */
  public SlurmArray {
    path = path.toAbsolutePath().normalize();
    tasks = tasks.stream().map(List::copyOf).toList();
    options = List.copyOf(options);
    if (tasks.isEmpty()) {
      throw new IllegalArgumentException("an array without a task");
    }
  }

  /** The script: it can be read, changed and submitted by hand. */
  String text() {
    SlurmScript.require("the working directory", program.directory());
    SlurmScript.require("--out", path);
    List<String> lines =
        new ArrayList<>(
            SlurmScript.head(
                name,
                indexes(),
                program.directory(),
                new SlurmFolder(path),
                options.stream().map(SbatchOption::text).toList()));
    lines.add("");
    lines.add("# A task runs what stands behind its number; run again, it goes on.");
    lines.add("case $SLURM_ARRAY_TASK_ID in");
    for (int i = 0; i < tasks.size(); i++) {
      lines.add(
          "  %d) set -- %s ;;"
              .formatted(
                  i + 1,
                  tasks.get(i).stream().map(ShellWords::word).collect(Collectors.joining(" "))));
    }
    lines.add("  *) exit 2 ;;");
    lines.add("esac");
    lines.addAll(SlurmScript.processors());
    lines.addAll(SlurmScript.start(program.command()));
    lines.add("  \"$@\"");
    return String.join("\n", lines) + "\n";
  }

  private String indexes() {
    return ArrayIndexes.text(IntStream.rangeClosed(1, tasks.size()).boxed().toList())
        + SlurmScript.bound(atATime);
  }

  /**
   * Writes the script and submits it.
   *
   * @return the number of the job
   * @throws BadInputException if Slurm refuses it, or its answer is lost
   */
  public String submit(SlurmCommands commands) {
    SlurmFolder folder = new SlurmFolder(path);
    SlurmScript.write(folder, text());
    return switch (commands.submit(folder.script(), name, indexes(), 0)) {
      case SlurmCommands.Accepted(String job) -> job;
      case SlurmCommands.Refused(String message) ->
          throw new BadInputException(
              "sbatch refuses the jobs: %s. Correct the cause or --slurm.option, and go on by --resume."
                  .formatted(SlurmLauncher.oneLine(message)));
      case SlurmCommands.Unanswered(String message) ->
          throw new BadInputException(
              "sbatch has not answered (%s); look for %s in squeue, and if it is not there go on by --resume."
                  .formatted(SlurmLauncher.oneLine(message), name));
    };
  }
}
