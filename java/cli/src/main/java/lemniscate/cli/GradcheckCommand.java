package lemniscate.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;
import lemniscate.mup.Form;
import lemniscate.mup.OptimizerKind;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.network.NetworkSpec;
import lemniscate.rule.LearningRule;
import lemniscate.train.Experiment;
import lemniscate.train.GradientCheck;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lemniscate gradcheck}: the rules' gradients against finite differences. */
@Command(
    name = GradcheckCommand.NAME,
    sortOptions = false,
    abbreviateSynopsis = true,
    description =
        "Compares the gradients of every rule with central differences of the rule's own losses, on"
            + " small networks with every activation and loss. Rule, scheme, activation or loss can"
            + " be fixed.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lemniscate gradcheck --check",
      "  lemniscate gradcheck --rule pc --pc.scheme si --pc.gammaLast 0.5 --activation gelu"
    })
final class GradcheckCommand implements Callable<Integer> {

  static final String NAME = "gradcheck";

  /**
   * Defaults that differ from those of training. The gradients of predictive coding are those of
   * its objective at whatever states the inference ends; near an equilibrium many pre-activations
   * of relu sit on its kink, where differences mean nothing, so the search is stopped early.
   */
  private static final Map<String, String> DEFAULTS =
      Map.of(
          "precision", "fp64",
          "net.bias", "true",
          "net.depth", "3",
          "param.baseWidth", "3",
          "pc.maxSteps", "25");

  private static final List<String> PC_SCHEMES =
      List.of("fpa", "si", "jacobi", "zil", "ipc", "equilibrium");
  private static final List<String> TP_VARIANTS =
      List.of("tp", "dtp", "ddtp", "drl", "ldrl", "fixed");
  // Odd and all different, so that a swapped extent cannot hide.
  private static final int INPUTS = 7;
  private static final int OUTPUTS = 3;
  private static final int FIRST_WIDTH = 5;
  private static final int BATCH = 4;

  @Mixin private final CommonOptions common;
  @Spec private CommandSpec spec;

  @Option(names = "--check", description = "Exit with 4 if a gradient is wrong.")
  private boolean check;

  GradcheckCommand(Streams streams) {
    this.common = new CommonOptions(streams);
  }

  /** Whether a key of the configuration has a meaning for this command. */
  static boolean takes(ConfigKey<?> key) {
    return List.of("pc", "tp", "gnt", "feedback", "pepita", "ff", "cuda").contains(key.group())
        || key.group().equals("param")
        || List.of(
                "rule",
                "net.depth",
                "net.activation",
                "net.bias",
                "loss",
                "backend",
                "precision",
                "threads",
                "blas",
                "cpu.products",
                "seed")
            .contains(key.name());
  }

  @Override
  public Integer call() {
    Config config = ConfigOptions.read(spec.commandLine().getParseResult());
    for (Map.Entry<String, String> own : DEFAULTS.entrySet()) {
      if (!config.isSet(ConfigSchema.key(own.getKey(), NAME))) {
        config = config.with(own.getKey(), own.getValue(), NAME);
      }
    }
    config.checked();
    List<Map<String, Object>> rows = new ArrayList<>();
    TextTable table =
        new TextTable().row("rule", "loss", "activation", "max error", "gradient", "");
    boolean pass = true;
    List<Config> rules = rules(config);
    long checks = (long) rules.size() * losses(config).size() * activations(config).size();
    long done = 0;
    try (Activity activity = Activity.of(common, "checking gradients");
        Backend backend = Experiment.openBackend(config, activity::log)) {
      for (Config chosen : rules) {
        LearningRule rule = Experiment.rule(chosen);
        String name = name(rule, chosen);
        for (Loss loss : losses(config)) {
          for (Activation activation : activations(config)) {
            List<GradientCheck.Row> checked =
                GradientCheck.run(
                    backend,
                    network(config, activation),
                    parameterization(config, rule),
                    loss,
                    rule,
                    BATCH,
                    config.get(ConfigSchema.SEED));
            String prefix = name + "/" + loss.configName() + "/" + activation.configName() + "/";
            checked.forEach(row -> rows.add(fields(prefix, row)));
            boolean good = checked.stream().allMatch(GradientCheck.Row::pass);
            pass &= good;
            activity.update(++done, checks);
            table.row(
                name,
                loss.configName(),
                activation.configName(),
                scientific(
                    checked.stream().mapToDouble(GradientCheck.Row::maxAbsError).max().orElse(0)),
                scientific(
                    checked.stream()
                        .mapToDouble(GradientCheck.Row::maxAbsGradient)
                        .max()
                        .orElse(0)),
                good ? "pass" : "FAIL");
          }
        }
      }
    }
    String verdict = pass ? "pass" : "fail";
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("rows", rows);
    result.put("verdict", verdict);
    common.result(result, table + "verdict: " + verdict + ", " + rows.size() + " tensors\n");
    return (check && !pass ? ExitCode.VERDICT_FAILED : ExitCode.DONE).code();
  }

  private static Map<String, Object> fields(String prefix, GradientCheck.Row row) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("tensor", prefix + row.tensor());
    fields.put("maxAbsError", row.maxAbsError());
    fields.put("maxAbsGradient", row.maxAbsGradient());
    fields.put("pass", row.pass());
    return fields;
  }

  private static String name(LearningRule rule, Config chosen) {
    return switch (rule.name()) {
      case "pc" -> "pc " + chosen.get(ConfigSchema.PC_SCHEME);
      case "tp" -> "tp " + chosen.get(ConfigSchema.TP_VARIANT);
      default -> rule.name();
    };
  }

  // Every rule in every scheme, or what was asked for.
  private static List<Config> rules(Config config) {
    List<Config> rules = new ArrayList<>();
    boolean fixed = config.isSet(ConfigSchema.RULE);
    if (!fixed || config.get(ConfigSchema.RULE).equals("bp")) {
      rules.add(config.with("rule", "bp", NAME));
    }
    if (!fixed || config.get(ConfigSchema.RULE).equals("pc")) {
      Config pc = config.with("rule", "pc", NAME);
      if (config.isSet(ConfigSchema.PC_SCHEME)) {
        rules.add(pc);
      } else {
        boolean unit = true;
        try {
          Experiment.rule(pc.with("pc.scheme", "zil", NAME));
        } catch (BadInputException e) {
          // Z-IL takes unit precisions alone; with others it is left out unless it was asked for.
          unit = false;
        }
        for (String scheme : PC_SCHEMES) {
          if (unit || !scheme.equals("zil")) {
            rules.add(pc.with("pc.scheme", scheme, NAME));
          }
        }
      }
    }
    for (String rule : List.of("fa", "dfa", "drtp", "pepita", "ff")) {
      if (!fixed || config.get(ConfigSchema.RULE).equals(rule)) {
        rules.add(config.with("rule", rule, NAME));
      }
    }
    if (!fixed || config.get(ConfigSchema.RULE).equals("tp")) {
      rules.addAll(variants(config.with("rule", "tp", NAME)));
    }
    if (!fixed || config.get(ConfigSchema.RULE).equals("gnt")) {
      rules.add(config.with("rule", "gnt", NAME));
    }
    return rules;
  }

  // The variants that go with the other keys, unless one was asked for.
  private static List<Config> variants(Config tp) {
    if (tp.isSet(ConfigSchema.TP_VARIANT)) {
      return List.of(tp);
    }
    List<Config> variants = new ArrayList<>();
    BadInputException refused = null;
    for (String variant : TP_VARIANTS) {
      Config chosen = tp.with("tp.variant", variant, NAME);
      try {
        Experiment.rule(chosen);
        variants.add(chosen);
      } catch (BadInputException e) {
        refused = e;
      }
    }
    if (variants.isEmpty() && refused != null) {
      throw refused;
    }
    return variants;
  }

  private static List<Loss> losses(Config config) {
    return config.isSet(ConfigSchema.LOSS)
        ? List.of(Experiment.loss(config))
        : List.of(Loss.values());
  }

  private static List<Activation> activations(Config config) {
    return config.isSet(ConfigSchema.NET_ACTIVATION)
        ? List.of(Experiment.activation(config))
        : List.of(Activation.values());
  }

  private static NetworkSpec network(Config config, Activation activation) {
    List<Integer> widths = new ArrayList<>();
    widths.add(INPUTS);
    for (int l = 0; l < config.get(ConfigSchema.NET_DEPTH); l++) {
      widths.add(FIRST_WIDTH + l % 2);
    }
    widths.add(OUTPUTS);
    return Experiment.configured(
        config, new NetworkSpec(widths, activation, config.get(ConfigSchema.NET_BIAS)));
  }

  private static Parameterization parameterization(Config config, LearningRule rule) {
    return new Parameterization(
        Scheme.parse(config.get(ConfigSchema.PARAM_SCHEME)),
        Form.parse(config.get(ConfigSchema.PARAM_FORM)),
        config.get(ConfigSchema.PARAM_BASE_WIDTH),
        config.get(ConfigSchema.PARAM_WEIGHT_SCALE),
        config.get(ConfigSchema.PARAM_OUTPUT_SCALE),
        rule.creditRule(),
        OptimizerKind.SGD);
  }

  private static String scientific(double value) {
    return String.format(Locale.ROOT, "%.2e", value);
  }
}
