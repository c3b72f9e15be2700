package lemniscate.cuda.kernel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import lemniscate.backend.Operand;
import lemniscate.backend.Operation;
import lemniscate.cuda.driver.Device;
import lemniscate.cuda.driver.Launch;
import lemniscate.cuda.driver.Launch.Role;
import lemniscate.tensor.DType;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** What a recording enqueues, in order; neighbours that can share a launch do. */
final class WorkList {

  private final int multiprocessors;
  private final List<Device.Work> work = new ArrayList<>();
  private @Nullable MemberCalls open;

  WorkList(int multiprocessors) {
    this.multiprocessors = multiprocessors;
  }

  /** Name of a kernel's entry for an element type. */
  static String entry(String kernel, DType dtype) {
    return kernel + (dtype == DType.FLOAT32 ? "_f32" : "_f64");
  }

  /**
   * An elementwise kernel: values, operands, number of elements. Its operands are those of the
   * operation but for scalars, in their order; the last gives the type.
   */
  void elementwise(String kernel, Operation operation, long... values) {
    List<Operand> operands = matrices(operation);
    Tensor shape = Objects.requireNonNull(operands.getLast().tensor());
    List<Role> roles = new ArrayList<>();
    for (long value : values) {
      boolean address =
          operation.operands().stream()
              .anyMatch(
                  operand ->
                      operand.type() == Operand.Type.SCALAR && address(operand.tensor()) == value);
      roles.add(address ? Role.SHARED : Role.VALUE);
    }
    roles.addAll(roles(operands));
    members(
        new MemberCall(
            entry(kernel, shape.dtype()),
            Geometry.packs(shape.elements(), shape.dtype(), multiprocessors),
            Arrays.stream(values).boxed().toList(),
            operands,
            List.of(shape.elements()),
            roles,
            0));
  }

  /** The operands of an operation that are no scalars. */
  static List<Operand> matrices(Operation operation) {
    return operation.operands().stream()
        .filter(operand -> operand.type() != Operand.Type.SCALAR)
        .toList();
  }

  /** What the operands are to the rows of the last of them. */
  static List<Role> roles(List<Operand> operands) {
    long elements = Objects.requireNonNull(operands.getLast().tensor()).elements();
    List<Role> roles = new ArrayList<>();
    for (Operand operand : operands) {
      boolean rows = operand.tensor() == null || operand.tensor().elements() == elements;
      roles.add(!rows ? Role.SHARED : operand.written() ? Role.WRITES_ROWS : Role.READS_ROWS);
    }
    return roles;
  }

  /** A kernel whose operands are members. */
  void members(
      String entry,
      Geometry geometry,
      List<Long> scalars,
      List<Operand> operands,
      List<Long> sizes) {
    members(new MemberCall(entry, geometry, scalars, operands, sizes, List.of(), 0));
  }

  /** The same, whose blocks wait for each other: with one on each multiprocessor all are there. */
  void cooperativeMembers(
      String entry,
      Geometry geometry,
      List<Long> scalars,
      List<Operand> operands,
      List<Long> sizes) {
    members(new MemberCall(entry, geometry, scalars, operands, sizes, List.of(), multiprocessors));
  }

  private void members(MemberCall call) {
    if (open == null || !open.joins(call)) {
      flush();
      open = new MemberCalls(call);
    }
  }

  /** A launch of its own, with parameters of one word each. */
  void launch(String entry, Geometry geometry, long... parameters) {
    launch(entry, geometry, List.of(), parameters);
  }

  /** The same, with what the first parameters are to the rows of a batch. */
  void launch(String entry, Geometry geometry, List<Role> roles, long... parameters) {
    List<long[]> words = new ArrayList<>();
    for (long parameter : parameters) {
      words.add(new long[] {parameter});
    }
    add(new Launch(entry, geometry.blocks(), 1, geometry.threads(), false, words, roles));
  }

  /** The same, with parameters of several words. */
  void launch(String entry, Geometry geometry, List<long[]> parameters) {
    add(new Launch(entry, geometry.blocks(), 1, geometry.threads(), false, parameters));
  }

  /** Any other work. */
  void add(Device.Work item) {
    flush();
    work.add(item);
  }

  /** Address of a tensor's first element, 0 for none. */
  static long address(@Nullable Tensor tensor) {
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

  private void flush() {
    if (open != null) {
      work.add(open.launch());
      open = null;
    }
  }
}
