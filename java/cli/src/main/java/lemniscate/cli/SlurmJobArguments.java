package lemniscate.cli;

import java.util.List;
import java.util.OptionalInt;
import lemniscate.config.BadInputException;
import lemniscate.sweep.slurm.SbatchOption;
import lemniscate.text.Shown;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Who runs the work of a command, and the options of jobs for a Slurm cluster. */
sealed class SlurmJobArguments permits SlurmArguments {

  static final String LOCAL = "local";
  static final String SLURM = "slurm";

  @Option(
      names = "--slurm.option",
      paramLabel = "KEY=VALUE",
      description = "An option of sbatch for the jobs, e.g. time=60, gres=gpu:1; repeatable.")
  private List<String> options = List.of();

  @Option(
      names = "--slurm.tasks-at-a-time",
      paramLabel = "N",
      description = "Tasks of an array that run at the same time [as many as Slurm likes].")
  private @Nullable Integer atATime;

  /** Whether there is one. */
  boolean isGiven() {
    return !options.isEmpty() || atATime != null;
  }

  /**
   * Whether the launcher is Slurm.
   *
   * @throws BadInputException if there is no such launcher, or these options do not go with it
   */
  final boolean isLauncher(String launcher) {
    if (launcher.equals(SLURM)) {
      return true;
    }
    if (!launcher.equals(LOCAL)) {
      throw new BadInputException(
          "--launcher is %s; expected %s or %s.".formatted(Shown.quoted(launcher), LOCAL, SLURM));
    }
    if (isGiven()) {
      throw new BadInputException(
          "--slurm options are given without --launcher slurm; expected both. Add --launcher"
              + " slurm.");
    }
    return false;
  }

  /**
   * For sbatch.
   *
   * @throws BadInputException if one of them cannot be used
   */
  final List<SbatchOption> options() {
    return options.stream().map(SbatchOption::new).toList();
  }

  /**
   * Tasks at the same time; empty for as many as Slurm likes.
   *
   * @throws BadInputException if there are none
   */
  final OptionalInt atATime() {
    return atLeast(1, atATime, "--slurm.tasks-at-a-time");
  }

  static OptionalInt atLeast(int least, @Nullable Integer value, String option) {
    if (value == null) {
      return OptionalInt.empty();
    }
    if (value < least) {
      throw new BadInputException(
          "%s is '%d'; expected an integer >= %d. Leave it out for the default."
              .formatted(option, value, least));
    }
    return OptionalInt.of(value);
  }
}
