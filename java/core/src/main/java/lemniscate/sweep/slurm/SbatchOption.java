package lemniscate.sweep.slurm;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lemniscate.config.BadInputException;
import lemniscate.text.Shown;

/**
 * An option for the jobs of a sweep, such as {@code time=30}: a line {@code #SBATCH --time=30} of
 * their script.
 *
 * @param text {@code key=value}, or {@code key} for an option without a value
 */
public record SbatchOption(String text) {

  /** What the launcher decides itself, or what would keep it from seeing its jobs. */
  private static final List<String> RESERVED =
      List.of(
          "array",
          "output",
          "error",
          "input",
          "job-name",
          "chdir",
          "open-mode",
          "parsable",
          "wrap",
          "wait",
          "test-only",
          "quiet",
          "verbose",
          "help",
          "usage",
          "version",
          "clusters",
          "cluster");

  // Enough for every option that sbatch has; what it does not know it refuses itself.
  private static final Pattern KEY = Pattern.compile("[a-z][a-z0-9]+(?:-[a-z0-9]+)*");
  private static final Pattern FORM = Pattern.compile("([^=]*)(?:=(.*))?", Pattern.DOTALL);
  private static final Pattern PLAIN_VALUE = Pattern.compile("[^\\s\"'#\\\\\\p{Cntrl}]+");

  /**
   * Checks the form.
   *
   * @throws BadInputException if the key is not the long name of an option or one of those that the
   *     launcher sets, or the value cannot stand in a line of a script
   */
  public SbatchOption {
    Matcher matcher = FORM.matcher(text);
    boolean matches = matcher.matches();
    String key = matches ? matcher.group(1) : text;
    if (!KEY.matcher(key).matches()) {
      throw new BadInputException(
          "--slurm.option is %s; expected key=value with the long name of an option of sbatch, without dashes before it. Write for instance time=30 or gres=gpu:1."
              .formatted(Shown.quoted(text)));
    }
    // sbatch takes abbreviations for the whole name.
    for (String reserved : RESERVED) {
      if (reserved.startsWith(key)) {
        throw new BadInputException(
            "--slurm.option is %s, but the launcher sets %s itself. Leave it out."
                .formatted(Shown.quoted(text), reserved));
      }
    }
    String value = matcher.group(2);
    if (value != null && !PLAIN_VALUE.matcher(value).matches()) {
      throw new BadInputException(
          "--slurm.option is %s; expected a value without spaces, quotes, backslashes, # and control characters, and not an empty one."
              .formatted(Shown.quoted(text)));
    }
  }

  /** Its line of a script. */
  String line() {
    return "#SBATCH --" + text;
  }
}
