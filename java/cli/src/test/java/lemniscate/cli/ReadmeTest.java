package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import lemniscate.config.ConfigSchema;
import lemniscate.train.Experiment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

/** README and docs say what the program does: their code, commands, table of keys and links. */
final class ReadmeTest {

  private static final Path ROOT = Path.of("..", "..");
  private static final Path README = ROOT.resolve("README.md");
  private static final Path DOCS = ROOT.resolve("docs");
  private static final Path EXAMPLE =
      ROOT.resolve("java/core/src/test/java/lemniscate/example/QuickStart.java");

  private static final Pattern JAVA_BLOCK = Pattern.compile("```java\\n(.*?)```", Pattern.DOTALL);
  private static final Pattern COMMAND =
      Pattern.compile(
          "(?<=^|[`(\\s])\\./lemniscate( (?:\\\\\\n|[^`\\n#|>&)])*)", Pattern.MULTILINE);
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]+)(?:#[^)]*)?\\)");

  private static final int MAX_EXAMPLE_LINES = 20;

  /** A command in a page. */
  private record Typed(Path page, List<String> arguments) {
    @Override
    public String toString() {
      return ROOT.relativize(page) + ": " + String.join(" ", arguments);
    }
  }

  @Test
  void exampleIsTheOneThatIsCompiledAndRun() throws IOException {
    Matcher block = JAVA_BLOCK.matcher(Files.readString(README));
    assertThat(block.find()).as("a Java block in the README").isTrue();
    String shown = block.group(1);
    assertThat(shown.lines().filter(line -> !line.isBlank()).count())
        .isLessThanOrEqualTo(MAX_EXAMPLE_LINES);
    assertThat(words(shown)).isEqualTo(words(bodyOfTrain()));
    assertThat(block.find()).as("a second Java block, which nothing compiles").isFalse();
  }

  // What stands between the braces of the method.
  private static String bodyOfTrain() throws IOException {
    String source = Files.readString(EXAMPLE);
    int start = source.indexOf('{', source.indexOf("static double train("));
    return source.substring(start + 1, source.indexOf("\n  }\n", start));
  }

  private static String words(String code) {
    return code.strip().replaceAll("\\s+", " ");
  }

  @Test
  void keysAreThoseOfTheSchema() throws IOException {
    assertThat(Files.readString(DOCS.resolve("configuration.md")))
        .contains("\n\n" + ConfigSchema.markdownTable() + "\n");
  }

  static List<Typed> commands() throws IOException {
    List<Typed> commands = new ArrayList<>();
    for (Path page : pages()) {
      Matcher found = COMMAND.matcher(Files.readString(page));
      while (found.find()) {
        // In a loop of the shell a variable stands for a number.
        String line = found.group(1).replace("\\\n", " ").replaceAll("\\$\\w+", "64").strip();
        if (!line.isEmpty()) {
          commands.add(new Typed(page, List.of(line.split("\\s+"))));
        }
      }
    }
    return commands;
  }

  /** As typed it is understood, and its values are ones that their keys take. */
  @ParameterizedTest
  @MethodSource("commands")
  void commandsAreUnderstood(Typed typed) {
    PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
    CommandLine root = Main.commandLine(new Streams(nowhere, nowhere, () -> false, false));
    assertThatCode(
            () -> {
              ParseResult parsed = root.parseArgs(typed.arguments().toArray(String[]::new));
              ParseResult command = parsed.hasSubcommand() ? parsed.subcommand() : parsed;
              // A file that a page names need not be there.
              if (command.commandSpec().name().equals("train")
                  && !command.hasMatchedOption("--config")) {
                Experiment.completed(ConfigOptions.read(command));
              }
            })
        .doesNotThrowAnyException();
  }

  @Test
  void commandsWereFound() throws IOException {
    assertThat(commands())
        .extracting(typed -> String.join(" ", typed.arguments()))
        .contains("train", "doctor");
  }

  @Test
  void linksLeadSomewhere() throws IOException {
    for (Path page : pages()) {
      Matcher link = LINK.matcher(Files.readString(page));
      while (link.find()) {
        String target = link.group(1);
        if (!target.startsWith("http")) {
          assertThat(page.resolveSibling(target).normalize())
              .as("%s in %s", target, ROOT.relativize(page))
              .exists();
        }
      }
    }
  }

  private static List<Path> pages() throws IOException {
    try (Stream<Path> docs = Files.walk(DOCS)) {
      return Stream.concat(Stream.of(README), docs)
          .filter(file -> file.toString().endsWith(".md"))
          .sorted()
          .toList();
    }
  }
}
