package lemniscate.network;

/** Numbers of channels that follow the width of a network. */
public final class Widths {

  private Widths() {}

  /** Channels in the proportion in which the width has changed, at least 1. */
  public static int scaled(int channels, int width, int base) {
    return Math.toIntExact(Math.max(1, Math.round((double) channels * width / base)));
  }
}
