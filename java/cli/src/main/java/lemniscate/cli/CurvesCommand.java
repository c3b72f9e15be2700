package lemniscate.cli;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import lemniscate.cli.report.ReportPage;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.train.RunHistory;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lemniscate curves}: runs over their epochs. */
@Command(
    name = CurvesCommand.NAME,
    sortOptions = false,
    abbreviateSynopsis = true,
    description =
        "Draws what runs measured over their epochs: accuracy, loss, and every number of"
            + " metrics.angleTo, metrics.feedback and metrics.reach. Says how slowly each accuracy saturates.",
    footerHeading = "%nExample:%n",
    footer = "  lemniscate curves runs/fixed runs/mirrored --out runs/curves")
final class CurvesCommand implements Callable<Integer> {

  static final String NAME = "curves";

  @Mixin private final CommonOptions common;
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "RUN", arity = "1..*", description = "Folders of runs.")
  private List<Path> runs = List.of();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Folder that the figures go to [runs/<generated>].")
  private @Nullable Path out;

  CurvesCommand(Streams streams) {
    this.common = new CommonOptions(streams);
  }

  @Override
  public Integer call() {
    CurvesReport report = new CurvesReport(histories());
    Config config = Config.defaults().with(ConfigSchema.OUT, Optional.ofNullable(out), NAME);
    StudyFolder folder = StudyFolder.create(config, NAME, ReportPage.FILE);
    Path page =
        report.page().from(Main.commandLine(spec), Map.of()).write(folder.path(), common::log);
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("runs", report.fields());
    fields.put("differences", report.differences());
    fields.put("report", page.toString());
    common.result(
        fields, TextTable.of(report.table()) + System.lineSeparator() + "report " + page + "\n");
    return ExitCode.DONE.code();
  }

  private Map<String, RunHistory> histories() {
    Map<String, RunHistory> histories = new LinkedHashMap<>();
    List<String> names = names();
    for (int i = 0; i < runs.size(); i++) {
      histories.put(names.get(i), RunHistory.read(runs.get(i)));
    }
    return histories;
  }

  /** What a run is called in legends: the name of its folder. */
  static String nameOf(Path run) {
    Path name = run.toAbsolutePath().normalize().getFileName();
    return name == null ? run.toString() : name.toString();
  }

  // Names of folders, or whole paths where those are not enough.
  private List<String> names() {
    List<String> names = runs.stream().map(CurvesCommand::nameOf).toList();
    if (new HashSet<>(names).size() < names.size()) {
      names = runs.stream().map(Path::toString).toList();
    }
    if (new HashSet<>(names).size() < names.size()) {
      throw new BadInputException("runs " + runs + ": one is named twice; name it once.");
    }
    return names;
  }
}
