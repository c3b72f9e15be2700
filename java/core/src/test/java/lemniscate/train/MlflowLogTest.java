package lemniscate.train;

import static lemniscate.train.SmallRuns.config;
import static lemniscate.train.SmallRuns.start;
import static lemniscate.train.SmallRuns.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import lemniscate.config.BadInputException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Metrics on an MLflow server, of which this has what its REST interface documents. */
final class MlflowLogTest {

  private static final String PREFIX = "/api/2.0/mlflow/";

  @TempDir private Path folder;
  private HttpServer server;
  private final List<String> methods = new CopyOnWriteArrayList<>();
  private final List<JsonNode> bodies = new CopyOnWriteArrayList<>();
  private final List<String> warnings = new ArrayList<>();
  private volatile boolean refuses;
  private volatile String authorization = "";

  @BeforeEach
  void begin() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  @AfterEach
  void end() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String method = exchange.getRequestURI().getPath().substring(PREFIX.length());
      authorization = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
      byte[] body = exchange.getRequestBody().readAllBytes();
      int status = 200;
      String text =
          switch (method) {
            case "experiments/create" -> "{\"experiment_id\": \"7\"}";
            case "runs/create" -> "{\"run\": {\"info\": {\"run_id\": \"abc\"}}}";
            default -> "{}";
          };
      if (method.equals("experiments/get-by-name")) {
        status = 404;
        text = "{\"error_code\": \"RESOURCE_DOES_NOT_EXIST\", \"message\": \"no such\"}";
      } else if (refuses && method.equals("runs/log-batch")) {
        status = 500;
        text = "{\"error_code\": \"INTERNAL_ERROR\", \"message\": \"disk\\u001b full\"}";
      } else {
        methods.add(method);
        bodies.add(new ObjectMapper().readTree(body));
      }
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  private Map<String, String> environment() {
    return Map.of(
        MlflowServer.ADDRESS,
        "http://127.0.0.1:" + server.getAddress().getPort() + "/",
        MlflowServer.EXPERIMENT,
        "of a test",
        "MLFLOW_TRACKING_USERNAME",
        "ada",
        "MLFLOW_TRACKING_PASSWORD",
        "x");
  }

  private Path trained() {
    Path out = folder.resolve("run");
    try (Run run = start(config(), out)) {
      run.train(TrainingListener.NONE, new StopSignal());
    }
    return out;
  }

  private void log(Path run, RunLog.Ending ending) throws IOException {
    try (RunDirectory directory = RunDirectory.reopen(run)) {
      MlflowLog log =
          MlflowLog.open(environment(), directory.config(), directory, 20, warnings::add);
      if (ending != RunLog.Ending.FAILED) {
        log.ending(ending);
      }
      log.close();
    }
  }

  private List<JsonNode> all(String array) {
    List<JsonNode> found = new ArrayList<>();
    bodies.forEach(body -> body.path(array).forEach(found::add));
    return found;
  }

  /** 20 steps, every third of them a line, two epochs; parameters in requests of a hundred. */
  @Test
  void aRunIsARunThere() throws IOException {
    Path run = trained();
    log(run, RunLog.Ending.FINISHED);
    assertThat(warnings).isEmpty();
    assertThat(methods).startsWith("experiments/create", "runs/create", "runs/log-batch");
    assertThat(methods).endsWith("runs/log-batch", "runs/update");
    assertThat(bodies.getFirst().get("name").asText()).isEqualTo("of a test");
    assertThat(bodies.get(1).get("experiment_id").asText()).isEqualTo("7");
    assertThat(bodies.get(1).get("run_name").asText()).isEqualTo("run");
    assertThat(bodies.getLast().get("status").asText()).isEqualTo("FINISHED");
    assertThat(authorization).isEqualTo("Basic YWRhOng="); // ada:x
    bodies.forEach(body -> assertThat(body.path("params").size()).isLessThanOrEqualTo(100));
    assertThat(all("params"))
        .anySatisfy(
            parameter -> {
              assertThat(parameter.get("key").asText()).isEqualTo("optim.lr");
              assertThat(parameter.get("value").asText()).isEqualTo("0.03");
            });
    Set<String> losses = new TreeSet<>();
    for (JsonNode metric : all("metrics")) {
      if (metric.get("key").asText().equals("epoch/testLoss")) {
        losses.add(metric.get("step").asLong() + " " + metric.get("value").asDouble());
      }
    }
    Set<String> kept = new TreeSet<>();
    for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
      JsonNode read = new ObjectMapper().readTree(line);
      if (read.get("kind").asText().equals("epoch")) {
        kept.add(read.get("step").asLong() + " " + read.get("testLoss").asDouble());
      }
    }
    assertThat(kept).hasSize(2);
    assertThat(losses).isEqualTo(kept);
  }

  @Test
  void anotherSessionGoesOnWithTheRunAndTellsNothingTwice() throws IOException {
    Path run = trained();
    log(run, RunLog.Ending.KILLED);
    assertThat(bodies.getLast().get("status").asText()).isEqualTo("KILLED");
    methods.clear();
    bodies.clear();
    log(run, RunLog.Ending.FAILED);
    assertThat(methods).containsExactly("runs/update", "runs/update");
    assertThat(bodies).allSatisfy(b -> assertThat(b.get("run_id").asText()).isEqualTo("abc"));
    assertThat(bodies.getFirst().get("status").asText()).isEqualTo("RUNNING");
    assertThat(bodies.getLast().get("status").asText()).isEqualTo("FAILED");
  }

  /** Said once; the next session has it all. */
  @Test
  void whatAServerDoesNotTakeIsSentLater() throws IOException {
    Path run = trained();
    log(run, RunLog.Ending.KILLED);
    Files.writeString(
        run.resolve(MlflowLog.FILE),
        Files.readString(run.resolve(MlflowLog.FILE))
            .replaceAll("\"step\" : \\d+", "\"step\" : -1"));
    bodies.clear();
    refuses = true;
    log(run, RunLog.Ending.KILLED);
    assertThat(warnings).hasSize(1);
    assertThat(warnings.getFirst())
        .contains("status 500", "disk", "metrics.jsonl")
        .doesNotContain("\u001b");
    assertThat(all("metrics")).isEmpty();
    refuses = false;
    log(run, RunLog.Ending.FINISHED);
    assertThat(warnings).hasSize(1);
    assertThat(all("metrics")).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "mlruns", "file:///mlruns", "http://", "http://a b/"})
  void refusesAddressesOfNoServer(String address) {
    assertThatThrownBy(() -> MlflowLog.requireServer(Map.of(MlflowServer.ADDRESS, address)))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("MLFLOW_TRACKING_URI")
        .hasMessageContaining("http://");
  }

  @Test
  void refusesAServerThatDoesNotAnswer() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    assertThatThrownBy(
            () ->
                MlflowLog.requireServer(
                    Map.of(MlflowServer.ADDRESS, "http://ada:secret@127.0.0.1:" + port)))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("http://127.0.0.1:" + port)
        .hasMessageNotContaining("secret");
  }

  /** The environment of the tests names none. */
  @Test
  void aRunIsRefusedBeforeItHasAFolder() {
    Path out = folder.resolve("refused");
    assertThatThrownBy(() -> start(with(config(), "train.log=[mlflow]"), out))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("MLFLOW_TRACKING_URI is not set");
    assertThat(out).doesNotExist();
    assertThat(folder).isEmptyDirectory();
  }
}
