package lemniscate.cli;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import lemniscate.train.RunFigures;
import lemniscate.train.RunHistory;

/**
 * The figures of {@code curves} for the logs of a run.
 *
 * @param name of the run in legends
 * @param log told once if figures cannot be drawn
 * @param said what it was told
 */
record RunPictures(String name, Consumer<String> log, Set<String> said) implements RunFigures {

  RunPictures(String name, Consumer<String> log) {
    this(name, log, new HashSet<>());
  }

  @Override
  public Map<String, byte[]> draw(RunHistory history) {
    return new CurvesReport(Map.of(name, history))
        .page()
        .images(
            line -> {
              if (said.add(line)) {
                log.accept(line);
              }
            });
  }
}
