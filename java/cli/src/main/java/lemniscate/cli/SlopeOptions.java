package lemniscate.cli;

import java.util.Map;
import lemniscate.study.CoordinateStudy;
import lemniscate.study.FittedSlope;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options of studies that hold slopes over widths against exponents, and what they say of one. */
final class SlopeOptions {

  private static final double PERCEPTRONS = 0.1;

  // Few channels are far from the limit, and depth adds terms of relative size 1/L.
  private static final double OTHERS = 0.2;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      defaultValue = "4",
      description = "Networks of each width; --seed is the first seed [${DEFAULT-VALUE}].")
  private int seeds;

  @Option(
      names = "--tolerance",
      paramLabel = "X",
      description =
          "By how much a slope may miss its exponent [0.1; 0.2 for convolutions, residual blocks"
              + " and depths].")
  private @Nullable Double tolerance;

  @Option(names = "--check", description = "Exit with 4 if a slope misses its exponent.")
  private boolean check;

  int seeds() {
    return seeds;
  }

  /** The tolerance, where none is given that of networks of a kind. */
  double tolerance(CoordinateStudy.Networks networks) {
    if (tolerance != null) {
      return tolerance;
    }
    boolean matrices = networks.base().hasWeightMatrices(1);
    return matrices && !networks.overDepths() ? PERCEPTRONS : OTHERS;
  }

  /** The tolerance that is given, if any. */
  @Nullable Double givenTolerance() {
    return tolerance;
  }

  /** The exit code of a study that passed or did not. */
  int exitCode(boolean pass) {
    return (check && !pass ? ExitCode.VERDICT_FAILED : ExitCode.DONE).code();
  }

  /** Adds the numbers of a slope to the fields of its JSON. */
  static void put(FittedSlope slope, Map<String, @Nullable Object> fields) {
    String reason = slope.expected().notJudged();
    fields.put("step", slope.step());
    fields.put("slope", slope.slope());
    fields.put("low", slope.low());
    fields.put("high", slope.high());
    fields.put("expected", slope.expected().exponent());
    fields.put("pass", reason == null ? slope.within() : null);
    if (reason != null) {
      fields.put("reason", reason);
    }
  }
}
