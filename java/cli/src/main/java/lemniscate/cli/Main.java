package lemniscate.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.InvalidPathException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import lemniscate.config.Aspect;
import lemniscate.config.BadInputException;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;
import lemniscate.config.Limits;
import lemniscate.text.Shown;
import lemniscate.train.BuildInfo;
import lemniscate.train.ConfigHistory;
import lemniscate.train.TrainingDivergedException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command line's entry. */
@Command(
    name = Main.NAME,
    synopsisSubcommandLabel = "COMMAND",
    versionProvider = Main.Version.class,
    description =
        "Trains wide networks by local learning rules (predictive coding) and backpropagation under"
            + " maximal-update parameterisation.",
    footerHeading = "%nExample:%n",
    footer = {
      "  lemniscate train --rule pc --width 256 --epochs 5",
      "",
      "lemniscate COMMAND --help describes a command."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:failure",
      "2:bad input",
      "3:the run diverged",
      "4:a verdict failed (--check)",
      "130:interrupted",
      "141:standard output was closed by its reader"
    })
public final class Main implements Runnable {

  /** What users type. */
  static final String NAME = "lemniscate";

  private static final String DEBUG = "--debug";
  private static final List<String> HELP = List.of("-h", "--help");

  @Spec private CommandSpec spec;

  @SuppressWarnings("unused") // picocli acts on it
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  private boolean help;

  @SuppressWarnings("unused") // picocli acts on it
  @Option(names = "--version", versionHelp = true, description = "Show the version.")
  private boolean version;

  private Main() {}

  /** Runs the command line and ends the process with its exit code. */
  public static void main(String[] args) {
    // Figures are drawn into files; no display is needed, wherever one may be said to be.
    System.setProperty("java.awt.headless", "true");
    Colours errColours = new Colours(System.getenv(), TerminalCheck::standardErrorIsTerminal);
    Colours outColours = new Colours(System.getenv(), TerminalCheck::standardOutputIsTerminal);
    Optional<String> refusal = Surroundings.refusal(args);
    if (refusal.isPresent()) {
      complain(System.err, errColours, refusal.get());
      System.exit(ExitCode.BAD_INPUT.code());
    }
    WatchedOutput watched = new WatchedOutput(new FileOutputStream(FileDescriptor.out));
    PrintStream out = new PrintStream(watched, true, System.out.charset());
    int code =
        run(
            args,
            new Streams(
                out,
                System.err,
                TerminalCheck::standardErrorIsTerminal,
                true,
                outColours,
                errColours));
    System.exit(delivered(code, watched, System.err, errColours));
  }

  // What was asked for has not arrived, whatever became of the command.
  private static int delivered(int code, WatchedOutput out, PrintStream err, Colours colours) {
    if (out.failure().isEmpty()) {
      return code;
    }
    if (out.isAbandoned()) {
      return code == ExitCode.DONE.code() ? ExitCode.ABANDONED.code() : code;
    }
    complain(
        err,
        colours,
        "cannot write standard output: "
            + out.failure().get().getMessage()
            + "; what the command has written to files is there. Send its output elsewhere.");
    return code == ExitCode.DONE.code() ? ExitCode.FAILURE.code() : code;
  }

  /**
   * Runs the command line in this process, as programs and tests do: no control characters, no
   * signals.
   *
   * @param args command, options and arguments
   * @param out results
   * @param err progress, logs and errors
   * @return the exit code
   */
  public static int run(String[] args, PrintStream out, PrintStream err) {
    return run(args, new Streams(out, err, () -> false, false));
  }

  private static int run(String[] args, Streams streams) {
    CommandLine commandLine = commandLine(streams);
    boolean debug = Arrays.asList(args).contains(DEBUG);
    // Whether there are colours takes time to ask.
    boolean help = Arrays.stream(args).anyMatch(HELP::contains);
    if (help && streams.outColours().on()) {
      commandLine.setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.ON));
    }
    commandLine.setParameterExceptionHandler((e, arguments) -> badUsage(e, streams).code());
    commandLine.setExecutionExceptionHandler(
        (e, command, parsed) -> failed(e, streams, debug).code());
    commandLine.setExecutionStrategy(
        parsed -> {
          requireShortLists(parsed);
          return new CommandLine.RunLast().execute(parsed);
        });
    try {
      return commandLine.execute(args);
    } catch (OutOfMemoryError e) {
      complain(
          streams.err(),
          streams.errColours(),
          "out of memory (%s): data sets and measurements lie on the Java heap, which has at most %s. Use fewer examples (data.train), or a larger heap: LEMNISCATE_JAVA_OPTS=-Xmx16g"
              .formatted(e.getMessage(), Shown.bytes(Runtime.getRuntime().maxMemory())));
      return ExitCode.FAILURE.code();
    } finally {
      streams.out().flush();
      streams.err().flush();
    }
  }

  // Before a command makes something of each value.
  private static void requireShortLists(CommandLine.ParseResult parsed) {
    for (CommandLine.ParseResult of = parsed; of != null; of = of.subcommand()) {
      for (CommandLine.Model.ArgSpec argument : of.matchedArgs()) {
        if (argument.getValue() instanceof List<?> values && !values.isEmpty()) {
          boolean numbers = values.getFirst() instanceof Number;
          String name =
              argument instanceof CommandLine.Model.OptionSpec option
                  ? option.longestName()
                  : argument.paramLabel();
          try {
            Limits.requireFew(name, values, numbers ? Limits.MOST_NUMBERS : Limits.MOST_NAMES);
          } catch (BadInputException e) {
            throw new ParameterException(of.commandSpec().commandLine(), e.getMessage(), e);
          }
        }
      }
    }
  }

  /** The whole command tree. */
  static CommandLine commandLine(Streams streams) {
    CommandLine data = new CommandLine(new DataCommand(streams));
    DataCommand.addSubcommands(data, streams);
    CommandLine theory =
        new CommandLine(new TheoryCommand(streams))
            .addSubcommand(withKeys(new PepitaOdeCommand(streams), PepitaOdeCommand.KEYS));
    CommandLine reproduce =
        withKeys(new ReproduceCommand(streams), ReproduceCommand.KEYS)
            .addSubcommand(withKeys(new RulesTableCommand(streams), RulesTableCommand.KEYS));
    CommandLine root =
        new CommandLine(new Main())
            .addSubcommand(withKeys(new TrainCommand(streams), CommandKeys.ALL))
            .addSubcommand(withChanges(new ResumeCommand(streams)))
            .addSubcommand(withExamples(new EvaluateCommand(streams)))
            .addSubcommand(withExamples(new PredictCommand(streams)))
            .addSubcommand(new CommandLine(new ExportCommand(streams)))
            .addSubcommand(new CommandLine(new CurvesCommand(streams)))
            .addSubcommand(new CommandLine(new RunsCommand(streams)))
            .addSubcommand(new CommandLine(new SweepCommand(streams)))
            .addSubcommand(withKeys(new TransferCommand(streams), TransferCommand.KEYS))
            .addSubcommand(withKeys(new GradcheckCommand(streams), GradcheckCommand.KEYS))
            .addSubcommand(withKeys(new CoordCheckCommand(streams), CoordCheckCommand.KEYS))
            .addSubcommand(withKeys(new DepthCommand(streams), DepthCommand.KEYS))
            .addSubcommand(withKeys(new LinearCommand(streams), LinearCommand.KEYS))
            .addSubcommand(withKeys(new LimitCommand(streams), LimitCommand.KEYS))
            .addSubcommand(withKeys(new RegimeCommand(streams), RegimeCommand.KEYS))
            .addSubcommand(theory)
            .addSubcommand(reproduce)
            .addSubcommand(withKeys(new BenchCommand(streams), BenchCommand.KEYS))
            .addSubcommand(data)
            .addSubcommand(new CommandLine(new DoctorCommand(streams)))
            .addSubcommand(new CommandLine(new CompletionCommand(streams)))
            .addSubcommand(new CommandLine(new ManCommand(streams)));
    root.setOut(new PrintWriter(streams.out(), true, streams.out().charset()));
    root.setErr(new PrintWriter(streams.err(), true, streams.err().charset()));
    root.setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF));
    return root;
  }

  private static CommandLine withKeys(Object command, Predicate<ConfigKey<?>> wanted) {
    CommandLine line = new CommandLine(command);
    ConfigOptions.addTo(line.getCommandSpec(), wanted);
    return line;
  }

  private static CommandLine withChanges(Object command) {
    CommandLine line = new CommandLine(command);
    ConfigOptions.addKeys(line.getCommandSpec(), ConfigHistory::isChangeable);
    return line;
  }

  // Commands that look at what was trained, on other examples or another machine.
  private static CommandLine withExamples(Object command) {
    CommandLine line = new CommandLine(command);
    ConfigOptions.addKeys(
        line.getCommandSpec(),
        CommandKeys.of(Aspect.DATA, Aspect.DEVICE, Aspect.MACHINE)
            .without(
                ConfigSchema.DATA_NORMALIZE,
                ConfigSchema.DATA_AUGMENT,
                ConfigSchema.DATA_CROP_PADDING));
    return line;
  }

  /** The command line as typed, for the provenance of a run. */
  static List<String> commandLine(CommandSpec command) {
    return command.root().commandLine().getParseResult().originalArgs();
  }

  private static ExitCode badUsage(ParameterException e, Streams streams) {
    PrintStream err = streams.err();
    if (e.getCause() instanceof BadInputException cause) {
      complain(err, streams.errColours(), String.valueOf(cause.getMessage()));
      return ExitCode.BAD_INPUT;
    }
    complain(err, streams.errColours(), String.valueOf(e.getMessage()));
    if (e instanceof UnmatchedArgumentException unmatched) {
      UnmatchedArgumentException.printSuggestions(
          unmatched, new PrintWriter(err, true, err.charset()));
    }
    err.println(
        "`"
            + e.getCommandLine().getCommandSpec().qualifiedName()
            + " --help` lists what there is.");
    return ExitCode.BAD_INPUT;
  }

  private static ExitCode failed(Exception e, Streams streams, boolean debug) {
    PrintStream err = streams.err();
    ExitCode code =
        switch (e) {
          case BadInputException _, InvalidPathException _ -> ExitCode.BAD_INPUT;
          case TrainingDivergedException _ -> ExitCode.DIVERGED;
          default -> ExitCode.FAILURE;
        };
    boolean expected =
        code != ExitCode.FAILURE || e instanceof IOException || e instanceof UncheckedIOException;
    String reason = String.valueOf(e.getMessage());
    if (e instanceof InvalidPathException path) {
      reason =
          "%s is no path here, where the locale's character set is %s (%s); set LC_ALL=C.UTF-8, or use another name."
              .formatted(
                  Shown.quoted(path.getInput()), Surroundings.characterSet(), path.getReason());
    }
    if (e instanceof UncheckedIOException io && io.getCause() != null) {
      reason += ": " + io.getCause().getMessage();
    }
    complain(
        err, streams.errColours(), expected ? reason : "this is a defect of the program: " + e);
    if (debug || !expected) {
      StringWriter trace = new StringWriter();
      e.printStackTrace(new PrintWriter(trace));
      err.print(Shown.printableLines(trace.toString()));
    }
    return code;
  }

  private static void complain(PrintStream err, Colours colours, String message) {
    err.println(colours.line(NAME + ": " + Shown.message(message)));
  }

  /** Without a command there is nothing to do. */
  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "no command given; expected one, such as `lemniscate train`");
  }

  /** Version, source commit and Java. */
  static final class Version implements IVersionProvider {
    /** For picocli. */
    Version() {}

    @Override
    public String[] getVersion() {
      BuildInfo build = BuildInfo.current();
      return new String[] {
        NAME + " " + build.version() + " (commit " + build.commit() + ")",
        "Java " + Runtime.version()
      };
    }
  }
}
