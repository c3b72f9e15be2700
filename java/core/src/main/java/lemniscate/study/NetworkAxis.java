package lemniscate.study;

import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;

/** The direction in which the networks of a study grow. */
public enum NetworkAxis {
  /** Units or channels of the hidden layers. */
  WIDTH("width", "M", ConfigSchema.NET_WIDTH),
  /** Hidden layers or residual blocks. */
  DEPTH("depth", "D", ConfigSchema.NET_DEPTH);

  private final String word;
  private final String symbol;
  private final ConfigKey<Integer> key;

  NetworkAxis(String word, String symbol, ConfigKey<Integer> key) {
    this.word = word;
    this.symbol = symbol;
    this.key = key;
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
    return key;
  }

  /** The option that lists sizes: {@code --widths}. */
  public String option() {
    return "--" + word + "s";
  }
}
