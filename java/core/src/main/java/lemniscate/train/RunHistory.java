package lemniscate.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;

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
   * @throws BadInputException if there is no run, or no epoch of it
   */
  public static RunHistory read(Path run) {
    List<Epoch> epochs = new ArrayList<>();
    try (RunDirectory directory = RunDirectory.read(run)) {
      ObjectMapper mapper = new ObjectMapper();
      for (String line : Files.readAllLines(directory.metricsFile())) {
        add(mapper, line, epochs);
      }
      if (epochs.stream().noneMatch(epoch -> epoch.epoch() > 0)) {
        throw new BadInputException(
            run + " has no finished epoch; train it for one, or name another run.");
      }
      return new RunHistory(directory.config(), epochs);
    } catch (IOException e) {
      throw new UncheckedIOException("the metrics of " + run + " cannot be read", e);
    }
  }

  private static void add(ObjectMapper mapper, String line, List<Epoch> epochs) {
    JsonNode node;
    try {
      node = mapper.readTree(line);
    } catch (JsonProcessingException e) {
      return;
    }
    String kind = node.path("kind").asText();
    if (!kind.equals("epoch") && !kind.equals("start")) {
      return;
    }
    Map<String, Double> diagnostics = new LinkedHashMap<>();
    node.path("diagnostics")
        .properties()
        .forEach(entry -> diagnostics.put(entry.getKey(), entry.getValue().asDouble(Double.NaN)));
    epochs.add(
        new Epoch(
            node.path("epoch").asLong(0),
            node.path("testAccuracy").asDouble(Double.NaN),
            node.path("testLoss").asDouble(Double.NaN),
            diagnostics));
  }

  /** Test accuracies after epochs 1, 2, … */
  public List<Double> accuracies() {
    return epochs.stream().filter(e -> e.epoch() > 0).map(Epoch::testAccuracy).toList();
  }
}
