package lemniscate.data;

import java.util.ArrayList;
import java.util.List;
import lemniscate.config.BadInputException;
import lemniscate.text.Shown;
import org.jspecify.annotations.Nullable;

/**
 * The header of an NPY file: a Python dictionary literal with the keys descr, fortran_order and
 * shape, such as {@code {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }}. Only that
 * grammar is read; nothing is evaluated.
 *
 * @param descr element type
 * @param fortranOrder true for column-major storage
 * @param shape dimensions
 */
record NpyHeader(String descr, boolean fortranOrder, List<Long> shape) {

  /** Parses the header text of the array that messages call {@code where}. */
  static NpyHeader parse(String where, String text) {
    return new Parser(where, text).header();
  }

  private static final class Parser {
    private final String where;
    private final String text;
    private int at;

    Parser(String where, String text) {
      this.where = where;
      this.text = text;
    }

    NpyHeader header() {
      String descr = null;
      Boolean fortranOrder = null;
      List<Long> shape = null;
      expect('{');
      while (!take('}')) {
        String key = string();
        expect(':');
        switch (key) {
          case "descr" -> descr = descr();
          case "fortran_order" -> fortranOrder = bool();
          case "shape" -> shape = tuple();
          default -> throw bad("the key " + Shown.quoted(key));
        }
        if (!take(',')) {
          expect('}');
          break;
        }
      }
      if (peek() != 0) {
        throw bad("text after the closing brace");
      }
      return new NpyHeader(
          present("descr", descr), present("fortran_order", fortranOrder), present("shape", shape));
    }

    private <T> T present(String key, @Nullable T value) {
      if (value == null) {
        throw bad("no key " + Shown.quoted(key));
      }
      return value;
    }

    private String descr() {
      if (peek() == '[') {
        throw new BadInputException(
            where
                + ": its elements are records with named fields, expected plain numbers; save one"
                + " field per array.");
      }
      return string();
    }

    private String string() {
      char quote = peek();
      if (quote != '\'' && quote != '"') {
        throw bad("no quoted string at position " + at);
      }
      int end = text.indexOf(quote, at + 1);
      if (end < 0) {
        throw bad("an unfinished string");
      }
      String value = text.substring(at + 1, end);
      at = end + 1;
      return value;
    }

    private boolean bool() {
      peek();
      for (String word : List.of("True", "False")) {
        if (text.startsWith(word, at)) {
          at += word.length();
          return word.equals("True");
        }
      }
      throw bad("neither True nor False for fortran_order");
    }

    private List<Long> tuple() {
      List<Long> values = new ArrayList<>();
      expect('(');
      while (!take(')')) {
        peek();
        int start = at;
        while (at < text.length() && Character.isDigit(text.charAt(at))) {
          at++;
        }
        // 18 digits always fit a long.
        if (at == start || at - start > 18) {
          throw bad("no valid dimension at position " + start);
        }
        values.add(Long.parseLong(text.substring(start, at)));
        if (!take(',')) {
          expect(')');
          break;
        }
      }
      return values;
    }

    private void expect(char c) {
      if (!take(c)) {
        throw bad("no " + Shown.quoted(String.valueOf(c)) + " at position " + at);
      }
    }

    private boolean take(char c) {
      if (peek() == c) {
        at++;
        return true;
      }
      return false;
    }

    /** The next character that is not a blank, or 0 at the end. */
    private char peek() {
      while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
        at++;
      }
      return at < text.length() ? text.charAt(at) : 0;
    }

    private BadInputException bad(String found) {
      String shown = text.length() > 120 ? text.substring(0, 120) + "…" : text.strip();
      return new BadInputException(
          ("%s: its header has %s, expected {'descr': ..., 'fortran_order': ..., 'shape': "
                  + "(...)} but found: %s. Save the array again with numpy.save or numpy.savez.")
              .formatted(where, found, shown));
    }
  }
}
