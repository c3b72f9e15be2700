package lemniscate.cli;

/**
 * Shortens lines to the room that there is. Fields stand apart by two spaces; those at the end go
 * first, and no number is cut, for a part of one is another.
 */
final class Fit {

  private static final String GAP = "  ";
  private static final String MORE = "…";

  private Fit() {}

  /**
   * A line of at most so many characters: as many whole fields of it as have room; of a first field
   * that has none as many whole words, and of a first word its beginning.
   */
  static String line(String line, int columns) {
    int room = Math.max(1, columns);
    if (line.length() <= room) {
      return line;
    }
    String fields = upTo(line, GAP, room);
    if (!fields.isBlank()) {
      return fields;
    }
    String words = upTo(line, " ", room - MORE.length());
    if (!words.isBlank()) {
      return words + MORE;
    }
    String word = line.strip().split(" ", -1)[0];
    if (word.chars().anyMatch(Character::isDigit)) {
      return MORE;
    }
    return word.length() < room ? word : word.substring(0, room - MORE.length()) + MORE;
  }

  // The longest beginning that ends where the separator begins.
  private static String upTo(String line, String separator, int room) {
    if (room < 1) {
      return "";
    }
    int end = line.lastIndexOf(separator, room);
    return end < 0 ? "" : line.substring(0, end).stripTrailing();
  }
}
