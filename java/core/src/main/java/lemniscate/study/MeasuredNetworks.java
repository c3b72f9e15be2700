package lemniscate.study;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import lemniscate.train.StopSignal;

/** The networks of a study, one after the other: each is measured unless the store has it. */
final class MeasuredNetworks {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String NETWORK = "network";
  private static final String MEASURED = "measured";

  private final MeasurementStore store;
  private final CoordinateStudy.Progress progress;
  private final StopSignal stop;
  private final int total;
  private int done;

  /**
   * Starts with none.
   *
   * @param stop heeded before a network
   * @param total number of networks
   */
  MeasuredNetworks(
      MeasurementStore store, CoordinateStudy.Progress progress, StopSignal stop, int total) {
    this.store = store;
    this.progress = progress;
    this.stop = stop;
    this.total = total;
  }

  /**
   * What a network gave, now or before.
   *
   * @param width of the network
   * @param network which it is, among those of the study
   * @param type of what is measured
   * @return empty if the signal was raised
   */
  <T> Optional<T> measure(
      int width, String network, TypeReference<T> type, Supplier<T> measurement) {
    return measureUnlessStopped(width, network, type, () -> Optional.of(measurement.get()));
  }

  /** The same for a measurement that heeds the signal itself: empty if it was raised meanwhile. */
  <T> Optional<T> measureUnlessStopped(
      int width, String network, TypeReference<T> type, Supplier<Optional<T>> measurement) {
    Optional<T> measured = find(network, type);
    if (measured.isEmpty()) {
      if (stop.isRaised()) {
        return Optional.empty();
      }
      measured = measurement.get();
      if (measured.isEmpty()) {
        return measured;
      }
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put(NETWORK, network);
      fields.put(MEASURED, MAPPER.valueToTree(measured.get()));
      store.append(fields);
    }
    done++;
    progress.measured(done, total, width);
    return measured;
  }

  private <T> Optional<T> find(String network, TypeReference<T> type) {
    return store.latestFirst().stream()
        .filter(line -> line.text(NETWORK).equals(network))
        .findFirst()
        .map(line -> line.value(MEASURED, type, "measurements of this version"));
  }
}
