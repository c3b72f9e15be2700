package lemniscate.timing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import lemniscate.config.BadInputException;

/**
 * Another program in a process of its own: {@code benchmarks/peers/serve.py}, which answers a line
 * {@code step N} on its standard input with the seconds that one of N steps takes.
 */
public final class PeerProgram implements Program, AutoCloseable {

  /** Modules beside {@code serve.py}, by the names that users type. */
  public static final Map<String, String> MODULES =
      Map.of(
          "torch", "torch_steps",
          "torch-autograd", "torch_autograd",
          "jax", "jax_steps",
          "preco", "preco_adapter",
          "torch2pc", "torch2pc_adapter",
          "jpc", "jpc_adapter",
          "pcx", "pcx_adapter");

  /**
   * By how much the first update may differ from the engine's, relatively. In float32 it is a sum
   * of up to some hundreds of products times the learning rate, added to a weight of up to 10 times
   * its size; states that are stored whole, as others do, lose another digit of their small errors.
   */
  public static final double TOLERANCE = 2e-3;

  private final Process process;
  private final BufferedReader replies;
  private final PrintStream requests;
  private final Path complaints;
  private final JsonNode start;
  private String ended = "";

  /**
   * Starts a program on a problem and waits until it has taken its first step.
   *
   * @param python interpreter
   * @param scripts folder with {@code serve.py} and its modules
   * @param name one of {@link #MODULES}
   * @param problem folder of a {@link PeerProblem}
   * @param threads processors that it may use
   * @throws BadInputException if the interpreter cannot be started
   */
  public PeerProgram(String python, Path scripts, String name, Path problem, int threads) {
    this(
        List.of(
            python,
            scripts.resolve("serve.py").toAbsolutePath().toString(),
            MODULES.get(name),
            problem.toAbsolutePath().toString(),
            Integer.toString(threads)),
        Map.of(),
        problem.resolve(name + ".err"));
  }

  /**
   * Starts a program that answers as {@code serve.py} does.
   *
   * @param command with its arguments
   * @param environment variables that it gets beside those of this process
   * @param errors file for its standard error
   * @throws BadInputException if the command cannot be started
   */
  public PeerProgram(List<String> command, Map<String, String> environment, Path errors) {
    complaints = errors.toAbsolutePath();
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(complaints.toFile());
    builder.environment().putAll(environment);
    try {
      process = builder.start();
    } catch (IOException e) {
      throw notStarted(command.getFirst(), e);
    }
    replies = process.inputReader(StandardCharsets.UTF_8);
    requests = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
    start = reply();
  }

  /**
   * Checks that there is an interpreter, before any work.
   *
   * @throws BadInputException if it cannot be started
   */
  public static void requireInterpreter(String python) {
    try {
      new ProcessBuilder(python, "--version")
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .destroy();
    } catch (IOException e) {
      throw notStarted(python, e);
    }
  }

  private static BadInputException notStarted(String python, IOException e) {
    return new BadInputException(
        "--python is "
            + python
            + ", which cannot be started ("
            + e.getMessage()
            + "); name a Python 3 that has numpy and the other program.",
        e);
  }

  private JsonNode reply() {
    try {
      String line = replies.readLine();
      return line == null
          ? new ObjectMapper()
              .createObjectNode()
              .put("skipped", "ended with exit code " + process.waitFor() + lastComplaint())
          : new ObjectMapper().readTree(line);
    } catch (IOException e) {
      return new ObjectMapper()
          .createObjectNode()
          .put("skipped", "gave an answer that is none: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private String lastComplaint() throws IOException {
    return Files.readAllLines(complaints).reversed().stream()
        .filter(line -> !line.isBlank())
        .findFirst()
        .map(line -> " (" + line.strip() + ")")
        .orElse("");
  }

  /** Why it cannot be timed, or an empty text. */
  public String skipped() {
    if (!ended.isEmpty()) {
      return ended;
    }
    if (start.has("skipped")) {
      return start.get("skipped").asText();
    }
    double difference = difference();
    return difference <= TOLERANCE
        ? ""
        : "its update differs from the engine's by %.2g, more than %.2g"
            .formatted(difference, TOLERANCE);
  }

  /** Relative difference of its first update from the engine's; NaN where it made none. */
  public double difference() {
    return start.path("difference").asDouble(Double.NaN);
  }

  /** Whether it has no such rule at all, so that it is not missed. */
  public boolean lacksRule() {
    return start.path("lacks").asBoolean();
  }

  /** Name and version. */
  public String version() {
    return start.path("version").asText();
  }

  /** The library that multiplies for it; empty where unknown. */
  public String blas() {
    return start.path("blas").asText();
  }

  @Override
  public double seconds(int times) {
    return sample(times).seconds();
  }

  /** Processor time is that of all threads of the program, if it counts them. */
  @Override
  public Sample sample(int times) {
    requests.println("step " + times);
    JsonNode reply = reply();
    if (!reply.has("seconds")) {
      ended = reply.path("skipped").asText("gave an answer that is none");
      throw new Ended("the other program " + ended);
    }
    return new Sample(
        reply.get("seconds").asDouble(), reply.path("cpuSeconds").asDouble(Double.NaN));
  }

  @Override
  public void close() {
    requests.close();
    process.destroy();
  }
}
