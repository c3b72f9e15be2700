package lemniscate.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.BackendProvider;
import lemniscate.backend.Backends;
import lemniscate.backend.DefaultThreads;
import lemniscate.backend.Precision;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.timing.RecordedSteps;
import lemniscate.train.BuildInfo;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code lemniscate doctor}: what works on this machine, what does not, and what to do about it.
 */
@Command(
    name = "doctor",
    description =
        "Shows backends, Java, libraries and memory: what works here, and what to do if not.",
    footerHeading = "%nExample:%n",
    footer = "  lemniscate doctor --json")
final class DoctorCommand implements Callable<Integer> {

  private static final long MEBIBYTE = 1 << 20;

  @Mixin private final CommonOptions common;

  @Option(
      names = "--blas",
      paramLabel = "PATH",
      description = "Try this CBLAS library in place of the bundled one.")
  private @Nullable Path blas;

  private final List<Map<String, Object>> relaxations = new ArrayList<>();

  DoctorCommand(Streams streams) {
    this.common = new CommonOptions(streams);
  }

  @Override
  public Integer call() {
    List<Map<String, Object>> backends = new ArrayList<>();
    List<BackendProvider> providers = Backends.providers();
    try (Activity activity = Activity.of(common, "trying the backends")) {
      for (BackendProvider provider : providers) {
        activity.update("trying backend " + provider.name(), 0, 0);
        backends.add(backend(provider));
      }
    }
    Backends.optional()
        .forEach(
            (name, remedy) -> {
              if (providers.stream().noneMatch(provider -> provider.name().equals(name))) {
                backends.add(row(name, false, "not installed", remedy));
              }
            });
    List<Map<String, Object>> parts =
        providers.stream()
            .flatMap(provider -> provider.parts().stream().map(part -> part(provider, part)))
            .toList();
    Runtime runtime = Runtime.getRuntime();
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("backends", backends);
    fields.put("parts", parts);
    fields.put("relaxations", relaxations);
    fields.put("version", BuildInfo.current().version());
    fields.put("jdk", Runtime.version() + ", " + System.getProperty("java.vendor"));
    fields.put("javaHome", System.getProperty("java.home"));
    fields.put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    DefaultThreads threads = DefaultThreads.here();
    fields.put("processors", runtime.availableProcessors());
    fields.put("threads", threads.threads());
    fields.put("threadsFrom", threads.source());
    fields.put("namesOfFiles", Surroundings.characterSet());
    fields.put("maxHeapMiB", runtime.maxMemory() / MEBIBYTE);
    List<String> warnings =
        providers.stream()
            .flatMap(provider -> provider.warnings(BackendOptions.defaults()).stream())
            .distinct()
            .toList();
    fields.put("warnings", warnings);
    common.result(fields, text(fields, backends, parts, relaxations));
    return ExitCode.DONE.code();
  }

  // Opening it is the only proof that it works, and says which libraries it found.
  private Map<String, Object> backend(BackendProvider provider) {
    BackendOptions defaults = BackendOptions.defaults();
    BackendOptions options =
        provider.name().equals("cpu")
            ? new BackendOptions(defaults.precision(), defaults.threads(), blas)
            : defaults;
    try {
      BackendProvider.Availability availability = provider.availability();
      if (!availability.usable()) {
        return row(provider.name(), false, availability.detail(), availability.remedy());
      }
      String description;
      try (Backend backend = provider.open(options)) {
        description = backend.description();
        addRelaxations(backend, options.precision());
        if (!backend.runsApart()) {
          return row(provider.name(), true, description, "");
        }
      }
      for (Precision precision : List.of(Precision.TF32, Precision.BF16)) {
        try (Backend backend = provider.open(options.withPrecision(precision))) {
          addRelaxations(backend, precision);
        }
      }
      return row(provider.name(), true, description, "");
    } catch (RuntimeException | LinkageError e) {
      return row(
          provider.name(),
          false,
          String.valueOf(e.getMessage()),
          "correct what the reason names, or use another backend");
    }
  }

  // A step is recorded at each width: what it is then is what a run would do.
  private void addRelaxations(Backend backend, Precision precision) {
    RecordedSteps.of(backend)
        .forEach(
            (width, text) -> {
              Map<String, Object> row = new LinkedHashMap<>();
              row.put("backend", backend.name());
              row.put("precision", precision.configName());
              row.put("width", width);
              row.put("batch", RecordedSteps.BATCH);
              row.put("recording", text);
              relaxations.add(row);
            });
  }

  private static Map<String, Object> part(BackendProvider provider, BackendProvider.Part part) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("backend", provider.name());
    row.put("name", part.name());
    row.put("used", part.used());
    row.put("detail", part.detail());
    row.put("remedy", part.remedy());
    return row;
  }

  private static Map<String, Object> row(
      String name, boolean usable, String reason, String remedy) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("name", name);
    row.put("usable", usable);
    row.put("reason", reason);
    row.put("remedy", remedy);
    return row;
  }

  private static String text(
      Map<String, Object> fields,
      List<Map<String, Object>> backends,
      List<Map<String, Object>> parts,
      List<Map<String, Object>> relaxations) {
    TextTable table = new TextTable();
    for (Map<String, Object> row : backends) {
      table.row(
          "backend " + row.get("name"),
          Boolean.TRUE.equals(row.get("usable")) ? "works" : "no",
          row.get("reason") + ("".equals(row.get("remedy")) ? "" : "; " + row.get("remedy")));
    }
    for (Map<String, Object> part : parts) {
      table.row(
          String.valueOf(part.get("name")),
          Boolean.TRUE.equals(part.get("used")) ? "works" : "no",
          part.get("detail") + ("".equals(part.get("remedy")) ? "" : "; " + part.get("remedy")));
    }
    for (Map<String, Object> row : relaxations) {
      table.row(
          "pc %s, width %s, batch %s"
              .formatted(row.get("precision"), row.get("width"), row.get("batch")),
          "",
          String.valueOf(row.get("recording")));
    }
    table
        .row("Java", "works", String.valueOf(fields.get("jdk")))
        .row("processors", "", String.valueOf(fields.get("processors")))
        .row("threads", "", fields.get("threads") + " (" + fields.get("threadsFrom") + ")")
        .row(
            "names of files",
            Surroundings.takesAllNames() ? "works" : "no",
            "in "
                + Surroundings.characterSet()
                + (Surroundings.takesAllNames()
                    ? ""
                    : ", which has not all characters; set LC_ALL=C.UTF-8"))
        .row("heap", "", "at most " + fields.get("maxHeapMiB") + " MiB")
        .row("default", "", "backend " + Config.defaults().get(ConfigSchema.BACKEND));
    if (fields.get("warnings") instanceof List<?> warnings) {
      warnings.forEach(warning -> table.row("warning", "", warning));
    }
    return table.toString();
  }
}
