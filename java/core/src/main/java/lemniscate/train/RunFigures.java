package lemniscate.train;

import java.util.Map;

/** Draws what a run has measured, for logs that show images; the engine itself draws nothing. */
@FunctionalInterface
public interface RunFigures {

  /** No figures. */
  RunFigures NONE = _ -> Map.of();

  /**
   * Figures of a run that has finished an epoch.
   *
   * @return PNG files by the name of the figure; empty where none can be drawn
   */
  Map<String, byte[]> draw(RunHistory history);
}
