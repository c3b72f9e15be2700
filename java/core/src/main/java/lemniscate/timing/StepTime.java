package lemniscate.timing;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Times of a step and of its floor, taken in turns.
 *
 * @param step seconds, by round
 * @param floor seconds, by round
 * @param flops floating-point operations of the floor
 */
public record StepTime(List<Double> step, List<Double> floor, double flops) {

  private static final double MILLIS = 1e3;
  private static final double GIGA = 1e9;

  /** Medians in milliseconds, their ratio with the quartiles of the rounds', and speeds. */
  public Map<String, Object> fields() {
    double ours = Turns.median(step);
    double least = Turns.median(floor);
    List<Double> ratios = Turns.ratios(step, floor);
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("rounds", step.size());
    fields.put("msPerStep", MILLIS * ours);
    fields.put("floorMs", MILLIS * least);
    fields.put("ratio", ours / least);
    fields.put("ratioLow", Turns.quantile(ratios, Turns.LOW));
    fields.put("ratioHigh", Turns.quantile(ratios, Turns.HIGH));
    fields.put("gflops", flops / ours / GIGA);
    fields.put("floorGflops", flops / least / GIGA);
    return fields;
  }
}
