package lemniscate.train;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;
import lemniscate.optim.OptimizerFamily;
import lemniscate.text.ShellWords;
import lemniscate.text.Shown;
import org.jspecify.annotations.Nullable;

/**
 * The configuration with which a run began, and every change of it since. Both are kept in {@code
 * provenance.json} ({@code config}, {@code history}), which decides; {@code config.yaml} says the
 * same for people. A change is an act of its own, {@code resume RUN --KEY VALUE}: whoever edits the
 * file is told so.
 *
 * @param first as the run began
 * @param changes in the order in which they were made
 */
public record ConfigHistory(Config first, List<Change> changes) {

  private static final String CONFIG = "config";
  private static final String HISTORY = "history";
  private static final String HASH = "configHash";

  /** Keys of data that say where they are; that they are the same, their hash tells. */
  private static final List<ConfigKey<?>> OF_PLACE =
      List.of(
          ConfigSchema.DATA_NAME,
          ConfigSchema.DATA_DIR,
          ConfigSchema.DATA_FILES,
          ConfigSchema.DATA_TEST_FILE);

  /**
   * A change.
   *
   * @param step number of steps that were done before it
   * @param epoch the same in passes over the training examples
   * @param time when it was made, ISO 8601
   * @param values what was changed: by key the value before and after
   * @param config from then on
   */
  public record Change(
      long step, double epoch, String time, Map<String, Values> values, Config config) {

    /** Copies the map. */
    public Change {
      values = new LinkedHashMap<>(values);
    }

    /** As people read it: {@code optim.lr 0.1 → 0.01, train.epochs 2 → 4}. */
    public String text() {
      return values.entrySet().stream()
          .map(v -> v.getKey() + " " + v.getValue().from() + " → " + v.getValue().to())
          .collect(Collectors.joining(", "));
    }

    /** Epochs done, as people read them: {@code 2}, {@code 1.5}. */
    public String epochs() {
      return epoch == Math.rint(epoch) ? Long.toString((long) epoch) : Double.toString(epoch);
    }

    private Map<String, Object> facts() {
      Map<String, Object> facts = new LinkedHashMap<>();
      facts.put("step", step);
      facts.put("epoch", epoch);
      facts.put("time", time);
      Map<String, Object> keys = new LinkedHashMap<>();
      values.forEach(
          (key, v) -> {
            Map<String, String> ends = new LinkedHashMap<>();
            ends.put("from", v.from());
            ends.put("to", v.to());
            keys.put(key, ends);
          });
      facts.put("keys", keys);
      facts.put(HASH, config.hash());
      return facts;
    }
  }

  /**
   * The values of a key, as they stand in YAML.
   *
   * @param from before
   * @param to after
   */
  public record Values(String from, String to) {}

  /** Copies the list. */
  public ConfigHistory {
    changes = List.copyOf(changes);
  }

  /** Whether {@code resume} can change a key: nothing that the steps so far have depended on. */
  public static boolean isChangeable(ConfigKey<?> key) {
    return switch (key.aspect()) {
      case SCHEDULE, STOPPING, MEASUREMENT, DEVICE -> true;
      case OUTPUT -> key != ConfigSchema.OUT;
      case MACHINE -> key != ConfigSchema.PRECISION;
      case OPTIMISER -> key == ConfigSchema.OPTIM_LR;
      case TRAINING -> key != ConfigSchema.TRAIN_BATCH;
      case DATA -> OF_PLACE.contains(key);
      case RULE, PARAMETERISATION, NETWORK, LOSS, INITIALISATION, SEED -> false;
    };
  }

  /**
   * What a run's provenance says.
   *
   * @return without changes, as {@code config.yaml} has it, for a run of a version that kept none
   * @throws BadInputException if {@code config.yaml} was edited since, or either file is damaged
   */
  static ConfigHistory of(RunDirectory directory) {
    return of(directory, directory.config(), directory.provenance());
  }

  /** The same of files that were read. */
  static ConfigHistory of(RunDirectory directory, Config file, Map<String, Object> provenance) {
    Path source = directory.path().resolve(RunDirectory.PROVENANCE);
    if (!provenance.containsKey(CONFIG)) {
      requireHash(directory, provenance.get(HASH), file);
      return new ConfigHistory(file, List.of());
    }
    ConfigHistory history = read(provenance, source);
    if (!history.current().equals(file) && !history.isBeforeLast(file)) {
      throw history.edited(directory.path(), file);
    }
    return history;
  }

  // Of those runs the hash tells that something was edited, but not what.
  private static void requireHash(RunDirectory directory, @Nullable Object known, Config file) {
    if (known instanceof String && !known.equals(file.hash())) {
      throw new BadInputException(
          "%s was edited since the run began (its hash is %s, expected %s); undo it, and give what may change to resume: lemniscate resume %s --KEY VALUE, or train a new run."
              .formatted(
                  directory.path().resolve(RunDirectory.CONFIG),
                  file.hash(),
                  known,
                  ShellWords.path(directory.path())));
    }
  }

  // A kill between the two files: the change is made, and the file for people not yet written.
  private boolean isBeforeLast(Config file) {
    return !changes.isEmpty() && file.equals(before(changes.size() - 1));
  }

  private Config before(int i) {
    return i == 0 ? first : changes.get(i - 1).config();
  }

  /** As it is now. */
  public Config current() {
    return before(changes.size());
  }

  private BadInputException edited(Path run, Config file) {
    List<ConfigKey<?>> keys = file.differences(current());
    String shown =
        Shown.list(
            keys.stream()
                .map(
                    key ->
                        "%s is %s, but the run has %s"
                            .formatted(
                                key, Shown.word(file.text(key)), Shown.word(current().text(key))))
                .toList());
    String options =
        keys.stream()
            .filter(ConfigHistory::isChangeable)
            .map(key -> " --" + key + " " + ShellWords.word(file.text(key)))
            .collect(Collectors.joining());
    boolean all = keys.stream().allMatch(ConfigHistory::isChangeable);
    return new BadInputException(
        "%s was edited: %s. Undo it%s%s."
            .formatted(
                run.resolve(RunDirectory.CONFIG),
                shown,
                options.isEmpty()
                    ? ""
                    : ", and change the run by lemniscate resume " + ShellWords.path(run) + options,
                all ? "" : ", or train a new run: weights already trained cannot change this"));
  }

  // ---------------------------------------------------------------- changing

  /**
   * The configuration with some keys changed.
   *
   * @param changed values by dotted name, as on the command line
   * @throws BadInputException if one cannot be changed
   */
  Config changed(Map<String, String> changed) {
    Config config = current();
    for (Map.Entry<String, String> change : changed.entrySet()) {
      String option = "--" + change.getKey();
      ConfigKey<?> key = ConfigSchema.key(change.getKey(), option);
      Config next = config.with(change.getKey(), change.getValue(), option);
      if (!next.get(key).equals(config.get(key)) && !isChangeable(key)) {
        throw new BadInputException(
            "%s is %s, but the run has %s: what its weights were trained with cannot change; train a new run, perhaps with --init."
                .formatted(key, Shown.word(next.text(key)), Shown.word(config.text(key))));
      }
      config = next;
    }
    // Steps go over epochs; who names epochs means them.
    if (changed.containsKey(ConfigSchema.TRAIN_EPOCHS.name())
        && !changed.containsKey(ConfigSchema.TRAIN_STEPS.name())) {
      config = config.with(ConfigSchema.TRAIN_STEPS.name(), "unset", "--epochs");
    }
    requireSameDecay(config);
    return config;
  }

  // The optimiser has the decay divided by the learning rate that the run began with.
  private void requireSameDecay(Config config) {
    boolean independent =
        config.get(ConfigSchema.OPTIM_WEIGHT_DECAY) > 0
            && OptimizerFamily.decay(config).equals(OptimizerFamily.INDEPENDENT);
    if (independent
        && !config.get(ConfigSchema.OPTIM_LR).equals(first.get(ConfigSchema.OPTIM_LR))) {
      throw new BadInputException(
          "optim.lr is %s, but the run has %s, and its optim.decay is independent of the learning rate it began with; change optim.schedule, or train a new run with optim.decay decoupled."
              .formatted(
                  config.text(ConfigSchema.OPTIM_LR), current().text(ConfigSchema.OPTIM_LR)));
    }
  }

  /**
   * This history and one more change; the same if there is none.
   *
   * @param step number of steps done
   * @param epoch the same in passes over the training examples
   */
  ConfigHistory with(Config config, long step, double epoch) {
    Config before = current();
    Map<String, Values> values = new LinkedHashMap<>();
    for (ConfigKey<?> key : config.differences(before)) {
      values.put(key.name(), new Values(before.text(key), config.text(key)));
    }
    if (values.isEmpty()) {
      return this;
    }
    String now = OffsetDateTime.now().truncatedTo(ChronoUnit.SECONDS).toString();
    List<Change> more = new ArrayList<>(changes);
    more.add(new Change(step, epoch, now, values, config));
    return new ConfigHistory(first, more);
  }

  // ---------------------------------------------------------------- as it is kept

  /** What a provenance keeps of it. */
  Map<String, Object> facts() {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put(CONFIG, first.texts());
    if (!changes.isEmpty()) {
      facts.put(HISTORY, changes.stream().map(Change::facts).toList());
    }
    return facts;
  }

  /**
   * What a run's provenance says of changes, whatever its files of configuration say.
   *
   * @return empty for a run of a version that kept none, and where there is no such file
   * @throws BadInputException if it is damaged
   */
  static List<Change> changes(RunDirectory directory) {
    if (!Files.exists(directory.path().resolve(RunDirectory.PROVENANCE))) {
      return List.of();
    }
    Map<String, Object> provenance = directory.provenance();
    return provenance.containsKey(CONFIG)
        ? read(provenance, directory.path().resolve(RunDirectory.PROVENANCE)).changes()
        : List.of();
  }

  private static ConfigHistory read(Map<String, Object> provenance, Path source) {
    Config first = Config.defaults();
    if (!(provenance.get(CONFIG) instanceof Map<?, ?> texts)) {
      throw damaged(source, CONFIG, "values by key");
    }
    for (Map.Entry<?, ?> text : texts.entrySet()) {
      first = with(first, text.getKey(), text.getValue(), source, CONFIG);
    }
    List<Change> changes = new ArrayList<>();
    if (provenance.containsKey(HISTORY)) {
      if (!(provenance.get(HISTORY) instanceof List<?> list)) {
        throw damaged(source, HISTORY, "a list of changes");
      }
      Config config = first;
      for (Object item : list) {
        Change change = change(item, config, source);
        changes.add(change);
        config = change.config();
      }
    }
    return new ConfigHistory(first, changes);
  }

  private static Change change(Object item, Config before, Path source) {
    if (!(item instanceof Map<?, ?> facts
        && facts.get("step") instanceof Number step
        && facts.get("epoch") instanceof Number epoch
        && facts.get("time") instanceof String time
        && facts.get("keys") instanceof Map<?, ?> keys)) {
      throw damaged(source, HISTORY, "changes with step, epoch, time and keys");
    }
    Config config = before;
    Map<String, Values> values = new LinkedHashMap<>();
    for (Map.Entry<?, ?> key : keys.entrySet()) {
      if (!(key.getValue() instanceof Map<?, ?> pair
          && pair.get("from") instanceof String from
          && pair.get("to") instanceof String to)) {
        throw damaged(source, HISTORY, "the values of each key before and after (from, to)");
      }
      config = with(config, key.getKey(), to, source, HISTORY);
      values.put(String.valueOf(key.getKey()), new Values(from, to));
    }
    if (step.longValue() < 0) {
      throw damaged(source, HISTORY, "steps of at least 0");
    }
    return new Change(step.longValue(), epoch.doubleValue(), time, values, config);
  }

  private static Config with(
      Config config, @Nullable Object key, @Nullable Object text, Path source, String field) {
    if (!(key instanceof String name && text instanceof String value)) {
      throw damaged(source, field, "texts");
    }
    return config.with(name, value, source + ": " + field);
  }

  private static BadInputException damaged(Path source, String field, String expected) {
    return new BadInputException(
        "%s: field %s is not as it was written, expected %s. Restore the file, or start a new run."
            .formatted(source, field, expected));
  }
}
