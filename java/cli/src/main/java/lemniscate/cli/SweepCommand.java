package lemniscate.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import lemniscate.config.BadInputException;
import lemniscate.sweep.Shard;
import lemniscate.sweep.SweepProgress;
import lemniscate.sweep.SweepSpec;
import lemniscate.sweep.SweepTally;
import lemniscate.sweep.TrialRow;
import lemniscate.sweep.TrialStore;
import lemniscate.sweep.slurm.SlurmCommands;
import lemniscate.sweep.slurm.SlurmLauncher;
import lemniscate.sweep.slurm.SlurmOutcome;
import lemniscate.text.ShellWords;
import lemniscate.train.StopSignal;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lemniscate sweep}: many trainings of one file, kept in a store. */
@Command(
    name = "sweep",
    sortOptions = false,
    abbreviateSynopsis = true,
    description =
        "Trains all trials that a YAML file lists: grids, random search, seeds. Every finished"
            + " trial is on the disk at once; --resume goes on after a kill at any moment.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lemniscate sweep lr.yaml",
      "  lemniscate sweep lr.yaml --out sweeps/lr --resume",
      "  lemniscate sweep lr.yaml --shard 2/3 --out part2",
      "  lemniscate sweep lr.yaml --merge part1 part2 part3 --out sweeps/lr",
      "  lemniscate sweep lr.yaml --launcher slurm --slurm.option time=60",
      "  lemniscate sweep sweeps/lr --report"
    })
final class SweepCommand implements Callable<Integer> {

  @Mixin private final CommonOptions common;

  @Parameters(paramLabel = "FILE.yaml", description = "What to train; docs/sweeps.md describes it.")
  private Path file = Path.of("");

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Folder of the store [sweeps/NAME, with -shard-i-of-n for a shard].")
  private @Nullable Path out;

  @Mixin private final SweepOptions options = new SweepOptions();

  @Option(
      names = "--report",
      description =
          "Run nothing; write the page of the store as it is, also while others run the sweep."
              + " FILE may be the store's folder.")
  private boolean reportOnly;

  @Spec private CommandSpec command;

  @Option(
      names = "--launcher",
      paramLabel = "local|slurm",
      description = "Who runs the trials: this process, or the jobs of a Slurm cluster [local].")
  private String launcher = SlurmJobArguments.LOCAL;

  @ArgGroup(validate = false, heading = "%nWith --launcher slurm:%n")
  private SlurmArguments slurm = new SlurmArguments();

  SweepCommand(Streams streams) {
    this.common = new CommonOptions(streams);
  }

  @Override
  public Integer call() {
    options.check();
    boolean onSlurm = checkLauncher();
    if (reportOnly) {
      return reportOnly();
    }
    SweepSpec spec = read(file);
    options.check(spec, common);
    Path path = out == null ? defaultOut(options.part()) : out;
    if (!onSlurm) {
      options.requireRoom(spec);
      if (!options.merges()) {
        SlurmLauncher.requireNone(path);
      }
    }
    String shard = options.shard();
    String goOn =
        "lemniscate sweep %s --out %s --resume%s"
            .formatted(
                ShellWords.path(file),
                ShellWords.path(path),
                shard == null ? "" : " --shard " + shard);
    try (TrialStore store = options.open(path, spec, common)) {
      if (onSlurm) {
        return runOnSlurm(spec, store);
      }
      return options
          .run(spec, store, common, goOn)
          .map(progress -> report(progress, spec, store.rows(), path))
          .orElse(ExitCode.INTERRUPTED.code());
    }
  }

  private SweepSpec read(Path from) {
    try (Activity _ = Activity.of(common, "reading the sweep")) {
      return SweepSpec.read(from);
    }
  }

  private int reportOnly() {
    if (options.resume() || options.merges() || launcher.equals(SlurmJobArguments.SLURM)) {
      throw new BadInputException(
          "--report runs nothing; expected without --resume, --merge and --launcher slurm. Leave"
              + " them out.");
    }
    boolean folder = Files.isDirectory(file);
    Path path = out != null ? out : folder ? file : defaultOut(options.part());
    List<TrialRow> rows = SlurmLauncher.rows(path);
    SweepSpec spec = read(folder ? file.resolve(TrialStore.SPEC) : file);
    TrialStore.requireOf(path, rows, spec);
    return report(SweepTally.of(spec, rows).progress(0, false), spec, rows, path);
  }

  /** Whether the trials are run by Slurm; refuses options that do not go with the launcher. */
  private boolean checkLauncher() {
    if (!slurm.isLauncher(launcher)) {
      return false;
    }
    if (options.shard() != null || options.merges()) {
      throw new BadInputException(
          "--launcher slurm makes and merges its own shards; expected without --shard and --merge."
              + " Leave them out.");
    }
    slurm.settings(options.givenWorkers()); // refuses bad ones
    new SlurmCommands(System.getenv()).require();
    return true;
  }

  private int runOnSlurm(SweepSpec spec, TrialStore store) {
    common.log("store: " + store.path());
    StopSignal stop = Interruption.signal(common);
    SlurmLauncher slurmLauncher =
        new SlurmLauncher(
            spec,
            store,
            slurm.settings(options.givenWorkers()),
            new SlurmCommands(System.getenv()),
            OwnProgram.program());
    SweepProgress before = SweepTally.of(spec, store.rows()).progress(0, false);
    SlurmOutcome outcome;
    try (SweepProgressDisplay display =
        SweepProgressDisplay.of(common, before, options.retryFailed())) {
      outcome = slurmLauncher.run(options.retryFailed(), display, stop);
    } catch (BadInputException e) {
      store.withdraw();
      throw e;
    }
    SweepProgress progress = outcome.progress();
    if (outcome.end() == SlurmOutcome.End.COLLECTED) {
      int code = report(progress, spec, store.rows(), store.path());
      if (progress.finished() == progress.trials()) {
        return code;
      }
      for (SlurmOutcome.Lost lost : outcome.lost()) {
        common.log(
            "warning: task %d was given up (%s) with %d trials missing; log: %s"
                .formatted(lost.task(), lost.state(), lost.missing(), lost.log()));
      }
      common.log("warning: trials are missing; --resume submits them again.");
      return ExitCode.FAILURE.code();
    }
    boolean interrupted = outcome.end() == SlurmOutcome.End.INTERRUPTED;
    String jobs = String.join(" ", outcome.jobs());
    common
        .streams()
        .err()
        .printf(
            "%s with %d of %d trials finished.%s Go on and collect with: lemniscate sweep %s --out"
                + " %s --launcher slurm --resume%n",
            interrupted ? "interrupted" : "left",
            progress.finished(),
            progress.trials(),
            jobs.isEmpty()
                ? ""
                : " The jobs stay with Slurm; cancel them with: scancel " + jobs + ".",
            ShellWords.path(file),
            ShellWords.path(store.path()));
    if (interrupted) {
      return ExitCode.INTERRUPTED.code();
    }
    return report(progress, spec, SlurmLauncher.rows(store.path()), store.path());
  }

  private Path defaultOut(Shard part) {
    String name = String.valueOf(file.getFileName()).replaceFirst("\\.ya?ml$", "");
    return Path.of(
        "sweeps",
        part.equals(Shard.ALL) ? name : name + "-shard-" + part.number() + "-of-" + part.count());
  }

  private int report(SweepProgress progress, SweepSpec spec, List<TrialRow> rows, Path path) {
    SweepFindings findings = new SweepFindings(spec, options.part().of(spec), rows, progress);
    SweepSummary summary = new SweepSummary(findings);
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("trials", progress.trials());
    fields.put("finished", progress.finished());
    fields.put("failed", progress.failed());
    fields.put("timeout", progress.timeout());
    fields.put("diverged", progress.diverged());
    if (spec.asha().isPresent()) {
      fields.put("rungs", summary.rungFields());
    }
    fields.put("best", summary.bestFields());
    fields.put("store", path.toString());
    TextTable table =
        new TextTable()
            .row(spec.asha().isPresent() ? "trainings" : "trials", progress.trials())
            .row("finished", progress.finished())
            .row("failed", progress.failed())
            .row("timed out", progress.timeout())
            .row("diverged", progress.diverged());
    summary.describe(table);
    StudyFolder folder = new StudyFolder(path);
    folder.write(SweepReport.GROUPS, summary.csv());
    Path page =
        new SweepReport(findings)
            .page()
            .from(Main.commandLine(command), summary.provenance())
            .write(path, common::log);
    fields.put("report", page.toString());
    table.row("store", path).row("report", page);
    common.result(fields, table.toString());
    SweepOptions.warnOfFailures(progress, common);
    return (progress.failed() > 0 ? ExitCode.FAILURE : ExitCode.DONE).code();
  }
}
