package lemniscate.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import lemniscate.cli.report.ReportPage;
import lemniscate.cli.report.Verdict;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.train.RunHistory;
import lemniscate.train.RunSummary;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lemniscate runs}: the runs of a folder side by side. */
@Command(
    name = RunsCommand.NAME,
    sortOptions = false,
    abbreviateSynopsis = true,
    description =
        "Lists the runs of a folder and of those below it: how each stands, what it reached, and the"
            + " keys in which their configurations differ. With --out also a page with their"
            + " curves.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lemniscate runs",
      "  lemniscate runs results --sort testAccuracy --reverse",
      "  lemniscate runs --sort optim.lr --out results/comparison"
    })
final class RunsCommand implements Callable<Integer> {

  static final String NAME = "runs";

  @Mixin private final CommonOptions common;
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "DIR",
      arity = "0..1",
      description = "Folder of runs, or of one run [runs].")
  private Path folder = Path.of("runs");

  @Option(
      names = "--sort",
      paramLabel = "KEY",
      description =
          "run, state, rule, width, depth, steps, epochs, trainLoss, testLoss, testAccuracy, best,"
              + " started, seconds, or a key of the configuration [started].")
  private String sort = "started";

  @Option(names = "--reverse", description = "The largest first.")
  private boolean reverse;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Folder for a page that compares them [none].")
  private @Nullable Path out;

  RunsCommand(Streams streams) {
    this.common = new CommonOptions(streams);
  }

  @Override
  public Integer call() {
    // What cannot be sorted by is refused before anything is read.
    RunsReport report = new RunsReport(folder, List.of()).sorted(sort, reverse);
    if (out != null) {
      StudyFolder.require(config(out), ReportPage.FILE);
    }
    try (Activity _ = Activity.of(common, "reading runs")) {
      report = new RunsReport(folder, RunSummary.all(folder)).sorted(sort, reverse);
    }
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("runs", report.fields());
    StringBuilder text = new StringBuilder(TextTable.of(report.table()).toString());
    for (RunSummary run : report.runs()) {
      if (run.problem() != null) {
        common.log("warning: " + run.problem());
      }
    }
    if (out != null) {
      Path page = page(report, out);
      fields.put("report", page.toString());
      text.append(System.lineSeparator()).append("report ").append(page).append('\n');
    }
    common.result(fields, text.toString());
    return ExitCode.DONE.code();
  }

  private static Config config(Path path) {
    return Config.defaults().with(ConfigSchema.OUT, Optional.of(path), NAME);
  }

  private Path page(RunsReport report, Path path) {
    StudyFolder place = StudyFolder.create(config(path), NAME, ReportPage.FILE);
    Map<String, RunHistory> histories = new LinkedHashMap<>();
    for (RunSummary run : report.runs()) {
      if (run.problem() == null && run.best().step() >= 0) {
        histories.put(report.name(run), RunHistory.read(run.path()));
      }
    }
    List<ReportPage.Section> sections = new ArrayList<>();
    sections.add(new ReportPage.Section.Rows(report.table()));
    if (!histories.isEmpty()) {
      sections.addAll(new CurvesReport(histories).page().sections());
    }
    return new ReportPage(
            "Runs of " + folder,
            new Verdict(Verdict.Outcome.MEASURED, report.runs().size() + " runs"),
            sections,
            Map.of(),
            List.of(),
            Map.of())
        .from(Main.commandLine(spec), Map.of())
        .write(place.path(), common::log);
  }
}
