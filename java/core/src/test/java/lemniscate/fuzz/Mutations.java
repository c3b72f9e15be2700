package lemniscate.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Changes files as damage, other programs and ill will do; the same seed, the same changes. */
final class Mutations {

  private static final byte[] BYTES = {
    0, 1, -1, 127, -128, '\n', '\r', ' ', '\t', '"', '\'', '\\', '{', '}', '[', ']', '(', ')', ':',
    ',', '#', '&', '*', '-', '.', '/', '%', '!', '0', '9', 'N', 'e'
  };

  private static final List<String> NUMBERS =
      List.of(
          "0",
          "-1",
          "1",
          "00",
          "255",
          "65536",
          "2147483647",
          "2147483648",
          "-2147483648",
          "4294967296",
          "9007199254740993",
          "9223372036854775807",
          "9223372036854775808",
          "99999999999999999999",
          "1e999",
          "1e-999",
          "0.1",
          "-0.0",
          "NaN",
          "Infinity",
          "null",
          "true",
          "\"1\"",
          "[]",
          "{}",
          "1-999999999",
          "0x7fffffff",
          "1_000");

  private static final long[] WORDS = {
    0,
    1,
    -1,
    0x7f,
    0xff,
    0x7fff,
    0xffff,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    Integer.MAX_VALUE - 8L,
    1L << 32,
    Long.MAX_VALUE,
    Long.MIN_VALUE
  };

  private static final Pattern NUMBER = Pattern.compile("[0-9][0-9.]*");
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9_.]+");

  private final SplittableRandom random;

  Mutations(long seed) {
    this.random = new SplittableRandom(seed);
  }

  /** One to four changes. */
  byte[] of(List<byte[]> seeds) {
    byte[] bytes = any(seeds).clone();
    for (int n = 1 + random.nextInt(4); n > 0; n--) {
      bytes = once(bytes, any(seeds));
    }
    return bytes;
  }

  private byte[] any(List<byte[]> seeds) {
    return seeds.get(random.nextInt(seeds.size()));
  }

  private byte[] once(byte[] bytes, byte[] other) {
    if (bytes.length == 0) {
      return other.clone();
    }
    int at = random.nextInt(bytes.length);
    int end = at + Math.min(bytes.length - at, 1 + random.nextInt(1 << random.nextInt(12)));
    return switch (random.nextInt(10)) {
      case 0 -> set(bytes, at, (byte) (bytes[at] ^ 1 << random.nextInt(8)));
      case 1 -> set(bytes, at, BYTES[random.nextInt(BYTES.length)]);
      case 2 -> Arrays.copyOf(bytes, at);
      case 3 -> replaced(bytes, at, end, new byte[0]);
      case 4 -> replaced(bytes, at, at, repeated(Arrays.copyOfRange(bytes, at, end)));
      case 5 -> replaced(bytes, at, at, noise());
      case 6 -> spliced(bytes, at, other);
      case 7 -> text(bytes, NUMBER, NUMBERS.get(random.nextInt(NUMBERS.size())));
      case 8 -> word(bytes, at);
      default -> text(bytes, TOKEN, token(other));
    };
  }

  private static byte[] set(byte[] bytes, int at, byte value) {
    bytes[at] = value;
    return bytes;
  }

  private static byte[] replaced(byte[] bytes, int from, int to, byte[] by) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(bytes, 0, from);
    out.writeBytes(by);
    out.write(bytes, to, bytes.length - to);
    return out.toByteArray();
  }

  private byte[] repeated(byte[] range) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int n = 1 + random.nextInt(8); n > 0 && out.size() < 1 << 14; n--) {
      out.writeBytes(range);
    }
    return out.toByteArray();
  }

  private byte[] noise() {
    byte[] bytes = new byte[1 + random.nextInt(16)];
    random.nextBytes(bytes);
    return bytes;
  }

  private byte[] spliced(byte[] bytes, int at, byte[] other) {
    int from = random.nextInt(other.length + 1);
    return replaced(bytes, at, bytes.length, Arrays.copyOfRange(other, from, other.length));
  }

  private byte[] word(byte[] bytes, int at) {
    int size = 2 << random.nextInt(3);
    if (bytes.length < size) {
      return bytes;
    }
    int place = Math.min(at / size * size, bytes.length - size);
    ByteBuffer buffer =
        ByteBuffer.wrap(bytes)
            .order(random.nextBoolean() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    long value = WORDS[random.nextInt(WORDS.length)];
    switch (size) {
      case 2 -> buffer.putShort(place, (short) value);
      case 4 -> buffer.putInt(place, (int) value);
      default -> buffer.putLong(place, value);
    }
    return bytes;
  }

  private byte[] text(byte[] bytes, Pattern pattern, String by) {
    List<MatchResult> found = matches(bytes, pattern);
    if (found.isEmpty()) {
      return bytes;
    }
    MatchResult match = found.get(random.nextInt(found.size()));
    return replaced(bytes, match.start(), match.end(), by.getBytes(StandardCharsets.ISO_8859_1));
  }

  private String token(byte[] other) {
    List<MatchResult> found = matches(other, TOKEN);
    return found.isEmpty() ? "" : found.get(random.nextInt(found.size())).group();
  }

  private static List<MatchResult> matches(byte[] bytes, Pattern pattern) {
    return pattern.matcher(new String(bytes, StandardCharsets.ISO_8859_1)).results().toList();
  }
}
