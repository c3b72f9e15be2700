package lemniscate.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import lemniscate.sweep.Shard;
import lemniscate.sweep.SweepProgress;
import lemniscate.sweep.SweepSpec;
import lemniscate.sweep.TrialRow;
import lemniscate.sweep.TrialStore;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

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
      "  lemniscate sweep lr.yaml --merge part1 part2 part3 --out sweeps/lr"
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

  SweepCommand(Streams streams) {
    this.common = new CommonOptions(streams);
  }

  @Override
  public Integer call() {
    options.check();
    SweepSpec spec;
    try (Activity _ = Activity.of(common, "reading the sweep")) {
      spec = SweepSpec.read(file);
    }
    options.check(spec, common);
    Path path = out == null ? defaultOut(options.part()) : out;
    String shard = options.shard();
    String goOn =
        "lemniscate sweep %s --out %s --resume%s"
            .formatted(file, path, shard == null ? "" : " --shard " + shard);
    try (TrialStore store = options.open(path, spec, common)) {
      return options
          .run(spec, store, common, goOn)
          .map(progress -> report(progress, store))
          .orElse(ExitCode.INTERRUPTED.code());
    }
  }

  private Path defaultOut(Shard part) {
    String name = String.valueOf(file.getFileName()).replaceFirst("\\.ya?ml$", "");
    return Path.of(
        "sweeps",
        part.equals(Shard.ALL) ? name : name + "-shard-" + part.number() + "-of-" + part.count());
  }

  private int report(SweepProgress progress, TrialStore store) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("trials", progress.trials());
    fields.put("finished", progress.finished());
    fields.put("failed", progress.failed());
    fields.put("timeout", progress.timeout());
    fields.put("diverged", progress.diverged());
    fields.put("best", progress.best().map(SweepCommand::best).orElse(null));
    fields.put("store", store.path().toString());
    TextTable table =
        new TextTable()
            .row("trials", progress.trials())
            .row("finished", progress.finished())
            .row("failed", progress.failed())
            .row("timed out", progress.timeout())
            .row("diverged", progress.diverged());
    progress
        .best()
        .ifPresent(
            row ->
                table
                    .row("best", "trial " + row.index() + " " + row.values())
                    .row("  test loss", RunReport.number(row.metrics().testLoss()))
                    .row("  test accuracy", RunReport.percent(row.metrics().testAccuracy())));
    common.result(fields, table.row("store", store.path()).toString());
    SweepOptions.warnOfFailures(progress, common);
    return (progress.failed() > 0 ? ExitCode.FAILURE : ExitCode.DONE).code();
  }

  private static Map<String, Object> best(TrialRow row) {
    Map<String, Object> best = new LinkedHashMap<>();
    best.put("id", row.id());
    best.put("index", row.index());
    best.put("values", row.values());
    best.put("trainLoss", row.metrics().trainLoss());
    best.put("testLoss", row.metrics().testLoss());
    best.put("testAccuracy", row.metrics().testAccuracy());
    return best;
  }
}
