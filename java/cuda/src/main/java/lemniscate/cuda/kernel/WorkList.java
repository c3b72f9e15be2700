package lemniscate.cuda.kernel;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import lemniscate.cuda.driver.Device;
import lemniscate.cuda.driver.Launch;
import lemniscate.tensor.DType;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** What a recording enqueues, in order; neighbours that can share a launch do. */
final class WorkList {

  private final int multiprocessors;
  private final List<Device.Work> work = new ArrayList<>();
  private final Set<DeviceStorage.Owner> owners =
      Collections.newSetFromMap(new IdentityHashMap<>());
  private @Nullable MemberCalls open;

  WorkList(int multiprocessors) {
    this.multiprocessors = multiprocessors;
  }

  /** Name of a kernel's entry for an element type. */
  static String entry(String kernel, DType dtype) {
    return kernel + (dtype == DType.FLOAT32 ? "_f32" : "_f64");
  }

  /**
   * An elementwise kernel: scalars, operands, number of elements. The last operand gives the type.
   */
  void elementwise(String kernel, List<Long> scalars, Operand... operands) {
    Tensor shape = tensor(operands[operands.length - 1]);
    long elements = shape.elements();
    members(
        entry(kernel, shape.dtype()),
        Geometry.elements(elements, multiprocessors),
        scalars,
        List.of(operands),
        List.of(elements));
  }

  /** A kernel whose operands are members. */
  void members(
      String entry,
      Geometry geometry,
      List<Long> scalars,
      List<Operand> operands,
      List<Long> sizes) {
    operands.forEach(operand -> keep(operand.tensor()));
    MemberCall call = new MemberCall(entry, geometry, scalars, operands, sizes);
    if (open == null || !open.joins(call)) {
      flush();
      open = new MemberCalls(call);
    }
  }

  /** A launch of its own, with parameters of one word each. */
  void launch(String entry, Geometry geometry, long... parameters) {
    List<long[]> words = new ArrayList<>();
    for (long parameter : parameters) {
      words.add(new long[] {parameter});
    }
    add(new Launch(entry, geometry.blocks(), 1, geometry.threads(), false, words));
  }

  /** Any other work. */
  void add(Device.Work item) {
    flush();
    work.add(item);
  }

  /** Address of a tensor's first element, 0 for none; its arena is one that the recording needs. */
  long address(@Nullable Tensor tensor) {
    keep(tensor);
    return DeviceStorage.address(tensor);
  }

  int multiprocessors() {
    return multiprocessors;
  }

  /** All work so far. */
  List<Device.Work> finish() {
    flush();
    return List.copyOf(work);
  }

  /** Whose memory the work touches. */
  List<DeviceStorage.Owner> owners() {
    return List.copyOf(owners);
  }

  private void keep(@Nullable Tensor tensor) {
    if (tensor != null) {
      owners.add(DeviceStorage.of(tensor).owner());
    }
  }

  private void flush() {
    if (open != null) {
      work.add(open.launch());
      open = null;
    }
  }

  private static Tensor tensor(Operand operand) {
    if (operand.tensor() == null) {
      throw new IllegalArgumentException("the last operand of a kernel may not be missing");
    }
    return operand.tensor();
  }
}
