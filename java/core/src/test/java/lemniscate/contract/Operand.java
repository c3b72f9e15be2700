package lemniscate.contract;

import lemniscate.tensor.Tensor;

/**
 * One operand in the memory of both backends. On the tested side it is a view at an odd offset
 * inside a larger tensor of guard values.
 */
final class Operand {

  /** What the operation may do with it. */
  enum Role {
    /** Only read: must come back as it was. */
    INPUT,
    /** Written: its value afterwards is compared by the test. */
    OUTPUT,
    /** Free for the operation to use: undefined afterwards. */
    SCRATCH
  }

  private final String name;
  private final Role role;
  private final double[] before;
  private final Tensor guarded;
  private final Tensor tested;
  private final Tensor oracle;

  Operand(String name, Role role, double[] before, Tensor guarded, Tensor tested, Tensor oracle) {
    this.name = name;
    this.role = role;
    this.before = before;
    this.guarded = guarded;
    this.tested = tested;
    this.oracle = oracle;
  }

  String name() {
    return name;
  }

  Role role() {
    return role;
  }

  Tensor on(Side side) {
    return side == Side.TESTED ? tested : oracle;
  }

  /** The larger tensor around the view of the tested side. */
  Tensor guarded() {
    return guarded;
  }

  int elements() {
    return before.length;
  }

  /** Value of an element before the operation, the same on both sides. */
  double before(int i) {
    return before[i];
  }

  /** Its magnitude. */
  double size(int i) {
    return Math.abs(before[i]);
  }
}
