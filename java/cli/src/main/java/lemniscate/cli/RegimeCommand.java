package lemniscate.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import lemniscate.config.Aspect;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;
import lemniscate.mup.Parameterization;
import lemniscate.optim.Optimizer;
import lemniscate.rule.Contender;
import lemniscate.rule.LearningRule;
import lemniscate.study.CheckedNetworks;
import lemniscate.study.CoordinateStudy;
import lemniscate.study.RegimeStudy;
import lemniscate.text.Shown;
import lemniscate.train.Experiment;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lemniscate regime}: kernel or feature learning, by width. */
@Command(
    name = RegimeCommand.NAME,
    sortOptions = false,
    abbreviateSynopsis = true,
    description =
        "Trains small networks of growing width for a few steps on random data, by several rules"
            + " under several parameterisations, and fits by which power of the width features and"
            + " kernels change: whether a rule is lazy, learns features, or is unstable. Writes a"
            + " page with figures, and all numbers as CSV.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lemniscate regime --check",
      "  lemniscate regime --rules bp,dtp --schemes ntk --steps 1,5 --check",
      "  lemniscate regime --rules tp,dtp --schemes ntk --tp.feedback pinv"
    })
final class RegimeCommand implements Callable<Integer> {

  static final String NAME = "regime";

  private static final String SLOPES = "slopes.csv";
  private static final String MEASUREMENTS = "measurements.csv";

  @Mixin private final CommonOptions common;
  @Mixin private final Resumption resumption = new Resumption();
  @Spec private CommandSpec spec;

  @Option(
      names = "--rules",
      split = ",",
      paramLabel = "RULE",
      defaultValue = "bp,pc,gnt,dtp",
      completionCandidates = Contenders.class,
      description = "Rules among ${COMPLETION-CANDIDATES} [${DEFAULT-VALUE}].")
  private List<String> rules = List.of();

  @Option(
      names = "--schemes",
      split = ",",
      paramLabel = "SCHEME",
      defaultValue = "sp,ntk,mup",
      description = "Parameterisations among sp, ntk and mup [${DEFAULT-VALUE}].")
  private List<String> schemes = List.of();

  @Option(
      names = "--widths",
      split = ",",
      paramLabel = "M",
      defaultValue = "128,256,512,1024,2048",
      description = "Widths, increasing, at least three [${DEFAULT-VALUE}].")
  private List<Integer> widths = List.of();

  @Option(
      names = "--steps",
      split = ",",
      paramLabel = "N",
      defaultValue = "5",
      description = "Training steps after which to measure, increasing [${DEFAULT-VALUE}].")
  private List<Integer> steps = List.of();

  @Mixin private final SlopeOptions slopes = new SlopeOptions();

  RegimeCommand(Streams streams) {
    this.common = new CommonOptions(streams);
  }

  /** The keys that have a meaning for this command. */
  static final CommandKeys KEYS =
      CoordCheckCommand.KEYS
          .without(Aspect.OPTIMISER)
          .without(keysOfContenders())
          .without(
              ConfigSchema.PARAM_SCHEME,
              ConfigSchema.NET_WIDTH,
              // The tangent kernel and the linearised network are those without a norm.
              ConfigSchema.NET_NORM)
          .with(ConfigSchema.OPTIM_LR);

  /** Names for {@code --rules}. */
  static final class Contenders implements Iterable<String> {
    /** For picocli. */
    Contenders() {}

    @Override
    public Iterator<String> iterator() {
      return RegimeReport.rules().iterator();
    }
  }

  private static List<ConfigKey<?>> keysOfContenders() {
    List<ConfigKey<?>> keys = new ArrayList<>();
    for (Contender contender : RegimeReport.contenders()) {
      contender.keys().keySet().forEach(key -> keys.add(ConfigSchema.key(key, NAME)));
    }
    return keys;
  }

  @Override
  public Integer call() {
    Config given = config();
    resumption.check(given);
    RegimeStudy study = study(given);
    Config config = CheckedNetworks.withDefaults(given, NAME);
    WidthStudyRun<SlopeOptions.Settled<RegimeStudy, RegimeStudy.Result>> run =
        WidthStudyRun.of(
            spec,
            common,
            resumption,
            config,
            WidthStudyRun.Plan.overWidths(SLOPES, config.hash(), study.size(), widths.size()),
            study::requireRoom,
            (backend, store, progress, stop) ->
                slopes.settle(
                    study::withSeeds,
                    one -> one.run(backend, store, progress, stop),
                    RegimeStudy.Result::judgement,
                    common::log));
    StudyFolder folder = run.folder();
    if (run.result().isEmpty()) {
      return Resumption.interrupted(common, folder);
    }
    RegimeStudy settled = run.result().orElseThrow().study();
    RegimeStudy.Result result = run.result().orElseThrow().result();
    folder.write(MEASUREMENTS, result.measurementsCsv());
    folder.write(SLOPES, result.slopesCsv());
    RegimeReport report = new RegimeReport(settled, result);
    Path page =
        report
            .page()
            .withFile(SLOPES, "every slope with its interval and exponent")
            .withFile(MEASUREMENTS, "every number, for each width, seed and number of steps")
            .from(Main.commandLine(spec), run.provenance())
            .write(folder.path(), common::log);
    show(report, result, page);
    return slopes.exitCode(result.judgement());
  }

  private Config config() {
    Config config = ConfigOptions.read(spec.commandLine().getParseResult(), _ -> true);
    for (ConfigKey<?> key : ConfigSchema.KEYS) {
      if (config.isSet(key) && !KEYS.test(key)) {
        throw new BadInputException(
            "%s: %s has no meaning for %s, which takes rules by --rules, parameterisations by"
                    .formatted(config.source(key), key, NAME)
                + " --schemes and gradient descent on random data; leave it out.");
      }
    }
    return config;
  }

  private RegimeStudy study(Config config) {
    List<RegimeStudy.Case> cases = new ArrayList<>();
    for (String scheme : schemes) {
      for (String rule : rules) {
        cases.add(new RegimeStudy.Case(rule, check(config, rule, scheme)));
      }
    }
    return new RegimeStudy(cases);
  }

  private CoordinateStudy check(Config given, String name, String scheme) {
    Contender contender =
        RegimeReport.contenders().stream()
            .filter(one -> one.name().equals(name))
            .findFirst()
            .orElseThrow(
                () ->
                    new BadInputException(
                        "--rules names %s; expected some of %s, separated by commas."
                            .formatted(
                                Shown.quoted(name), String.join(", ", RegimeReport.rules()))));
    Config config =
        given.with("param.scheme", scheme, "--schemes").withAll(contender.keys(), "--rules");
    config = CheckedNetworks.withDefaults(config, NAME).checked();
    LearningRule rule = Experiment.rule(config);
    Optimizer optimizer = Experiment.optimizer(config);
    Parameterization parameterization = Experiment.parameterization(config, rule, optimizer);
    rule.check(parameterization)
        .forEach(
            warning -> common.log("warning: %s under %s: %s".formatted(name, scheme, warning)));
    CoordinateStudy.Networks networks = CheckedNetworks.of(config);
    networks
        .base()
        .requireWeightMatrices(
            1, "regime measures the tangent kernel through them; use coord-check.");
    return new CoordinateStudy(
        widths,
        steps,
        slopes.seeds(),
        slopes.tolerance(networks),
        networks,
        rule,
        parameterization,
        parameterization,
        optimizer,
        CheckedNetworks.learningRate(config, parameterization),
        config.get(ConfigSchema.SEED));
  }

  private void show(RegimeReport report, RegimeStudy.Result result, Path page) {
    Map<String, @Nullable Object> fields = report.fields();
    fields.put("report", page.toString());
    StringBuilder text = new StringBuilder(TextTable.of(report.regimes()).toString());
    report.misses().forEach(miss -> text.append(miss).append('\n'));
    report.remedy().forEach(line -> text.append(line).append('\n'));
    text.append("verdict: ").append(result.judgement().text()).append('\n');
    text.append("report: ").append(page).append('\n');
    common.result(fields, text.toString());
  }
}
