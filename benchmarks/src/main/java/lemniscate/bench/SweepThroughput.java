package lemniscate.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import lemniscate.sweep.Shard;
import lemniscate.sweep.SharedData;
import lemniscate.sweep.SweepListener;
import lemniscate.sweep.SweepProgress;
import lemniscate.sweep.SweepRunner;
import lemniscate.sweep.SweepSpec;
import lemniscate.sweep.Trial;
import lemniscate.sweep.TrialRow;
import lemniscate.sweep.TrialStore;
import lemniscate.train.EpochMetrics;
import lemniscate.train.StepMetrics;
import lemniscate.train.StopSignal;
import lemniscate.train.TrainingListener;

/**
 * How much of the processor time of a whole process that runs a sweep goes into training steps: the
 * rest is the start of Java, compiling, loading and checking, drawing weights, evaluating and
 * writing the store. One worker for each processor, one thread for each worker, so that all work of
 * a step is done by the thread that reports it. A row goes to a JSON-lines file.
 */
public final class SweepThroughput {

  private static final int WIDTH = 64;
  private static final double NANOS = 1e9;
  private static final double MILLIS = 1e3;

  private SweepThroughput() {}

  /**
   * Measures and appends.
   *
   * @param args file of rows; commit; name of the device; then optional rule ({@code bp}, {@code
   *     pc} or {@code bp,pc}), number of trials, steps (0: the five epochs of the default), batch
   */
  public static void main(String[] args) throws IOException {
    if (args.length < 3) {
      throw new IllegalArgumentException(
          "usage: SweepThroughput FILE COMMIT DEVICE [RULES [TRIALS [STEPS [BATCH]]]]");
    }
    String rules = args.length > 3 ? args[3] : "bp,pc";
    int trials = args.length > 4 ? Integer.parseInt(args[4]) : 200;
    int steps = args.length > 5 ? Integer.parseInt(args[5]) : 0;
    int batch = args.length > 6 ? Integer.parseInt(args[6]) : 128;
    int seeds = trials / rules.split(",").length;
    String text =
        """
        base:
          net.width: %d
          train: {batch: %d%s}
        grid:
          rule: [%s]
        seeds: %d
        """
            .formatted(WIDTH, batch, steps == 0 ? "" : ", steps: " + steps, rules, seeds);
    int workers = Runtime.getRuntime().availableProcessors();
    Path folder = Files.createTempDirectory("sweep-throughput");
    Clocks clocks = new Clocks();
    SweepProgress progress;
    try {
      SweepSpec spec = SweepSpec.of(text, "sweep-throughput");
      SharedData data = new SharedData();
      SweepRunner.check(spec, data, checked -> {});
      clocks.checked = cpu();
      try (TrialStore store = TrialStore.create(folder.resolve("store"), spec)) {
        progress =
            new SweepRunner(spec, Shard.ALL, store, workers, data)
                .run(false, clocks, new StopSignal());
      }
    } finally {
      delete(folder);
    }
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("benchmark", "sweep-throughput");
    row.put("time", Instant.now().toString());
    row.put("commit", args[1]);
    row.put("device", args[2]);
    row.put("rules", rules);
    row.put("trials", progress.finished());
    row.put("notTrained", progress.failed() + progress.timeout() + progress.diverged());
    row.put("width", WIDTH);
    row.put("batch", batch);
    row.put("workers", workers);
    clocks.report(row, progress.finished());
    Files.writeString(
        Path.of(args[0]),
        new ObjectMapper().writeValueAsString(row) + "\n",
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
    row.forEach((key, value) -> System.out.printf("%-16s %s%n", key, value));
  }

  private static long cpu() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  /** Adds up processor time by what it was spent on. */
  private static final class Clocks implements SweepListener {

    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final AtomicLong steps = new AtomicLong();
    private final AtomicLong stepping = new AtomicLong();
    private final AtomicLong evaluating = new AtomicLong();
    private final AtomicLong inTrials = new AtomicLong();
    private final ThreadLocal<Long> trialBegan = new ThreadLocal<>();
    private long checked;

    @Override
    public void onStart(Trial trial, SweepProgress progress) {
      trialBegan.set(threads.getCurrentThreadCpuTime());
    }

    @Override
    public void onFinish(TrialRow row, SweepProgress progress) {
      inTrials.addAndGet(threads.getCurrentThreadCpuTime() - trialBegan.get());
    }

    @Override
    public TrainingListener training(Trial trial) {
      return new TrainingListener() {
        private long last = threads.getCurrentThreadCpuTime();

        @Override
        public void onStep(StepMetrics metrics) {
          add(stepping);
          steps.incrementAndGet();
        }

        @Override
        public void onEpoch(EpochMetrics metrics) {
          add(evaluating);
        }

        private void add(AtomicLong sum) {
          long now = threads.getCurrentThreadCpuTime();
          sum.addAndGet(now - last);
          last = now;
        }
      };
    }

    void report(Map<String, Object> row, int trials) {
      double total = cpu();
      double wall =
          (System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime())
              / MILLIS;
      int processors = Runtime.getRuntime().availableProcessors();
      long others = inTrials.get() - stepping.get() - evaluating.get();
      row.put("steps", steps.get());
      row.put("cpuSeconds", total / NANOS);
      row.put("trainingShare", stepping.get() / total);
      row.put("evaluationShare", evaluating.get() / total);
      row.put("setUpShare", others / total);
      row.put("startShare", checked / total);
      row.put("wallSeconds", wall);
      row.put("busy", total / NANOS / (wall * processors));
      row.put("trialsPerSecond", trials / wall);
      row.put("msPerStep", stepping.get() / 1e6 / steps.get());
    }
  }

  private static void delete(Path folder) throws IOException {
    List<Path> paths;
    try (Stream<Path> files = Files.walk(folder)) {
      paths = files.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : paths) {
      Files.delete(path);
    }
  }
}
