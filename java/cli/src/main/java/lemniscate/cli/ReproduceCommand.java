package lemniscate.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import lemniscate.backend.Backend;
import lemniscate.claim.Claim;
import lemniscate.claim.ClaimPreset;
import lemniscate.claim.ClaimResult;
import lemniscate.claim.Claims;
import lemniscate.claim.Laboratory;
import lemniscate.claim.Reproduction;
import lemniscate.config.Aspect;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;
import lemniscate.sweep.slurm.SlurmCommands;
import lemniscate.text.ShellWords;
import lemniscate.train.Experiment;
import lemniscate.train.Provenance;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lemniscate reproduce}: every claim, measured and judged. */
@Command(
    name = ReproduceCommand.NAME,
    sortOptions = false,
    abbreviateSynopsis = true,
    description =
        "Measures claims of the papers and of this project's theory, each beside what is expected,"
            + " with an interval over seeds and a verdict. Writes a page with a card for each"
            + " claim. `reproduce rules-table` writes the table of rules alone.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lemniscate reproduce --list",
      "  lemniscate reproduce all --out claims",
      "  lemniscate reproduce pc-transfer sp-drifts --preset hours",
      "  lemniscate reproduce all --out claims --resume",
      "  lemniscate reproduce all --preset full --out claims --launcher slurm --slurm.option time=600",
      "  lemniscate reproduce rules-table"
    })
final class ReproduceCommand implements Callable<Integer> {

  static final String NAME = "reproduce";

  static final String RESULTS = "claims";
  private static final String MEASURED = "measured";
  private static final String TABLE = "claims.md";

  @Mixin private final CommonOptions common;
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "CLAIM",
      arity = "0..*",
      description = "all, or some of those that --list names.")
  private List<String> names = List.of();

  @Option(
      names = "--preset",
      paramLabel = "NAME",
      defaultValue = "minutes",
      description = "How much work: minutes, hours or full [${DEFAULT-VALUE}].")
  private String preset = "";

  @Option(names = "--list", description = "List the claims and measure none.")
  private boolean list;

  @Option(
      names = "--resume",
      description = "With --out: go on with that folder, and measure only what is missing there.")
  private boolean resume;

  @Option(
      names = "--workers",
      paramLabel = "K",
      description = "Trials that run side by side [one for each processor].")
  private @Nullable Integer workers;

  @Option(
      names = "--launcher",
      paramLabel = "local|slurm",
      defaultValue = SlurmJobArguments.LOCAL,
      description =
          "Who measures: this process, or jobs of a Slurm cluster, which are submitted and not"
              + " waited for [${DEFAULT-VALUE}].")
  private String launcher = "";

  @ArgGroup(validate = false, heading = "%nWith --launcher slurm:%n")
  private SlurmJobArguments slurm = new SlurmJobArguments();

  @Option(names = "--check", description = "Exit with 4 unless every claim passes.")
  private boolean check;

  ReproduceCommand(Streams streams) {
    this.common = new CommonOptions(streams);
  }

  /** The keys that have a meaning for this command: claims decide all others. */
  static final CommandKeys KEYS =
      CommandKeys.of(Aspect.DEVICE, Aspect.MACHINE)
          .without(ConfigSchema.PRECISION, ConfigSchema.THREADS)
          .with(ConfigSchema.OUT);

  @Override
  public Integer call() {
    List<Claim> claims = Claims.named(names);
    ClaimPreset chosen = ClaimPreset.named(preset, "--preset");
    if (list) {
      show(claims);
      return ExitCode.DONE.code();
    }
    boolean onSlurm = checkLauncher();
    Config config =
        requireKnown(ConfigOptions.read(spec.commandLine().getParseResult(), KEYS.negate()));
    int sideBySide = SweepOptions.sideBySide(workers);
    StudyFolder folder = folder(config);
    Laboratory laboratory =
        new Laboratory(config, folder.within(MEASURED), sideBySide, Interruption.signal(common));
    Path results = folder.within(RESULTS);
    Reproduction reproduction = new Reproduction(claims, chosen);
    ReproduceJobs jobs = new ReproduceJobs(reproduction, laboratory, folder.path(), results);
    jobs.gather();
    if (onSlurm && !jobs.missing().isEmpty()) {
      return submit(jobs, config, chosen);
    }
    jobs.requireNone();
    Map<String, Object> provenance;
    try (Backend backend = Experiment.openBackend(config, common::log)) {
      provenance = Provenance.of(config, backend, Main.commandLine(spec));
    }
    Optional<List<ClaimResult>> measured =
        reproduction.run(laboratory, results, progress(claims.size()));
    if (measured.isEmpty()) {
      return Resumption.interrupted(common, folder);
    }
    ReproduceReport report = new ReproduceReport(claims, chosen, measured.get());
    folder.write(TABLE, report.markdown());
    Path page =
        report
            .page()
            .withFile(TABLE, "the claims as a Markdown table")
            .from(Main.commandLine(spec), provenance)
            .write(folder.path(), common::log);
    common.result(report.fields(page), report.text(page));
    boolean good = report.judgement().isGood();
    return (check && !good ? ExitCode.VERDICT_FAILED : ExitCode.DONE).code();
  }

  // A file may hold keys of other commands.
  private static Config requireKnown(Config config) {
    for (ConfigKey<?> key : ConfigSchema.KEYS) {
      if (config.isSet(key) && !KEYS.test(key)) {
        throw new BadInputException(
            "%s: %s has no meaning for %s, whose claims decide it; leave it out."
                .formatted(config.source(key), key, NAME));
      }
    }
    return config;
  }

  /** Whether Slurm measures; refuses options that do not go with the launcher. */
  private boolean checkLauncher() {
    if (!slurm.isLauncher(launcher)) {
      return false;
    }
    if (check) {
      throw new BadInputException(
          "--check is given with --launcher slurm, which submits jobs and judges nothing; give it"
              + " with --resume, once they are done.");
    }
    slurm.options(); // refuses bad ones
    slurm.atATime();
    new SlurmCommands(System.getenv()).require();
    return true;
  }

  private int submit(ReproduceJobs jobs, Config config, ClaimPreset chosen) {
    List<String> ids = jobs.missing().stream().map(claim -> claim.card().id()).toList();
    String job =
        jobs.submit(
            config, workers, slurm.options(), slurm.atATime(), new SlurmCommands(System.getenv()));
    String words = names.isEmpty() ? "all" : String.join(" ", names);
    String show =
        "lemniscate reproduce %s --preset %s --out %s --resume"
            .formatted(words, chosen.word(), ShellWords.path(jobs.folder()));
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("preset", chosen.word());
    fields.put("job", job);
    fields.put("submitted", ids);
    fields.put("out", jobs.folder().toString());
    common.result(
        fields,
        "submitted job %s: %s\nOnce they are done: %s\n"
            .formatted(job, String.join(", ", ids), show));
    return ExitCode.DONE.code();
  }

  private StudyFolder folder(Config config) {
    if (resume) {
      if (!config.isSet(ConfigSchema.OUT)) {
        throw new BadInputException(
            "--resume is given without --out; name the folder of the claims to go on with.");
      }
      return StudyFolder.reopen(config, NAME);
    }
    Path path = StudyFolder.path(config, NAME);
    if (Files.exists(path.resolve(RESULTS))) {
      throw new BadInputException(
          "out is %s, which already holds %s; go on with it by --resume, or name another folder."
              .formatted(path, RESULTS));
    }
    StudyFolder.requireEmptyUnless(path, false);
    return StudyFolder.reopen(config.with(ConfigSchema.OUT, Optional.of(path), NAME), NAME);
  }

  private Reproduction.Progress progress(int total) {
    return new Reproduction.Progress() {
      private int done;

      @Override
      public void begins(Claim claim) {
        common.log("%d/%d %s: measuring".formatted(done + 1, total, claim.card().id()));
      }

      @Override
      public void done(ClaimResult result, boolean known) {
        done++;
        common.log(
            "%d/%d %s: %s%s"
                .formatted(
                    done,
                    total,
                    result.claim(),
                    result.judgement().text(),
                    known ? ", measured before" : ", %.0f s".formatted(result.seconds())));
      }
    };
  }

  private void show(List<Claim> claims) {
    List<Map<String, Object>> all = new ArrayList<>();
    TextTable table = new TextTable();
    for (Claim claim : claims) {
      all.add(ReproduceReport.card(claim.card()));
      table.row(claim.card().id(), claim.card().sentence());
    }
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("claims", all);
    common.result(fields, table.toString());
  }
}
