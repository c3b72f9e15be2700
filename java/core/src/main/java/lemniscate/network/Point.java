package lemniscate.network;

/** Where a derivative of a unit is taken; of no effect where what it reads enters linearly. */
public enum Point {
  /** At x, as {@link UnitPass#predict} has left the unit. */
  PREDICTED,
  /** At x + d, as the latest {@link UnitPass#shift} has left it. */
  SHIFTED
}
