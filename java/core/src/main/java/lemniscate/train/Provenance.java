package lemniscate.train;

import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.backend.Backend;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;

/** What a result came from: facts by name, in the order in which they are shown. */
public final class Provenance {

  private Provenance() {}

  /**
   * Program, configuration and machine.
   *
   * @param config resolved
   * @param backend that computes
   * @param commandLine arguments of the program
   */
  public static Map<String, Object> of(Config config, Backend backend, List<String> commandLine) {
    Map<String, Object> facts = program(config);
    facts.putAll(session(backend, commandLine));
    return facts;
  }

  /** What gives the same result anywhere: build and configuration. */
  public static Map<String, Object> program(Config config) {
    BuildInfo build = BuildInfo.current();
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("version", build.version());
    facts.put("commit", build.commit());
    facts.put("seed", config.get(ConfigSchema.SEED));
    facts.put("configHash", config.hash());
    facts.put("precision", config.get(ConfigSchema.PRECISION));
    return facts;
  }

  /** Where and when a process computes. */
  static Map<String, Object> session(Backend backend, List<String> commandLine) {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("backend", backend.name());
    facts.put("device", backend.description());
    facts.put("java", Runtime.version().toString());
    facts.put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    facts.put("commandLine", List.copyOf(commandLine));
    facts.put("started", OffsetDateTime.now().truncatedTo(ChronoUnit.SECONDS).toString());
    return facts;
  }
}
