package lemniscate.text;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Commands as they are typed in a shell of Unix. */
public final class ShellWords {

  /** What a shell reads as it is. */
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_@%+=:,./-]+");

  private ShellWords() {}

  /**
   * A word, in single quotes where a shell would read something else without; what a terminal would
   * act on is written as {@code $'\033'} (POSIX.1-2024, and bash, ksh and zsh before).
   */
  public static String word(String text) {
    if (PLAIN.matcher(text).matches()) {
      return text;
    }
    return Shown.printable(text).equals(text)
        ? "'" + text.replace("'", "'\\''") + "'"
        : "$'" + escaped(text) + "'";
  }

  private static String escaped(String text) {
    StringBuilder escaped = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      // Bytes beyond ASCII too, so that what is typed is ASCII, whatever the terminal's encoding.
      if (b < ' ' || b == 0x7f) {
        int value = b & 0xff;
        escaped.append('\\').append((char) ('0' + (value >> 6)));
        escaped.append((char) ('0' + (value >> 3 & 7))).append((char) ('0' + (value & 7)));
      } else if (b == '\'' || b == '\\') {
        escaped.append('\\').append((char) b);
      } else {
        escaped.append((char) b);
      }
    }
    return escaped.toString();
  }

  /** A file or folder as an argument; one whose name starts with a dash is no option. */
  public static String path(Path path) {
    String text = path.toString();
    return word(text.startsWith("-") ? "./" + text : text);
  }

  /**
   * A command.
   *
   * @param words program and arguments
   */
  public static String line(List<String> words) {
    return words.stream().map(ShellWords::word).collect(Collectors.joining(" "));
  }
}
