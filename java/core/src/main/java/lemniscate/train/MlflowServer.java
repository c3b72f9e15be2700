package lemniscate.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import lemniscate.config.BadInputException;
import lemniscate.journal.JsonLine;
import lemniscate.text.Shown;
import org.jspecify.annotations.Nullable;

/**
 * An MLflow tracking server by its REST interface, version 2.0, as MLflow's own client finds it:
 * {@code MLFLOW_TRACKING_URI}, {@code MLFLOW_EXPERIMENT_NAME}, and {@code MLFLOW_TRACKING_TOKEN} or
 * {@code MLFLOW_TRACKING_USERNAME} and {@code MLFLOW_TRACKING_PASSWORD}.
 */
final class MlflowServer implements AutoCloseable {

  static final String ADDRESS = "MLFLOW_TRACKING_URI";
  static final String EXPERIMENT = "MLFLOW_EXPERIMENT_NAME";

  private static final String USUAL_EXPERIMENT = "lemniscate";
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration RESPONSE_TIMEOUT = Duration.ofSeconds(30);
  private static final int HTTP_OK = 200;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final URI address;
  private final String experiment;
  private final @Nullable String authorization;
  private final HttpClient client = HttpClient.newBuilder().connectTimeout(CONNECT_TIMEOUT).build();

  private MlflowServer(URI address, String experiment, @Nullable String authorization) {
    this.address = address;
    this.experiment = experiment;
    this.authorization = authorization;
  }

  /**
   * The server that the environment names.
   *
   * @throws BadInputException if it names none that can be asked
   */
  static MlflowServer of(Map<String, String> environment) {
    String given = environment.getOrDefault(ADDRESS, "");
    URI address = null;
    try {
      address = URI.create(given.replaceAll("/+$", ""));
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    if (address == null
        || address.getHost() == null
        || !("http".equals(address.getScheme()) || "https".equals(address.getScheme()))) {
      throw new BadInputException(
          "train.log has mlflow, but environment variable %s is %s, expected the address of a tracking server that begins with http:// or https://; set it, or leave mlflow out."
              .formatted(ADDRESS, given.isEmpty() ? "not set" : Shown.quoted(given)));
    }
    String token = environment.get("MLFLOW_TRACKING_TOKEN");
    String user = environment.get("MLFLOW_TRACKING_USERNAME");
    String authorization = null;
    if (token != null) {
      authorization = "Bearer " + token;
    } else if (user != null) {
      String both = user + ":" + environment.getOrDefault("MLFLOW_TRACKING_PASSWORD", "");
      authorization =
          "Basic " + Base64.getEncoder().encodeToString(both.getBytes(StandardCharsets.UTF_8));
    }
    return new MlflowServer(
        address, environment.getOrDefault(EXPERIMENT, USUAL_EXPERIMENT), authorization);
  }

  /** Its address, without a name of a user. */
  String address() {
    return address.getScheme() + "://" + address.getRawAuthority().replaceAll(".*@", "");
  }

  /**
   * The number of the experiment, which is made if it is not there.
   *
   * @throws IOException if the server does not answer, or not as one should
   */
  String experiment() throws IOException {
    String name = URLEncoder.encode(experiment, StandardCharsets.UTF_8);
    Answer known = ask("experiments/get-by-name?experiment_name=" + name, null);
    if (known.status == HTTP_OK) {
      return text(known.body.at("/experiment/experiment_id"), "experiments/get-by-name");
    }
    if (!known.body.path("error_code").asText().equals("RESOURCE_DOES_NOT_EXIST")) {
      throw refused("experiments/get-by-name", known);
    }
    return text(
        post("experiments/create", Map.of("name", experiment)).at("/experiment_id"),
        "experiments/create");
  }

  /**
   * Posts a request.
   *
   * @param method such as {@code runs/create}
   * @throws IOException if the server does not answer, or does not do it
   */
  JsonNode post(String method, Map<String, ?> body) throws IOException {
    Answer answer = ask(method, JsonLine.of(body));
    if (answer.status != HTTP_OK) {
      throw refused(method, answer);
    }
    return answer.body;
  }

  static String text(JsonNode node, String method) throws IOException {
    if (!node.isTextual()) {
      throw new IOException("its answer to " + method + " lacks what it should hold");
    }
    return node.asText();
  }

  private record Answer(int status, JsonNode body) {}

  private static IOException refused(String method, Answer answer) {
    return new IOException(
        "it answered %s by status %d: %s"
            .formatted(
                method,
                answer.status,
                Shown.word(answer.body.path("message").asText("no message"))));
  }

  private Answer ask(String method, @Nullable String body) throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(address + "/api/2.0/mlflow/" + method))
            .timeout(RESPONSE_TIMEOUT);
    if (authorization != null) {
      request.header("Authorization", authorization);
    }
    if (body != null) {
      request
          .header("Content-Type", "application/json")
          .POST(HttpRequest.BodyPublishers.ofString(body));
    }
    HttpResponse<String> response;
    try {
      response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while it was asked", e);
    }
    try {
      JsonNode read = MAPPER.readTree(response.body());
      return new Answer(response.statusCode(), read);
    } catch (JsonProcessingException e) {
      throw new IOException(
          "it answered %s by status %d and no JSON".formatted(method, response.statusCode()), e);
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
