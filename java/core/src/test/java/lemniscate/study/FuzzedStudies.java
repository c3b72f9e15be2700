package lemniscate.study;

import com.fasterxml.jackson.core.type.TypeReference;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import lemniscate.fuzz.FuzzedReader;
import lemniscate.fuzz.Repairs;
import lemniscate.train.StopSignal;

/** The readers of a study's measurements, to be attacked. */
public final class FuzzedStudies {

  private static final String STUDY = "a-study";

  private FuzzedStudies() {}

  /**
   * All of them.
   *
   * @param folder for the stores whose bytes are changed
   */
  public static List<FuzzedReader> readers(Path folder) {
    return List.of(
        limit(FuzzedReader.folder(folder, "limit")), networks(FuzzedReader.folder(folder, "net")));
  }

  private static List<byte[]> lines(Path folder) {
    try {
      byte[] file = Files.readAllBytes(folder.resolve(MeasurementStore.FILE));
      return List.of(Repairs.journal(Repairs.timeless(file)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static FuzzedReader limit(Path made) {
    Map<LimitQuantity, Double> values = new EnumMap<>(LimitQuantity.class);
    for (LimitQuantity quantity : LimitQuantity.values()) {
      values.put(quantity, 0.1 + quantity.ordinal());
    }
    try (MeasurementStore store = MeasurementStore.open(made, STUDY)) {
      store.append(new WidthMeasurement(4, 1, values, null, 0.5).fields());
      store.append(new WidthMeasurement(8, 1, Map.of(), "diverged", 0.5).fields());
    }
    return new FuzzedReader(
        "limit-measurements",
        lines(made),
        Repairs::journal,
        (bytes, folder) -> {
          Files.write(folder.resolve(MeasurementStore.FILE), bytes);
          try (MeasurementStore store = MeasurementStore.open(folder, STUDY)) {
            store.latestFirst().forEach(WidthMeasurement::of);
          }
        });
  }

  private static FuzzedReader networks(Path made) {
    try (MeasurementStore store = MeasurementStore.open(made, STUDY)) {
      MeasuredNetworks networks = networks(store);
      networks.measure(4, "4-1", new TypeReference<>() {}, () -> Map.of("a", List.of(0.5, 1.0)));
      networks.measure(8, "8-1", new TypeReference<>() {}, () -> Map.of("b", List.of(-0.5)));
    }
    return new FuzzedReader(
        "measurements",
        lines(made),
        Repairs::journal,
        (bytes, folder) -> {
          Files.write(folder.resolve(MeasurementStore.FILE), bytes);
          try (MeasurementStore store = MeasurementStore.open(folder, STUDY)) {
            for (String network : List.of("4-1", "8-1")) {
              networks(store)
                  .measure(
                      4,
                      network,
                      new TypeReference<TreeMap<String, List<Double>>>() {},
                      () -> new TreeMap<>(Map.of("c", List.of(1.0))));
            }
          }
        });
  }

  private static MeasuredNetworks networks(MeasurementStore store) {
    return new MeasuredNetworks(store, (done, total, width) -> {}, new StopSignal(), 2);
  }
}
