package lemniscate.network;

/** Shape of the distribution that initial weights are drawn from; its deviation is given. */
public enum InitialDistribution {
  /** Normal. */
  NORMAL("normal"),
  /** Uniform around 0, up to √3 times the deviation. */
  UNIFORM("uniform");

  private final String configName;

  InitialDistribution(String configName) {
    this.configName = configName;
  }

  /** {@return the name in configurations} */
  public String configName() {
    return configName;
  }
}
