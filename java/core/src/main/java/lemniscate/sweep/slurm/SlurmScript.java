package lemniscate.sweep.slurm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import lemniscate.config.BadInputException;
import lemniscate.text.ShellWords;
import lemniscate.train.OutputFolder;

/**
 * The script of a plan: an array whose tasks each train one part of the sweep into its own store.
 * It needs nothing but what it names, so that it can be read, changed and submitted by hand.
 *
 * @param name of the job, where it is submitted by hand
 * @param program Java with its options, the class path and the class of the command line
 * @param directory that paths of the sweep's file are relative to
 * @param sweep folder of the sweep
 * @param folder of the plan
 * @param parts of the sweep
 * @param perArray how many tasks an array can have
 * @param options for the jobs
 * @param workers trials side by side; empty for one a processor
 * @param atATime tasks of an array at the same time; empty for no bound
 * @param beside whether what a part has to do depends on the results of the others
 */
record SlurmScript(
    String name,
    List<String> program,
    Path directory,
    Path sweep,
    SlurmFolder folder,
    int parts,
    int perArray,
    List<String> options,
    OptionalInt workers,
    OptionalInt atATime,
    boolean beside) {

  // Where it stands between double quotes in a line for sbatch, and in the pattern of a log's name.
  private static final Pattern UNUSABLE = Pattern.compile("[\"\\\\\\p{Cntrl}]");
  private static final int COMMANDS_SHOWN = 3;

  /**
   * Writes it, and makes the folder of the logs.
   *
   * @throws BadInputException if a path cannot stand in a script
   * @throws UncheckedIOException if a file cannot be written
   */
  void write() {
    write(folder, text());
  }

  /**
   * Writes a script, and makes the folder of the logs.
   *
   * @throws UncheckedIOException if a file cannot be written
   */
  static void write(SlurmFolder folder, String text) {
    folder.createLogs();
    try {
      OutputFolder.replace(folder.script(), text);
    } catch (IOException e) {
      throw OutputFolder.unwritten(
          folder.script(), "no job was submitted by it", "go on by --resume", e);
    }
  }

  /** The text. */
  String text() {
    require("the working directory", directory);
    require("--out", sweep);
    List<String> lines = new ArrayList<>();
    lines.addAll(
        head(name, "1-" + Math.min(parts, perArray) + bound(atATime), directory, folder, options));
    lines.add("");
    lines.add(
        "# A sweep in " + parts + " parts, one for each task of the array. A task trains what");
    lines.add(
        "# the store of its part lacks: run again, it goes on, and it loses and repeats nothing.");
    lines.add("# By hand (the argument is what a part's number exceeds the task's index by):");
    int shown = 0;
    for (int first = 0; first < parts; first += perArray) {
      if (++shown > COMMANDS_SHOWN) {
        lines.add("#   and so on");
        break;
      }
      int count = Math.min(perArray, parts - first);
      lines.add(
          "#   sbatch --array=%s %s %d"
              .formatted(
                  (count == 1 ? "1" : "1-" + count) + bound(atATime),
                  ShellWords.word(folder.script().toString()),
                  first));
    }
    lines.add("");
    lines.add("part=$((SLURM_ARRAY_TASK_ID + ${1:-0}))");
    lines.addAll(processors());
    lines.add("sweep=" + ShellWords.word(sweep.toString()));
    lines.add(
        "store=$sweep/%s/$(printf 'part-%%04d' \"$part\")"
            .formatted(sweep.relativize(folder.path())));
    lines.add("");
    lines.add(
        "echo \"part $part of %d, job ${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID, $cpus processors of $(uname -n), $(date)\""
            .formatted(parts));
    lines.addAll(start(program));
    lines.add(
        "  sweep \"$sweep/sweep.yaml\" --shard \"$part/%d\" --out \"$store\" --resume%s"
                .formatted(parts, workers.isPresent() ? " --workers " + workers.getAsInt() : "")
            + (beside
                ? " \\\n  --beside \"$sweep\" \"$sweep/%s\""
                    .formatted(sweep.relativize(folder.path()))
                : ""));
    return String.join("\n", lines) + "\n";
  }

  /** The first lines of the script of an array. */
  static List<String> head(
      String name, String indexes, Path directory, SlurmFolder folder, List<String> options) {
    List<String> lines = new ArrayList<>();
    lines.add("#!/bin/sh");
    lines.add("#SBATCH --job-name=" + name);
    lines.add("#SBATCH --array=" + indexes);
    lines.add("#SBATCH --chdir=\"" + directory + "\"");
    lines.add("#SBATCH --output=\"" + folder.logs().toString().replace("%", "%%") + "/%A_%a.log\"");
    lines.add("#SBATCH --open-mode=append");
    lines.add("#SBATCH --requeue");
    options.forEach(option -> lines.add(new SbatchOption(option).line()));
    return lines;
  }

  /** Lines that set {@code cpus}. */
  static List<String> processors() {
    return List.of(
        "# What the task was given, which may be less than the node has.",
        "cpus=${SLURM_CPUS_PER_TASK:-${SLURM_CPUS_ON_NODE:-1}}",
        "export OMP_NUM_THREADS=\"$cpus\"");
  }

  /** Lines that start the program; the next one holds its arguments. */
  static List<String> start(List<String> program) {
    StringBuilder arguments = new StringBuilder("  ");
    program.stream().skip(1).forEach(word -> arguments.append(ShellWords.word(word)).append(' '));
    return List.of(
        "exec " + ShellWords.word(program.getFirst()) + " -XX:ActiveProcessorCount=\"$cpus\" \\",
        arguments.append('\\').toString());
  }

  /** What stands behind the indexes of an array: {@code %4}. */
  static String bound(OptionalInt atATime) {
    return atATime.isPresent() ? "%" + atATime.getAsInt() : "";
  }

  static void require(String what, Path path) {
    if (UNUSABLE.matcher(path.toString()).find()) {
      throw new BadInputException(
          "%s is %s; Slurm takes no path with double quotes, backslashes or control characters. Name another folder."
              .formatted(what, path));
    }
  }
}
