package lemniscate.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lemniscate.config.BadInputException;
import lemniscate.data.Normalization;
import lemniscate.tensor.ExampleShape;

/** What the metadata of a checkpoint say, read back. */
final class CheckpointMetadata {

  private static final Pattern WEIGHT = Pattern.compile("layer(\\d{1,6})\\.(?:.*\\.)?weight");

  private CheckpointMetadata() {}

  /**
   * By name, what the parameters of a file are multiplied by in the forward pass.
   *
   * @throws BadInputException if it does not say
   */
  static Map<String, Double> multipliers(SafetensorsReader reader) {
    String text = reader.metadata().get("parameters");
    try {
      Map<String, Double> multipliers = new LinkedHashMap<>();
      for (Map.Entry<String, JsonNode> one :
          new ObjectMapper().readTree(String.valueOf(text)).properties()) {
        multipliers.put(one.getKey(), one.getValue().path("scale").doubleValue());
      }
      if (!multipliers.isEmpty()) {
        return multipliers;
      }
    } catch (JsonProcessingException e) {
      // Refused below.
    }
    throw new BadInputException(
        "%s: metadata parameters is %s, expected a scale for each; use a checkpoint of a later version, or an export."
            .formatted(reader.file(), text));
  }

  /** Where the run stood. */
  static TrainingProgress progress(SafetensorsReader reader) {
    String format = reader.metadata().get("format");
    if (!Checkpoint.FORMAT.equals(format)
        && !Checkpoint.UNSEALED_FORMAT.equals(format)
        && !Checkpoint.EARLIER_FORMAT.equals(format)) {
      throw new BadInputException(
          "%s is not a checkpoint of this program: its format is %s, expected %s."
              .formatted(reader.file(), format, Checkpoint.FORMAT));
    }
    return new TrainingProgress(
        count(reader, "step"),
        count(reader, "updates"),
        number(reader, "epochLossSum"),
        number(reader, "trainLoss"),
        number(reader, "testLoss"),
        number(reader, "testAccuracy"),
        number(reader, "bestTestAccuracy"),
        number(reader, "trainingSeconds"),
        number(reader, "seconds"),
        best(reader));
  }

  // Files of before do not say, and of those before the first evaluation there is nothing to say.
  private static BestEvaluation best(SafetensorsReader reader) {
    String step = reader.metadata().get("bestStep");
    return step == null || step.equals("-1")
        ? BestEvaluation.NONE
        : new BestEvaluation(
            count(reader, "bestStep"),
            number(reader, "bestAccuracy"),
            number(reader, "bestLoss"),
            (int) Math.min(Integer.MAX_VALUE - 1, count(reader, "evaluationsSinceBest")));
  }

  /**
   * What was done to the inputs.
   *
   * @param kind that the configuration says
   * @throws BadInputException if the file says another
   */
  static Normalization normalization(SafetensorsReader reader, Normalization.Kind kind) {
    String found = reader.metadata().get("normalization");
    if (!kind.key().equals(found)) {
      throw new BadInputException(
          "%s was trained with data.normalize %s, the configuration says %s; use the former."
              .formatted(reader.file(), found, kind.key()));
    }
    return switch (kind) {
      case NONE -> Normalization.none();
      case UNIT -> Normalization.unit();
      case STANDARD ->
          Normalization.standard(number(reader, "inputMean"), number(reader, "inputScale"));
    };
  }

  /**
   * The shape of an example and the number of outputs of the network that a file is of.
   *
   * @throws BadInputException if it does not say
   */
  static Ends ends(SafetensorsReader reader) {
    List<SafetensorsEntry> weights =
        reader.entries().values().stream()
            .filter(entry -> WEIGHT.matcher(entry.name()).matches() && entry.shape().size() > 1)
            .sorted(Comparator.comparingInt(entry -> unit(entry.name())))
            .toList();
    if (weights.isEmpty()) {
      throw new BadInputException(
          "%s holds no weights, expected layer1.weight and so on; use another checkpoint."
              .formatted(reader.file()));
    }
    int outputs = Math.toIntExact(weights.getLast().shape().getFirst());
    if (Checkpoint.EARLIER_FORMAT.equals(reader.metadata().get("format"))) {
      int inputs = Math.toIntExact(weights.getFirst().shape().getLast());
      return new Ends(ExampleShape.flat(inputs), outputs);
    }
    try {
      JsonNode input =
          new ObjectMapper()
              .readTree(String.valueOf(reader.metadata().get("network")))
              .path("input");
      return new Ends(
          new ExampleShape(input.path(0).asInt(), input.path(1).asInt(), input.path(2).asInt()),
          outputs);
    } catch (JsonProcessingException | IllegalArgumentException | ArithmeticException e) {
      throw new BadInputException(
          "%s: metadata network is %s, expected the shape of its input; use another checkpoint."
              .formatted(reader.file(), reader.metadata().get("network")),
          e);
    }
  }

  private static int unit(String name) {
    Matcher matcher = WEIGHT.matcher(name);
    return matcher.matches() ? Integer.parseInt(matcher.group(1)) : 0;
  }

  /**
   * What a network reads and gives.
   *
   * @param input shape of an example
   * @param outputs numbers for each
   */
  record Ends(ExampleShape input, int outputs) {}

  private static long count(SafetensorsReader reader, String key) {
    String text = String.valueOf(reader.metadata().get(key));
    try {
      long value = Long.parseLong(text);
      if (value >= 0) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Refused below, as a negative number is.
    }
    throw new BadInputException(
        "%s: metadata %s is %s, expected a number; use another checkpoint."
            .formatted(reader.file(), key, text));
  }

  private static double number(SafetensorsReader reader, String key) {
    String text = String.valueOf(reader.metadata().get(key));
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new BadInputException(
          "%s: metadata %s is %s, expected a number; use another checkpoint."
              .formatted(reader.file(), key, text),
          e);
    }
  }
}
