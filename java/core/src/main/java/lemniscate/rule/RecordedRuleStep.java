package lemniscate.rule;

/** A step that is one recording, with nothing before, between or behind. */
public interface RecordedRuleStep extends RuleStep {

  /** The recording. */
  RecordedStep recorded();

  @Override
  default void run() {
    recorded().run();
  }

  @Override
  default void computeGradients() {
    recorded().computeGradients();
  }

  @Override
  default void close() {
    recorded().close();
  }
}
