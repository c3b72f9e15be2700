package lemniscate.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Finds the name that was probably meant. */
public final class Spelling {
  /** Longer than any name; what a longer word has beyond brings it nearer to none. */
  private static final int LONGEST = 100;

  private Spelling() {}

  /** The candidate at the smallest distance from {@code given}; the first of equals. */
  public static String nearest(String given, Collection<String> candidates) {
    return candidates.stream()
        .min(Comparator.comparingInt(candidate -> distance(given, candidate)))
        .orElseThrow();
  }

  /**
   * The dotted names nearest to {@code given}: usually one, several (at most three) where a name
   * without its group, such as {@code steps}, fits them equally well. A wrong or missing group
   * costs one edit, whatever its length.
   */
  static List<String> nearestDotted(String given, Collection<String> candidates) {
    int best =
        candidates.stream().mapToInt(name -> dottedDistance(given, name)).min().orElseThrow();
    return candidates.stream()
        .filter(name -> dottedDistance(given, name) == best)
        .sorted(Comparator.comparingInt(name -> distance(given, name)))
        .limit(3)
        .toList();
  }

  private static int dottedDistance(String given, String name) {
    return Math.min(distance(given, name), 1 + distance(leaf(given), leaf(name)));
  }

  private static String leaf(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  /**
   * Damerau-Levenshtein distance, in its "optimal string alignment" form and blind to case: the
   * insertions, deletions, replacements and swaps of neighbours between two words.
   */
  static int distance(String first, String second) {
    String a = compared(first);
    String b = compared(second);
    int[][] edits = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          edits[i][j] = i + j;
          continue;
        }
        int replace = edits[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        int best = Math.min(replace, 1 + Math.min(edits[i - 1][j], edits[i][j - 1]));
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          best = Math.min(best, 1 + edits[i - 2][j - 2]);
        }
        edits[i][j] = best;
      }
    }
    return edits[a.length()][b.length()];
  }

  private static String compared(String word) {
    return word.substring(0, Math.min(word.length(), LONGEST)).toLowerCase(Locale.ROOT);
  }
}
