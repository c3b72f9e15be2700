package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What docs/runs.md promises, each promise by tests that exist. */
final class PromisesTest {

  private static final Path ROOT = Path.of("..", "..");
  private static final Pattern SECTION =
      Pattern.compile("## What is promised\\n(.*?)\\n## ", Pattern.DOTALL);
  private static final Pattern NAMED = Pattern.compile("`(?:([A-Z]\\w*Test)\\.)?([a-z]\\w*)`");

  @Test
  void everyRowNamesTestsThatExist() throws IOException {
    Matcher section = SECTION.matcher(Files.readString(ROOT.resolve("docs/runs.md")));
    assertThat(section.find()).isTrue();
    Map<String, String> sources = sources();
    List<String> promises = new ArrayList<>();
    boolean tests = false;
    for (String row : section.group(1).split("\n")) {
      String[] cells = row.split("\\|");
      if (cells.length < 3 || cells[1].isBlank() || cells[1].contains("---")) {
        continue;
      }
      String last = cells[cells.length - 1].strip();
      // A heading tells whether what follows has tests.
      if (!row.contains("`") || cells.length > 3) {
        tests = last.equals("test");
        continue;
      }
      if (tests) {
        promises.add(cells[1]);
        requireTests(last, sources);
      }
    }
    assertThat(promises).as("promises").hasSizeGreaterThan(15);
  }

  private static final Pattern WHOLE = Pattern.compile("`([A-Z]\\w*Test|scripts/[\\w.-]+)`");

  private static void requireTests(String cell, Map<String, String> sources) {
    Matcher named = NAMED.matcher(cell);
    String type = "";
    int found = 0;
    while (named.find()) {
      type = named.group(1) == null ? type : named.group(1);
      assertThat(sources).as(cell).containsKey(type);
      assertThat(sources.get(type))
          .as("%s in %s", named.group(2), type)
          .containsPattern("(?:void|Stream<DynamicTest>) " + named.group(2) + "\\(");
      found++;
    }
    // A class of tests as a whole, or a script.
    Matcher whole = WHOLE.matcher(cell);
    while (whole.find()) {
      String name = whole.group(1);
      if (name.startsWith("scripts/")) {
        assertThat(ROOT.resolve(name)).exists();
      } else {
        assertThat(sources).as(cell).containsKey(name);
      }
      found++;
    }
    assertThat(found).as("tests in '%s'", cell).isPositive();
  }

  private static Map<String, String> sources() throws IOException {
    Map<String, String> sources = new HashMap<>();
    try (Stream<Path> files = Files.walk(ROOT.resolve("java"))) {
      for (Path file : files.filter(f -> f.toString().endsWith("Test.java")).toList()) {
        sources.put(file.getFileName().toString().replace(".java", ""), Files.readString(file));
      }
    }
    return sources;
  }
}
