package lemniscate.cuda.kernel;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.Operand;
import lemniscate.cuda.driver.Launch;
import org.jspecify.annotations.Nullable;

/**
 * Calls that become one launch: the same kernel on operands at constant distances, such as the
 * layers of a slab, none of which reads or writes what another writes.
 */
final class MemberCalls {

  // The limit of CUDA for the y extent of a grid.
  private static final int MOST = 65_535;

  private final List<MemberCall> calls = new ArrayList<>();
  // Distance of neighbours in elements, known from the second call on.
  private long[] strides;

  MemberCalls(MemberCall first) {
    calls.add(first);
    strides = new long[first.operands().size()];
  }

  /** Takes the call in, or says that it needs a launch of its own. */
  boolean joins(MemberCall next) {
    MemberCall first = calls.getFirst();
    int most = first.together() > 0 ? first.together() : MOST;
    if (calls.size() == most || !next.resembles(first)) {
      return false;
    }
    long[] found = new long[strides.length];
    for (int i = 0; i < found.length; i++) {
      Operand from = first.operands().get(i);
      Operand to = next.operands().get(i);
      Long distance = distance(from, to);
      if (distance == null || distance % calls.size() != 0) {
        return false;
      }
      found[i] = distance / calls.size();
      if (calls.size() > 1 && found[i] != strides[i]) {
        return false;
      }
    }
    if (calls.stream().anyMatch(next::conflicts)) {
      return false;
    }
    strides = found;
    calls.add(next);
    return true;
  }

  // In elements; null where there is none.
  private static @Nullable Long distance(Operand from, Operand to) {
    if (from.tensor() == null || to.tensor() == null) {
      return from.tensor() == to.tensor() ? 0L : null;
    }
    if (from.tensor().dtype() != to.tensor().dtype()) {
      return null;
    }
    long bytes = DeviceStorage.address(to.tensor()) - DeviceStorage.address(from.tensor());
    int element = from.tensor().dtype().bytes();
    return bytes % element == 0 ? bytes / element : null;
  }

  /** The launch of all of them. */
  Launch launch() {
    MemberCall first = calls.getFirst();
    List<long[]> parameters = new ArrayList<>();
    first.scalars().forEach(word -> parameters.add(new long[] {word}));
    for (int i = 0; i < strides.length; i++) {
      long address = DeviceStorage.address(first.operands().get(i).tensor());
      parameters.add(new long[] {address, strides[i]});
    }
    first.sizes().forEach(word -> parameters.add(new long[] {word}));
    Geometry geometry = first.geometry();
    boolean cooperative = first.together() > 0;
    int blocks = geometry.blocks();
    return new Launch(
        first.kernel(),
        cooperative ? Math.min(blocks, first.together() / calls.size()) : blocks,
        calls.size(),
        geometry.threads(),
        cooperative,
        parameters,
        first.roles());
  }
}
