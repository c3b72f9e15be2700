package lemniscate.timing;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import lemniscate.backend.Backend;
import lemniscate.network.DenseLayer;
import lemniscate.rule.pepita.PepitaStep;
import lemniscate.tensor.Tensor;

/**
 * A training step as other programs are given it: a folder with settings, weights and batch, and
 * what the engine's own step makes of the weights. {@code benchmarks/peers/problem.py} reads it.
 *
 * <p>The network has to be at its base width, where every factor of the parameterisation is 1, so
 * that the other programs need to know nothing of it.
 *
 * @param rule {@code pc} (synchronous), {@code tp} (difference, ridge) or {@code pepita}
 *     (modulated)
 * @param learningRate of the weights
 * @param steps T of predictive coding
 * @param rate of inference
 * @param damping of ridge feedback
 */
public record PeerProblem(
    String rule, double learningRate, int steps, double rate, double damping) {

  /** What to do where the folder for temporary files cannot be written. */
  public static final String ROOM_FOR_TEMPORARY_FILES =
      "make room there, or name another folder: JAVA_TOOL_OPTIONS=-Djava.io.tmpdir=DIR";

  private static final String FLOATS = ".f32";

  /** Writes settings, weights and batch, takes a step, and writes the weights again. */
  public void write(Path folder, TimedStep timed) {
    Map<String, Object> problem = new LinkedHashMap<>();
    problem.put("rule", rule);
    problem.put("sizes", timed.network().spec().widths());
    problem.put("batch", timed.step().input().rows());
    problem.put("learningRate", learningRate);
    problem.put("steps", steps);
    problem.put("rate", rate);
    problem.put("damping", damping);
    problem.put("backend", timed.backend().description());
    try {
      Files.writeString(
          folder.resolve("problem.json"), new ObjectMapper().writeValueAsString(problem));
      write(folder, "input", timed.backend(), timed.step().input());
      write(folder, "target", timed.backend(), timed.step().target());
      if (timed.step() instanceof PepitaStep pepita) {
        write(folder, "projection", timed.backend(), pepita.projection());
      }
      writeWeights(folder, "weight", timed);
      timed.step().run();
      writeWeights(folder, "after", timed);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot write to %s; %s".formatted(folder, ROOM_FOR_TEMPORARY_FILES), e);
    }
  }

  /**
   * Largest relative distance, over layers, of the update that another step made from the one that
   * a problem holds.
   *
   * @param problem folder
   * @param other folder that the other step was written to
   */
  public static double difference(Path problem, Path other) {
    double largest = 0;
    try {
      for (int l = 1; Files.exists(problem.resolve("weight" + l + FLOATS)); l++) {
        FloatBuffer weight = read(problem, "weight" + l);
        FloatBuffer own = read(problem, "after" + l);
        FloatBuffer theirs = read(other, "after" + l);
        double distance = 0;
        double size = 0;
        for (int i = 0; i < weight.limit(); i++) {
          double update = (double) own.get(i) - weight.get(i);
          double error = (double) theirs.get(i) - own.get(i);
          distance += error * error;
          size += update * update;
        }
        // NaN where there is one: max keeps it.
        largest = Math.max(largest, Math.sqrt(distance / size));
      }
      return largest;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read what was written to " + other, e);
    }
  }

  private static FloatBuffer read(Path folder, String name) throws IOException {
    return ByteBuffer.wrap(Files.readAllBytes(folder.resolve(name + FLOATS)))
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer();
  }

  private static void writeWeights(Path folder, String prefix, TimedStep timed) throws IOException {
    for (DenseLayer layer : timed.network().layers()) {
      write(folder, prefix + layer.index(), timed.backend(), layer.weight().value());
    }
  }

  /**
   * Writes a tensor for another program: row-major float32, little-endian, the shape of which
   * follows from the sizes.
   *
   * @param name of the file, without its ending
   */
  public static void write(Path folder, String name, Backend backend, Tensor tensor)
      throws IOException {
    float[] values = new float[Math.toIntExact(tensor.elements())];
    backend.download(tensor, values);
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    Files.write(folder.resolve(name + FLOATS), bytes.array());
  }
}
