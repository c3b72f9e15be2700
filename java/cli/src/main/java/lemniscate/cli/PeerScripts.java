package lemniscate.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import lemniscate.timing.PeerProblem;
import lemniscate.timing.PeerProgram;

/**
 * The scripts of {@code benchmarks/peers} that run other programs, and room for the problems that
 * they are given: a folder that goes when this is closed.
 *
 * @param folder with the scripts
 */
record PeerScripts(Path folder) implements AutoCloseable {

  private static final String RESOURCES = "/lemniscate/peers/";
  private static final List<String> SHARED = List.of("serve.py", "problem.py");

  /** Unpacks the scripts. The folder goes when the program is interrupted, too. */
  static PeerScripts unpacked() {
    try {
      Path folder = Files.createTempDirectory("lemniscate-bench");
      PeerScripts scripts = new PeerScripts(folder);
      Runtime.getRuntime().addShutdownHook(new Thread(scripts::close));
      Stream<String> programs = PeerProgram.MODULES.values().stream().map(name -> name + ".py");
      for (String name : Stream.concat(SHARED.stream(), programs).toList()) {
        try (InputStream in = PeerScripts.class.getResourceAsStream(RESOURCES + name)) {
          if (in == null) {
            throw new IllegalStateException("not in this build: " + RESOURCES + name);
          }
          Files.copy(in, folder.resolve(name));
        }
      }
      return scripts;
    } catch (IOException e) {
      throw unwritten(Path.of(System.getProperty("java.io.tmpdir")), e);
    }
  }

  private static UncheckedIOException unwritten(Path folder, IOException cause) {
    return new UncheckedIOException(
        "cannot write to %s; %s".formatted(folder, PeerProblem.ROOM_FOR_TEMPORARY_FILES), cause);
  }

  /** A new folder. */
  Path problem() {
    try {
      return Files.createTempDirectory(folder, "problem");
    } catch (IOException e) {
      throw unwritten(folder, e);
    }
  }

  @Override
  public void close() {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + folder, e);
    }
  }
}
