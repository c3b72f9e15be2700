package lemniscate.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import lemniscate.backend.Backend;
import lemniscate.config.Aspect;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.data.Datasets;
import lemniscate.rule.RulesTableRow;
import lemniscate.study.RulesTablePreset;
import lemniscate.study.RulesTableStudy;
import lemniscate.sweep.SweepProgress;
import lemniscate.sweep.SweepSpec;
import lemniscate.sweep.TrialRow;
import lemniscate.sweep.TrialStore;
import lemniscate.text.ShellWords;
import lemniscate.train.Experiment;
import lemniscate.train.Provenance;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lemniscate reproduce rules-table}: learning rules side by side. */
@Command(
    name = RulesTableCommand.NAME,
    sortOptions = false,
    abbreviateSynopsis = true,
    description =
        "Trains networks by backpropagation, feedback alignment, PEPITA with its extras and"
            + " Forward-Forward: first at every learning rate, judged on examples held out of the"
            + " training set, then every seed at the best rate, judged on the test set. Writes the"
            + " table beside published numbers.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lemniscate reproduce rules-table",
      "  lemniscate reproduce rules-table --rows bp,dfa,pepita --seeds 5",
      "  lemniscate reproduce rules-table --data mnist --preset published --out tables/mnist"
    })
final class RulesTableCommand implements Callable<Integer> {

  static final String NAME = "rules-table";

  private static final String VALIDATION = "validation";
  private static final String TEST = "test";
  private static final String MARKDOWN = "table.md";
  private static final String CSV = "table.csv";
  private static final String RATES = "rates.csv";

  @Mixin private final CommonOptions common;
  @Mixin private final SweepOptions sweepOptions = new SweepOptions();
  @Spec private CommandSpec spec;

  @Option(
      names = "--preset",
      paramLabel = "NAME",
      defaultValue = "short",
      description =
          "Settings to start from: short, of minutes, or published, of hours [${DEFAULT-VALUE}].")
  private String preset = "";

  @Option(
      names = "--rows",
      split = ",",
      paramLabel = "ROW",
      description = "Rows of the table [all: bp, fa, dfa, drtp, pepita, pepita+wd, …].")
  private List<String> rows = List.of();

  @Option(
      names = {"--data", "--data.name"},
      split = ",",
      paramLabel = "NAME",
      description = "Data sets [" + Datasets.BUNDLED + "].")
  private List<String> dataSets = List.of();

  @Option(
      names = {"--depths", "--depth"},
      split = ",",
      paramLabel = "N",
      defaultValue = "1",
      description = "Numbers of hidden layers [${DEFAULT-VALUE}].")
  private List<Integer> depths = List.of();

  @Option(
      names = "--seeds",
      paramLabel = "N",
      description = "Runs at the chosen rate; --seed is the first seed [3; published: 5].")
  private @Nullable Integer seeds;

  @Option(
      names = "--rates",
      split = ",",
      paramLabel = "X",
      description = "Learning rates to choose from, for all rows [those of each row].")
  private List<String> rates = List.of();

  RulesTableCommand(Streams streams) {
    this.common = new CommonOptions(streams);
  }

  /** The keys that have a meaning for this command. */
  static final CommandKeys KEYS =
      CommandKeys.ALL
          .without(Aspect.INITIALISATION, Aspect.STOPPING)
          .without(
              ConfigSchema.RULE,
              ConfigSchema.DATA_NAME,
              ConfigSchema.NET_DEPTH,
              ConfigSchema.OPTIM_LR)
          .without(
              ConfigSchema.KEYS.stream()
                  .filter(
                      key ->
                          RulesTableRow.ALL.stream()
                              .anyMatch(row -> row.keys().containsKey(key.name())))
                  .toList());

  @Override
  public Integer call() {
    sweepOptions.check();
    if (sweepOptions.shard() != null || sweepOptions.merges()) {
      throw new BadInputException(
          "--shard and --merge are for one sweep; a table is two, and the second needs the whole"
              + " first. Leave them out.");
    }
    RulesTableStudy study = study();
    if (sweepOptions.resume() && study.base().get(ConfigSchema.OUT).isEmpty()) {
      throw new BadInputException(
          "--resume is given without --out; expected the folder to go on with. Add --out.");
    }
    SweepSpec first = study.validationSweep();
    sweepOptions.check(first, common);
    sweepOptions.check(study.possibleTestSweep(), common);
    sweepOptions.requireRoom(first);
    Path path = StudyFolder.path(study.base(), NAME);
    StudyFolder.requireEmptyUnless(path, TrialStore.isIn(path.resolve(VALIDATION)));
    Map<String, Object> provenance;
    try (Backend backend = Experiment.openBackend(study.base(), common::log)) {
      provenance = Provenance.of(study.base(), backend, Main.commandLine(spec));
    }
    String goOn = goOn(path, study.base());
    Finished chosen = train(path.resolve(VALIDATION), first, goOn);
    if (chosen.exit() != null) {
      return chosen.exit().code();
    }
    List<RulesTableStudy.Choice> choices = study.choose(chosen.rows());
    Optional<SweepSpec> second = study.testSweep(choices);
    List<TrialRow> tested = List.of();
    if (second.isPresent()) {
      Finished runs = train(path.resolve(TEST), second.get(), goOn);
      if (runs.exit() != null) {
        return runs.exit().code();
      }
      tested = runs.rows();
    }
    RulesTableReport report = new RulesTableReport(study, study.lines(choices, tested));
    return show(report, new StudyFolder(path), provenance);
  }

  private RulesTableStudy study() {
    // The study says of each key that is not among them why.
    Config config = ConfigOptions.read(spec.commandLine().getParseResult(), KEYS.negate());
    RulesTablePreset start = RulesTablePreset.named(preset, "--preset");
    int epochs =
        config.isSet(ConfigSchema.TRAIN_EPOCHS)
            ? config.get(ConfigSchema.TRAIN_EPOCHS)
            : start.epochs();
    Map<String, String> keys = new LinkedHashMap<>(start.keys(epochs));
    if (config.isSet(ConfigSchema.OPTIM_SCHEDULE)) {
      keys.remove("optim.stepEpochs");
    }
    for (Map.Entry<String, String> own : keys.entrySet()) {
      if (!config.isSet(ConfigSchema.key(own.getKey(), NAME))) {
        config = config.with(own.getKey(), own.getValue(), "--preset " + preset);
      }
    }
    List<String> listed = dataSets.isEmpty() ? List.of(Datasets.BUNDLED) : dataSets;
    List<RulesTableRow> named =
        rows.isEmpty() ? RulesTableRow.ALL : RulesTableRow.named(rows, "--rows");
    return new RulesTableStudy(
        config.checked(),
        named,
        listed,
        depths,
        seeds == null ? start.seeds() : seeds,
        config.get(ConfigSchema.DATA_VALIDATION).orElse(start.validation()),
        rates);
  }

  /** Rows of a sweep, or why there are none. */
  private record Finished(List<TrialRow> rows, @Nullable ExitCode exit) {}

  private Finished train(Path path, SweepSpec sweep, String goOn) {
    try (TrialStore store = sweepOptions.open(path, sweep, common)) {
      SweepProgress progress = sweepOptions.run(sweep, store, common, goOn).orElse(null);
      if (progress == null) {
        return new Finished(List.of(), ExitCode.INTERRUPTED);
      }
      SweepOptions.warnOfFailures(progress, common);
      boolean failed = progress.failed() > 0 || progress.timeout() > 0;
      return new Finished(store.rows(), failed ? ExitCode.FAILURE : null);
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

  private int show(RulesTableReport report, StudyFolder folder, Map<String, Object> provenance) {
    List<Path> files =
        List.of(
            folder.write(MARKDOWN, report.markdown()),
            folder.write(CSV, report.csv()),
            folder.write(RATES, report.ratesCsv()));
    Path page =
        report
            .page()
            .withFile(MARKDOWN, "the table as Markdown")
            .withFile(CSV, "the table with all digits")
            .withFile(RATES, "every rate on the validation examples")
            .withFile(VALIDATION + "/" + TrialStore.TRIALS, "the trials of the choice")
            .withFile(TEST + "/" + TrialStore.TRIALS, "the trials of the table")
            .from(Main.commandLine(spec), provenance)
            .write(folder.path(), common::log);
    common.result(report.fields(page), report.text(files, page));
    return ExitCode.DONE.code();
  }
}
