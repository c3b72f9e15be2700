package lemniscate.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import lemniscate.study.DepthAccuracyStudy.Contender;
import lemniscate.study.InferenceContender;

/** Ways to train that {@code depth --accuracy} compares, as keys of the configuration. */
final class TrainingContender {

  /** Steps of Jacobi's inference for a residual block, as usual as it is too few. */
  private static final int STEPS_BY_DEPTH = 3;

  private TrainingContender() {}

  /** Those that have a name, in the order of tables. */
  static List<Contender> known() {
    return List.of(
        constant("bp", Map.of("rule", "bp")),
        pc(
            "fpa",
            "fpa",
            _ -> Map.of("pc.fpaOrder", "gauss-seidel", "pc.steps", "1", "pc.rate", "1")),
        pc("alm", "alm", _ -> Map.of()),
        pc("error", "error", _ -> Map.of()),
        pc("error-gamma-1", "error", _ -> Map.of("pc.gammaLast", "1")),
        pc(
            "jacobi",
            "jacobi",
            depth ->
                Map.of("pc.steps", Integer.toString(STEPS_BY_DEPTH * depth), "pc.rate", "0.3")));
  }

  /** What {@code --contender} says; without a rule it is of pc. */
  static Contender parse(String text) {
    InferenceContender parsed = InferenceContender.read(text);
    Map<String, String> keys = new LinkedHashMap<>(parsed.keys());
    keys.putIfAbsent("rule", "pc");
    return constant(parsed.name(), keys);
  }

  private static Contender constant(String name, Map<String, String> keys) {
    return new Contender(name, _ -> keys);
  }

  private static Contender pc(
      String name, String scheme, IntFunction<Map<String, String>> further) {
    return new Contender(
        name,
        depth -> {
          Map<String, String> keys = new LinkedHashMap<>(further.apply(depth));
          keys.put("rule", "pc");
          keys.put("pc.scheme", scheme);
          return keys;
        });
  }
}
