package lemniscate.rule.ff;

import lemniscate.network.Unit;

/** To what length the input of a layer is brought. */
public enum InputLength {
  /** Root mean square 1. */
  RMS("rms"),
  /** Euclidean norm 1, the layer's multiplier included. */
  L2("l2");

  private final String configName;

  InputLength(String configName) {
    this.configName = configName;
  }

  /** {@return the name in configurations} */
  public String configName() {
    return configName;
  }

  /** The Euclidean length of a row before the multiplier. */
  double of(Unit unit, int inputs) {
    return this == RMS
        ? Math.sqrt(inputs)
        : 1 / unit.parameters().getFirst().scaling().multiplier();
  }
}
