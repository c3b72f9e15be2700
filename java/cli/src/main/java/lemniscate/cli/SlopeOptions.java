package lemniscate.cli;

import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import lemniscate.cli.report.Verdict;
import lemniscate.study.CoordinateStudy;
import lemniscate.study.FittedSlope;
import lemniscate.study.Judgement;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options of studies that hold slopes over widths against exponents, and what they say of one. */
final class SlopeOptions {

  private static final double PERCEPTRONS = 0.1;

  private static final int FEW_SEEDS = 4;
  private static final int MANY_SEEDS = 16;

  // More than anybody waits for.
  private static final int MOST_ADVISED = 64;

  // Few channels are far from the limit, and depth adds terms of relative size 1/L.
  private static final double OTHERS = 0.2;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      description =
          "Networks of each size; --seed is the first seed [4; coord-check, regime and depth take"
              + " twice as many, up to 16, while their verdict is inconclusive].")
  private @Nullable Integer seeds;

  @Option(
      names = "--tolerance",
      paramLabel = "X",
      description =
          "By how much a slope may miss its exponent [0.1; 0.2 for convolutions, residual blocks"
              + " and depths].")
  private @Nullable Double tolerance;

  @Option(names = "--check", description = "Exit with 4 unless all slopes are as they should be.")
  private boolean check;

  /** The number of seeds that a study begins with. */
  int seeds() {
    return first(seeds);
  }

  /** The number of seeds that a study begins with where so many are given. */
  static int first(@Nullable Integer given) {
    return given == null ? FEW_SEEDS : given;
  }

  /**
   * A study with as many seeds as its verdict needed.
   *
   * @param result what it found
   */
  record Settled<S, R>(S study, R result) {}

  /**
   * Runs a study, and where no number of seeds was given again with more of them while its verdict
   * is inconclusive; what was measured is not measured again.
   *
   * @param withSeeds the study with a number of seeds
   * @param run empty if it was interrupted
   */
  <S, R> Optional<Settled<S, R>> settle(
      IntFunction<S> withSeeds,
      Function<S, Optional<R>> run,
      Function<R, Judgement> judgement,
      Consumer<String> log) {
    return settle(seeds, withSeeds, run, judgement, log);
  }

  /** The same with the number of seeds that was given, if one was. */
  static <S, R> Optional<Settled<S, R>> settle(
      @Nullable Integer given,
      IntFunction<S> withSeeds,
      Function<S, Optional<R>> run,
      Function<R, Judgement> judgement,
      Consumer<String> log) {
    for (int count = first(given); ; count *= 2) {
      S study = withSeeds.apply(count);
      Optional<R> result = run.apply(study);
      boolean open =
          result.map(judgement).filter(found -> found == Judgement.INCONCLUSIVE).isPresent();
      if (!open || given != null || count >= MANY_SEEDS) {
        return result.map(found -> new Settled<>(study, found));
      }
      log.accept("inconclusive with %d seeds, going on with %d".formatted(count, 2 * count));
    }
  }

  /** What to do about slopes whose verdict is inconclusive: a line, or none if there are none. */
  static List<String> remedy(List<? extends FittedSlope> slopes, int count) {
    DoubleSummaryStatistics needed =
        slopes.stream()
            .filter(slope -> slope.judgement() == Judgement.INCONCLUSIVE)
            .mapToDouble(slope -> slope.seedsNeeded(count))
            .summaryStatistics();
    if (needed.getCount() == 0) {
      return List.of();
    }
    String how =
        needed.getMax() <= MOST_ADVISED
            ? "about %.0f seeds would settle it: --seeds %.0f"
                .formatted(needed.getMax(), needed.getMax())
            : "more than %d seeds would be needed, so choose sizes that are further apart"
                .formatted(MOST_ADVISED);
    return List.of(
        "The intervals of %d slopes lie across a bound of the tolerance; %s."
            .formatted(needed.getCount(), how));
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

  /** The exit code of a study. */
  int exitCode(Judgement judgement) {
    return (check && !judgement.isGood() ? ExitCode.VERDICT_FAILED : ExitCode.DONE).code();
  }

  /** A verdict as tables show it, where a failure must not be overlooked. */
  static String cell(Judgement judgement) {
    return judgement == Judgement.FAIL ? "FAIL" : judgement.text();
  }

  /**
   * The verdict of all judged slopes, for a page.
   *
   * @param name what a slope is of
   * @param within the tolerance
   */
  static <T extends FittedSlope> Verdict verdict(
      List<T> slopes, Function<T, String> name, String within) {
    long judged = slopes.stream().filter(slope -> slope.expected().judged()).count();
    Judgement worst = FittedSlope.worst(slopes);
    if (worst.isGood()) {
      return Verdict.of(
          true, "All %d judged slopes are within %s of their exponents.".formatted(judged, within));
    }
    List<T> own = slopes.stream().filter(slope -> slope.judgement() == worst).toList();
    String which = own.stream().map(name).distinct().collect(Collectors.joining(", "));
    return worst == Judgement.FAIL
        ? Verdict.of(
            false,
            "%d of %d judged slopes miss their exponents by more than %s: %s."
                .formatted(own.size(), judged, within, which))
        : new Verdict(
            Verdict.Outcome.INCONCLUSIVE,
            "%d of %d judged slopes may or may not be within %s of their exponents: %s."
                .formatted(own.size(), judged, within, which));
  }

  /** Adds the numbers of a slope to the fields of its JSON. */
  static void put(FittedSlope slope, Map<String, @Nullable Object> fields) {
    String reason = slope.expected().notJudged();
    fields.put("step", slope.step());
    fields.put("slope", slope.slope());
    fields.put("low", slope.low());
    fields.put("high", slope.high());
    fields.put("expected", slope.expected().exponent());
    fields.put("pass", reason == null ? slope.judgement() == Judgement.PASS : null);
    fields.put("verdict", slope.verdict());
    if (reason != null) {
      fields.put("reason", reason);
    }
  }
}
