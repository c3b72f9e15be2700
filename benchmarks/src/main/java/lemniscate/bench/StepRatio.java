package lemniscate.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.timing.Program;
import lemniscate.timing.StepFloor;
import lemniscate.timing.StepTime;
import lemniscate.timing.Times;
import lemniscate.timing.Turns;

/**
 * Times of training steps over their floors, the products that they are made of, over widths,
 * batches and numbers of threads. Step and floor alternate; medians are compared. Rows go to a
 * JSON-lines file.
 */
final class StepRatio {

  private static final int ROUNDS = 21;

  /** Seconds that one timed run should last at least, against the clock's resolution and jitter. */
  private static final double RUN_SECONDS = 0.03;

  private static final double WARM_UP_SECONDS = 4;

  private StepRatio() {}

  /** Measures one shape and completes its row. */
  interface Measurement {
    void of(int width, int batch, int threads, Map<String, Object> row);
  }

  /**
   * Measures all shapes and appends their rows.
   *
   * @param benchmark its name in the rows
   * @param args file of rows; commit; name of the device; then optional W, B and threads as
   *     comma-separated lists
   */
  static void run(String benchmark, String[] args, Measurement measurement) throws IOException {
    if (args.length < 3) {
      throw new IllegalArgumentException("usage: FILE COMMIT DEVICE [WIDTHS [BATCHES [THREADS]]]");
    }
    int[] widths = numbers(args, 3, "128,512,2048");
    int[] batches = numbers(args, 4, "64,128");
    int[] threads = numbers(args, 5, "1,2");
    String instructionSet = InstructionSet.ofProcessor();
    ObjectMapper json = new ObjectMapper();
    for (int t : threads) {
      for (int b : batches) {
        for (int w : widths) {
          Map<String, Object> row = new LinkedHashMap<>();
          row.put("benchmark", benchmark);
          row.put("time", Instant.now().toString());
          row.put("commit", args[1]);
          row.put("device", args[2]);
          row.put("instructionSet", instructionSet);
          measurement.of(w, b, t, row);
          Files.writeString(
              Path.of(args[0]),
              json.writeValueAsString(row) + "\n",
              StandardOpenOption.CREATE,
              StandardOpenOption.APPEND);
          System.out.println(line(w, b, t, row));
        }
      }
    }
  }

  private static String line(int width, int batch, int threads, Map<String, Object> row) {
    return "W %5d  B %4d  threads %d".formatted(width, batch, threads)
        + "  step %9.3f ms".formatted((Double) row.get("msPerStep"))
        + "  floor %9.3f ms".formatted((Double) row.get("floorMs"))
        + "  ratio %.3f".formatted((Double) row.get("ratio"))
        + " (%.3f".formatted((Double) row.get("ratioLow"))
        + " to %.3f)".formatted((Double) row.get("ratioHigh"));
  }

  /** A comma-separated list among arguments, or another where it is left out. */
  static int[] numbers(String[] args, int index, String otherwise) {
    String text = args.length > index ? args[index] : otherwise;
    return Arrays.stream(text.split(",")).mapToInt(Integer::parseInt).toArray();
  }

  /** Times both and puts what came out into the row, which has the number of threads. */
  static void compare(Program step, StepFloor floor, Map<String, Object> row) {
    Turns turns = new Turns(ROUNDS, WARM_UP_SECONDS, RUN_SECONDS, 0);
    List<Times> times = turns.take(List.of(step, floor));
    boolean oneThread = Integer.valueOf(1).equals(row.get("threads"));
    row.putAll(new StepTime(times.getFirst(), times.getLast(), floor.flops(), oneThread).fields());
  }
}
