package lemniscate.cli;

import java.io.File;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import lemniscate.sweep.slurm.SlurmLauncher.Program;

/** How this very program was started, so that jobs can start it in the same way. */
final class OwnProgram {

  private OwnProgram() {}

  /** Java, its options and the class path, all by absolute paths. */
  static Program program() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> !argument.startsWith("-agent") && !argument.startsWith("-javaagent"))
        .forEach(command::add);
    command.add("-cp");
    command.add(
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .map(place -> Path.of(place).toAbsolutePath().normalize().toString())
            .collect(Collectors.joining(File.pathSeparator)));
    command.add(Main.class.getName());
    return new Program(command, Path.of(""));
  }
}
