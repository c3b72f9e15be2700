package lemniscate.cli;

import static java.util.stream.Collectors.joining;

import java.util.Locale;
import java.util.Map;
import lemniscate.rule.CreditReach;
import lemniscate.rule.LearningRule;
import lemniscate.train.EpochMetrics;
import lemniscate.train.StepMetrics;
import lemniscate.train.TrainingListener;
import org.jspecify.annotations.Nullable;

/**
 * Shows how far a run is: a bar on a terminal, a line for each epoch elsewhere, nothing if quiet.
 */
final class TrainingProgressDisplay implements TrainingListener, AutoCloseable {

  // Metrics change with every step; people read slower.
  private static final long MESSAGE_NANOS = 150_000_000L;

  private final CommonOptions common;
  private final LearningRule rule;
  private final @Nullable LiveBar bar;
  private long lastMessage;
  private String diagnostics = "";
  private double lowestReach = 1;
  private boolean warned;

  private TrainingProgressDisplay(CommonOptions common, LearningRule rule, @Nullable LiveBar bar) {
    this.common = common;
    this.rule = rule;
    this.bar = bar;
  }

  /**
   * Begins to show.
   *
   * @param rule in training
   * @param done steps
   * @param steps of the whole run
   */
  static TrainingProgressDisplay of(
      CommonOptions common, LearningRule rule, long done, long steps) {
    return new TrainingProgressDisplay(common, rule, LiveBar.of(common, done, steps));
  }

  @Override
  public void onStart(Map<String, Double> measured) {
    diagnostics = text(measured);
    if (bar == null && !diagnostics.isEmpty()) {
      common.log("start " + diagnostics);
    }
  }

  /** Warns once, and again where what was a part becomes most of the network. */
  @Override
  public void onReach(long step, CreditReach reach) {
    boolean worse = reach.reach() < CreditReach.HALF && lowestReach >= CreditReach.HALF;
    if (!warned || worse) {
      reach
          .warning(rule, step)
          .ifPresent(
              line -> {
                warned = true;
                lowestReach = reach.reach();
                common.log("warning: " + line);
              });
    }
  }

  // Of the whole network; what is known of single layers is in the metrics.
  private static String text(Map<String, Double> measured) {
    return measured.entrySet().stream()
        .filter(entry -> !entry.getKey().contains(".layer"))
        .map(
            entry ->
                " %s %s"
                    .formatted(
                        entry.getKey(),
                        entry.getValue().isNaN()
                            ? "none"
                            : String.format(Locale.ROOT, "%.1f", entry.getValue())))
        .collect(joining(" "));
  }

  @Override
  public void onStep(StepMetrics metrics) {
    if (bar == null) {
      return;
    }
    bar.stepTo(metrics.step());
    long now = System.nanoTime();
    if (now - lastMessage > MESSAGE_NANOS) {
      lastMessage = now;
      String energy =
          Double.isFinite(metrics.energy())
              ? String.format(Locale.ROOT, "  energy %.3f", metrics.energy())
              : "";
      bar.message(
          String.format(
              Locale.ROOT,
              "loss %s%s%s  %.0f ex/s",
              ProgressText.loss(metrics.loss()),
              energy,
              diagnostics,
              metrics.examplesPerSecond()));
    }
  }

  @Override
  public void onEpoch(EpochMetrics metrics) {
    diagnostics = text(metrics.diagnostics());
    if (bar == null) {
      common.log(
          String.format(
              Locale.ROOT,
              "epoch %d/%d  step %d  train loss %.5f  test loss %.5f%s%s  %.0f examples/s",
              metrics.epoch(),
              metrics.epochs(),
              metrics.step(),
              metrics.trainLoss(),
              metrics.testLoss(),
              Double.isFinite(metrics.testAccuracy())
                  ? String.format(
                      Locale.ROOT, "  test accuracy %.2f %%", 100 * metrics.testAccuracy())
                  : "",
              diagnostics.isEmpty() ? "" : " " + diagnostics,
              metrics.examplesPerSecond()));
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
