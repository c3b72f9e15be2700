package lemniscate.data;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.config.BadInputException;
import lemniscate.text.Shown;
import org.jspecify.annotations.Nullable;

/**
 * Reads the pickles of CIFAR's python version: a dictionary of byte strings, integers, lists of
 * such and NumPy arrays, in protocol 2 as Python 2 writes it. Only the opcodes of these files are
 * known, and the only things that a pickle may name are an array's; nothing is called. So a pickle
 * cannot run code here, as it can in Python.
 *
 * <p>Values are {@code Long}, {@code Boolean}, {@code byte[]}, {@code List}, {@code Map} with text
 * as keys, and {@link Array}.
 */
final class PickleReader {
  // CIFAR's nest five deep; a file that goes on and on must not fill the memory with marks.
  private static final int MAX_DEPTH = 64;

  private static final String ARRAY = "numpy.core.multiarray _reconstruct";
  private static final String ARRAY_CLASS = "numpy ndarray";
  private static final String TYPE = "numpy dtype";

  /** Stands for Python's {@code None}. */
  private static final Object NONE = new Object();

  private final StrictInput in;
  private final Map<Long, Object> memo = new HashMap<>();
  private final Deque<List<Object>> below = new ArrayDeque<>();
  private List<Object> stack = new ArrayList<>();
  private long at;

  private PickleReader(StrictInput in) {
    this.in = in;
  }

  /** A function or class that a pickle names. */
  private record Named(String name) {}

  /** The element type of an array; nothing of it is changed later. */
  private record ElementType(String name) {}

  private record Tuple(List<Object> items) {}

  /** An array of NumPy: filled in once its state is read. */
  static final class Array {
    private String type = "";
    private List<Integer> shape = List.of();
    private boolean columnMajor;
    private byte[] bytes = {};

    private Array() {}

    /** The element type, as {@code u1}. */
    String type() {
      return type;
    }

    /** The dimensions. */
    List<Integer> shape() {
      return shape;
    }

    /** Whether the first index is the fastest. */
    boolean columnMajor() {
      return columnMajor;
    }

    /** The elements, not copied. */
    byte[] bytes() {
      return bytes;
    }
  }

  /**
   * Reads a pickled dictionary, to the end of the stream.
   *
   * @throws BadInputException if it is anything else, or cut short
   */
  static Map<String, Object> dictionary(StrictInput in) {
    return new PickleReader(in).read();
  }

  /** What a value is, for messages. */
  static String describe(@Nullable Object value) {
    return switch (value) {
      case null -> "missing";
      case Array array ->
          "an array of shape " + array.shape() + " of type " + Shown.quoted(array.type());
      case List<?> list -> "a list of " + list.size();
      case byte[] text -> "a string of " + text.length + " bytes";
      case Map<?, ?> _ -> "a dictionary";
      default -> value.toString();
    };
  }

  private Map<String, Object> read() {
    if (next() != 0x80 || next() != 2) {
      throw bad("it does not start as a pickle of protocol 2");
    }
    for (int opcode = next(); opcode != '.'; opcode = next()) {
      execute(opcode);
    }
    in.expectEnd("one pickle");
    if (!below.isEmpty() || stack.size() != 1 || !(pop() instanceof Map<?, ?> map)) {
      throw bad("it is no dictionary");
    }
    Map<String, Object> dictionary = new LinkedHashMap<>();
    map.forEach((key, value) -> dictionary.put((String) key, value));
    return dictionary;
  }

  private void execute(int opcode) {
    switch (opcode) {
      // Values.
      case '}' -> push(new LinkedHashMap<String, Object>());
      case ']' -> push(new ArrayList<>());
      case ')' -> push(new Tuple(List.of()));
      case 'N' -> push(NONE);
      case 0x88 -> push(true);
      case 0x89 -> push(false);
      case 'K' -> push(unsigned(1));
      case 'M' -> push(unsigned(2));
      case 'J' -> push((long) (int) unsigned(4));
      case 'U' -> push(bytes(unsigned(1)));
      case 'T' -> push(bytes(unsigned(4)));
      case 'c' -> push(named(line() + " " + line()));
      // The memo.
      case 'q' -> memo.put(unsigned(1), top());
      case 'r' -> memo.put(unsigned(4), top());
      case 'h' -> push(remembered(unsigned(1)));
      case 'j' -> push(remembered(unsigned(4)));
      // What is made of values.
      case '(' -> mark();
      case 't' -> push(new Tuple(sinceMark()));
      case 0x85 -> tuple(1);
      case 0x86 -> tuple(2);
      case 0x87 -> tuple(3);
      case 'e' -> list(sinceMark());
      case 'a' -> list(List.of(pop()));
      case 'u' -> entries(sinceMark());
      case 's' -> {
        Object value = pop();
        entries(List.of(pop(), value));
      }
      case 'R' -> reduce();
      case 'b' -> build();
      default ->
          throw bad(
              "the opcode 0x%02x at byte %d is none that CIFAR's files have"
                  .formatted(opcode, at - 1));
    }
  }

  private void mark() {
    if (below.size() == MAX_DEPTH) {
      throw bad("its parts nest more than %d deep".formatted(MAX_DEPTH));
    }
    below.push(stack);
    stack = new ArrayList<>();
  }

  private List<Object> sinceMark() {
    if (below.isEmpty()) {
      throw bad("a mark is missing before byte " + at);
    }
    List<Object> items = stack;
    stack = below.pop();
    return items;
  }

  private void tuple(int size) {
    List<Object> items = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      items.addFirst(pop());
    }
    stack.add(new Tuple(items));
  }

  @SuppressWarnings("unchecked") // the lists on the stack are made here, of any object
  private void list(List<Object> items) {
    if (!(top() instanceof List<?> list)) {
      throw bad("something is appended to what is no list before byte " + at);
    }
    ((List<Object>) list).addAll(items);
  }

  @SuppressWarnings("unchecked") // the maps on the stack are made here, with text as keys
  private void entries(List<Object> items) {
    if (!(top() instanceof Map<?, ?> map) || items.size() % 2 != 0) {
      throw bad("entries are put into what is no dictionary before byte " + at);
    }
    for (int i = 0; i < items.size(); i += 2) {
      if (!(items.get(i) instanceof byte[] key)) {
        throw bad("a dictionary has a key that is no string before byte " + at);
      }
      ((Map<String, Object>) map)
          .put(new String(key, StandardCharsets.ISO_8859_1), items.get(i + 1));
    }
  }

  private Named named(String name) {
    return switch (name) {
      case ARRAY, ARRAY_CLASS, TYPE -> new Named(name);
      default -> throw bad("it names %s, which CIFAR's files do not".formatted(Shown.quoted(name)));
    };
  }

  private void reduce() {
    Object arguments = pop();
    if (!(pop() instanceof Named(String name)) || !(arguments instanceof Tuple(var given))) {
      throw bad("something other than an array is made before byte " + at);
    }
    if (name.equals(ARRAY)) {
      stack.add(new Array());
    } else if (name.equals(TYPE) && !given.isEmpty() && given.getFirst() instanceof byte[] type) {
      stack.add(new ElementType(new String(type, StandardCharsets.ISO_8859_1)));
    } else {
      throw bad("something other than an array is made before byte " + at);
    }
  }

  private void build() {
    Object state = pop();
    if (top() instanceof ElementType && state instanceof Tuple) {
      return; // byte order and alignment, of no meaning for bytes
    }
    // Version, shape, type, order, elements.
    if (!(top() instanceof Array array)
        || !(state instanceof Tuple(var parts))
        || parts.size() != 5
        || !(parts.get(1) instanceof Tuple(var dimensions))
        || !(parts.get(2) instanceof ElementType(String type))
        || !(parts.get(3) instanceof Boolean columnMajor)
        || !(parts.get(4) instanceof byte[] elements)) {
      throw bad("the state of an array is not as NumPy writes it before byte " + at);
    }
    List<Integer> shape = new ArrayList<>();
    long size = 1;
    for (Object dimension : dimensions) {
      if (!(dimension instanceof Long extent) || extent < 1 || extent > elements.length) {
        throw bad("an array of %d bytes has the extent %s".formatted(elements.length, dimension));
      }
      shape.add(extent.intValue());
      // Both factors are below 2^31, and a product that is too large is refused before the next.
      size *= extent;
      if (size > elements.length) {
        break;
      }
    }
    if (type.equals("u1") && size != elements.length) {
      throw bad("an array of shape %s has %d bytes".formatted(shape, elements.length));
    }
    array.type = type;
    array.shape = List.copyOf(shape);
    array.columnMajor = columnMajor;
    array.bytes = elements;
  }

  // What is given is worked out before the stack is looked at: it may be another one by then.
  private void push(Object value) {
    stack.add(value);
  }

  private Object top() {
    if (stack.isEmpty()) {
      throw bad("a value is missing before byte " + at);
    }
    return stack.getLast();
  }

  private Object pop() {
    Object value = top();
    stack.removeLast();
    return value;
  }

  private Object remembered(long index) {
    Object value = memo.get(index);
    if (value == null) {
      throw bad("value %d is asked for before it is there, at byte %d".formatted(index, at));
    }
    return value;
  }

  private int next() {
    return (int) unsigned(1);
  }

  /** A little-endian number without sign. */
  private long unsigned(int bytes) {
    byte[] digits = bytes(bytes);
    long value = 0;
    for (int i = bytes - 1; i >= 0; i--) {
      value = value << 8 | (digits[i] & 0xff);
    }
    return value;
  }

  private byte[] bytes(long count) {
    if (count > StrictInput.MAX_ARRAY) {
      throw bad("a string of %d bytes is promised at byte %d".formatted(count, at));
    }
    at += count;
    return in.exactly((int) count, "the pickle");
  }

  private String line() {
    StringBuilder text = new StringBuilder();
    for (int c = next(); c != '\n'; c = next()) {
      if (text.length() == 100) {
        throw bad("a name is longer than 100 letters at byte " + at);
      }
      text.append((char) c);
    }
    return text.toString();
  }

  private BadInputException bad(String found) {
    return new BadInputException(
        ("%s: %s; expected a pickled dictionary as in CIFAR's python version, and other pickles"
                + " are not read, because they can run code. Fetch the file again, or take the"
                + " binary version.")
            .formatted(in.where(), found));
  }
}
