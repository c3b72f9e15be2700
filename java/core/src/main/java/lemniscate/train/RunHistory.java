package lemniscate.train;

import com.fasterxml.jackson.core.type.TypeReference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.journal.JournalLine;

/**
 * What a run wrote about its epochs.
 *
 * @param config of the run, resolved
 * @param epochs in their order; epoch 0, before the first step, where something was measured there
 * @param reaches of credit, in their order, where they were measured
 * @param changes of the configuration on the way, in their order
 */
public record RunHistory(
    Config config, List<Epoch> epochs, List<Reach> reaches, List<ConfigHistory.Change> changes) {

  /** Kind of the lines that say how far credit reaches. */
  static final String REACH = "reach";

  private static final TypeReference<List<Double>> NUMBERS = new TypeReference<>() {};

  /**
   * The end of an epoch.
   *
   * @param epoch from 1; 0 for the start
   * @param testAccuracy fraction; NaN if unknown
   * @param testLoss mean over the examples; NaN if unknown
   * @param diagnostics what else was measured; NaN where there was nothing to measure
   */
  public record Epoch(
      long epoch, double testAccuracy, double testLoss, Map<String, Double> diagnostics) {}

  /**
   * What was measured of the credit of units; the lists have an entry for each that has weights.
   *
   * @param step number of steps done
   * @param reach fraction of the units that get some
   * @param units their numbers
   * @param relative sizes, as in {@link lemniscate.rule.CreditReach.OfUnit}
   * @param cosines to backpropagation
   * @param shares what Adam's ε leaves
   */
  public record Reach(
      long step,
      double reach,
      List<Double> units,
      List<Double> relative,
      List<Double> cosines,
      List<Double> shares) {

    private static Reach of(JournalLine line) {
      return new Reach(
          line.longInteger("step"),
          line.number("reach"),
          numbers(line, "unit"),
          numbers(line, "relative"),
          numbers(line, "cosine"),
          numbers(line, "share"));
    }

    // What was no number is null.
    private static List<Double> numbers(JournalLine line, String name) {
      return line.value(name, NUMBERS, "a list of numbers").stream()
          .map(number -> Objects.requireNonNullElse(number, Double.NaN))
          .toList();
    }
  }

  /** Copies the lists. */
  public RunHistory {
    epochs = List.copyOf(epochs);
    reaches = List.copyOf(reaches);
    changes = List.copyOf(changes);
  }

  /**
   * Reads a run, finished or not; a torn last line does not count.
   *
   * @throws BadInputException if there is no run, no epoch of it, or its metrics are damaged
   */
  public static RunHistory read(Path run) {
    try (RunDirectory directory = RunDirectory.read(run)) {
      return of(directory);
    }
  }

  /** As {@link #read}, also of a run that is being trained, whose lock it keeps. */
  static RunHistory of(RunDirectory directory) {
    List<Epoch> epochs = new ArrayList<>();
    List<Reach> reaches = new ArrayList<>();
    directory.readMetrics(
        line -> {
          epoch(line).ifPresent(epoch -> add(epochs, epoch));
          if (line.text("kind").equals(REACH)) {
            reaches.add(Reach.of(line));
          }
        });
    if (epochs.stream().noneMatch(epoch -> epoch.epoch() > 0)) {
      throw new BadInputException(
          directory.path() + " has no finished epoch; train it for one, or name another run.");
    }
    return new RunHistory(directory.config(), epochs, reaches, ConfigHistory.changes(directory));
  }

  // A part of an epoch, with which a run ended that was trained on, gives way to the whole.
  private static void add(List<Epoch> epochs, Epoch epoch) {
    if (!epochs.isEmpty() && epochs.getLast().epoch() == epoch.epoch()) {
      epochs.removeLast();
    }
    epochs.add(epoch);
  }

  /** What a line of the metrics says of an epoch, if anything. */
  static Optional<Epoch> epoch(JournalLine line) {
    line.longInteger("step");
    return switch (line.text("kind")) {
      case "start" ->
          Optional.of(new Epoch(0, Double.NaN, Double.NaN, line.numbers("diagnostics")));
      case "epoch" ->
          Optional.of(
              new Epoch(
                  line.longInteger("epoch"),
                  line.numberOrNaN("testAccuracy"),
                  line.numberOrNaN("testLoss"),
                  line.has("diagnostics") ? line.numbers("diagnostics") : Map.of()));
      case "step", REACH, "diverged" -> Optional.empty();
      default -> throw line.refused("kind", "start, step, reach, epoch or diverged");
    };
  }

  /** Test accuracies after epochs 1, 2, … */
  public List<Double> accuracies() {
    return epochs.stream().filter(e -> e.epoch() > 0).map(Epoch::testAccuracy).toList();
  }
}
