package lemniscate.sweep;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import lemniscate.config.Config;
import lemniscate.data.DataRequest;
import lemniscate.data.DataSplits;
import lemniscate.data.Datasets;
import lemniscate.train.Experiment;

/** Loads each data set once for all trials; keeps the few that were used last. */
public final class SharedData implements Function<Config, DataSplits> {

  // A sweep over more sets than this is rare; one over the seeds of synthetic ones is not.
  private static final int KEPT = 8;

  private final Map<DataRequest, DataSplits> loaded =
      new LinkedHashMap<>(2 * KEPT, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<DataRequest, DataSplits> eldest) {
          return size() > KEPT;
        }
      };

  @Override
  public synchronized DataSplits apply(Config config) {
    DataRequest request = Experiment.dataRequest(config);
    boolean seeded = request.name().startsWith("synthetic");
    DataRequest key = seeded ? request : request.withSeed(0);
    DataSplits known = loaded.get(key);
    if (known == null) {
      known = Datasets.load(request);
      loaded.put(key, known);
    }
    return known;
  }
}
