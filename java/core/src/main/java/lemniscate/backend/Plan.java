package lemniscate.backend;

/** A recorded sequence of operations, to be run any number of times. */
public interface Plan extends AutoCloseable {

  /**
   * Runs the sequence once. On a device this enqueues; {@link Backend#synchronize} waits.
   *
   * @throws IllegalStateException after {@link #close} or after its backend was closed
   */
  void run();

  @Override
  void close();
}
