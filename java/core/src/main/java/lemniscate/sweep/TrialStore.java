package lemniscate.sweep;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import lemniscate.config.BadInputException;
import lemniscate.train.OutputFolder;

/**
 * The folder of a sweep: {@code sweep.yaml}, a copy of its file, and {@code trials.jsonl}, a line
 * for each finished trial. Lines are only appended, each with one write that is forced to the disk,
 * so that killing the process at any moment loses no finished trial; a torn last line is what the
 * process was killed in and does not count. While a store is open for writing no other process can
 * write to it; reading needs no lock.
 */
public final class TrialStore implements AutoCloseable {

  /** The copy of the sweep's file. */
  public static final String SPEC = "sweep.yaml";

  /** The lines. */
  public static final String TRIALS = "trials.jsonl";

  private final Path path;
  private final FileChannel channel;
  private final Map<String, TrialRow> rows = new LinkedHashMap<>();

  private TrialStore(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /** What a file of lines holds. */
  private record Content(List<TrialRow> rows, long wholeBytes) {}

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
    try {
      Files.createDirectories(path);
      OutputFolder.probe(path);
      TrialStore store = new TrialStore(path, lock(path));
      try {
        store.takeUp(spec);
        return store;
      } catch (RuntimeException | IOException e) {
        store.close();
        throw e;
      }
    } catch (IOException e) {
      throw OutputFolder.unusable(path, e);
    }
  }

  private void takeUp(SweepSpec spec) throws IOException {
    Content content = content(path);
    Path copy = path.resolve(SPEC);
    if (Files.exists(copy)) {
      requireSameSweep(path, spec);
    }
    requireKnown(path, content.rows(), spec);
    content.rows().forEach(row -> rows.put(row.id(), row));
    if (channel.size() > content.wholeBytes()) {
      channel.truncate(content.wholeBytes());
      channel.force(true);
    }
    channel.position(content.wholeBytes());
    if (!Files.exists(copy) || !Files.readString(copy).equals(spec.text())) {
      OutputFolder.replace(copy, spec.text());
    }
  }

  private static void requireSameSweep(Path path, SweepSpec spec) throws IOException {
    if (Files.readString(path.resolve(SPEC)).equals(spec.text())) {
      return;
    }
    List<String> known =
        SweepSpec.read(path.resolve(SPEC)).trials().stream().map(Trial::id).toList();
    if (!known.equals(spec.trials().stream().map(Trial::id).toList())) {
      throw new BadInputException(
          "%s holds another sweep (of %d trials, this one has %d); its %s lists it. Name another folder."
              .formatted(path, known.size(), spec.trials().size(), SPEC));
    }
  }

  private static void requireKnown(Path path, List<TrialRow> rows, SweepSpec spec) {
    Map<String, Integer> places =
        spec.trials().stream().collect(Collectors.toMap(Trial::id, Trial::index));
    for (TrialRow row : rows) {
      if (!Integer.valueOf(row.index()).equals(places.get(row.id()))) {
        throw new BadInputException(
            "%s holds trial %s, which is not one of this sweep; name another folder."
                .formatted(path, row.id()));
      }
    }
  }

  private static FileChannel lock(Path path) throws IOException {
    FileChannel channel =
        FileChannel.open(path.resolve(TRIALS), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() != null) {
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      // Another sweep of this very process; refused like one of another process.
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    channel.close();
    throw new BadInputException(
        path
            + " is in use by another process; wait for it, or stop it, or give each shard a folder"
            + " of its own and merge them.");
  }

  /**
   * The finished trials of a store in the order of the sweep, also while another process writes it.
   *
   * @throws BadInputException if there is no store, or it is of a newer version or damaged
   */
  public static List<TrialRow> read(Path path) {
    if (!Files.isRegularFile(path.resolve(TRIALS))) {
      throw new BadInputException(
          path + " holds no sweep (it has no " + TRIALS + "); name the folder of one.");
    }
    try {
      Map<String, TrialRow> latest = new HashMap<>();
      content(path).rows().forEach(row -> latest.put(row.id(), row));
      return inOrder(latest.values());
    } catch (IOException e) {
      throw new BadInputException(path + " cannot be read: " + e.getMessage(), e);
    }
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
      if (Files.exists(shard.resolve(SPEC))) {
        try {
          requireSameSweep(shard, spec);
        } catch (IOException e) {
          throw new BadInputException(shard + " cannot be read: " + e.getMessage(), e);
        }
      }
      requireKnown(shard, found, spec);
      found.forEach(row -> merged.merge(row.id(), row, TrialStore::better));
    }
    List<TrialRow> added =
        inOrder(merged.values()).stream()
            .filter(row -> !rows.containsKey(row.id()) || better(rows.get(row.id()), row) == row)
            .toList();
    write(added);
    return added.size();
  }

  private static TrialRow better(TrialRow first, TrialRow second) {
    return first.outcome().retriable() && !second.outcome().retriable() ? second : first;
  }

  private static List<TrialRow> inOrder(Collection<TrialRow> rows) {
    TrialRow[] sorted = rows.toArray(TrialRow[]::new);
    Arrays.sort(sorted, (a, b) -> Integer.compare(a.index(), b.index()));
    return List.of(sorted);
  }

  private static Content content(Path path) throws IOException {
    Path file = path.resolve(TRIALS);
    byte[] bytes = Files.size(file) == 0 ? new byte[0] : Files.readAllBytes(file);
    List<TrialRow> rows = new ArrayList<>();
    int start = 0;
    int number = 1;
    for (int end = 0; end < bytes.length; end++) {
      if (bytes[end] != '\n') {
        continue; // what stands after the last line feed is torn, even if it happens to parse
      }
      String line = new String(bytes, start, end - start, StandardCharsets.UTF_8);
      if (TrialRow.format(line) > TrialRow.FORMAT) {
        throw new BadInputException(
            "%s:%d: is of format %d, written by a newer version; this one reads format %d. Use the newer version, or another folder."
                .formatted(file, number, TrialRow.format(line), TrialRow.FORMAT));
      }
      TrialRow row = TrialRow.parse(line);
      if (row == null && end == bytes.length - 1) {
        break; // after a power cut the end of a file may hold anything
      }
      if (row == null) {
        throw new BadInputException(
            "%s:%d: is not the line of a trial; the store is damaged. Remove this line to lose no other trial."
                .formatted(file, number));
      }
      rows.add(row);
      start = end + 1;
      number++;
    }
    return new Content(rows, start);
  }

  /** The folder. */
  public Path path() {
    return path;
  }

  /** The finished trials in the order of the sweep. */
  public synchronized List<TrialRow> rows() {
    return inOrder(rows.values());
  }

  /** The ids of trials that need not be run. */
  synchronized Set<String> settled(boolean retryFailed) {
    return rows.values().stream()
        .filter(row -> !(retryFailed && row.outcome().retriable()))
        .map(TrialRow::id)
        .collect(Collectors.toUnmodifiableSet());
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
    StringBuilder lines = new StringBuilder();
    added.forEach(row -> lines.append(row.toJson()).append('\n'));
    ByteBuffer bytes = ByteBuffer.wrap(lines.toString().getBytes(StandardCharsets.UTF_8));
    try {
      long before = channel.position();
      try {
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        channel.force(true);
      } catch (IOException e) {
        cutOff(before, e);
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot write "
              + path.resolve(TRIALS)
              + "; the trials that finished before are kept: remove the cause, such as a full disk, and go on by --resume",
          e);
    }
    added.forEach(row -> rows.put(row.id(), row));
  }

  // A half-written line would be torn off by the next reader anyway.
  private void cutOff(long end, IOException cause) {
    try {
      channel.truncate(end);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close " + path.resolve(TRIALS), e);
    }
  }
}
