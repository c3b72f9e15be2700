package lemniscate.claim;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import lemniscate.config.BadInputException;
import lemniscate.text.Shown;

/** How much work claims are measured with. */
public enum ClaimPreset {
  /** All claims within half an hour on two cores. */
  MINUTES,
  /** More seeds and sizes: some hours. */
  HOURS,
  /** Wide networks on whole data sets: for a cluster, or days. */
  FULL;

  /** {@return the name on the command line} */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The preset of a name.
   *
   * @param source what errors call it
   * @throws BadInputException if there is none
   */
  public static ClaimPreset named(String name, String source) {
    List<String> words = Stream.of(values()).map(ClaimPreset::word).toList();
    int at = words.indexOf(name);
    if (at < 0) {
      throw new BadInputException(
          "%s is %s; expected one of %s. Correct it."
              .formatted(source, Shown.quoted(name), String.join(", ", words)));
    }
    return values()[at];
  }

  /** {@return one of three settings} */
  String pick(String minutes, String hours, String full) {
    return switch (this) {
      case MINUTES -> minutes;
      case HOURS -> hours;
      case FULL -> full;
    };
  }
}
