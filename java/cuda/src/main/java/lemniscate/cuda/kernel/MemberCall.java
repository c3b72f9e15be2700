package lemniscate.cuda.kernel;

import java.util.List;
import lemniscate.backend.Operand;
import lemniscate.cuda.driver.Launch;

/**
 * A call of a kernel whose operands are {@code Members}: the same call on other operands can share
 * its launch.
 *
 * @param kernel entry point
 * @param geometry blocks along x and threads
 * @param scalars first parameters, one word each
 * @param operands next parameters
 * @param sizes last parameters, one word each
 * @param roles of the parameters before the sizes, or none, as in {@link Launch}
 * @param together the most blocks of a launch where they wait for each other, else 0; a kernel of
 *     the kind takes any number of blocks along x
 */
record MemberCall(
    String kernel,
    Geometry geometry,
    List<Long> scalars,
    List<Operand> operands,
    List<Long> sizes,
    List<Launch.Role> roles,
    int together) {

  /** Whether it differs from another in its operands only. */
  boolean resembles(MemberCall other) {
    return kernel.equals(other.kernel)
        && geometry.equals(other.geometry)
        && scalars.equals(other.scalars)
        && sizes.equals(other.sizes)
        && operands.size() == other.operands.size();
  }

  /** Whether the order of the two matters. */
  boolean conflicts(MemberCall other) {
    return operands.stream()
        .anyMatch(mine -> other.operands.stream().anyMatch(theirs -> mine.conflicts(theirs)));
  }
}
