package lemniscate.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import lemniscate.backend.Activation;
import lemniscate.config.Aspect;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;
import lemniscate.mup.Parameterization;
import lemniscate.optim.Optimizer;
import lemniscate.rule.bp.BackPropagation;
import lemniscate.rule.pc.Inference;
import lemniscate.rule.pc.PcFamily;
import lemniscate.study.CoordinateStudy;
import lemniscate.study.LinearStudy;
import lemniscate.study.LinearTables;
import lemniscate.train.Architecture;
import lemniscate.train.Experiment;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lemniscate linear}: predictive coding beside backpropagation and Gauss-Newton. */
@Command(
    name = LinearCommand.NAME,
    sortOptions = false,
    abbreviateSynopsis = true,
    description =
        "Compares the weight gradients of predictive coding at equilibrium, backpropagation and"
            + " Gauss-Newton targets in deep linear (or tanh) networks of growing width, fits by"
            + " which power of the width their directions approach each other, and compares with"
            + " the theory. Writes a page with figures, and all numbers as CSV.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lemniscate linear --check",
      "  lemniscate linear --steps 0,30 --schemes mup",
      "  lemniscate linear --activation tanh --seeds 2"
    })
final class LinearCommand implements Callable<Integer> {

  static final String NAME = "linear";

  private static final String SLOPES = "slopes.csv";
  private static final String DIRECTIONS = "directions.csv";
  private static final String EQUILIBRIA = "equilibria.csv";

  /** Defaults that differ from those of training; docs/studies/linear.md says why. */
  private static final Map<String, String> DEFAULTS =
      Map.of(
          "precision", "fp64",
          "param.form", "literal",
          "net.activation", "linear",
          "train.batch", "32",
          "pc.scheme", "equilibrium",
          "pc.rate", "0.2",
          "pc.maxSteps", "20000");

  private static final String TOLERANCE = "1e-11";

  /** Where there is no closed form to meet, and every network is relaxed. */
  private static final String NONLINEAR_TOLERANCE = "1e-9";

  /** Keys that must keep the value they have here, with what to do instead. */
  private static final Map<String, String> FIXED =
      Map.of(
          "precision", "the angles between the rules are too small for less",
          "loss", "the closed form is that of the squared loss",
          "optim.schedule", "the training is a few steps at one rate",
          "pc.scheme", "the rules are compared at rest",
          "pc.convention", "the Jacobians are those of convention b",
          "pc.gammaExponent", "list exponents by --gamma-exponents",
          "param.scheme", "list schemes by --schemes");

  @Mixin private final CommonOptions common;
  @Mixin private final Resumption resumption = new Resumption();
  @Spec private CommandSpec spec;

  @Option(
      names = "--widths",
      split = ",",
      paramLabel = "M",
      defaultValue = "128,256,512,1024",
      description = "Widths, increasing, at least three [${DEFAULT-VALUE}].")
  private List<Integer> widths = List.of();

  @Option(
      names = {"--schemes", "--scheme"},
      split = ",",
      paramLabel = "SCHEME",
      defaultValue = "sp,mup",
      description = "Schemes out of sp, ntk, mup [${DEFAULT-VALUE}].")
  private List<String> schemes = List.of();

  @Option(
      names = "--gamma-exponents",
      split = ",",
      paramLabel = "G",
      defaultValue = "0,-0.5,-1",
      description =
          "Exponents g of the output's precision, pc.gammaLast divided by width to the g"
              + " [${DEFAULT-VALUE}].")
  private List<Double> gammaExponents = List.of();

  @Option(
      names = "--steps",
      split = ",",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Training steps (of backpropagation) after which to compare, increasing"
              + " [${DEFAULT-VALUE}].")
  private List<Integer> steps = List.of();

  @Option(
      names = "--seeds",
      paramLabel = "N",
      description =
          "Networks of each width and scheme; --seed is the first [4; while the verdict is"
              + " inconclusive twice as many, up to 16].")
  private @Nullable Integer seeds;

  @Option(
      names = "--relaxed-up-to",
      paramLabel = "M",
      defaultValue = "256",
      description =
          "Largest width at which linear networks of the first seed are relaxed, too, and held"
              + " against the closed form; 0 for none [${DEFAULT-VALUE}].")
  private int relaxedUpTo;

  @Option(
      names = "--check",
      description = "Exit with 4 if a slope misses its exponent or a relaxation the closed form.")
  private boolean check;

  LinearCommand(Streams streams) {
    this.common = new CommonOptions(streams);
  }

  /** The keys that have a meaning for this command. */
  static final CommandKeys KEYS =
      CommandKeys.of(
              Aspect.PARAMETERISATION,
              Aspect.NETWORK,
              Aspect.OPTIMISER,
              Aspect.DEVICE,
              Aspect.MACHINE,
              Aspect.SEED)
          .without(
              ConfigSchema.PARAM_SCHEME,
              ConfigSchema.PARAM_DISTRIBUTION,
              ConfigSchema.PARAM_DEPTH_EXPONENT,
              ConfigSchema.NET_PRESET,
              ConfigSchema.NET_LAYERS,
              ConfigSchema.NET_WIDTH,
              ConfigSchema.NET_NORM,
              ConfigSchema.OPTIM_WEIGHT_DECAY,
              ConfigSchema.OPTIM_DECAY,
              ConfigSchema.PRECISION)
          .with(
              ConfigSchema.TRAIN_BATCH,
              ConfigSchema.OUT,
              PcFamily.RATE,
              PcFamily.GAMMA,
              PcFamily.GAMMA_LAST,
              PcFamily.TOLERANCE,
              PcFamily.MAX_STEPS);

  @Override
  public Integer call() {
    Config config = config();
    resumption.check(config);
    LinearStudy study = study(config);
    if (check && !study.judges()) {
      throw new BadInputException(
          "--check is given, but none of these slopes has a known exponent; add scheme mup and step"
              + " 0, or leave --check out.");
    }
    if (study.cases().size() < study.parameterizations().size() * gammaExponents.size()) {
      common.log(
          "left out: exponents below 0 under sp and ntk, below -1 under mup, where no relaxation of"
              + " a tanh network is stable at a constant rate");
    }
    WidthStudyRun<SlopeOptions.Settled<LinearStudy, LinearStudy.Result>> run =
        WidthStudyRun.of(
            spec,
            common,
            resumption,
            config,
            WidthStudyRun.Plan.overWidths(SLOPES, id(config), study.size(), widths.size()),
            _ -> {},
            (backend, store, progress, stop) ->
                SlopeOptions.settle(
                    seeds,
                    study::withSeeds,
                    one -> one.run(backend, store, progress, stop),
                    LinearStudy.Result::judgement,
                    common::log));
    StudyFolder folder = run.folder();
    if (run.result().isEmpty()) {
      return Resumption.interrupted(common, folder);
    }
    LinearStudy.Result result = run.result().orElseThrow().result();
    LinearTables tables = new LinearTables(result);
    List<Path> files =
        List.of(
            folder.write(SLOPES, tables.slopes()),
            folder.write(DIRECTIONS, tables.directions()),
            folder.write(EQUILIBRIA, tables.equilibria()));
    LinearReport report = new LinearReport(run.result().orElseThrow().study(), result);
    Path page =
        report
            .page()
            .withFile(SLOPES, "every slope with its interval and exponent")
            .withFile(DIRECTIONS, "1 - cos of every network, of all layers and of each")
            .withFile(EQUILIBRIA, "preconditioner, energy and relaxation of every network")
            .from(Main.commandLine(spec), run.provenance())
            .write(folder.path(), common::log);
    common.result(report.fields(page), report.text(files, page));
    return (check && !result.judgement().isGood() ? ExitCode.VERDICT_FAILED : ExitCode.DONE).code();
  }

  private Config config() {
    Config config =
        ConfigOptions.read(spec.commandLine().getParseResult(), LinearCommand::isExplained);
    for (Map.Entry<String, String> fixed : FIXED.entrySet()) {
      ConfigKey<?> key = ConfigSchema.key(fixed.getKey(), NAME);
      String value = DEFAULTS.getOrDefault(key.name(), key.defaultText());
      if (config.isSet(key) && !String.valueOf(config.get(key)).equals(value)) {
        throw new BadInputException(
            "%s: %s is %s; expected %s, for %s. Leave it out."
                .formatted(config.source(key), key, config.get(key), value, fixed.getValue()));
      }
    }
    for (Map.Entry<String, String> own : DEFAULTS.entrySet()) {
      if (!config.isSet(ConfigSchema.key(own.getKey(), NAME))) {
        config = config.with(own.getKey(), own.getValue(), NAME);
      }
    }
    if (!config.isSet(PcFamily.TOLERANCE)) {
      boolean linear = Experiment.activation(config) == Activation.LINEAR;
      config =
          config.with(PcFamily.TOLERANCE.name(), linear ? TOLERANCE : NONLINEAR_TOLERANCE, NAME);
    }
    Architecture.requirePerceptron(config, NAME);
    return config.checked();
  }

  private static boolean isExplained(ConfigKey<?> key) {
    return FIXED.containsKey(key.name())
        || key == ConfigSchema.NET_PRESET
        || key == ConfigSchema.NET_LAYERS;
  }

  // What measurements must have in common, besides what names their network.
  private String id(Config config) {
    return "%s steps %s gamma exponents %s relaxed up to %d"
        .formatted(config.hash(), steps, gammaExponents, relaxedUpTo);
  }

  private LinearStudy study(Config config) {
    Optimizer optimizer = Experiment.optimizer(config);
    BackPropagation rule = new BackPropagation();
    List<Parameterization> parameterizations = new ArrayList<>();
    for (String scheme : schemes) {
      parameterizations.add(
          Experiment.parameterization(
              config.with("param.scheme", scheme, "--schemes"), rule, optimizer));
    }
    return new LinearStudy(
        widths,
        parameterizations,
        gammaExponents,
        steps,
        SlopeOptions.first(seeds),
        CoordinateStudy.Networks.perceptron(
            config.get(ConfigSchema.NET_DEPTH),
            Experiment.activation(config),
            config.get(ConfigSchema.NET_BIAS),
            config.get(ConfigSchema.TRAIN_BATCH)),
        new LinearStudy.Rules(
            config.get(PcFamily.GAMMA),
            config.get(PcFamily.GAMMA_LAST),
            new Inference.Equilibrium(
                config.get(PcFamily.MAX_STEPS),
                config.get(PcFamily.RATE),
                config.get(PcFamily.TOLERANCE)),
            optimizer,
            config.get(ConfigSchema.OPTIM_LR)),
        relaxedUpTo,
        config.get(ConfigSchema.SEED));
  }
}
