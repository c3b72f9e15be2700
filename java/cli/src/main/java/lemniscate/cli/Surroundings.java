package lemniscate.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lemniscate.text.Shown;

/** What a process must be given before a command can do its work. */
final class Surroundings {

  /** Files that a run, a report and a device's libraries have open at most, with some to spare. */
  static final int OPEN_FILES = 128;

  // What Java makes of bytes that the character set of the locale does not have.
  private static final char UNREADABLE = '\uFFFD';
  private static final Path LIMITS = Path.of("/proc/self/limits");
  private static final Pattern OPEN_FILES_LIMIT = Pattern.compile("Max open files\\s+(\\d+)\\s.*");
  // They read and write no file that is named by a user.
  private static final Set<String> NAMING_NO_FILE =
      Set.of("doctor", "completion", "--help", "-h", "--version");

  private Surroundings() {}

  /** Why nothing can be done here, with the remedy; empty where all is well. */
  static Optional<String> refusal(String[] args) {
    // Before any class of a library is loaded: that opens a file.
    return openFilesRefusal(limits())
        .or(
            () ->
                Arrays.stream(args).anyMatch(NAMING_NO_FILE::contains)
                    ? Optional.empty()
                    : namesRefusal(args, System.getProperty("user.dir"), characterSet()));
  }

  /** Refuses to begin what would break off where a file cannot be opened. */
  static Optional<String> openFilesRefusal(List<String> limits) {
    for (String line : limits) {
      Matcher matcher = OPEN_FILES_LIMIT.matcher(line);
      if (matcher.matches() && Long.parseLong(matcher.group(1)) < OPEN_FILES) {
        return Optional.of(
            "this process may have "
                + matcher.group(1)
                + " files open, expected at least "
                + OPEN_FILES
                + "; raise the limit: ulimit -n 1024");
      }
    }
    return Optional.empty();
  }

  /** Refuses names that Java reads as others: files of these would be looked for, and made. */
  static Optional<String> namesRefusal(String[] args, String directory, String characterSet) {
    String what;
    if (directory.indexOf(UNREADABLE) >= 0) {
      what = "the working directory, " + directory + ", has";
    } else {
      Optional<String> argument =
          Arrays.stream(args).filter(arg -> arg.indexOf(UNREADABLE) >= 0).findFirst();
      if (argument.isEmpty()) {
        return Optional.empty();
      }
      what = Shown.quoted(argument.get()) + " has";
    }
    return Optional.of(
        what
            + " characters that are none of the locale's character set ("
            + characterSet
            + "), so that Java would take another name for it; set LC_ALL=C.UTF-8, or the locale in"
            + " whose character set it is written, or use another name.");
  }

  /** The character set in which Java reads and writes names of files. */
  static String characterSet() {
    return System.getProperty("sun.jnu.encoding", "unknown");
  }

  /** Whether that has every character. */
  static boolean takesAllNames() {
    return characterSet().startsWith("UTF") || characterSet().equals("GB18030");
  }

  private static List<String> limits() {
    try {
      return Files.readAllLines(LIMITS);
    } catch (IOException e) {
      return List.of(); // no Linux; where nothing is known, nothing is refused
    }
  }
}
