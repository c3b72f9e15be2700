package lemniscate.cli;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import lemniscate.config.BadInputException;
import lemniscate.data.DataLocations;
import lemniscate.data.DataSplits;
import lemniscate.data.DatasetDownload;
import lemniscate.data.DatasetStatus;
import lemniscate.data.Datasets;
import lemniscate.data.NpzWriter;
import lemniscate.data.SyntheticData;
import lemniscate.data.SyntheticSpec;
import lemniscate.text.ShellWords;
import lemniscate.train.OutputFile;
import lemniscate.train.OutputFolder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lemniscate data}: finds, fetches, verifies and makes data sets. */
@Command(
    name = "data",
    synopsisSubcommandLabel = "COMMAND",
    description = "Finds, fetches, verifies and makes data sets.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lemniscate data list",
      "  lemniscate data get fashion-mnist",
      "  lemniscate train --data fashion-mnist"
    })
final class DataCommand implements Runnable {

  @SuppressWarnings("unused") // picocli reads the options
  @Mixin
  private final CommonOptions common;

  @Spec private CommandSpec spec;

  DataCommand(Streams streams) {
    this.common = new CommonOptions(streams);
  }

  /** Adds {@code list}, {@code get}, {@code check} and {@code synth}. */
  static void addSubcommands(CommandLine data, Streams streams) {
    data.addSubcommand(new CommandLine(new ListSets(streams)));
    data.addSubcommand(new CommandLine(new GetSet(streams)));
    data.addSubcommand(new CommandLine(new CheckSets(streams)));
    data.addSubcommand(new CommandLine(new SynthesizeSet(streams)));
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "no command given; expected list, get, check or synth");
  }

  private static void report(CommonOptions common, List<DatasetStatus> sets) {
    List<Map<String, Object>> rows = new ArrayList<>();
    TextTable table = new TextTable().row("name", "state", "train", "test", "path");
    for (DatasetStatus set : sets) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("name", set.name());
      row.put("path", set.path());
      row.put("train", set.train());
      row.put("test", set.test());
      row.put("sha256", set.sha256());
      row.put("ok", set.ok());
      row.put("state", word(set));
      row.put("remedy", set.remedy());
      rows.add(row);
      table.row(set.name(), word(set), orDash(set.train()), orDash(set.test()), orDash(set.path()));
    }
    StringBuilder text = new StringBuilder(table.toString());
    for (DatasetStatus set : sets) {
      if (set.remedy() != null) {
        text.append(set.name()).append(": ").append(set.remedy()).append('\n');
      }
    }
    common.result(Map.of("sets", rows), text.toString());
  }

  private static String word(DatasetStatus set) {
    return set.state().name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private static Object orDash(@Nullable Object value) {
    return value == null ? "-" : value;
  }

  /** {@code data list}. */
  @Command(
      name = "list",
      description = "Lists the data sets and where they were found.",
      footerHeading = "%nExample:%n",
      footer = "  lemniscate data list --json")
  static final class ListSets implements Callable<Integer> {
    @Mixin private final CommonOptions common;

    ListSets(Streams streams) {
      this.common = new CommonOptions(streams);
    }

    @Override
    public Integer call() {
      report(common, Datasets.list());
      return ExitCode.DONE.code();
    }
  }

  /** {@code data check}. */
  @Command(
      name = "check",
      description =
          "Compares the files of data sets with the official ones; exit code 4 if they differ.",
      footerHeading = "%nExample:%n",
      footer = "  lemniscate data check fashion-mnist --data.dir /data")
  static final class CheckSets implements Callable<Integer> {
    @Mixin private final CommonOptions common;

    @Parameters(paramLabel = "NAME", arity = "0..*", description = "Data sets; all if left out.")
    private List<String> names = List.of();

    @Option(names = "--data.dir", paramLabel = "DIR", description = "Folder that holds the files.")
    private @Nullable Path dir;

    CheckSets(Streams streams) {
      this.common = new CommonOptions(streams);
    }

    @Override
    public Integer call() {
      DataLocations locations = DataLocations.fromEnvironment();
      List<String> checked = names.isEmpty() ? Datasets.names() : names;
      List<DatasetStatus> sets = new ArrayList<>();
      try (Activity activity = Activity.of(common, "checking data sets")) {
        for (String name : checked) {
          activity.update("checking " + name, sets.size(), checked.size());
          sets.add(Datasets.status(name, dir, locations, true));
        }
      }
      report(common, sets);
      boolean differs = sets.stream().anyMatch(s -> s.state() == DatasetStatus.State.DIFFERS);
      boolean missing =
          !names.isEmpty() && sets.stream().anyMatch(s -> s.state() == DatasetStatus.State.MISSING);
      return (differs ? ExitCode.VERDICT_FAILED : missing ? ExitCode.BAD_INPUT : ExitCode.DONE)
          .code();
    }
  }

  /** {@code data get}. */
  @Command(
      name = "get",
      description = "Downloads a data set, checks size and SHA-256, and puts it where it is found.",
      footerHeading = "%nExample:%n",
      footer = "  lemniscate data get fashion-mnist")
  static final class GetSet implements Callable<Integer> {
    private static final long MEBIBYTE = 1 << 20;

    @Mixin private final CommonOptions common;

    @Parameters(paramLabel = "NAME", description = "mnist, fashion-mnist or cifar-10.")
    private String name;

    @Option(
        names = "--data.dir",
        paramLabel = "DIR",
        description = "Folder for the files [the user's cache].")
    private @Nullable Path dir;

    @Option(
        names = "--url",
        paramLabel = "URL",
        description = "Folder to download from, in place of the known ones.")
    private @Nullable URI url;

    GetSet(Streams streams) {
      this.common = new CommonOptions(streams);
    }

    @Override
    public Integer call() throws IOException {
      DataLocations locations = DataLocations.fromEnvironment();
      Path folder = dir == null ? locations.downloadFolder(name) : dir;
      String[] current = {""};
      DatasetStatus status;
      try (Activity activity = Activity.of(common, "fetching " + name)) {
        DatasetDownload.get(
            name,
            folder,
            url,
            (file, bytes, total) -> {
              if (!file.equals(current[0])) {
                current[0] = file;
                activity.log(
                    "fetching " + file + (total > 0 ? " (" + total / MEBIBYTE + " MiB)" : ""));
              }
              activity.update("fetching " + file, bytes, total);
            });
        activity.update("checking " + name, 0, 0);
        status = Datasets.status(name, folder, locations, true);
      }
      report(common, List.of(status));
      return ExitCode.DONE.code();
    }
  }

  /** {@code data synth}. */
  @Command(
      name = "synth",
      sortOptions = false,
      description = "Makes a data set from a random teacher network and writes it as NPZ.",
      footerHeading = "%nExample:%n",
      footer = {
        "  lemniscate data synth --out toy.npz --train 1000 --test 200 --features 16 --outputs 4",
        "  lemniscate train --data npz:toy.npz"
      })
  static final class SynthesizeSet implements Callable<Integer> {
    @Mixin private final CommonOptions common;

    @Option(
        names = "--out",
        required = true,
        paramLabel = "FILE.npz",
        description = "File to write.")
    private Path out;

    @Option(names = "--train", description = "Training examples [${DEFAULT-VALUE}].")
    private int train = SyntheticSpec.CLASSIFICATION.train();

    @Option(names = "--test", description = "Test examples [${DEFAULT-VALUE}].")
    private int test = SyntheticSpec.CLASSIFICATION.test();

    @Option(names = "--features", description = "Inputs [${DEFAULT-VALUE}].")
    private int features = SyntheticSpec.CLASSIFICATION.features();

    @Option(names = "--outputs", description = "Classes or targets [${DEFAULT-VALUE}].")
    private int outputs = SyntheticSpec.CLASSIFICATION.outputs();

    @Option(names = "--teacher", description = "Hidden units of the teacher [${DEFAULT-VALUE}].")
    private int teacher = SyntheticSpec.CLASSIFICATION.teacherWidth();

    @Option(names = "--regression", description = "Targets are numbers, not classes.")
    private boolean regression;

    @Option(names = "--seed", description = "Seed [${DEFAULT-VALUE}].")
    private long seed;

    SynthesizeSet(Streams streams) {
      this.common = new CommonOptions(streams);
    }

    @Override
    public Integer call() {
      SyntheticSpec spec = new SyntheticSpec(train, test, features, outputs, teacher, regression);
      if (Files.exists(out)) {
        throw new BadInputException(out + " exists already; name another file, or remove it.");
      }
      OutputFile.check(out);
      DataSplits splits;
      try (Activity activity = Activity.of(common, "making examples")) {
        splits = SyntheticData.make("synthetic", spec, seed);
        activity.update("writing " + out, 0, 0);
        NpzWriter.write(splits, out);
      } catch (IOException e) {
        throw OutputFolder.unwritten(
            out, "nothing is left of it", "give the same command again", e);
      }
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("name", Datasets.NPZ_PREFIX + out);
      row.put("path", out.toString());
      row.put("train", train);
      row.put("test", test);
      row.put("sha256", splits.sha256());
      row.put("ok", true);
      common.result(
          Map.of("sets", List.of(row)),
          "wrote "
              + out
              + ": "
              + splits.train()
              + "; use it with: lemniscate train --data "
              + ShellWords.word(Datasets.NPZ_PREFIX + out)
              + "\n");
      return ExitCode.DONE.code();
    }
  }
}
