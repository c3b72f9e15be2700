package lemniscate.sweep.slurm;

import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;

/**
 * How a sweep is run on a cluster.
 *
 * @param options for the jobs; if there are none, those of before when going on with a plan
 * @param tasks the number of parts that the sweep is cut into; chosen if empty
 * @param maxArraySize one more than the largest index of an array; asked of Slurm if empty
 * @param workers trials side by side in a task; one for each of its processors if empty
 * @param atATime tasks of an array that run at the same time; if empty, those of before when going
 *     on with a plan, else as many as Slurm likes
 * @param requeues how often a task that ended early is submitted again
 * @param poll time between two looks at the queue
 * @param settle how long after a task's end, or after a submission whose answer was lost, a shared
 *     file system and the queue may take to show what happened
 * @param stay whether to stay until all is done and collect it; otherwise submits and leaves
 */
public record SlurmSettings(
    List<SbatchOption> options,
    OptionalInt tasks,
    OptionalInt maxArraySize,
    OptionalInt workers,
    OptionalInt atATime,
    int requeues,
    Duration poll,
    Duration settle,
    boolean stay) {

  /** Unless something else is asked for. */
  public static final int DEFAULT_REQUEUES = 2;

  /** Unless something else is asked for: a load that no controller minds. */
  public static final Duration DEFAULT_POLL = Duration.ofSeconds(15);

  /** The attribute caches of NFS keep a minute at most. */
  public static final Duration DEFAULT_SETTLE = Duration.ofSeconds(60);

  /** The most parts, unless more are asked for: each costs the start of a process. */
  public static final int DEFAULT_MOST_TASKS = 64;

  /** Copies the options. */
  public SlurmSettings {
    options = List.copyOf(options);
  }
}
