package lemniscate.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command line as a process of its own, to be signalled and killed. */
final class CommandLineProcess {

  private CommandLineProcess() {}

  /**
   * Ready to be started.
   *
   * @param folder that it works in
   */
  static ProcessBuilder of(Path folder, String... args) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "lemniscate.cli.Main"));
    command.addAll(List.of(args));
    return new ProcessBuilder(command).directory(folder.toFile());
  }
}
