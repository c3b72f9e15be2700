package lemniscate.study;

import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;

/** The direction in which the networks of a study grow. */
public enum NetworkAxis {
  /** Units or channels of the hidden layers. */
  WIDTH("width", "M"),
  /** Hidden layers or residual blocks. */
  DEPTH("depth", "D");

  private final String word;
  private final String symbol;

  NetworkAxis(String word, String symbol) {
    this.word = word;
    this.symbol = symbol;
  }

  /** What a size along it is called: {@code width}. */
  public String word() {
    return word;
  }

  /** Letter in tables. */
  public String symbol() {
    return symbol;
  }

  /** The key that sets it. */
  public ConfigKey<Integer> key() {
    return switch (this) {
      case WIDTH -> ConfigSchema.NET_WIDTH;
      case DEPTH -> ConfigSchema.NET_DEPTH;
    };
  }

  /** The option that lists sizes: {@code --widths}. */
  public String option() {
    return "--" + word + "s";
  }
}
