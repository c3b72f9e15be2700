package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * The command line in a process of its own, in surroundings that a test makes: environment, limits,
 * standard output, working directory.
 *
 * @param code exit code
 * @param out standard output, empty where it went elsewhere
 * @param err standard error
 */
record OwnProcess(int code, String out, String err) {

  private static final long PATIENCE_SECONDS = 60;

  /** How a process is started. */
  static final class Setting {

    private final Path folder;
    private final Map<String, String> environment = new TreeMap<>();
    private final List<String> javaOptions = new ArrayList<>();
    private String before = "";
    private String behind = "";

    /** In a folder, with nothing of this process's environment but its PATH. */
    Setting(Path folder) {
      this.folder = folder;
      environment.put("PATH", System.getenv().getOrDefault("PATH", "/usr/bin:/bin"));
      environment.put("LC_ALL", "C.UTF-8");
    }

    /** Sets a variable. */
    Setting with(String name, String value) {
      environment.put(name, value);
      return this;
    }

    /** Gives Java an option. */
    Setting java(String option) {
      javaOptions.add(option);
      return this;
    }

    /** A shell's command before Java begins, such as {@code ulimit -n 20}. */
    Setting before(String command) {
      before = command + "; ";
      return this;
    }

    /** What follows Java's command in the shell, such as a redirection. */
    Setting behind(String text) {
      behind = " " + text;
      return this;
    }

    /** Runs a command. */
    OwnProcess run(String... args) throws IOException, InterruptedException {
      List<String> command = new ArrayList<>(List.of("sh", "-c", before + "\"$@\"" + behind, "sh"));
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(
          List.of("--enable-native-access=ALL-UNNAMED", "-XX:TieredStopAtLevel=1", "-Xshare:auto"));
      command.addAll(javaOptions);
      command.addAll(List.of("-cp", classPath(), "lemniscate.cli.Main"));
      command.addAll(List.of(args));
      ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
      builder.environment().clear();
      builder.environment().putAll(environment);
      Path out = Files.createTempFile("own-process", ".out");
      Path err = Files.createTempFile("own-process", ".err");
      try {
        Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        boolean ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (!ended) {
          process.destroyForcibly();
        }
        OwnProcess result = new OwnProcess(process.waitFor(), text(out), text(err));
        assertThat(ended).as("ended in time; standard error: " + result.err).isTrue();
        return result;
      } finally {
        Files.delete(out);
        Files.delete(err);
      }
    }

    // Whole, for the working directory is another.
    private static String classPath() {
      return String.join(
          File.pathSeparator,
          List.of(System.getProperty("java.class.path").split(File.pathSeparator, -1)).stream()
              .map(place -> Path.of(place).toAbsolutePath().toString())
              .toList());
    }

    private static String text(Path file) throws IOException {
      return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }
  }

  /** Asserts that bad input is answered by exit code 2, one message and no stack trace. */
  OwnProcess refuses(String... fragments) {
    assertThat(code).as(err).isEqualTo(2);
    assertThat(out).isEmpty();
    assertThat(err).contains(fragments).doesNotContain("\tat ").startsWith("lemniscate: ");
    return this;
  }
}
