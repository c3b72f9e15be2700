package lemniscate.cuda.host;

import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What g++ makes of the kernels and of {@code native/host}. A source is compiled once for all
 * libraries that hold it, and by one of the processes that run tests.
 */
public final class HostCode {

  private static final String COMPILER = "g++";

  private HostCode() {}

  /** Writes a file. */
  public interface Step {
    void run() throws IOException, InterruptedException;
  }

  /**
   * Has a file written unless it is newer than all its sources. Other processes that want it wait
   * for the one that writes it.
   *
   * @param sources files or folders
   */
  public static synchronized void build(Path file, List<Path> sources, Step step)
      throws IOException, InterruptedException {
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    Path lock = file.resolveSibling(file.getFileName() + ".lock");
    try (FileChannel channel =
        FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      // Until the channel is closed.
      channel.lock();
      if (!isNewest(file, sources)) {
        step.run();
      }
    }
  }

  private static boolean isNewest(Path file, List<Path> sources) throws IOException {
    if (!Files.exists(file)) {
      return false;
    }
    FileTime built = Files.getLastModifiedTime(file);
    for (Path source : sources) {
      try (Stream<Path> files = Files.walk(source)) {
        for (Path each : files.toList()) {
          if (Files.getLastModifiedTime(each).compareTo(built) >= 0) {
            return false;
          }
        }
      }
    }
    return true;
  }

  /**
   * Objects of kernels and of what runs them on the host, for a library that {@link #link} makes.
   *
   * @param root of the checkout
   * @param sources translation units with kernels
   */
  public static List<String> objects(Path root, Path... sources)
      throws IOException, InterruptedException {
    Path host = root.resolve("native/host");
    Path driver = root.resolve("native/host-driver");
    List<String> objects = new ArrayList<>();
    for (Path source : sources) {
      // With the sizes of parameters, which the stand-in for the driver looks up.
      String sizes = driver.resolve("parameters.h").toString();
      objects.add(object(root, source, "-include", sizes, "-x", "c++"));
    }
    objects.add(object(root, driver.resolve("parameters.cpp")));
    objects.add(object(root, host.resolve("fibers.cpp")));
    objects.add(object(root, host.resolve("memory.cpp")));
    return objects;
  }

  /** The object of one source. */
  static String object(Path root, Path source, String... options)
      throws IOException, InterruptedException {
    Path object =
        Path.of("target", "host-objects").toAbsolutePath().resolve(source.getFileName() + ".o");
    List<String> arguments = new ArrayList<>(List.of(options));
    arguments.addAll(List.of("-c", source.toString()));
    build(object, sources(root, source), () -> compile(root, object, arguments));
    return object.toString();
  }

  /** What an object, or a library of objects, is made of. */
  static List<Path> sources(Path root, Path... more) {
    List<Path> sources = new ArrayList<>(List.of(root.resolve("kernels"), root.resolve("native")));
    sources.addAll(List.of(more));
    return sources;
  }

  /** Makes a library of objects and sources. */
  public static void link(Path root, Path library, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("-shared"));
    // Apart from another with the same kernels that may be loaded beside it; and kernels may be
    // named as functions of the C library are.
    command.add("-Wl,-Bsymbolic");
    command.addAll(arguments);
    compile(root, library, command);
  }

  private static void compile(Path root, Path output, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(COMPILER);
    command.addAll(List.of("-std=c++17", "-O2", "-Wall", "-Wextra", "-Werror", "-fPIC"));
    command.add("-fno-gnu-unique");
    // The checks of a hardened longjmp know one stack only.
    command.add("-U_FORTIFY_SOURCE");
    command.add("-DLEMNISCATE_HOST");
    command.add("-I" + root.resolve("native/host-driver"));
    command.add("-I" + root.resolve("native/host"));
    command.addAll(arguments);
    command.addAll(List.of("-o", output.toString()));
    Path log = output.resolveSibling(output.getFileName() + ".log");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    if (process.waitFor() != 0) {
      throw new IllegalStateException(COMPILER + " failed:\n" + Files.readString(log));
    }
  }

  /** What keeps the kernels from being compiled on this machine, or nothing. */
  public static Optional<String> obstacle() {
    if (!System.getProperty("os.name").equals("Linux")) {
      return Optional.of("the kernels run on the host on Linux only");
    }
    String path = Objects.requireNonNullElse(System.getenv("PATH"), "");
    boolean found =
        Stream.of(path.split(File.pathSeparator))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, COMPILER)));
    return found
        ? Optional.empty()
        : Optional.of("no " + COMPILER + " on the PATH to compile the kernels for the host with");
  }
}
