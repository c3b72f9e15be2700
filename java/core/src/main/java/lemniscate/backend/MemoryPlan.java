package lemniscate.backend;

import java.util.Locale;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.IntToLongFunction;
import lemniscate.config.BadInputException;

/** How much memory a piece of work takes, known before it starts. */
public final class MemoryPlan {

  /** More than can be counted. */
  public static final long BEYOND = Long.MAX_VALUE;

  private static final double KILO = 1000;

  private MemoryPlan() {}

  /**
   * The bytes that some work allocates in a backend's arenas and recordings, at most at a time. The
   * work's own code is run on a {@link CountingBackend}, so that the plan cannot drift from it.
   *
   * @param work builds everything that it needs in arenas of the backend that it is given, and runs
   *     it once, for what is allocated late; should create no arrays of the network's size
   * @return {@link #BEYOND} if a long cannot hold them
   */
  public static long bytes(Backend backend, Consumer<Backend> work) {
    CountingBackend counting = new CountingBackend(backend);
    try {
      work.accept(counting);
      return counting.peakBytes();
    } catch (ArithmeticException e) {
      return BEYOND;
    }
  }

  /**
   * Refuses a width whose work does not fit.
   *
   * @param memory where it would have to fit
   * @param width that is asked for
   * @param bytesOfWidth what the work takes at a width; where more width takes less, as where
   *     weights become too large to be packed, the width that is named may not be the largest
   * @throws BadInputException if it does not fit; the message says how much it takes, how much
   *     there is, and the largest width that fits
   */
  public static void requireFits(BackendMemory memory, int width, IntToLongFunction bytesOfWidth) {
    OptionalLong available = memory.availableBytes();
    long needed = bytesOfWidth.applyAsLong(width);
    if (available.isEmpty() || needed <= available.getAsLong()) {
      return;
    }
    int largest = largest(width, available.getAsLong(), bytesOfWidth);
    throw new BadInputException(
        "net.width is %d: it takes %s of %s, and %s are free; %sa smaller train.batch and precision fp32 take less."
            .formatted(
                width,
                text(needed),
                memory.name(),
                text(available.getAsLong()),
                largest == 0
                    ? "no width fits. Free some memory; "
                    : "use a width of at most " + largest + ", or free some memory; "));
  }

  // The largest width below one that does not fit, or 0.
  private static int largest(int tooWide, long available, IntToLongFunction bytesOfWidth) {
    int fits = 0;
    int over = tooWide;
    while (over - fits > 1) {
      int middle = fits + (over - fits) / 2;
      if (bytesOfWidth.applyAsLong(middle) <= available) {
        fits = middle;
      } else {
        over = middle;
      }
    }
    return fits;
  }

  /** Bytes for people: {@code 23.1 GB}. */
  public static String text(long bytes) {
    if (bytes == BEYOND) {
      return "more than 9 EB";
    }
    double value = bytes;
    String unit = "B";
    for (String next : new String[] {"kB", "MB", "GB", "TB", "PB", "EB"}) {
      if (value < KILO) {
        break;
      }
      value /= KILO;
      unit = next;
    }
    return String.format(Locale.ROOT, unit.equals("B") ? "%.0f %s" : "%.1f %s", value, unit);
  }
}
