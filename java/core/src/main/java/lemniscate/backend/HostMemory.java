package lemniscate.backend;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * The memory of the machine as Linux tells it: what is available to the whole machine, or to a
 * control group that this process is in (a container, a batch job) where that is less.
 *
 * @param root of the file system that tells, {@code /} but for tests
 */
public record HostMemory(Path root) {

  /** Kept for what grows beside tensors: the Java heap, and buffers of a BLAS library. */
  static final long RESERVE_BYTES = 256L << 20;

  private static final long KIBI = 1024;

  /** This machine. */
  public static HostMemory system() {
    return new HostMemory(Path.of("/"));
  }

  /** What tensors may take; empty where the system does not say. */
  public OptionalLong availableBytes() {
    OptionalLong machine = field(root.resolve("proc/meminfo"), "MemAvailable:");
    if (machine.isEmpty()) {
      return OptionalLong.empty();
    }
    long least = controlGroups().reduce(machine.getAsLong() * KIBI, Math::min);
    return OptionalLong.of(Math.max(0, least - RESERVE_BYTES));
  }

  // What each group above this process leaves, of version 2 (line "0::/path") and of version 1
  // (line "4:memory:/path").
  private Stream<Long> controlGroups() {
    return lines(root.resolve("proc/self/cgroup")).stream()
        .map(line -> line.split(":", 3))
        .filter(parts -> parts.length == 3)
        .flatMap(
            parts ->
                parts[1].isEmpty()
                    ? left("sys/fs/cgroup", parts[2], "memory.max", "memory.current", "")
                    : List.of(parts[1].split(",")).contains("memory")
                        ? left(
                            "sys/fs/cgroup/memory",
                            parts[2],
                            "memory.limit_in_bytes",
                            "memory.usage_in_bytes",
                            "total_")
                        : Stream.empty());
  }

  private Stream<Long> left(
      String mount, String group, String limit, String usage, String statPrefix) {
    Path top = root.resolve(mount);
    Path own = top.resolve(group.substring(1)).normalize();
    return Stream.iterate(own, folder -> folder != null && folder.startsWith(top), Path::getParent)
        .flatMap(
            folder -> {
              OptionalLong most = number(folder.resolve(limit));
              OptionalLong used = number(folder.resolve(usage));
              if (most.isEmpty() || used.isEmpty()) {
                return Stream.empty();
              }
              // File pages that were not used lately go when memory is wanted.
              long files =
                  field(folder.resolve("memory.stat"), statPrefix + "inactive_file").orElse(0);
              return Stream.of(most.getAsLong() - used.getAsLong() + files);
            });
  }

  private static OptionalLong number(Path file) {
    List<String> lines = lines(file);
    return lines.isEmpty() ? OptionalLong.empty() : parse(lines.getFirst());
  }

  // The number in the line that starts with a word.
  private static OptionalLong field(Path file, String name) {
    return lines(file).stream()
        .map(line -> line.strip().split("\\s+"))
        .filter(words -> words.length > 1 && words[0].equals(name))
        .map(words -> parse(words[1]))
        .findFirst()
        .orElse(OptionalLong.empty());
  }

  // "max" is no number: a group without a limit.
  private static OptionalLong parse(String text) {
    try {
      return OptionalLong.of(Long.parseLong(text.strip()));
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  private static List<String> lines(Path file) {
    try {
      return Files.isReadable(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException e) {
      return List.of();
    }
  }
}
