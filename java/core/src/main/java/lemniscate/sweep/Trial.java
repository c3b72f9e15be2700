package lemniscate.sweep;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.train.Experiment;

/**
 * One training of a sweep: a pure function of its configuration, which holds the seed.
 *
 * @param id stable name, a function of the configuration alone; see {@link #of}
 * @param index place in the order of the sweep, from 0
 * @param values of the keys that the sweep varies, as JSON knows them, in the order of the file
 * @param config everything else too
 */
public record Trial(String id, int index, Map<String, Object> values, Config config) {

  private static final int ID_CHARACTERS = 16;

  /** Copies the values. */
  public Trial {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /**
   * A trial whose id is the start of the SHA-256 of its configuration, with the values filled in
   * that depend on others. Unlike {@link Config#hash} it tells backends apart, for a sweep may
   * compare them; how often metrics are logged and checkpoints written, and what is measured
   * beside, plays no part.
   *
   * @param keys that the sweep varies
   */
  static Trial of(int index, List<String> keys, Config config) {
    Config identity =
        config
            .with(ConfigSchema.OUT, Optional.empty(), "trial")
            .with(
                ConfigSchema.TRAIN_LOG_EVERY, ConfigSchema.TRAIN_LOG_EVERY.defaultValue(), "trial")
            .with(ConfigSchema.TRAIN_CHECKPOINT_EVERY, Optional.empty(), "trial")
            .with(
                ConfigSchema.TRAIN_KEEP_CHECKPOINTS,
                ConfigSchema.TRAIN_KEEP_CHECKPOINTS.defaultValue(),
                "trial")
            .with(ConfigSchema.TRAIN_LOG, Optional.empty(), "trial")
            .with(ConfigSchema.METRICS_ANGLE_TO, Optional.empty(), "trial")
            .with(ConfigSchema.METRICS_FEEDBACK, false, "trial");
    String yaml = Experiment.completed(identity).identity();
    String id = sha256(yaml).substring(0, ID_CHARACTERS);
    return new Trial(id, index, values(keys, config), config);
  }

  private static Map<String, Object> values(List<String> keys, Config config) {
    Map<String, Object> all = config.toMap();
    Map<String, Object> values = new LinkedHashMap<>();
    for (String key : keys) {
      values.put(key, value(all, key));
    }
    return values;
  }

  private static Object value(Map<String, Object> all, String key) {
    int dot = key.indexOf('.');
    Object value =
        dot < 0
            ? all.get(key)
            : all.get(key.substring(0, dot)) instanceof Map<?, ?> group
                ? group.get(key.substring(dot + 1))
                : null;
    return value == null ? "unset" : value;
  }

  /** SHA-256 of a text, in hexadecimal. */
  static String sha256(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** What the sweep varies, for people: {@code optim.lr=0.1 seed=2}. */
  public String label() {
    return label(values);
  }

  /** The label of a trial that may turn out to be none. */
  static String label(List<String> keys, Config config) {
    return label(values(keys, config));
  }

  /** The label of values. */
  static String label(Map<String, Object> values) {
    return values.entrySet().stream()
        .map(entry -> entry.getKey() + "=" + entry.getValue())
        .collect(Collectors.joining(" "));
  }
}
