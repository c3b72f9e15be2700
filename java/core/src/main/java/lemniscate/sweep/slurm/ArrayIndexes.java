package lemniscate.sweep.slurm;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Indexes of an array as Slurm writes them: {@code 1-3,7,12-40:4%8}. */
final class ArrayIndexes {

  private static final Pattern PIECE =
      Pattern.compile("(\\d{1,9})(?:-(\\d{1,9})(?::(\\d{1,9}))?)?");

  /** No Slurm takes an array of more tasks (slurm.conf, MaxArraySize). */
  private static final int MOST = 4_000_001;

  private ArrayIndexes() {}

  /** The shortest text for ascending indexes. */
  static String text(List<Integer> indexes) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < indexes.size(); ) {
      int j = i;
      while (j + 1 < indexes.size() && indexes.get(j + 1) == indexes.get(j) + 1) {
        j++;
      }
      text.append(i == 0 ? "" : ",").append(indexes.get(i));
      if (j > i) {
        text.append('-').append(indexes.get(j));
      }
      i = j + 1;
    }
    return text.toString();
  }

  /**
   * The indexes of a text, with or without brackets; none if it is no such text ({@code N/A}), or
   * names more than an array can have.
   */
  static List<Integer> of(String text) {
    String bare = text.strip().replaceAll("[\\[\\]]|%\\d+", "");
    List<Integer> indexes = new ArrayList<>();
    for (String piece : bare.split(",", -1)) {
      Matcher matcher = PIECE.matcher(piece);
      if (!matcher.matches()) {
        return List.of();
      }
      int first = Integer.parseInt(matcher.group(1));
      int last = matcher.group(2) == null ? first : Integer.parseInt(matcher.group(2));
      int step = matcher.group(3) == null ? 1 : Math.max(1, Integer.parseInt(matcher.group(3)));
      if ((long) last - first >= (long) step * (MOST - indexes.size())) {
        return List.of();
      }
      for (int index = first; index <= last; index += step) {
        indexes.add(index);
      }
    }
    return indexes;
  }
}
