package lemniscate.sweep;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendMemory;
import lemniscate.backend.MemoryPlan;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;
import lemniscate.train.Experiment;
import lemniscate.train.TrainingBuffers;
import lemniscate.train.TrainingSpec;

/** Whether the trials of a sweep fit the memory, each alone and as many as run side by side. */
public final class SweepMemory implements AutoCloseable {

  /** What decides where tensors lie and how large they are. */
  private static final List<ConfigKey<?>> BACKEND_KEYS =
      List.of(
          ConfigSchema.BACKEND,
          ConfigSchema.PRECISION,
          ConfigSchema.BLAS,
          ConfigSchema.CPU_PRODUCTS,
          ConfigSchema.CUDA_DEVICE,
          ConfigSchema.CUDA_BLAS);

  private final Map<List<Object>, Backend> backends = new HashMap<>();
  private final Map<List<Object>, Long> known = new HashMap<>();

  /** By the name of the memory. */
  private final Map<String, List<Long>> bytes = new LinkedHashMap<>();

  private final Map<String, BackendMemory> memories = new HashMap<>();

  private SweepMemory() {}

  /**
   * Refuses a sweep that would run out of memory, before any work.
   *
   * @param part the trials that run here
   * @param workers how many of them run side by side
   * @param data what has been read already
   * @throws BadInputException naming the first trial that does not fit, or the number of workers
   *     that does
   */
  public static void require(SweepSpec spec, Shard part, int workers, SharedData data) {
    try (SweepMemory memory = new SweepMemory()) {
      for (Trial trial : part.of(spec)) {
        memory.add(trial, data);
      }
      memory.requireRoomFor(workers);
    }
  }

  private void add(Trial trial, SharedData data) {
    TrainingSpec training = Experiment.of(trial.config(), data).spec();
    List<Object> keys =
        BACKEND_KEYS.stream()
            .<Object>map(key -> Objects.requireNonNull(trial.config().get(key)))
            .toList();
    Backend backend = backends.computeIfAbsent(keys, _ -> open(trial.config()));
    BackendMemory memory = memories.computeIfAbsent(backend.memory().name(), _ -> backend.memory());
    long needed =
        known.computeIfAbsent(
            List.of(
                keys,
                training.network(),
                training.rule(),
                training.optimizer().kind(),
                training.batch()),
            _ -> TrainingBuffers.bytes(backend, training));
    try {
      MemoryPlan.requireFits(
          memory,
          training.network().size().width(),
          width ->
              width == training.network().size().width()
                  ? needed
                  : TrainingBuffers.bytes(backend, training.withHiddenWidth(width)));
    } catch (BadInputException e) {
      throw new BadInputException(
          "trial %d (%s): %s".formatted(trial.index(), trial.label(), e.getMessage()), e);
    }
    bytes.computeIfAbsent(memory.name(), _ -> new ArrayList<>()).add(needed);
  }

  private static Backend open(Config config) {
    return Experiment.openBackend(config, line -> {});
  }

  private void requireRoomFor(int workers) {
    bytes.forEach(
        (name, each) -> requireTogether(Objects.requireNonNull(memories.get(name)), each, workers));
  }

  /**
   * Refuses more workers than fit.
   *
   * @param each what every trial takes; none more than there is
   */
  static void requireTogether(BackendMemory memory, List<Long> each, int workers) {
    if (memory.availableBytes().isEmpty()) {
      return;
    }
    long available = memory.availableBytes().getAsLong();
    List<Long> largest = new ArrayList<>(each);
    largest.sort(Collections.reverseOrder());
    int side = Math.min(workers, each.size());
    int fit = 0;
    long together = 0;
    for (int i = 0; i < side; i++) {
      together = Math.addExact(together, largest.get(i));
      if (together <= available) {
        fit = i + 1;
      }
    }
    if (fit < side) {
      throw new BadInputException(
          "--workers %d: the %d largest trials take %s of %s together, and %s are free; use --workers %d, or a smaller net.width or train.batch."
              .formatted(
                  workers,
                  side,
                  MemoryPlan.text(together),
                  memory.name(),
                  MemoryPlan.text(available),
                  fit));
    }
  }

  @Override
  public void close() {
    backends.values().forEach(Backend::close);
  }
}
