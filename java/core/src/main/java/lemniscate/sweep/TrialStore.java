package lemniscate.sweep;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lemniscate.config.BadInputException;
import lemniscate.config.YamlTree;
import lemniscate.journal.Journal;
import lemniscate.journal.JournalLine;
import lemniscate.train.OutputFolder;

/**
 * The folder of a sweep: {@code sweep.yaml}, a copy of its file, and {@code trials.jsonl}, a line
 * for each finished trial: a {@link Journal}, in which each is on the disk before it counts, so
 * that killing the process at any moment loses no finished trial. While a store is open for writing
 * no other process can write to it; reading needs no lock.
 */
public final class TrialStore implements AutoCloseable {

  /** The copy of the sweep's file. */
  public static final String SPEC = "sweep.yaml";

  /** The lines. */
  public static final String TRIALS = "trials.jsonl";

  private static final Set<String> OWN = Set.of(SPEC, TRIALS);

  private static final Journal.Remedies REMEDIES =
      new Journal.Remedies(
          "Remove this line to lose no other trial, restore the file, or name another folder.",
          "Wait for it, or stop it, or give each shard a folder of its own and merge them.");

  private final Path path;
  private final Journal journal;
  private final Map<String, TrialRow> rows;
  private final boolean begun;

  private TrialStore(Path path, Journal journal, Map<String, TrialRow> rows, boolean begun) {
    this.path = path;
    this.journal = journal;
    this.rows = rows;
    this.begun = begun;
  }

  /**
   * Starts a store.
   *
   * @throws BadInputException if the folder holds one already or cannot be written
   */
  public static TrialStore create(Path path, SweepSpec spec) {
    if (isIn(path)) {
      throw new BadInputException(
          "out is %s, which already holds a sweep; go on with it by --resume, or name another folder."
              .formatted(path));
    }
    return open(path, spec);
  }

  /** Whether a folder holds a store. */
  public static boolean isIn(Path path) {
    return Files.exists(path.resolve(SPEC)) || Files.exists(path.resolve(TRIALS));
  }

  /**
   * Goes on with a store, or starts one where there is none.
   *
   * @throws BadInputException if it is of another sweep or a newer version, is damaged, cannot be
   *     written, or another process has it open
   */
  public static TrialStore resume(Path path, SweepSpec spec) {
    return open(path, spec);
  }

  private static TrialStore open(Path path, SweepSpec spec) {
    boolean begun = !isIn(path);
    try {
      Files.createDirectories(path);
      OutputFolder.probe(path);
      Map<String, TrialRow> rows = new LinkedHashMap<>();
      Journal journal = Journal.open(path.resolve(TRIALS), REMEDIES, latest(rows));
      try {
        OutputFolder.sweep(path, SPEC::equals);
        takeUp(path, rows.values(), spec);
        return new TrialStore(path, journal, rows, begun);
      } catch (RuntimeException | IOException e) {
        journal.close();
        throw e;
      }
    } catch (IOException e) {
      throw OutputFolder.unusable(path, e);
    }
  }

  private static Consumer<JournalLine> latest(Map<String, TrialRow> rows) {
    return line -> {
      TrialRow row = TrialRow.of(line);
      rows.put(row.key(), row);
    };
  }

  private static void takeUp(Path path, Collection<TrialRow> rows, SweepSpec spec)
      throws IOException {
    Path copy = path.resolve(SPEC);
    boolean same = Files.exists(copy) && requireSameSweep(path, spec);
    requireKnown(path, rows, spec);
    if (!same) {
      OutputFolder.replace(copy, spec.text());
    }
  }

  // Whether also the text is the same.
  private static boolean requireSameSweep(Path path, SweepSpec spec) {
    Path copy = path.resolve(SPEC);
    String text = YamlTree.textOf(copy, "a sweep", REMEDIES.damaged());
    if (text.equals(spec.text())) {
      return true;
    }
    SweepSpec stored = SweepSpec.of(text, copy.toString());
    List<String> known = stored.trials().stream().map(Trial::id).toList();
    if (!known.equals(spec.trials().stream().map(Trial::id).toList())) {
      throw new BadInputException(
          "%s holds another sweep (of %d trials, this one has %d); its %s lists it. Name another folder."
              .formatted(path, known.size(), spec.trials().size(), SPEC));
    }
    // Rows of a rung mean something only beside the others of that rung.
    if (!stored.asha().equals(spec.asha())
        || spec.asha().isPresent() && stored.choice() != spec.choice()) {
      throw new BadInputException(
          "%s holds a sweep of the same trials with another search, asha or choose; its %s says which. Name another folder."
              .formatted(path, SPEC));
    }
    return false;
  }

  /**
   * Refuses rows that are not of a sweep.
   *
   * @param path of their store
   * @throws BadInputException if so
   */
  public static void requireOf(Path path, Collection<TrialRow> rows, SweepSpec spec) {
    if (Files.exists(path.resolve(SPEC))) {
      requireSameSweep(path, spec);
    }
    requireKnown(path, rows, spec);
  }

  private static void requireKnown(Path path, Collection<TrialRow> rows, SweepSpec spec) {
    Map<String, Integer> places =
        spec.trials().stream().collect(Collectors.toMap(Trial::id, Trial::index));
    int top = spec.asha().map(Asha::top).orElse(0);
    for (TrialRow row : rows) {
      if (row.rung().isPresent() && (row.level() < 0 || row.level() >= top)) {
        throw new BadInputException(
            "%s holds a row of rung %d, and this sweep has %d rungs below the full length; name another folder."
                .formatted(path, row.level(), top));
      }
      if (!Integer.valueOf(row.index()).equals(places.get(row.id()))) {
        throw new BadInputException(
            "%s holds trial %s, which is not one of this sweep; name another folder."
                .formatted(path, row.id()));
      }
    }
  }

  /**
   * The finished trials of a store in the order of the sweep, also while another process writes it.
   *
   * @throws BadInputException if there is no store, or it is of a newer version or damaged
   */
  public static List<TrialRow> read(Path path) {
    if (!Files.exists(path.resolve(TRIALS))) {
      throw new BadInputException(
          path + " holds no sweep (it has no " + TRIALS + "); name the folder of one.");
    }
    Map<String, TrialRow> rows = new HashMap<>();
    Journal.read(path.resolve(TRIALS), REMEDIES, latest(rows));
    return inOrder(rows.values());
  }

  /**
   * The stores that lie in some folders, or are those folders.
   *
   * @throws BadInputException if one cannot be listed
   */
  public static List<Path> storesIn(Collection<Path> folders) {
    List<Path> stores = new ArrayList<>();
    for (Path folder : folders) {
      if (isIn(folder)) {
        stores.add(folder);
      }
      if (!Files.isDirectory(folder)) {
        continue; // not there yet
      }
      try (Stream<Path> files = Files.list(folder)) {
        files.filter(TrialStore::isIn).sorted().forEach(stores::add);
      } catch (IOException e) {
        throw OutputFolder.unusable(folder, e);
      }
    }
    return stores;
  }

  /**
   * The finished trials of several stores, of those that are there, one after the other; also while
   * other processes write them.
   *
   * @throws BadInputException as {@link #read}
   */
  public static List<TrialRow> readAll(Collection<Path> stores) {
    return stores.stream()
        .filter(path -> Files.exists(path.resolve(TRIALS)))
        .flatMap(path -> read(path).stream())
        .toList();
  }

  /**
   * Adds what shards of the same sweep finished, each trial once, in the order of the sweep. Where
   * several have a trial, the first one with a result counts before any failure.
   *
   * @return how many trials were added
   * @throws BadInputException if one of the folders holds no store of this sweep
   */
  public int merge(List<Path> shards, SweepSpec spec) {
    Map<String, TrialRow> merged = new HashMap<>();
    for (Path shard : shards) {
      List<TrialRow> found = read(shard);
      requireOf(shard, found, spec);
      found.forEach(row -> merged.merge(row.key(), row, TrialStore::better));
    }
    List<TrialRow> added =
        inOrder(merged.values()).stream()
            .filter(row -> !rows.containsKey(row.key()) || better(rows.get(row.key()), row) == row)
            .toList();
    write(added);
    return added.size();
  }

  /** Of two rows of a training the one that counts: a result goes before a failure. */
  public static TrialRow better(TrialRow first, TrialRow second) {
    return first.outcome().retriable() && !second.outcome().retriable() ? second : first;
  }

  /** Rows in the order of the sweep, of a trial the shorter training first. */
  public static List<TrialRow> inOrder(Collection<TrialRow> rows) {
    TrialRow[] sorted = rows.toArray(TrialRow[]::new);
    Arrays.sort(sorted, Comparator.comparingInt(TrialRow::index).thenComparingInt(TrialRow::level));
    return List.of(sorted);
  }

  /** The folder. */
  public Path path() {
    return path;
  }

  /** The finished trials in the order of the sweep. */
  public synchronized List<TrialRow> rows() {
    return inOrder(rows.values());
  }

  /** The rows of trainings that need not be run. */
  synchronized List<TrialRow> settled(boolean retryFailed) {
    return inOrder(
        rows.values().stream().filter(row -> !(retryFailed && row.outcome().retriable())).toList());
  }

  /**
   * Appends a trial; it is on the disk when this returns.
   *
   * @throws UncheckedIOException if it cannot be; what was appended before stays
   */
  public void append(TrialRow row) {
    write(List.of(row));
  }

  private synchronized void write(List<TrialRow> added) {
    try {
      journal.appendSynced(added.stream().map(TrialRow::fields).toList());
    } catch (IOException e) {
      throw OutputFolder.unwritten(
          journal.file(), "the trials that finished before are kept", "go on by --resume", e);
    }
    added.forEach(row -> rows.put(row.key(), row));
  }

  /**
   * Closes the store, and takes it back if this process began it and nothing came of it: what was
   * asked for was refused, and nothing is to be in the way of asking again.
   */
  public synchronized void withdraw() {
    close();
    try (Stream<Path> files = Files.list(path)) {
      if (!begun
          || !rows.isEmpty()
          || !files.map(file -> file.getFileName().toString()).allMatch(OWN::contains)) {
        return;
      }
      Files.deleteIfExists(path.resolve(SPEC));
      Files.deleteIfExists(path.resolve(TRIALS));
      Files.deleteIfExists(path);
    } catch (IOException e) {
      // It stays, and --resume goes on with it.
    }
  }

  @Override
  public void close() {
    journal.close();
  }
}
