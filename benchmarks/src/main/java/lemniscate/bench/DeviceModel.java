package lemniscate.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import lemniscate.backend.Precision;
import lemniscate.cuda.StepWork;
import lemniscate.rule.LearningRule;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.rule.tp.Feedback;
import lemniscate.rule.tp.Pathway;
import lemniscate.rule.tp.TargetPropagation;
import lemniscate.timing.TimedStep;

/**
 * What a training step is to a device, counted from its recording, and what a simple model makes of
 * that: the table of {@code benchmarks/gpu/model.md}, to be compared with rows that are measured.
 * No device is needed.
 */
public final class DeviceModel {

  private static final Path PAGE = Path.of("benchmarks", "gpu", "model.md");
  private static final String BEGIN = "<!-- written by DeviceModel -->";
  private static final String END = "<!-- end -->";

  /** Of the device that is modelled, an H200, as its data sheet has them or as they are assumed. */
  private static final int MULTIPROCESSORS = 132;

  private static final double CACHE_BYTES = 60e6;
  private static final double MEMORY_RATE = 4.1e12;
  private static final double CACHE_RATE = 5.5e12;

  /** Seconds between two dependent nodes of a graph, and of a small product of the library. */
  private static final double NODE = 2e-6;

  private static final double PRODUCT = 6e-6;

  private static final int BATCH = 64;
  private static final int[] WIDTHS = {128, 224, 256, 512, 1024, 4096, 16384};

  private DeviceModel() {}

  private static double flopRate(Precision precision) {
    return switch (precision) {
      case FP32, FP64 -> 67e12;
      case TF32 -> 395e12;
      case BF16 -> 790e12;
    };
  }

  /** Writes the table into the page. */
  public static void main(String[] args) throws IOException {
    Files.writeString(PAGE, withTable(Files.readString(PAGE)));
  }

  /** The page with the table of the present code. */
  static String withTable(String page) {
    int begin = page.indexOf(BEGIN) + BEGIN.length();
    int end = page.indexOf(END);
    String table = String.join("\n", table());
    return page.substring(0, begin) + "\n\n" + table + "\n\n" + page.substring(end);
  }

  private static List<String> table() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "| rule | precision | W | nodes | products | Gflop of products | Gflop of kernels | MB of"
            + " operands | MB of weights | model, ms | measured, ms |");
    lines.add("| --- | --- " + "| ---: ".repeat(9) + "|");
    LearningRule pc =
        PredictiveCoding.jacobi(PreparedStep.RELAXATION_STEPS, PreparedStep.INFERENCE_RATE);
    for (Precision precision : List.of(Precision.FP32, Precision.TF32)) {
      for (int width : WIDTHS) {
        lines.add(row("pc", pc, precision, width));
      }
    }
    LearningRule tp =
        new TargetPropagation(Pathway.DIFFERENCE, new Feedback.Ridge(PreparedStep.DAMPING), 1);
    for (int width : WIDTHS) {
      lines.add(row("tp", tp, Precision.FP32, width));
    }
    return lines;
  }

  private static String row(String name, LearningRule rule, Precision precision, int width) {
    TimedStep.Setup setup = PreparedStep.setup(rule, width, BATCH, 0.1);
    StepWork work =
        StepWork.of(
            precision, MULTIPROCESSORS, backend -> TimedStep.of(backend, setup).step()::run);
    double weights =
        (double) precision.dtype().bytes()
            * ((double) PreparedStep.INPUTS * width
                + (double) width * width
                + (double) width * PreparedStep.OUTPUTS);
    return String.format(
        Locale.ROOT,
        "| %s | %s | %d | %d | %d | %.3g | %.3g | %.4g | %.4g | %.2g | |",
        name,
        precision.configName(),
        width,
        work.nodes(),
        work.products(),
        work.productFlops() / 1e9,
        work.fusedFlops() / 1e9,
        work.operandBytes() / 1e6,
        weights / 1e6,
        1e3 * seconds(work, precision, weights));
  }

  // Nodes wait for each other; what they do takes the longer of arithmetic and memory.
  private static double seconds(StepWork work, Precision precision, double weights) {
    double rate = weights < CACHE_BYTES ? CACHE_RATE : MEMORY_RATE;
    double busy = Math.max(work.productFlops() / flopRate(precision), work.operandBytes() / rate);
    int others = work.nodes() - work.products();
    return Math.max(busy, work.products() * PRODUCT + others * NODE);
  }
}
