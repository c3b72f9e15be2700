package lemniscate.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import lemniscate.sweep.SweepProgress;
import lemniscate.sweep.TrialRow;

/**
 * What is shown of a running sweep.
 *
 * @param progress counts and best trial
 * @param begun trials that this session has to run
 * @param ended those of them that are finished
 * @param seconds since the session began
 * @param running the trials under way, in the order of the sweep
 * @param work how much this session has to do, and what trials under way cost
 */
record SweepView(
    SweepProgress progress,
    int begun,
    int ended,
    double seconds,
    List<Running> running,
    SweepWork work) {

  private static final int BAR_COLUMNS = 32;
  private static final int HEAD_ROWS = 3;
  private static final double MINUTE = 60;

  /** Copies the trials. */
  SweepView {
    running = List.copyOf(running);
  }

  /** Of a sweep whose trials are taken to cost the same. */
  SweepView(SweepProgress progress, int begun, int ended, double seconds, List<Running> running) {
    this(progress, begun, ended, seconds, running, SweepWork.even(begun, ended));
  }

  /**
   * A trial under way.
   *
   * @param index of the trial
   * @param label of the trial
   * @param step steps done
   * @param steps to do; 0 while the trial is being prepared
   * @param loss of the last batch; NaN if there is none
   */
  record Running(int index, String label, long step, long steps, double loss) {

    double fraction() {
      return steps == 0 ? 0 : (double) step / steps;
    }
  }

  /** Trials that this session has done, those under way by their steps. */
  private double done() {
    return ended + running.stream().mapToDouble(Running::fraction).sum();
  }

  /** Seconds left; empty before anything is known of them. */
  OptionalDouble secondsLeft() {
    double underWay =
        running.stream().mapToDouble(trial -> trial.fraction() * work.cost(trial.index())).sum();
    return work.secondsLeft(seconds, underWay);
  }

  /** The lines for a terminal of some size: counts, the best trial, and the trials under way. */
  List<String> lines(TerminalSize size) {
    List<String> lines = new ArrayList<>();
    lines.add(head(size.columns()));
    lines.add(counts());
    progress.best().ifPresent(row -> lines.add(best(row, progress.choice().evaluated())));
    // The line below stays free.
    int room = Math.max(0, size.rows() - 1 - HEAD_ROWS);
    boolean all = running.size() <= room;
    int shown = all ? running.size() : Math.max(0, room - 1);
    running.stream().limit(shown).map(SweepView::line).forEach(lines::add);
    if (!all) {
      lines.add("  and %d more".formatted(running.size() - shown));
    }
    return lines;
  }

  // On a cluster only their number is known.
  private int underWay() {
    return running.isEmpty() ? progress.running() : running.size();
  }

  private String head(int columns) {
    String rest =
        "%d/%d trials  %s"
                .formatted(progress.finished(), progress.trials(), ProgressText.clock(seconds))
            + (underWay() == 0
                ? ""
                : "  left "
                    + (secondsLeft().isPresent()
                        ? ProgressText.clock(secondsLeft().getAsDouble())
                        : "?"));
    double fraction = (progress.trials() - begun + done()) / Math.max(1, progress.trials());
    String bar = ProgressText.bar(fraction, Math.min(BAR_COLUMNS, columns - rest.length() - 2));
    return bar.isEmpty() ? rest : bar + " " + rest;
  }

  private String counts() {
    int ok = progress.finished() - progress.diverged() - progress.failed() - progress.timeout();
    return "running %d  ok %d  diverged %d  failed %d  timed out %d"
            .formatted(underWay(), ok, progress.diverged(), progress.failed(), progress.timeout())
        + (ended == 0
            ? ""
            : String.format(Locale.ROOT, "  %.1f trials/min", ended / seconds * MINUTE));
  }

  private static String best(TrialRow row, String evaluated) {
    return "best     trial %d  %s  %s loss %s"
            .formatted(
                row.index(), row.label(), evaluated, RunReport.number(row.metrics().testLoss()))
        + (Double.isFinite(row.metrics().testAccuracy())
            ? "  " + RunReport.percent(row.metrics().testAccuracy())
            : "");
  }

  // What changes stands before what may be long.
  private static String line(Running trial) {
    String state =
        trial.steps() == 0
            ? "starting"
            : "%3.0f %%  step %d/%d".formatted(100 * trial.fraction(), trial.step(), trial.steps())
                + (Double.isNaN(trial.loss()) ? "" : "  loss " + ProgressText.loss(trial.loss()));
    return "  trial %d  %s  %s".formatted(trial.index(), state, trial.label());
  }
}
