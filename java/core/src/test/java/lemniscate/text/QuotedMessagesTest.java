package lemniscate.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What a message puts between quotes comes from outside, of any length and with any characters; so
 * it goes through {@link Shown#quoted}, which puts the quotes, and no message has its own.
 */
final class QuotedMessagesTest {

  private static final Path JAVA = Path.of("..");

  /** A place in quotes of a format, or a quote that a literal opens for what is put behind it. */
  private static final Pattern OWN_QUOTES =
      Pattern.compile("'%s'|[ (]'\"\\s*\\+|'%s [^'\"%]*'|'[^'\"%]* %s'");

  private static final String MAIN = Path.of("src", "main").toString();

  /** What is no message: the header of NumPy's format. */
  private static final List<String> OTHER = List.of("NpzOutput.java");

  @Test
  void quotesAreThoseOfShown() throws IOException {
    List<String> found = new ArrayList<>();
    int read = 0;
    for (Path file : sources()) {
      read++;
      String text = Files.readString(file);
      Matcher own = OWN_QUOTES.matcher(text);
      while (own.find()) {
        long line = text.substring(0, own.start()).lines().count();
        found.add(file.getFileName() + ":" + line + ": " + own.group());
      }
    }
    assertThat(read).as("sources read").isGreaterThan(400);
    assertThat(found).as("write %%s, and Shown.quoted(value)").isEmpty();
  }

  @Test
  void theyAreFound() {
    assertThat(
            Stream.of(
                "\"--layout is '%s', expected\"",
                "\"the key '\" + key", "\"completion: '\"\n   + shell", "\"'%s pc.steps=20'\""))
        .allMatch(text -> OWN_QUOTES.matcher(text).find());
    assertThat(Stream.of("\"%s of %s's equations: 'data' is %s\"", "\"no '=' in %s\""))
        .noneMatch(text -> OWN_QUOTES.matcher(text).find());
  }

  private static List<Path> sources() throws IOException {
    try (Stream<Path> files = Files.walk(JAVA)) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .filter(file -> file.toString().contains(MAIN))
          .filter(file -> !OTHER.contains(file.getFileName().toString()))
          .toList();
    }
  }
}
