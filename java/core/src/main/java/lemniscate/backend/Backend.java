package lemniscate.backend;

import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.Tensor;

/**
 * A device with its memory. Not safe for use from several threads at once; a process may open
 * several.
 */
public interface Backend extends AutoCloseable {

  /** Name of the provider: {@code cpu}, {@code reference}, … */
  String name();

  /** Element type of the tensors that its arenas allocate. */
  DType dtype();

  /** One line for people: device, threads, libraries in use. */
  String description();

  /** The memory that its tensors lie in; by default nothing is known of it. */
  default BackendMemory memory() {
    return new BackendMemory("memory", OptionalLong.empty(), dtype().bytes());
  }

  /** Whether plans run while the program goes on, so that it is worth preparing what comes next. */
  default boolean runsApart() {
    return false;
  }

  /** A new owner of memory. */
  Arena newArena();

  /** Records what {@code step} enqueues. */
  Plan record(Consumer<Operations> step);

  /**
   * The memory that a recording takes for itself, beyond that of its operands, while its plan is
   * open; by default none. What a device's driver takes is not counted.
   *
   * @param operations of the recording, in order; their tensors need not have memory
   * @return bytes
   */
  default long recordingBytes(List<Operation> operations) {
    return 0;
  }

  /**
   * What the recordings whose plans are open run as, for people, a line each in the order of
   * recording; by default nothing is said.
   */
  default List<String> recordings() {
    return List.of();
  }

  /** Records, runs once and discards. */
  default void run(Consumer<Operations> step) {
    try (Plan plan = record(step)) {
      plan.run();
      synchronize();
    }
  }

  /**
   * Copies host data into a tensor, converting to its element type.
   *
   * @param source as many values as the tensor has elements, row-major, from position 0
   */
  void upload(float[] source, Tensor target);

  /** As {@link #upload(float[], Tensor)}, from float64. */
  void upload(double[] source, Tensor target);

  /**
   * Copies a tensor to the host after waiting for what was enqueued before.
   *
   * @param target room for all elements, row-major, from position 0
   */
  void download(Tensor source, double[] target);

  /** As {@link #download(Tensor, double[])}; float64 elements are rounded. */
  void download(Tensor source, float[] target);

  /** All elements of a tensor, row-major, in a new array. */
  default double[] read(Tensor source) {
    double[] values = new double[Math.toIntExact(source.elements())];
    download(source, values);
    return values;
  }

  /** The value of a one-element tensor, after waiting for what was enqueued before. */
  double scalar(Tensor source);

  /**
   * Room for values of scalars that are looked at later; by default they are read at once.
   *
   * @param slots how many
   */
  default ScalarReadings readings(int slots) {
    return new ImmediateReadings(this, slots);
  }

  /** Writes a one-element tensor. */
  void setScalar(double value, Tensor target);

  /** Waits until everything enqueued is done. */
  void synchronize();

  @Override
  void close();
}
