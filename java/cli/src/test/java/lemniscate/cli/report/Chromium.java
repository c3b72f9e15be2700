package lemniscate.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A Chromium without a window and without a network, driven by the DevTools protocol over its web
 * socket.
 */
final class Chromium implements AutoCloseable {

  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");
  private static final Pattern LISTENING = Pattern.compile("DevTools listening on (ws://\\S+)");

  /** Long enough for a busy machine with two cores; a broken browser still ends the test. */
  private static final int PATIENCE_SECONDS = 60;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Process process;
  private final WebSocket socket;
  private final HttpClient client;
  private final BlockingQueue<JsonNode> received = new LinkedBlockingQueue<>();
  private final List<JsonNode> events = new ArrayList<>();
  private final String session;
  private int calls;

  private Chromium(Process process, String address) throws InterruptedException {
    this.process = process;
    client = HttpClient.newHttpClient();
    socket = client.newWebSocketBuilder().buildAsync(URI.create(address), new Listener()).join();
    String target =
        call(null, "Target.createTarget", Map.of("url", "about:blank")).get("targetId").asText();
    session =
        call(null, "Target.attachToTarget", Map.of("targetId", target, "flatten", true))
            .get("sessionId")
            .asText();
  }

  /**
   * Starts the first one of the usual names on the PATH.
   *
   * @param profile empty folder for its files
   * @throws AssertionError if there is none
   */
  static Chromium start(Path profile) throws IOException, InterruptedException {
    Path log = Files.createTempFile(profile, "chromium", ".log");
    List<String> command = new ArrayList<>();
    command.add(program().toString());
    command.addAll(
        List.of(
            "--headless",
            // Root has no other choice, and the pages are our own.
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            // No name has an address, and addresses go through a proxy that is not there.
            "--host-resolver-rules=MAP * ~NOTFOUND",
            "--proxy-server=http://127.0.0.1:9",
            "--remote-debugging-port=0",
            "--user-data-dir=" + profile.resolve("profile")));
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(log.toFile())
            .start();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (System.nanoTime() < deadline && process.isAlive()) {
      try (BufferedReader lines = Files.newBufferedReader(log, StandardCharsets.UTF_8)) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          Matcher listening = LISTENING.matcher(line);
          if (listening.find()) {
            return new Chromium(process, listening.group(1));
          }
        }
      }
      Thread.sleep(50);
    }
    end(process);
    throw new AssertionError("Chromium does not listen:\n" + Files.readString(log));
  }

  private static Path program() {
    for (String name : NAMES) {
      for (String folder : System.getenv("PATH").split(File.pathSeparator)) {
        Path program = Path.of(folder, name);
        if (Files.isExecutable(program)) {
          return program;
        }
      }
    }
    throw new AssertionError(
        "no Chromium on the PATH (" + String.join(", ", NAMES) + "); install Debian's chromium");
  }

  private final class Listener implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
      text.append(part);
      if (last) {
        try {
          received.add(JSON.readTree(text.toString()));
        } catch (IOException e) {
          throw new IllegalStateException(e);
        }
        text.setLength(0);
      }
      from.request(1);
      return null;
    }
  }

  /** Calls a method of the page; its result. */
  JsonNode call(String method, Map<String, ?> parameters) throws InterruptedException {
    return call(session, method, parameters);
  }

  private JsonNode call(@Nullable String where, String method, Map<String, ?> parameters)
      throws InterruptedException {
    int id = ++calls;
    Map<String, Object> message = new LinkedHashMap<>();
    message.put("id", id);
    message.put("method", method);
    message.put("params", parameters);
    if (where != null) {
      message.put("sessionId", where);
    }
    socket.sendText(JSON.valueToTree(message).toString(), true).join();
    while (true) {
      JsonNode answer = next();
      if (answer.path("id").asInt() == id) {
        if (answer.has("error")) {
          throw new AssertionError(method + ": " + answer.get("error"));
        }
        return answer.get("result");
      }
      events.add(answer);
    }
  }

  private JsonNode next() throws InterruptedException {
    JsonNode message = received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (message == null) {
      throw new AssertionError("Chromium says nothing any more");
    }
    return message;
  }

  /** Loads a page from disk and waits until it is there; what is told meanwhile is kept. */
  void open(Path page) throws InterruptedException {
    for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
      call(domain + ".enable", Map.of());
    }
    events.clear();
    call("Page.navigate", Map.of("url", page.toUri().toString()));
    while (events.stream()
        .noneMatch(e -> e.path("method").asText().equals("Page.loadEventFired"))) {
      events.add(next());
    }
  }

  /** What the page has told since it was opened, in order. */
  List<JsonNode> events() {
    return List.copyOf(events);
  }

  /** The value of an expression of JavaScript. */
  JsonNode evaluate(String expression) throws InterruptedException {
    JsonNode result =
        call("Runtime.evaluate", Map.of("expression", expression, "returnByValue", true));
    if (result.has("exceptionDetails")) {
      throw new AssertionError(result.get("exceptionDetails").toString());
    }
    return result.get("result").get("value");
  }

  /** Lets it take its temporary files away; ends it where it does not. */
  @Override
  public void close() {
    try {
      call(null, "Browser.close", Map.of());
      process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      socket.abort();
      client.close();
      end(process);
    }
  }

  private static void end(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    process.onExit().join();
  }
}
