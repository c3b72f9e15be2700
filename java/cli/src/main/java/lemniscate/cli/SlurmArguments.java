package lemniscate.cli;

import java.time.Duration;
import java.util.stream.Stream;
import lemniscate.config.BadInputException;
import lemniscate.sweep.slurm.SlurmSettings;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of {@code sweep} for a Slurm cluster, which watches its jobs. */
final class SlurmArguments extends SlurmJobArguments {

  @Option(
      names = "--slurm.tasks",
      paramLabel = "N",
      description = "Parts that the sweep is cut into [the number of trials, 64 at most].")
  private @Nullable Integer tasks;

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

  @Override
  boolean isGiven() {
    return super.isGiven()
        || noWait
        || Stream.of(tasks, maxArraySize, requeues, poll).anyMatch(given -> given != null);
  }

  /**
   * What they say.
   *
   * @throws BadInputException if one of them cannot be used
   */
  SlurmSettings settings(@Nullable Integer workers) {
    return new SlurmSettings(
        options(),
        atLeast(1, tasks, "--slurm.tasks"),
        atLeast(2, maxArraySize, "--slurm.max-array"),
        atLeast(1, workers, "--workers"),
        atATime(),
        atLeast(0, requeues, "--slurm.requeues").orElse(SlurmSettings.DEFAULT_REQUEUES),
        poll == null
            ? SlurmSettings.DEFAULT_POLL
            : Duration.ofSeconds(atLeast(1, poll, "--slurm.poll").getAsInt()),
        SlurmSettings.DEFAULT_SETTLE,
        !noWait);
  }
}
