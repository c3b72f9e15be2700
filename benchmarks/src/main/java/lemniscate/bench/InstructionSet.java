package lemniscate.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * The widest vector instructions that this machine's processor has, for rows; what was used of them
 * is in the backend's description.
 */
final class InstructionSet {

  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  private InstructionSet() {}

  /** Of this machine. */
  static String ofProcessor() {
    String architecture = System.getProperty("os.arch");
    try {
      return Files.exists(CPU_INFO) ? of(Files.readAllLines(CPU_INFO), architecture) : architecture;
    } catch (IOException e) {
      return architecture;
    }
  }

  /**
   * From what Linux says of its processors.
   *
   * @param lines of {@code /proc/cpuinfo}
   * @param architecture the name where no vectors are known
   */
  static String of(List<String> lines, String architecture) {
    List<String> flags =
        lines.stream()
            .filter(line -> line.startsWith("flags"))
            .limit(1)
            .flatMap(line -> Arrays.stream(line.split("\\s+")))
            .toList();
    if (flags.contains("avx512f")) {
      return "avx512";
    }
    return flags.contains("avx2") ? "avx2" : architecture;
  }
}
