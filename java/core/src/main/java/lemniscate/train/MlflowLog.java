package lemniscate.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.journal.JournalLine;
import lemniscate.journal.JsonLine;
import org.jspecify.annotations.Nullable;

/**
 * The metrics of a run on an MLflow server: a run there, whose parameters are the configuration.
 * {@value #FILE} in the folder of the run says which, so that another session goes on with it.
 *
 * <p>What is to be sent waits while the server does not answer; training never does.
 */
final class MlflowLog implements RunLog {

  /** Which run of which server it is, and to which step it was told. */
  static final String FILE = "mlflow.json";

  /** Metrics that a request may hold. */
  private static final int MOST_METRICS = 1000;

  /** Parameters that a request may hold. */
  private static final int MOST_PARAMETERS = 100;

  /** Characters that a parameter may have. */
  private static final int LONGEST = 6000;

  private final MlflowServer server;
  private final Path file;
  private final Consumer<String> warn;
  private final String run;
  private final List<Map<String, Object>> waiting = new ArrayList<>();
  private long latest;
  private Ending ending = Ending.FAILED;
  private boolean warned;

  private MlflowLog(
      MlflowServer server, Path file, Consumer<String> warn, String run, long latest) {
    this.server = server;
    this.file = file;
    this.warn = warn;
    this.run = run;
    this.latest = latest;
  }

  /**
   * Looks for the server before any work is done.
   *
   * @throws BadInputException if there is none, or it does not answer
   */
  static void requireServer(Map<String, String> environment) {
    try (MlflowServer server = MlflowServer.of(environment)) {
      experiment(server);
    }
  }

  private static String experiment(MlflowServer server) {
    try {
      return server.experiment();
    } catch (IOException e) {
      throw unusable(server, e);
    }
  }

  private static BadInputException unusable(MlflowServer server, IOException e) {
    return new BadInputException(
        "train.log has mlflow, but the server %s (%s) cannot be used: %s; start it, correct the variable, or leave mlflow out."
            .formatted(server.address(), MlflowServer.ADDRESS, reason(e)),
        e);
  }

  private static String reason(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  /**
   * Begins a run there, or goes on with the one that the folder names.
   *
   * @param step number of steps done; what was told of later ones is told again
   * @throws BadInputException if the server cannot be used
   */
  static MlflowLog open(
      Map<String, String> environment,
      Config config,
      RunDirectory directory,
      long step,
      Consumer<String> warn)
      throws IOException {
    MlflowServer server = MlflowServer.of(environment);
    Path file = directory.path().resolve(FILE);
    try {
      Known known = Known.of(file, server);
      String run = known == null ? create(server, config, directory) : known.run();
      if (known != null) {
        server.post("runs/update", Map.of("run_id", run, "status", "RUNNING"));
      }
      long told = known == null ? -1 : Math.min(known.told(), step);
      MlflowLog log = new MlflowLog(server, file, warn, run, told);
      log.remember();
      RunLog.tell(
          directory,
          line -> {
            if (line.longInteger("step") > told) {
              log.accept(line);
            }
          });
      return log;
    } catch (IOException e) {
      server.close();
      throw unusable(server, e);
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
  }

  private record Known(String run, long told) {
    static @Nullable Known of(Path file, MlflowServer server) throws IOException {
      if (!Files.exists(file)) {
        return null;
      }
      JsonNode read = new ObjectMapper().readTree(Files.readString(file));
      if (!read.path("run").isTextual() || !read.path("step").canConvertToLong()) {
        throw new BadInputException(
            file
                + " does not say which run it is, expected run and step; remove it, and a new run"
                + " begins on the server.");
      }
      // Another server knows nothing of it.
      return read.path("server").asText().equals(server.address())
          ? new Known(read.get("run").asText(), read.get("step").asLong())
          : null;
    }
  }

  private static String create(MlflowServer server, Config config, RunDirectory directory)
      throws IOException {
    Map<String, Object> request = new LinkedHashMap<>();
    request.put("experiment_id", experiment(server));
    request.put("start_time", System.currentTimeMillis());
    request.put("run_name", directory.path().toAbsolutePath().normalize().getFileName().toString());
    String run =
        MlflowServer.text(
            server.post("runs/create", request).at("/run/info/run_id"), "runs/create");
    List<Map<String, Object>> parameters = new ArrayList<>();
    config
        .texts()
        .forEach(
            (key, value) -> {
              String text = String.valueOf(value);
              parameters.add(
                  Map.of("key", key, "value", text.substring(0, Math.min(LONGEST, text.length()))));
            });
    for (int from = 0; from < parameters.size(); from += MOST_PARAMETERS) {
      int to = Math.min(parameters.size(), from + MOST_PARAMETERS);
      server.post("runs/log-batch", Map.of("run_id", run, "params", parameters.subList(from, to)));
    }
    return run;
  }

  @Override
  public void accept(JournalLine line) {
    long step = line.longInteger("step");
    for (Map.Entry<String, Double> one : RunLog.scalars(line).entrySet()) {
      Map<String, Object> metric = new LinkedHashMap<>();
      metric.put("key", one.getKey());
      metric.put("value", one.getValue());
      metric.put("timestamp", System.currentTimeMillis());
      metric.put("step", step);
      waiting.add(metric);
    }
    latest = Math.max(latest, step);
    if (waiting.size() >= MOST_METRICS) {
      send();
    }
  }

  @Override
  public void endOfEpoch(Trainer trainer) {
    send();
  }

  // What cannot be sent now is sent with what comes next.
  private void send() {
    try {
      while (!waiting.isEmpty()) {
        List<Map<String, Object>> some = waiting.subList(0, Math.min(MOST_METRICS, waiting.size()));
        server.post("runs/log-batch", Map.of("run_id", run, "metrics", some));
        some.clear();
      }
      remember();
    } catch (IOException e) {
      warn(e);
    }
  }

  private void warn(IOException e) {
    if (!warned) {
      warn.accept(
          "warning: metrics could not be sent to the MLflow server %s: %s; they are in %s, and are sent again with the next ones, or by resume."
              .formatted(server.address(), reason(e), RunDirectory.METRICS));
      warned = true;
    }
  }

  private void remember() throws IOException {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("server", server.address());
    facts.put("run", run);
    facts.put("step", latest);
    OutputFolder.replace(file, JsonLine.pretty(facts));
  }

  @Override
  public void ending(Ending how) {
    ending = how;
  }

  @Override
  public void close() {
    send();
    try {
      server.post(
          "runs/update",
          Map.of("run_id", run, "status", ending.name(), "end_time", System.currentTimeMillis()));
    } catch (IOException e) {
      warn(e);
    }
    server.close();
  }
}
