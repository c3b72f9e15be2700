package lemniscate.cli;

import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Colours of what people read on a terminal. They say nothing that the words do not.
 *
 * <p>{@code NO_COLOR} turns them off (no-color.org), {@code CLICOLOR=0} too, and {@code
 * CLICOLOR_FORCE} on, wherever the text goes (bixense.com/clicolors); otherwise a terminal has
 * them, unless {@code TERM} is {@code dumb}.
 *
 * @param environment of the process
 * @param terminal whether the text goes to a terminal; asked only where it matters
 */
record Colours(Map<String, String> environment, BooleanSupplier terminal) {

  /** None at all, as in programs that run the command line in their own process. */
  static final Colours NONE = new Colours(Map.of("NO_COLOR", "1"), () -> false);

  private static final String ESCAPE = "\u001b[";
  private static final String RESET = ESCAPE + "0m";
  private static final String GREEN = ESCAPE + "32m";
  private static final String RED = ESCAPE + "1;31m";
  private static final String YELLOW = ESCAPE + "33m";

  /** A verdict is a cell of its own, or stands behind its name. */
  private static final Pattern VERDICT =
      Pattern.compile("(?m)(?<=  |^verdict: |: )(pass|ok|FAIL|fail|inconclusive|diverges)(?=$|  )");

  private static final Pattern OPENING = Pattern.compile("^(warning:|lemniscate:)");

  /** Whether there are any. */
  boolean on() {
    if (!environment.getOrDefault("NO_COLOR", "").isEmpty()) {
      return false;
    }
    String force = environment.getOrDefault("CLICOLOR_FORCE", "");
    if (!force.isEmpty() && !force.equals("0")) {
      return true;
    }
    return !"0".equals(environment.get("CLICOLOR"))
        && !"dumb".equals(environment.get("TERM"))
        && terminal.getAsBoolean();
  }

  /** The text of a result, with its verdicts coloured. */
  String result(String text) {
    Matcher verdict = VERDICT.matcher(text);
    if (!verdict.find() || !on()) {
      return text;
    }
    return verdict.replaceAll(match -> colour(match.group()) + match.group() + RESET);
  }

  /** A line for people: warnings and errors begin in colour. */
  String line(String line) {
    Matcher opening = OPENING.matcher(line);
    if (!opening.find() || !on()) {
      return line;
    }
    String colour = opening.group().startsWith("warning") ? YELLOW : RED;
    return colour + opening.group() + RESET + line.substring(opening.end());
  }

  private static String colour(String verdict) {
    return switch (verdict) {
      case "pass", "ok" -> GREEN;
      case "inconclusive", "diverges" -> YELLOW;
      default -> RED;
    };
  }
}
