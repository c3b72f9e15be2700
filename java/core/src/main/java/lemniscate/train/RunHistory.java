package lemniscate.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.journal.JournalLine;

/**
 * What a run wrote about its epochs.
 *
 * @param config of the run, resolved
 * @param epochs in their order; epoch 0, before the first step, where something was measured there
 */
public record RunHistory(Config config, List<Epoch> epochs) {

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

  /** Copies the list. */
  public RunHistory {
    epochs = List.copyOf(epochs);
  }

  /**
   * Reads a run, finished or not; a torn last line does not count.
   *
   * @throws BadInputException if there is no run, no epoch of it, or its metrics are damaged
   */
  public static RunHistory read(Path run) {
    List<Epoch> epochs = new ArrayList<>();
    try (RunDirectory directory = RunDirectory.read(run)) {
      directory.readMetrics(line -> epoch(line).ifPresent(epochs::add));
      if (epochs.stream().noneMatch(epoch -> epoch.epoch() > 0)) {
        throw new BadInputException(
            run + " has no finished epoch; train it for one, or name another run.");
      }
      return new RunHistory(directory.config(), epochs);
    }
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
      case "step", "diverged" -> Optional.empty();
      default -> throw line.refused("kind", "start, step, epoch or diverged");
    };
  }

  /** Test accuracies after epochs 1, 2, … */
  public List<Double> accuracies() {
    return epochs.stream().filter(e -> e.epoch() > 0).map(Epoch::testAccuracy).toList();
  }
}
