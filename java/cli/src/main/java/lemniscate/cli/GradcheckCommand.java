package lemniscate.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.config.Aspect;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.mup.StepClass;
import lemniscate.network.NetworkSpec;
import lemniscate.network.layer.Preset;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleFamily;
import lemniscate.tensor.ExampleShape;
import lemniscate.train.Architecture;
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
            + " be fixed; a preset or a list of layers makes other networks, on images of 16 x 16.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lemniscate gradcheck --check",
      "  lemniscate gradcheck --rule pc --pc.scheme si --pc.gammaLast 0.5 --activation gelu",
      "  lemniscate gradcheck --rule fa --preset lenet --activation tanh"
    })
final class GradcheckCommand implements Callable<Integer> {

  static final String NAME = "gradcheck";

  /** Defaults that differ from those of training, besides those of the families of rules. */
  private static final Map<String, String> DEFAULTS =
      Map.of(
          "precision", "fp64",
          "net.bias", "true",
          "param.baseWidth", "3");

  private static final int DEPTH = 3;

  // Odd and all different, so that a swapped extent cannot hide.
  private static final int INPUTS = 7;
  private static final int OUTPUTS = 3;
  private static final int FIRST_WIDTH = 5;

  // The least that four pools leave something of.
  private static final ExampleShape IMAGE = new ExampleShape(16, 16, 2);
  private static final int CHANNELS = 2;

  private static final int BATCH = 4;

  @Mixin private final CommonOptions common;
  @Spec private CommandSpec spec;

  @Option(names = "--check", description = "Exit with 4 if a gradient is wrong.")
  private boolean check;

  GradcheckCommand(Streams streams) {
    this.common = new CommonOptions(streams);
  }

  /** The keys that have a meaning for this command. */
  static final CommandKeys KEYS =
      CommandKeys.of(
              Aspect.RULE,
              Aspect.PARAMETERISATION,
              Aspect.NETWORK,
              Aspect.LOSS,
              Aspect.DEVICE,
              Aspect.MACHINE,
              Aspect.SEED)
          .without(ConfigSchema.NET_WIDTH, ConfigSchema.NET_NORM);

  @Override
  public Integer call() {
    Config config = ConfigOptions.read(spec.commandLine().getParseResult());
    Map<String, String> defaults = new LinkedHashMap<>(DEFAULTS);
    RuleFamily.all().forEach(family -> defaults.putAll(family.gradcheckDefaults()));
    for (Map.Entry<String, String> own : defaults.entrySet()) {
      if (!config.isSet(ConfigSchema.key(own.getKey(), NAME))) {
        config = config.with(own.getKey(), own.getValue(), NAME);
      }
    }
    config.checked();
    List<Map<String, Object>> rows = new ArrayList<>();
    TextTable table =
        new TextTable().row("rule", "loss", "activation", "max error", "gradient", "");
    Set<String> unchecked = new LinkedHashSet<>();
    boolean pass = true;
    List<Checked> rules = rules(config);
    long checks = (long) rules.size() * losses(config).size() * activations(config).size();
    long done = 0;
    try (Activity activity = Activity.of(common, "checking gradients");
        Backend backend = Experiment.openBackend(config, activity::log)) {
      for (Checked chosen : rules) {
        LearningRule rule = chosen.rule();
        String name = chosen.name();
        for (Loss loss : losses(config)) {
          for (Activation activation : activations(config)) {
            List<GradientCheck.Row> checked =
                GradientCheck.run(
                    backend,
                    network(config, activation),
                    Experiment.parameterization(config, rule, StepClass.SGD_LIKE),
                    loss,
                    rule,
                    BATCH,
                    config.get(ConfigSchema.SEED));
            activity.update(++done, checks);
            if (checked.isEmpty()) {
              unchecked.add(name + ": has no objective to compare its gradients with");
              continue;
            }
            String prefix = name + "/" + loss.configName() + "/" + activation.configName() + "/";
            checked.forEach(row -> rows.add(fields(prefix, row)));
            boolean good = checked.stream().allMatch(GradientCheck.Row::pass);
            pass &= good;
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
    unchecked.forEach(common::log);
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

  /** A rule to be checked, and what to call it. */
  private record Checked(String name, LearningRule rule) {}

  // Every rule in every variant, or what was asked for.
  private List<Checked> rules(Config config) {
    List<Checked> rules = new ArrayList<>();
    boolean fixed = config.isSet(ConfigSchema.RULE);
    for (RuleFamily family : RuleFamily.all()) {
      for (String name : family.names()) {
        if (!fixed || config.get(ConfigSchema.RULE).equals(name)) {
          rules.addAll(variants(family, config.with(ConfigSchema.RULE, name, NAME)));
        }
      }
    }
    return rules;
  }

  // The variants that go with the other keys, unless one was asked for.
  private List<Checked> variants(RuleFamily family, Config config) {
    String name = config.get(ConfigSchema.RULE);
    RuleFamily.Variants all = family.variants().orElse(null);
    if (all == null) {
      return List.of(new Checked(name, Experiment.rule(config)));
    }
    boolean fixed = config.isSet(all.key());
    List<Checked> variants = new ArrayList<>();
    BadInputException refused = null;
    for (String value : fixed ? List.of(config.get(all.key())) : all.values()) {
      try {
        LearningRule rule = Experiment.rule(config.with(all.key(), value, NAME).checked());
        variants.add(new Checked(name + " " + value, rule));
      } catch (BadInputException e) {
        refused = e;
        common.log("left out, %s %s: %s".formatted(name, value, e.getMessage()));
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
    if (!Preset.isPerceptron(config)) {
      boolean listed = config.get(ConfigSchema.NET_LAYERS).isPresent();
      Config chosen =
          config.with(ConfigSchema.NET_ACTIVATION.name(), activation.configName(), NAME);
      return Architecture.of(
          listed ? chosen : chosen.with(ConfigSchema.NET_WIDTH, CHANNELS, NAME),
          Architecture.takesFeatures(config) ? ExampleShape.flat(INPUTS) : IMAGE,
          OUTPUTS);
    }
    List<Integer> widths = new ArrayList<>();
    widths.add(INPUTS);
    int depth = config.isSet(ConfigSchema.NET_DEPTH) ? config.get(ConfigSchema.NET_DEPTH) : DEPTH;
    for (int l = 0; l < depth; l++) {
      widths.add(FIRST_WIDTH + l % 2);
    }
    widths.add(OUTPUTS);
    return Experiment.configured(
        config, new NetworkSpec(widths, activation, config.get(ConfigSchema.NET_BIAS)));
  }

  private static String scientific(double value) {
    return String.format(Locale.ROOT, "%.2e", value);
  }
}
