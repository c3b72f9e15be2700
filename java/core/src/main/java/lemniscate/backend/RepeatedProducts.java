package lemniscate.backend;

import java.util.Locale;

/**
 * How the CPU backend makes the products of a recording with weights that it multiplies by again
 * and again while they stay the same, as a relaxation does. Other products are the library's; with
 * panels, forward products through large weights are made by our own loops as well.
 */
public enum RepeatedProducts {
  /** What was measured to be quickest: panels where the processor is fit for them. */
  AUTO,
  /** By loops of our own through a weight that has been laid out once. */
  PANELS,
  /** By the library through a weight that it has laid out once; few libraries can. */
  PACKED_BLAS,
  /** By the library as any other product. */
  BLAS;

  /** The key that asks for one, for messages. */
  public static final String KEY = "cpu.products";

  /** Name in configurations. */
  public String configName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
