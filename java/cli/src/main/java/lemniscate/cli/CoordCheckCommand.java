package lemniscate.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import lemniscate.config.Aspect;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;
import lemniscate.mup.ParameterRole;
import lemniscate.mup.Parameterization;
import lemniscate.network.NetworkSpec;
import lemniscate.optim.Optimizer;
import lemniscate.rule.LearningRule;
import lemniscate.study.CheckedNetworks;
import lemniscate.study.CoordinateStudy;
import lemniscate.text.Shown;
import lemniscate.train.Experiment;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lemniscate coord-check}: by which power of the width everything moves. */
@Command(
    name = CoordCheckCommand.NAME,
    sortOptions = false,
    abbreviateSynopsis = true,
    description =
        "Trains small networks of growing width or depth for a few steps on random data, fits by"
            + " which power of it activities, outputs, errors and states move, and compares with the"
            + " exponents of the parameterisation. Writes a page with figures, and all numbers as"
            + " CSV.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lemniscate coord-check --check",
      "  lemniscate coord-check --rule bp --scheme ntk --widths 256,512,1024,2048",
      "  lemniscate coord-check --rule bp --wrong hidden.c=-1 --check"
    })
final class CoordCheckCommand implements Callable<Integer> {

  static final String NAME = "coord-check";

  private static final String SLOPES = "slopes.csv";
  private static final String MEASUREMENTS = "measurements.csv";

  /** Keys that take more options here than the check knows what to do with. */
  private static final List<ConfigKey<?>> FIXED =
      List.of(ConfigSchema.LOSS, ConfigSchema.OPTIM_WEIGHT_DECAY, ConfigSchema.OPTIM_SCHEDULE);

  private static final List<Integer> WIDTHS = List.of(64, 128, 256, 512, 1024);
  private static final List<Integer> RESIDUAL_WIDTHS = List.of(32, 64, 128, 256);
  private static final List<Integer> CHANNELS = List.of(16, 32, 64, 128);

  private static final Map<String, ParameterRole> ROLES = roles();
  private static final String BRANCH = "branch.cD=";

  @Mixin private final CommonOptions common;
  @Mixin private final Resumption resumption = new Resumption();
  @Spec private CommandSpec spec;

  @Option(
      names = "--widths",
      split = ",",
      paramLabel = "M",
      description =
          "Widths, increasing, at least three [64,128,256,512,1024; residual 32,64,128,256;"
              + " convolutions 16,32,64,128].")
  private List<Integer> widths = List.of();

  @Option(
      names = "--depths",
      split = ",",
      paramLabel = "D",
      description =
          "Depths of a residual preset, increasing, at least three, in place of widths; the width"
              + " is --width [64].")
  private List<Integer> depths = List.of();

  @Option(
      names = "--branches-only",
      description =
          "Over depths, train residual branches alone: only that shows a wrong depth exponent, which"
              + " the first layer hides otherwise.")
  private boolean branchesOnly;

  @Option(
      names = "--steps",
      split = ",",
      paramLabel = "N",
      defaultValue = "1,5",
      description = "Training steps after which to measure, increasing [${DEFAULT-VALUE}].")
  private List<Integer> steps = List.of();

  @Mixin private final SlopeOptions slopes = new SlopeOptions();

  @Option(
      names = "--wrong",
      paramLabel = "ROLE.c=DELTA",
      description =
          "To check the check: train with DELTA added to the learning-rate exponent c of a role"
              + " (input, hidden, output, hidden-bias, output-bias), or to the depth exponent of"
              + " residual branches (branch.cD), and expect the right exponents nevertheless.")
  private @Nullable String wrong;

  CoordCheckCommand(Streams streams) {
    this.common = new CommonOptions(streams);
  }

  private static Map<String, ParameterRole> roles() {
    Map<String, ParameterRole> roles = new LinkedHashMap<>();
    roles.put("input", ParameterRole.INPUT_WEIGHT);
    roles.put("hidden", ParameterRole.HIDDEN_WEIGHT);
    roles.put("output", ParameterRole.OUTPUT_WEIGHT);
    roles.put("hidden-bias", ParameterRole.HIDDEN_BIAS);
    roles.put("output-bias", ParameterRole.OUTPUT_BIAS);
    return roles;
  }

  /** The keys that have a meaning for this command. */
  static final CommandKeys KEYS =
      CommandKeys.of(
              Aspect.RULE,
              Aspect.PARAMETERISATION,
              Aspect.NETWORK,
              Aspect.OPTIMISER,
              Aspect.DEVICE,
              Aspect.MACHINE,
              Aspect.SEED)
          .without(ConfigSchema.OPTIM_WEIGHT_DECAY, ConfigSchema.OPTIM_DECAY)
          .with(ConfigSchema.TRAIN_BATCH, ConfigSchema.OUT);

  @Override
  public Integer call() {
    Config config = config();
    resumption.check(config);
    LearningRule rule = Experiment.rule(config);
    Optimizer optimizer = Experiment.optimizer(config);
    Parameterization parameterization = Experiment.parameterization(config, rule, optimizer);
    CoordinateStudy study = study(config, rule, optimizer, parameterization);
    rule.check(study.network().base());
    List<String> warnings = rule.check(parameterization, study.network().base().size());
    warnings.forEach(warning -> common.log("warning: " + warning));
    WidthStudyRun<SlopeOptions.Settled<CoordinateStudy, CoordinateStudy.Result>> run =
        WidthStudyRun.of(
            spec,
            common,
            resumption,
            config,
            new WidthStudyRun.Plan(
                SLOPES, id(config), study.size(), study.network().axis(), study.sizes().size()),
            study::requireRoom,
            (backend, store, progress, stop) ->
                slopes.settle(
                    study::withSeeds,
                    one -> one.run(backend, store, progress, stop),
                    CoordinateStudy.Result::judgement,
                    common::log));
    StudyFolder folder = run.folder();
    if (run.result().isEmpty()) {
      return Resumption.interrupted(common, folder);
    }
    CoordinateStudy settled = run.result().orElseThrow().study();
    CoordinateStudy.Result result = run.result().orElseThrow().result();
    String axis = study.network().axis().word();
    Path measurements = folder.write(MEASUREMENTS, result.measurementsCsv(study.network().axis()));
    Path fitted = folder.write(SLOPES, result.slopesCsv());
    CoordCheckReport report = new CoordCheckReport(settled, result, wrong);
    Path page =
        report
            .page()
            .withFile(SLOPES, "every slope with its interval and exponent")
            .withFile(MEASUREMENTS, "every size, for each " + axis + ", seed and number of steps")
            .from(Main.commandLine(spec), run.provenance())
            .write(folder.path(), common::log);
    show(report, settled, result, List.of(fitted, measurements), page);
    return slopes.exitCode(result.judgement());
  }

  private Config config() {
    Config config = ConfigOptions.read(spec.commandLine().getParseResult(), FIXED::contains);
    for (ConfigKey<?> key : FIXED) {
      if (!config.get(key).equals(key.defaultValue())) {
        throw new BadInputException(
            "%s: %s is %s, which %s does not know the exponents for; leave it out for %s."
                .formatted(config.source(key), key, config.get(key), NAME, key.defaultText()));
      }
    }
    return CheckedNetworks.withDefaults(config, NAME).checked();
  }

  // What measurements must have in common, besides what names their network.
  private String id(Config config) {
    String id = wrong == null ? config.hash() : config.hash() + " wrong " + wrong;
    return branchesOnly ? id + " branches only" : id;
  }

  private CoordinateStudy study(
      Config config, LearningRule rule, Optimizer optimizer, Parameterization parameterization) {
    CoordinateStudy.Networks networks = networks(config);
    Parameterization claimed =
        branchesOnly ? parameterization.withBranchesAlone() : parameterization;
    return new CoordinateStudy(
        networks.overDepths() ? depths : widths(networks.base()),
        steps,
        slopes.seeds(),
        slopes.tolerance(networks),
        networks,
        rule,
        claimed,
        trained(claimed, networks),
        optimizer,
        CheckedNetworks.learningRate(config, parameterization),
        config.get(ConfigSchema.SEED));
  }

  private CoordinateStudy.Networks networks(Config config) {
    if (depths.isEmpty()) {
      if (branchesOnly) {
        throw new BadInputException(
            "--branches-only is given without --depths; expected both. Name depths, such as"
                + " --depths 4,8,16.");
      }
      if (config.isSet(ConfigSchema.NET_WIDTH)) {
        throw new BadInputException(
            "%s: net.width is given, but widths are compared; expected --widths. Leave it out."
                .formatted(config.source(ConfigSchema.NET_WIDTH)));
      }
      return CheckedNetworks.of(config);
    }
    if (!widths.isEmpty() || config.isSet(ConfigSchema.NET_DEPTH)) {
      throw new BadInputException(
          "%s is given beside --depths; expected one of them. Leave one out."
              .formatted(widths.isEmpty() ? "net.depth" : "--widths"));
    }
    return CheckedNetworks.ofDepths(config, depths);
  }

  private List<Integer> widths(NetworkSpec network) {
    if (!widths.isEmpty()) {
      return widths;
    }
    boolean image = !network.input().shape().isFlat();
    return image ? CHANNELS : network.hasWeightMatrices(1) ? WIDTHS : RESIDUAL_WIDTHS;
  }

  private Parameterization trained(Parameterization claimed, CoordinateStudy.Networks networks) {
    if (wrong == null) {
      return claimed;
    }
    if (wrong.startsWith(BRANCH)) {
      double delta = delta(wrong, wrong.substring(BRANCH.length()));
      if (networks.residualDepth() <= 1) {
        throw new BadInputException(
            "--wrong is "
                + Shown.quoted(wrong)
                + ", but the networks that "
                + NAME
                + " trains have no residual branches, so that nothing would be wrong; use a role"
                + " among "
                + String.join(", ", ROLES.keySet())
                + ", such as hidden.c=-1.");
      }
      return claimed.withBranchDepthShift(delta);
    }
    int dot = wrong.indexOf(".c=");
    ParameterRole role = dot < 0 ? null : ROLES.get(wrong.substring(0, dot));
    if (role == null) {
      throw badWrong(wrong);
    }
    return claimed.withLearningRateShift(role, delta(wrong, wrong.substring(dot + ".c=".length())));
  }

  private static double delta(String given, String number) {
    try {
      double delta = Double.parseDouble(number);
      if (Double.isFinite(delta)) {
        return delta;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw badWrong(given);
  }

  private static BadInputException badWrong(String given) {
    return new BadInputException(
        "--wrong is "
            + Shown.quoted(given)
            + "; expected ROLE.c=NUMBER with a role among "
            + String.join(", ", ROLES.keySet())
            + ", such as hidden.c=-1, or branch.cD=NUMBER.");
  }

  private void show(
      CoordCheckReport report,
      CoordinateStudy study,
      CoordinateStudy.Result result,
      List<Path> tables,
      Path page) {
    String verdict = result.judgement().text();
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("rule", study.rule().name());
    fields.put("scheme", study.claimed().scheme().word());
    fields.put("seeds", study.seeds());
    fields.put("slopes", result.slopes().stream().map(CoordCheckCommand::fields).toList());
    if (!result.reach().isEmpty()) {
      fields.put("reach", result.reach());
    }
    fields.put("verdict", verdict);
    fields.put("report", page.toString());
    StringBuilder text = new StringBuilder(TextTable.of(report.slopes()).toString());
    report.reasons().forEach(reason -> text.append("not judged, ").append(reason).append('\n'));
    report.reach().ifPresent(line -> text.append(line).append('\n'));
    SlopeOptions.remedy(result.slopes(), study.seeds())
        .forEach(line -> text.append(line).append('\n'));
    text.append("verdict: ").append(verdict).append('\n');
    text.append("tables: ");
    text.append(tables.stream().map(Path::toString).collect(Collectors.joining(", ")));
    text.append("\nreport: ").append(page).append('\n');
    common.result(fields, text.toString());
  }

  private static Map<String, @Nullable Object> fields(CoordinateStudy.Slope slope) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("quantity", slope.quantity());
    fields.put("layer", slope.layer());
    SlopeOptions.put(slope, fields);
    return fields;
  }
}
