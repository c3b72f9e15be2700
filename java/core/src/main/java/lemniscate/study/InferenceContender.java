package lemniscate.study;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.text.Shown;
import lemniscate.train.Experiment;
import org.jspecify.annotations.Nullable;

/**
 * A way of inference that {@code depth} compares, as keys of the configuration.
 *
 * @param name in tables
 * @param keys values by dotted name, the number of steps not among them
 * @param law how the steps that it needs grow with the depth; null where nobody says
 */
public record InferenceContender(
    String name, Map<String, String> keys, DepthStudy.@Nullable Law law) {

  private static final String OPTION = "--contender";
  private static final String STEPS = "pc.steps";
  private static final String SCHEME = "pc.scheme";
  private static final String ALM = "alm";
  private static final String ALM_STEPS = "pc.almSteps";

  // Errors that all move at once diffuse, with momentum or duals they travel; error coordinates
  // come down in one step, fixed predictions with one unit a step.
  private static final DepthStudy.Law DIFFUSION = new DepthStudy.Law(2, 0.2);
  private static final DepthStudy.Law WAVE = new DepthStudy.Law(1, 0.2);
  private static final DepthStudy.Law AT_ONCE = new DepthStudy.Law(0, 0.1);

  /** So small that the equilibrium's gradients are backpropagation's at every depth. */
  private static final String PRECISION = "0.01";

  /** Copies the map. */
  public InferenceContender {
    keys = Map.copyOf(keys);
  }

  private static InferenceContender of(
      String name, DepthStudy.Law law, String scheme, String rate, String... further) {
    Map<String, String> keys = new LinkedHashMap<>();
    keys.put(SCHEME, scheme);
    keys.put(scheme.equals(ALM) ? "pc.almRate" : "pc.rate", rate);
    keys.put("pc.gammaLast", PRECISION);
    for (int i = 0; i < further.length; i += 2) {
      keys.put(further[i], further[i + 1]);
    }
    return new InferenceContender(name, keys, law);
  }

  /** Those that theory has a law for. */
  public static List<InferenceContender> known() {
    return List.of(
        of("jacobi", DIFFUSION, "jacobi", "0.3"),
        of("si", DIFFUSION, "si", "0.5"),
        of("momentum", WAVE, "jacobi", "0.5", "pc.momentum", "auto"),
        of(ALM, WAVE, ALM, "0.2", "pc.gammaLast", "1"),
        of("fpa", WAVE, "fpa", "1"),
        of("error", AT_ONCE, "error", "0.5"));
  }

  /**
   * Reads what follows the option, any keys.
   *
   * @throws BadInputException if it is no name with keys
   */
  public static InferenceContender read(String text) {
    int colon = text.indexOf(':');
    Map<String, String> keys = new LinkedHashMap<>();
    for (String assignment : text.substring(colon + 1).strip().split(",(?=[^,=]+=)")) {
      int equals = assignment.indexOf('=');
      if (colon < 1 || equals < 1) {
        throw new BadInputException(
            "%s is %s; expected NAME:KEY=VALUE, such as slow:pc.scheme=jacobi,pc.rate=0.01."
                .formatted(OPTION, Shown.quoted(text)));
      }
      keys.put(assignment.substring(0, equals), assignment.substring(equals + 1));
    }
    return new InferenceContender(text.substring(0, colon), keys, null);
  }

  /**
   * The same without the number of steps.
   *
   * @throws BadInputException also if it is given
   */
  public static InferenceContender parse(String text) {
    InferenceContender contender = read(text);
    if (contender.keys().containsKey(contender.steps())) {
      throw new BadInputException(
          "%s is %s, which sets %s; that is what is searched for. Leave it out."
              .formatted(OPTION, Shown.quoted(text), contender.steps()));
    }
    return contender;
  }

  private String steps() {
    return ALM.equals(keys.get(SCHEME)) ? ALM_STEPS : STEPS;
  }

  private Config with(Config config, int steps) {
    Map<String, String> all = new LinkedHashMap<>(keys);
    all.putIfAbsent(ConfigSchema.RULE.name(), "pc");
    all.put(steps(), Integer.toString(steps));
    return config.withAll(all, OPTION + " " + name).checked();
  }

  /**
   * The contender in networks of a configuration.
   *
   * @param tolerance of its law where one is given
   * @throws BadInputException if there are no such keys or values
   */
  public DepthStudy.Contender in(Config config, @Nullable Double tolerance) {
    DepthStudy.Law judged =
        law == null || tolerance == null ? law : new DepthStudy.Law(law.exponent(), tolerance);
    with(config, 1);
    return new DepthStudy.Contender(name, steps -> Experiment.rule(with(config, steps)), judged);
  }
}
