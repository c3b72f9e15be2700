package lemniscate.timing;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Times of a step and of its floor, taken in turns.
 *
 * @param step of the step
 * @param floor of the floor
 * @param flops floating-point operations of the floor
 * @param oneThread whether all of both is done by the thread that was timed, so that its processor
 *     time is theirs
 */
public record StepTime(Times step, Times floor, double flops, boolean oneThread) {

  private static final double MEGA = 1e6;

  /**
   * Medians in milliseconds, their ratio with the quartiles of the rounds', and speeds; for one
   * thread processor time, too.
   */
  public Map<String, Object> fields() {
    double ours = step.medianMs();
    double least = floor.medianMs();
    Times.Ratio ratio = step.over(floor);
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("rounds", step.seconds().size());
    fields.put("msPerStep", ours);
    fields.put("floorMs", least);
    fields.put("ratio", ratio.value());
    fields.put("ratioLow", ratio.low());
    fields.put("ratioHigh", ratio.high());
    if (oneThread && Double.isFinite(step.medianCpuMs() + floor.medianCpuMs())) {
      fields.put("cpuMsPerStep", step.medianCpuMs());
      fields.put("floorCpuMs", floor.medianCpuMs());
    }
    fields.put("gflops", flops / ours / MEGA);
    fields.put("floorGflops", flops / least / MEGA);
    return fields;
  }
}
