package lemniscate.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import lemniscate.backend.Backend;
import lemniscate.config.Aspect;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.journal.JsonLine;
import lemniscate.study.LimitQuantity;
import lemniscate.study.MeasurementStore;
import lemniscate.study.WidthLimit;
import lemniscate.study.WidthLimitStudy;
import lemniscate.train.Experiment;
import lemniscate.train.Provenance;
import lemniscate.train.StopSignal;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lemniscate limit}: a quantity of trained networks at infinite width. */
@Command(
    name = LimitCommand.NAME,
    sortOptions = false,
    abbreviateSynopsis = true,
    description =
        "Trains networks of growing width, fits a quantity of theirs by limit + c * width^-p, and"
            + " gives the limit with an interval, or says why the data do not bear one. Every"
            + " finished network is on the disk at once; --resume goes on.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lemniscate limit",
      "  lemniscate limit --metric feature-change --rule bp --scheme ntk",
      "  lemniscate limit --widths 1024,2048,4096,8192 --seeds 3 --batch 64 --steps 1 --out wide",
      "  lemniscate limit --out wide --resume --widths 512,1024,2048,4096,8192 --seeds 3 ..."
    })
final class LimitCommand implements Callable<Integer> {

  static final String NAME = "limit";

  private static final String TABLE = "limit.csv";
  private static final String RESULT = "limit.json";
  private static final String CONFIG = "config.yaml";

  private static final int DEFAULT_STEPS = 20;

  @Mixin private final CommonOptions common;
  @Mixin private final Resumption resumption = new Resumption();
  @Spec private CommandSpec spec;

  @Option(
      names = "--metric",
      paramLabel = "NAME",
      defaultValue = "loss",
      description =
          "What to follow: loss, test-loss, accuracy, feature-change, kernel-change, kernel,"
              + " logit-rms or cosine [${DEFAULT-VALUE}].")
  private String metric = "";

  @Option(
      names = "--widths",
      split = ",",
      paramLabel = "M",
      defaultValue = "64,128,256,512,1024",
      description = "Widths, increasing; a limit needs at least four [${DEFAULT-VALUE}].")
  private List<Integer> widths = List.of();

  @Option(
      names = "--seeds",
      paramLabel = "N",
      defaultValue = "6",
      description =
          "Networks of each width; a limit needs at least three. --seed is the first seed"
              + " [${DEFAULT-VALUE}].")
  private int seeds;

  @Option(names = "--check", description = "Exit with 4 if the data bear no limit.")
  private boolean check;

  LimitCommand(Streams streams) {
    this.common = new CommonOptions(streams);
  }

  /** The keys that have a meaning for this command. */
  static final CommandKeys KEYS =
      CommandKeys.ALL
          .without(Aspect.OUTPUT, Aspect.INITIALISATION, Aspect.STOPPING)
          .without(ConfigSchema.NET_WIDTH)
          .with(ConfigSchema.OUT);

  @Override
  public Integer call() {
    Config config = config();
    resumption.require(config, TABLE);
    WidthLimitStudy study = new WidthLimitStudy(config, LimitQuantity.of(metric), widths, seeds);
    study.warnings().forEach(warning -> common.log("warning: " + warning));
    StopSignal stop = Interruption.signal(common);
    Optional<WidthLimitStudy.Result> result;
    StudyFolder folder;
    Map<String, Object> provenance;
    try (Backend backend = Experiment.openBackend(config, common::log)) {
      study.requireRoom(backend);
      folder = resumption.folder(config, NAME, TABLE);
      try (MeasurementStore store = MeasurementStore.open(folder.path(), study.id());
          LimitProgress progress = LimitProgress.of(common, study)) {
        folder.write(CONFIG, Experiment.completed(config).toYaml());
        provenance = Provenance.of(config, backend, Main.commandLine(spec));
        result = study.run(backend, store, progress, stop);
      }
    }
    if (result.isEmpty()) {
      return Resumption.interrupted(common, folder);
    }
    WidthLimit limit = result.get().limit();
    LimitReport report =
        new LimitReport(
            study,
            result.get(),
            config.get(ConfigSchema.RULE),
            config.get(ConfigSchema.PARAM_SCHEME));
    report(report, result.get(), folder, provenance);
    boolean borne = limit.verdict() != WidthLimit.Verdict.UNSUPPORTED;
    return (check && !borne ? ExitCode.VERDICT_FAILED : ExitCode.DONE).code();
  }

  private Config config() {
    Config config = ConfigOptions.read(spec.commandLine().getParseResult());
    if (!config.isSet(ConfigSchema.TRAIN_STEPS) && !config.isSet(ConfigSchema.TRAIN_EPOCHS)) {
      config = config.with(ConfigSchema.TRAIN_STEPS, Optional.of(DEFAULT_STEPS), NAME);
    }
    // The default of training is near the largest that works, where runs of equal width differ
    // much.
    if (!config.isSet(ConfigSchema.OPTIM_LR)) {
      Optional<Double> half =
          Experiment.completed(config).get(ConfigSchema.OPTIM_LR).map(rate -> rate / 2);
      config = config.with(ConfigSchema.OPTIM_LR, half, NAME);
    }
    resumption.check(config);
    return config.checked();
  }

  private void report(
      LimitReport report, WidthLimitStudy.Result result, StudyFolder folder, Map<String, ?> facts) {
    Path table = folder.write(TABLE, result.csv());
    Path page =
        report
            .page()
            .withFile(TABLE, "mean, standard deviation and fit by width")
            .withFile(MeasurementStore.FILE, "every quantity of every network")
            .withFile(RESULT, "the result")
            .withFile(CONFIG, "the configuration of all networks")
            .from(Main.commandLine(spec), facts)
            .write(folder.path(), common::log);
    Map<String, @Nullable Object> fields = report.fields();
    fields.put("report", page.toString());
    folder.write(RESULT, JsonLine.of(fields) + "\n");
    common.result(
        fields,
        TextTable.of(report.table())
            + report.setting()
            + "\n"
            + report.outcome()
            + "\nreport: "
            + page
            + ", table: "
            + table
            + "\n");
  }
}
