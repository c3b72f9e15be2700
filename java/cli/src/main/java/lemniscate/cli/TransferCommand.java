package lemniscate.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import lemniscate.backend.Backend;
import lemniscate.config.Aspect;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;
import lemniscate.rule.RuleFamily;
import lemniscate.study.NetworkAxis;
import lemniscate.study.TransferAnalysis;
import lemniscate.study.TransferStudy;
import lemniscate.study.TransferStudy.Metric;
import lemniscate.sweep.SweepProgress;
import lemniscate.sweep.SweepSpec;
import lemniscate.sweep.TrialStore;
import lemniscate.text.ShellWords;
import lemniscate.text.Shown;
import lemniscate.train.Architecture;
import lemniscate.train.Experiment;
import lemniscate.train.Provenance;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lemniscate transfer}: does what is best for narrow networks stay best for wide ones. */
@Command(
    name = TransferCommand.NAME,
    sortOptions = false,
    abbreviateSynopsis = true,
    description =
        "Trains networks of several widths or depths on a grid of one hyper-parameter under several"
            + " schemes, finds the best value at each, and says by how many octaves it drifts from"
            + " the narrowest to the widest. Writes tables, figures and a page.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lemniscate transfer --check",
      "  lemniscate transfer --rule bp --widths 64,1024 --seeds 1",
      "  lemniscate transfer --key pc.gammaLast --values 2^-4..2^4 --scheme mup",
      "  lemniscate transfer --rules tp,gnt",
      "  lemniscate transfer --key tp.damping --values 2^-8..2^4"
    })
final class TransferCommand implements Callable<Integer> {

  static final String NAME = "transfer";

  private static final String CURVES = "curves.csv";
  private static final String OPTIMA = "optima.csv";
  private static final String DRIFTS = "drifts.csv";

  /**
   * Defaults that differ from those of training; docs/studies/transfer.md says why. Beside a data
   * set that is given, its sizes have no default.
   */
  private static final Map<String, String> DEFAULTS =
      Map.of(
          "param.weightScale", "1.5",
          "pc.steps", "6",
          "pc.rate", "0.2",
          "threads", "1");

  private static final Map<String, String> DATA_DEFAULTS =
      Map.of("data.train", "4096", "data.test", "1000");

  private static final Length LENGTH = new Length("64", "64");

  /**
   * Of perceptrons of several widths on the bundled images: one pass, too, but of small batches,
   * whose noise bounds the rate before divergence does. So curves have two sides.
   */
  private static final Length NOISY_LENGTH = new Length("16", "256");

  private static final int DEPTHS_WIDTH = 64;
  private static final List<Integer> WIDTHS = List.of(64, 128, 256, 512);
  private static final List<Integer> CHANNELS = List.of(8, 16, 32, 64);

  private static final String DEFAULT_RATES = "2^-9..2^-1";

  @Mixin private final CommonOptions common;
  @Mixin private final SweepOptions sweepOptions = new SweepOptions();
  @Spec private CommandSpec spec;

  @Option(
      names = "--key",
      paramLabel = "KEY",
      defaultValue = "optim.lr",
      description = "The hyper-parameter, a numeric key [${DEFAULT-VALUE}].")
  private String key = "";

  @Option(
      names = "--values",
      paramLabel = "X,X,…",
      description =
          "Its values: numbers, or powers such as 2^-9..2^-1 [" + DEFAULT_RATES + " for optim.lr].")
  private @Nullable String values;

  @Option(
      names = {"--widths"},
      split = ",",
      paramLabel = "M",
      description = "Widths, increasing, at least two [64,128,256,512; convolutions 8,16,32,64].")
  private List<Integer> widths = List.of();

  @Option(
      names = {"--depths"},
      split = ",",
      paramLabel = "D",
      description =
          "Depths, increasing, at least two, in place of widths; the width is --width [64].")
  private List<Integer> depths = List.of();

  @Option(
      names = {"--schemes", "--scheme"},
      split = ",",
      paramLabel = "SCHEME",
      defaultValue = "sp,mup",
      description = "Schemes out of sp, ntk, mup [${DEFAULT-VALUE}].")
  private List<String> schemes = List.of();

  @Option(
      names = {"--rules", "--rule"},
      split = ",",
      paramLabel = "RULE",
      description = "Learning rules [pc,bp; for a key of some rules, those].")
  private List<String> rules = List.of();

  @Option(
      names = "--seeds",
      paramLabel = "N",
      defaultValue = "3",
      description = "Trainings of each point; --seed is the first seed [${DEFAULT-VALUE}].")
  private int seeds;

  @Option(
      names = "--metric",
      paramLabel = "METRIC",
      defaultValue = "train",
      description =
          "What is compared: the loss, train (mean over the last epoch) or test, or error, the"
              + " share of test examples that are classified wrongly [${DEFAULT-VALUE}].")
  private String metric = "";

  @Option(
      names = "--tolerance",
      paramLabel = "X",
      defaultValue = "1",
      description = "Octaves by which the optimum may drift under mup [${DEFAULT-VALUE}].")
  private double tolerance;

  @Option(names = "--check", description = "Exit with 4 unless every drift is as expected.")
  private boolean check;

  /**
   * How networks are trained.
   *
   * @param batch examples of a batch
   * @param steps of the training
   */
  private record Length(String batch, String steps) {}

  TransferCommand(Streams streams) {
    this.common = new CommonOptions(streams);
  }

  /** The keys that have a meaning for this command. */
  static final CommandKeys KEYS =
      CommandKeys.ALL
          .without(Aspect.INITIALISATION, Aspect.STOPPING)
          .without(ConfigSchema.RULE, ConfigSchema.PARAM_SCHEME);

  @Override
  public Integer call() {
    sweepOptions.check();
    Config config = config();
    TransferStudy study = study(config);
    requireSomethingJudged(study);
    if (sweepOptions.resume() && config.get(ConfigSchema.OUT).isEmpty()) {
      throw new BadInputException(
          "--resume is given without --out; expected the folder to go on with. Add --out.");
    }
    SweepSpec sweep = study.sweep();
    sweepOptions.check(sweep, common);
    sweepOptions.requireRoom(sweep);
    Path path = StudyFolder.path(config, NAME);
    StudyFolder.requireEmptyUnless(path, TrialStore.isIn(path));
    Map<String, Object> provenance;
    try (Backend backend = Experiment.openBackend(config, common::log)) {
      provenance = Provenance.of(config, backend, Main.commandLine(spec));
    }
    try (TrialStore store = sweepOptions.open(path, sweep, common)) {
      SweepProgress progress =
          sweepOptions.run(sweep, store, common, goOn(path, config)).orElse(null);
      if (progress == null) {
        return ExitCode.INTERRUPTED.code();
      }
      SweepOptions.warnOfFailures(progress, common);
      boolean complete = store.rows().size() == sweep.trials().size();
      if (progress.failed() > 0 || !complete) {
        showProgress(progress, sweep, store);
        return (progress.failed() > 0 ? ExitCode.FAILURE : ExitCode.DONE).code();
      }
      return report(study, study.analyse(store.rows()), new StudyFolder(path), provenance);
    }
  }

  private Config config() {
    Config config = ConfigOptions.read(spec.commandLine().getParseResult());
    Map<String, String> defaults = new LinkedHashMap<>(DEFAULTS);
    if (!config.isSet(ConfigSchema.DATA_NAME)) {
      defaults.putAll(DATA_DEFAULTS);
      // The 784 pixels of an image, which do not grow with the width, would hold the rate of the
      // input layer back at widths of hundreds. The synthetic classes have 32 inputs.
      List<String> chosen = rules(ConfigSchema.key(key, "--key"));
      if (RuleFamily.all().stream()
          .filter(RuleFamily::hasUnfadingErrors)
          .anyMatch(family -> family.names().stream().anyMatch(chosen::contains))) {
        defaults.put("data.name", "synthetic");
      }
    }
    Length length = length(config, defaults);
    defaults.put("train.batch", length.batch());
    if (!config.isSet(ConfigSchema.TRAIN_EPOCHS)) {
      defaults.put("train.steps", length.steps());
    }
    // The output then starts as small as the literal form has it: what is there before training
    // neither grows nor fades beside what training adds.
    if (config.get(ConfigSchema.PARAM_FORM).equals("relative")) {
      double scale = 1 / Math.sqrt(config.get(ConfigSchema.PARAM_BASE_WIDTH));
      defaults.put("param.outputScale", Double.toString(scale));
    }
    for (Map.Entry<String, String> own : defaults.entrySet()) {
      if (!config.isSet(ConfigSchema.key(own.getKey(), NAME))) {
        config = config.with(own.getKey(), own.getValue(), NAME);
      }
    }
    if (axis() == NetworkAxis.DEPTH && !config.isSet(ConfigSchema.NET_WIDTH)) {
      config = config.with(ConfigSchema.NET_WIDTH, DEPTHS_WIDTH, "--depths");
    }
    return config.checked();
  }

  private Length length(Config config, Map<String, String> defaults) {
    boolean given =
        config.isSet(ConfigSchema.DATA_NAME)
            || defaults.containsKey("data.name")
            || config.isSet(ConfigSchema.TRAIN_BATCH)
            || config.isSet(ConfigSchema.TRAIN_STEPS)
            || config.isSet(ConfigSchema.TRAIN_EPOCHS);
    boolean rates = ConfigSchema.key(key, "--key") == ConfigSchema.OPTIM_LR;
    boolean plain = axis() == NetworkAxis.WIDTH && Architecture.takesFeatures(config);
    return !given && rates && plain ? NOISY_LENGTH : LENGTH;
  }

  private TransferStudy study(Config config) {
    ConfigKey<?> varied = ConfigSchema.key(key, "--key");
    if (config.isSet(varied)
        && ConfigOptions.read(spec.commandLine().getParseResult()).isSet(varied)) {
      throw new BadInputException(
          "%s: %s is set, but --key varies it; leave it out and list its values by --values."
              .formatted(config.source(varied), varied));
    }
    String listed = values;
    if (listed == null) {
      if (varied != ConfigSchema.OPTIM_LR) {
        throw new BadInputException(
            "--values is missing; expected the values of %s (%s). Write for example --values 2^-2..2^2."
                .formatted(varied, varied.type().expected()));
      }
      listed = DEFAULT_RATES;
    }
    return new TransferStudy(
        config,
        varied,
        TransferStudy.values(listed, "--values"),
        axis(),
        sizes(config),
        schemes,
        rules(varied),
        seeds,
        metric(),
        tolerance);
  }

  private NetworkAxis axis() {
    if (!depths.isEmpty() && !widths.isEmpty()) {
      throw new BadInputException(
          "--widths is given beside --depths; expected one of them. Leave one out.");
    }
    return depths.isEmpty() ? NetworkAxis.WIDTH : NetworkAxis.DEPTH;
  }

  private List<Integer> sizes(Config config) {
    if (axis() == NetworkAxis.DEPTH) {
      return depths;
    }
    boolean features = Architecture.takesFeatures(config);
    return !widths.isEmpty() ? widths : features ? WIDTHS : CHANNELS;
  }

  private List<String> rules(ConfigKey<?> varied) {
    List<String> own = ConfigSchema.rulesOf(varied);
    return !rules.isEmpty() ? rules : own.isEmpty() ? List.of("pc", "bp") : own;
  }

  private Metric metric() {
    for (Metric known : Metric.values()) {
      if (known.name().toLowerCase(Locale.ROOT).equals(metric)) {
        return known;
      }
    }
    throw new BadInputException(
        "--metric is " + Shown.quoted(metric) + "; expected train, test or error.");
  }

  private void requireSomethingJudged(TransferStudy study) {
    if (check && study.schemes().stream().allMatch(s -> study.expectation(s).notJudged() != null)) {
      throw new BadInputException(
          "--check is given, but no drift is known for %s under %s; add scheme mup, or leave --check out."
              .formatted(study.key(), String.join(", ", study.schemes())));
    }
  }

  private String goOn(Path path, Config config) {
    List<String> command = new ArrayList<>(List.of(Main.NAME));
    command.addAll(Main.commandLine(spec));
    if (config.get(ConfigSchema.OUT).isEmpty()) {
      command.addAll(List.of("--out", path.toString()));
    }
    if (!sweepOptions.resume()) {
      command.add("--resume");
    }
    return ShellWords.line(command);
  }

  private void showProgress(SweepProgress progress, SweepSpec sweep, TrialStore store) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("trials", sweep.trials().size());
    fields.put("finished", store.rows().size());
    fields.put("failed", progress.failed());
    fields.put("store", store.path().toString());
    TextTable table = new TextTable();
    fields.forEach(table::row);
    common.result(fields, table.toString());
  }

  private int report(
      TransferStudy study,
      TransferAnalysis analysis,
      StudyFolder folder,
      Map<String, Object> provenance) {
    List<Path> tables =
        List.of(
            folder.write(CURVES, analysis.curvesCsv(study.axis())),
            folder.write(OPTIMA, analysis.optimaCsv(study.axis())),
            folder.write(DRIFTS, analysis.driftsCsv()));
    TransferReport report = new TransferReport(study, analysis);
    Path page =
        report
            .page()
            .withFile(
                CURVES, "the loss at every value, " + study.axis().word() + ", scheme and rule")
            .withFile(OPTIMA, "the best value of each curve")
            .withFile(DRIFTS, "drifts, regrets and verdicts")
            .withFile("sweep.yaml", "what was trained, for lemniscate sweep")
            .withFile("trials.jsonl", "every trial")
            .from(Main.commandLine(spec), provenance)
            .write(folder.path(), common::log);
    StringBuilder text = new StringBuilder();
    text.append("best ")
        .append(study.key())
        .append(" at each ")
        .append(study.axis().word())
        .append("\n");
    text.append(TextTable.of(report.optima())).append('\n');
    text.append(TextTable.of(report.drifts())).append('\n');
    report.plateaus().forEach(line -> text.append(line).append('\n'));
    text.append("verdict: ").append(analysis.verdict().text()).append('\n');
    text.append("tables: ")
        .append(String.join(", ", tables.stream().map(Path::toString).toList()))
        .append('\n');
    text.append("report: ").append(page).append('\n');
    common.result(report.fields(page), text.toString());
    boolean good = analysis.verdict().isGood();
    return (check && !good ? ExitCode.VERDICT_FAILED : ExitCode.DONE).code();
  }
}
