package lemniscate.backend;

import java.util.List;

/**
 * Entry of a backend, found by {@link java.util.ServiceLoader}: its name, whether it works here,
 * and how to open it.
 */
public interface BackendProvider {

  /** Name as in {@code --backend}. */
  String name();

  /** Order of preference of {@code auto}: the usable provider with the highest rank wins. */
  int rank();

  /** Whether it can be opened on this machine, and if not, why and what to do. */
  Availability availability();

  /** Parts that make it faster, and that a machine or a build may lack; none unless it says so. */
  default List<Part> parts() {
    return List.of();
  }

  /**
   * What a backend that was opened does without, or has to make up for, on this machine; a line
   * each, with the remedy. None unless it says so.
   *
   * @param options that it was opened with
   */
  default List<String> warnings(BackendOptions options) {
    return List.of();
  }

  /**
   * Opens the backend.
   *
   * @throws lemniscate.config.BadInputException if it cannot do what the options ask for; never
   *     returns a lesser backend
   */
  Backend open(BackendOptions options);

  /**
   * Answer of {@link #availability}.
   *
   * @param usable whether it can be opened
   * @param detail what would be used, or why it cannot be
   * @param remedy what to do about it; empty when usable
   */
  record Availability(boolean usable, String detail, String remedy) {

    /** It works, with this. */
    public static Availability usable(String detail) {
      return new Availability(true, detail, "");
    }

    /** It does not work, because of this; do that. */
    public static Availability unusable(String reason, String remedy) {
      return new Availability(false, reason, remedy);
    }
  }

  /**
   * One of {@link #parts}.
   *
   * @param name for people
   * @param used whether the backend uses it here
   * @param detail which of its kind is used, or why none is
   * @param remedy what to do about it; empty when used
   */
  record Part(String name, boolean used, String detail, String remedy) {}
}
