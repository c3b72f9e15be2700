package lemniscate.sweep;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import lemniscate.config.BadInputException;
import lemniscate.config.YamlTree;

/**
 * What a sweep trains: the list of its trials, in a fixed order, read from YAML. The order is that
 * of nested loops: over the cases, then the grid (its first key outermost), then the random draws,
 * then the seeds.
 *
 * @param text the YAML that it was read from
 * @param trials all of them; no two are the same
 * @param trialTimeLimit after which a trial is stopped; empty: never
 * @param asha how trials are stopped early; empty: each is trained to its full length
 * @param choice by what the configurations are compared
 */
public record SweepSpec(
    String text,
    List<Trial> trials,
    Optional<Duration> trialTimeLimit,
    Optional<Asha> asha,
    Choice choice) {

  /** More than any machine trains: a slip in the file. */
  static final int MOST_TRIALS = 100_000;

  /** Copies the trials. */
  public SweepSpec {
    trials = List.copyOf(trials);
  }

  /**
   * Reads a file.
   *
   * @throws BadInputException if it cannot be read, or as {@link #of}
   */
  public static SweepSpec read(Path file) {
    return of(YamlTree.textOf(file, "a sweep", "Check the path."), file.toString());
  }

  /**
   * Reads a text.
   *
   * @param source what errors call it
   * @throws BadInputException if it is malformed, holds an unknown key or a value that its key does
   *     not take, lists no trial, or lists one twice; the message names the line
   */
  public static SweepSpec of(String text, String source) {
    return new SweepReader(text, source).read();
  }
}
