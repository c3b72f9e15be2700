package lemniscate.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import lemniscate.cli.report.ReportPage;
import lemniscate.config.Aspect;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.config.Spelling;
import lemniscate.study.OnlineLearningStudy;
import lemniscate.study.OnlineLearningStudy.Course;
import lemniscate.study.OnlineLearningStudy.Learning;
import lemniscate.study.OnlineLearningStudy.Network;
import lemniscate.text.Shown;
import lemniscate.theory.ForwardRule;
import lemniscate.train.Provenance;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lemniscate theory pepita-ode}: online learning by its order parameters. */
@Command(
    name = PepitaOdeCommand.NAME,
    sortOptions = false,
    abbreviateSynopsis = true,
    description =
        "Lets students learn online from a teacher by PEPITA and by its first order (AFA), solves"
            + " the equations of their order parameters from the same start, and says how far the"
            + " two are apart. Writes a page with a figure, and all numbers as CSV.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lemniscate theory pepita-ode --check",
      "  lemniscate theory pepita-ode --rules afa --f-scale 1 --alignment 0.5",
      "  lemniscate theory pepita-ode --student 4 --noise 0.1 --lr 0.3"
    })
final class PepitaOdeCommand implements Callable<Integer> {

  static final String NAME = "pepita-ode";

  private static final String CURVES = "curves.csv";
  private static final String OVERLAPS = "overlaps.csv";
  private static final double RATE = 0.5;

  @Mixin private final CommonOptions common;
  @Spec private CommandSpec spec;

  @Option(
      names = "--rules",
      split = ",",
      paramLabel = "RULE",
      defaultValue = "afa,pepita",
      description = "Rules out of afa, pepita [${DEFAULT-VALUE}].")
  private List<String> rules = List.of();

  @Option(
      names = "--student",
      paramLabel = "K",
      defaultValue = "2",
      description = "Hidden units of the student [${DEFAULT-VALUE}].")
  private int student;

  @Option(
      names = "--teacher",
      paramLabel = "M",
      defaultValue = "2",
      description = "Hidden units of the teacher [${DEFAULT-VALUE}].")
  private int teacher;

  @Option(
      names = "--inputs",
      paramLabel = "D",
      defaultValue = "500",
      description = "Inputs of the simulation [${DEFAULT-VALUE}].")
  private int inputs;

  @Option(
      names = "--output-lr",
      paramLabel = "X",
      description = "Learning rate of the second layer [that of the first].")
  private @Nullable Double outputRate;

  @Option(
      names = "--f-scale",
      paramLabel = "X",
      defaultValue = "0.3",
      description =
          "Standard deviation of the entries of F, times the root of D [${DEFAULT-VALUE}].")
  private double feedbackScale;

  @Option(
      names = "--alignment",
      paramLabel = "X",
      defaultValue = "1.5",
      description =
          "How much of F is in every unit of the student at the start [${DEFAULT-VALUE}].")
  private double alignment;

  @Option(
      names = "--noise",
      paramLabel = "X",
      defaultValue = "0",
      description = "Variance of the noise on the teacher's answers [${DEFAULT-VALUE}].")
  private double noise;

  @Option(
      names = "--end",
      paramLabel = "T",
      defaultValue = "60",
      description = "Last time, in steps over D [${DEFAULT-VALUE}].")
  private double end;

  @Option(
      names = "--points",
      paramLabel = "N",
      defaultValue = "30",
      description = "Times at which simulation and equations are compared [${DEFAULT-VALUE}].")
  private int points;

  @Option(
      names = "--copies",
      paramLabel = "N",
      defaultValue = "4",
      description = "Students whose errors are averaged [${DEFAULT-VALUE}].")
  private int copies;

  @Option(
      names = "--tolerance",
      paramLabel = "X",
      defaultValue = "0.05",
      description = "Largest relative difference that passes [${DEFAULT-VALUE}].")
  private double tolerance;

  @Option(
      names = "--check",
      description = "Exit with 4 if simulation and equations are farther apart than that.")
  private boolean check;

  PepitaOdeCommand(Streams streams) {
    this.common = new CommonOptions(streams);
  }

  /** The keys that have a meaning for this command. */
  static final CommandKeys KEYS =
      CommandKeys.of(Aspect.SEED).with(ConfigSchema.OPTIM_LR, ConfigSchema.OUT);

  @Override
  public Integer call() {
    // Both the equations and the simulation are in double precision.
    Config config =
        ConfigOptions.read(spec.commandLine().getParseResult())
            .with(ConfigSchema.PRECISION, "fp64", NAME);
    double rate = config.get(ConfigSchema.OPTIM_LR).orElse(RATE);
    OnlineLearningStudy study =
        new OnlineLearningStudy(
            rules(),
            new Network(student, teacher, inputs, feedbackScale, alignment),
            new Learning(rate, outputRate == null ? rate : outputRate, noise),
            new Course(end, points, copies, tolerance),
            config.get(ConfigSchema.SEED));
    StudyFolder folder = StudyFolder.create(config, NAME, ReportPage.FILE);
    OnlineLearningStudy.Result result;
    try (Activity activity = Activity.of(common, "simulating")) {
      result = study.run(done -> activity.update(done, study.size()));
    }
    List<Path> files =
        List.of(
            folder.write(CURVES, result.curvesCsv()), folder.write(OVERLAPS, result.overlapsCsv()));
    PepitaOdeReport report = new PepitaOdeReport(study, result);
    Path page =
        report
            .page()
            .withFile(CURVES, "generalisation errors of simulation and equations over time")
            .withFile(
                OVERLAPS, "Q, A and v of every student over time, beside those of the equations")
            .from(Main.commandLine(spec), Provenance.program(config))
            .write(folder.path(), common::log);
    common.result(report.fields(page), report.text(files, page));
    return (check && !result.pass() ? ExitCode.VERDICT_FAILED : ExitCode.DONE).code();
  }

  private List<ForwardRule> rules() {
    List<ForwardRule> found = new ArrayList<>();
    List<String> known = Stream.of(ForwardRule.values()).map(ForwardRule::word).toList();
    for (String rule : rules) {
      int at = known.indexOf(rule);
      if (at < 0) {
        throw new BadInputException(
            "--rules names %s; expected rules out of %s, the nearest is %s. Correct it."
                .formatted(
                    Shown.quoted(rule),
                    String.join(", ", known),
                    Shown.quoted(Spelling.nearest(rule, known))));
      }
      found.add(ForwardRule.values()[at]);
    }
    return found;
  }
}
