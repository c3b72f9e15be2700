package lemniscate.cli;

import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import lemniscate.config.BadInputException;
import lemniscate.sweep.slurm.SbatchOption;
import lemniscate.sweep.slurm.SlurmSettings;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of {@code sweep} for a Slurm cluster. */
final class SlurmArguments {

  @Option(
      names = "--slurm.option",
      paramLabel = "KEY=VALUE",
      description = "An option of sbatch for the jobs, e.g. time=60, gres=gpu:1; repeatable.")
  private List<String> options = List.of();

  @Option(
      names = "--slurm.tasks",
      paramLabel = "N",
      description = "Parts that the sweep is cut into [the number of trials, 64 at most].")
  private @Nullable Integer tasks;

  @Option(
      names = "--slurm.tasks-at-a-time",
      paramLabel = "N",
      description = "Tasks of an array that run at the same time [as many as Slurm likes].")
  private @Nullable Integer atATime;

  @Option(
      names = "--slurm.max-array",
      paramLabel = "N",
      description = "The cluster's MaxArraySize [asked of scontrol].")
  private @Nullable Integer maxArraySize;

  @Option(
      names = "--slurm.requeues",
      paramLabel = "N",
      description = "How often a task that ended early is submitted again [2].")
  private @Nullable Integer requeues;

  @Option(
      names = "--slurm.poll",
      paramLabel = "SECONDS",
      description = "Time between two looks at the queue [15].")
  private @Nullable Integer poll;

  @Option(
      names = "--slurm.no-wait",
      description = "Submit and leave; --resume collects, and submits again what failed.")
  private boolean noWait;

  /** Refuses all of them, for another launcher. */
  void requireUnused() {
    if (noWait
        || !options.isEmpty()
        || Stream.of(tasks, atATime, maxArraySize, requeues, poll)
            .anyMatch(given -> given != null)) {
      throw new BadInputException(
          "--slurm options are given without --launcher slurm; expected both. Add --launcher"
              + " slurm.");
    }
  }

  /**
   * What they say.
   *
   * @throws BadInputException if one of them cannot be used
   */
  SlurmSettings settings(@Nullable Integer workers) {
    return new SlurmSettings(
        options.stream().map(SbatchOption::new).toList(),
        atLeast(1, tasks, "--slurm.tasks"),
        atLeast(2, maxArraySize, "--slurm.max-array"),
        atLeast(1, workers, "--workers"),
        atLeast(1, atATime, "--slurm.tasks-at-a-time"),
        atLeast(0, requeues, "--slurm.requeues").orElse(SlurmSettings.DEFAULT_REQUEUES),
        poll == null
            ? SlurmSettings.DEFAULT_POLL
            : Duration.ofSeconds(atLeast(1, poll, "--slurm.poll").getAsInt()),
        SlurmSettings.DEFAULT_SETTLE,
        !noWait);
  }

  private static OptionalInt atLeast(int least, @Nullable Integer value, String option) {
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
