import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import com.google.googlejavaformat.java.ImportOrderer;
import com.google.googlejavaformat.java.JavaFormatterOptions.Style;
import com.google.googlejavaformat.java.RemoveUnusedImports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Formats every Java file under the given folders with google-java-format: {@code --write} rewrites
 * those that differ, {@code --check} names them and ends with exit code 1.
 *
 * <p>Run by Maven on the JDK of the toolchain ({@code mvn -N -Pformat validate}, {@code mvn -Plint
 * test-compile}), because google-java-format reads sources with the parser of the JDK it runs on,
 * and Maven may run on one that is too old for them.
 */
public final class FormatSources {
  private record Outcome(Path file, boolean differs, String error) {}

  private FormatSources() {}

  public static void main(String[] arguments) throws IOException {
    boolean checkOnly =
        switch (arguments[0]) {
          case "--check" -> true;
          case "--write" -> false;
          default ->
              throw new IllegalArgumentException("--check or --write expected: " + arguments[0]);
        };
    List<Path> files = new ArrayList<>();
    for (String folder : List.of(arguments).subList(1, arguments.length)) {
      if (Files.isDirectory(Path.of(folder))) {
        collect(Path.of(folder), files);
      }
    }
    List<Outcome> outcomes = files.parallelStream().map(file -> format(file, checkOnly)).toList();

    List<Outcome> broken = outcomes.stream().filter(outcome -> outcome.error() != null).toList();
    List<Outcome> differing = outcomes.stream().filter(Outcome::differs).toList();
    broken.forEach(outcome -> System.err.println(outcome.file() + ": " + outcome.error()));
    differing.forEach(
        outcome ->
            System.err.println((checkOnly ? "not formatted: " : "formatted: ") + outcome.file()));
    if (checkOnly && !differing.isEmpty()) {
      System.err.println("Run: mvn -N -Pformat validate");
    }
    if (!broken.isEmpty() || (checkOnly && !differing.isEmpty())) {
      System.exit(1);
    }
  }

  private static void collect(Path folder, List<Path> files) throws IOException {
    try (Stream<Path> found = Files.walk(folder)) {
      found
          .filter(path -> path.toString().endsWith(".java"))
          .filter(
              path ->
                  Stream.iterate(path, Path::getParent)
                      .limit(path.getNameCount())
                      .noneMatch(part -> part.getFileName().toString().equals("target")))
          .sorted()
          .forEach(files::add);
    }
  }

  private static Outcome format(Path file, boolean checkOnly) {
    try {
      String before = Files.readString(file);
      String after =
          new Formatter()
              .formatSource(
                  RemoveUnusedImports.removeUnusedImports(
                      ImportOrderer.reorderImports(before, Style.GOOGLE)));
      boolean differs = !after.equals(before);
      if (differs && !checkOnly) {
        Files.writeString(file, after);
      }
      return new Outcome(file, differs, null);
    } catch (FormatterException e) {
      return new Outcome(file, false, e.getMessage());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
