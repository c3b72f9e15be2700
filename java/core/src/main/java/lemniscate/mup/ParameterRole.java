package lemniscate.mup;

/**
 * Place of a trained array in the network: which of its two dimensions grow with the width.
 *
 * <p>A network of L layers has widths n_0 (input, fixed), n_1 … n_{L-1} (hidden, growing together)
 * and n_L (output, fixed); the weight of layer l is n_l × n_{l-1}, its bias n_l. For convolutions
 * the widths are channel counts.
 */
public enum ParameterRole {
  /** Weight of layer 1: only its fan-out grows. */
  INPUT_WEIGHT("in"),
  /** Weight between hidden layers: both dimensions grow. */
  HIDDEN_WEIGHT("hid"),
  /** Weight of layer L: only its fan-in grows. */
  OUTPUT_WEIGHT("out"),
  /** Bias of any layer but the last, the first included: its length grows. */
  HIDDEN_BIAS("hid bias"),
  /** Bias of layer L: of fixed length. */
  OUTPUT_BIAS("out bias");

  private final String label;

  ParameterRole(String label) {
    this.label = label;
  }

  /** {@return a short name for tables} */
  public String label() {
    return label;
  }

  /** {@return whether this is a bias, which starts at zero} */
  public boolean isBias() {
    return this == HIDDEN_BIAS || this == OUTPUT_BIAS;
  }

  /**
   * The role of the weight of a layer.
   *
   * @param layer 1-based index of the layer
   * @param layers number of layers L, at least 2 (one hidden layer)
   * @return its role
   * @throws IllegalArgumentException unless {@code 1 <= layer <= layers} and {@code layers >= 2}
   */
  public static ParameterRole weight(int layer, int layers) {
    check(layer, layers);
    return layer == 1 ? INPUT_WEIGHT : layer == layers ? OUTPUT_WEIGHT : HIDDEN_WEIGHT;
  }

  /**
   * The role of the bias of a layer.
   *
   * @param layer 1-based index of the layer
   * @param layers number of layers L, at least 2 (one hidden layer)
   * @return its role
   * @throws IllegalArgumentException unless {@code 1 <= layer <= layers} and {@code layers >= 2}
   */
  public static ParameterRole bias(int layer, int layers) {
    check(layer, layers);
    return layer == layers ? OUTPUT_BIAS : HIDDEN_BIAS;
  }

  /**
   * The role of a weight by its dimensions.
   *
   * @param outputsGrow whether its fan-out grows with the width
   * @param inputsGrow whether its fan-in does
   * @return its role
   * @throws IllegalArgumentException if neither does: the table of exponents has no such weight
   */
  public static ParameterRole weight(boolean outputsGrow, boolean inputsGrow) {
    if (!outputsGrow && !inputsGrow) {
      throw new IllegalArgumentException(
          "A weight of which neither dimension grows with the width has no place in the table.");
    }
    return !inputsGrow ? INPUT_WEIGHT : outputsGrow ? HIDDEN_WEIGHT : OUTPUT_WEIGHT;
  }

  /**
   * The role of a bias by its length.
   *
   * @param grows whether it grows with the width
   * @return its role
   */
  public static ParameterRole bias(boolean grows) {
    return grows ? HIDDEN_BIAS : OUTPUT_BIAS;
  }

  private static void check(int layer, int layers) {
    if (layers < 2 || layer < 1 || layer > layers) {
      throw new IllegalArgumentException(
          "Layer "
              + layer
              + " of "
              + layers
              + ": width scaling needs 1 <= layer <= layers and at"
              + " least one hidden layer.");
    }
  }
}
