package lemniscate.sweep;

import java.util.OptionalInt;

/**
 * A trial to be trained to some length.
 *
 * @param trial which
 * @param rung to which; empty: to its full length
 */
public record Job(Trial trial, OptionalInt rung) {

  /** A trial trained to its full length. */
  static Job whole(Trial trial) {
    return new Job(trial, OptionalInt.empty());
  }

  /** What tells it, and its row, from all others of the sweep. */
  public String key() {
    return key(trial.id(), rung);
  }

  static String key(String id, OptionalInt rung) {
    return rung.isPresent() ? id + "@" + rung.getAsInt() : id;
  }
}
