package lemniscate.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import lemniscate.config.BadInputException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class JournalTest {

  private static final Journal.Remedies REMEDIES =
      new Journal.Remedies("Restore it.", "Wait for it.");

  @TempDir private Path folder;
  private Path file = Path.of("");

  @BeforeEach
  void paths() {
    file = folder.resolve("journal.jsonl");
  }

  private static Map<String, Object> line(int number) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("number", number);
    fields.put("text", "π \"" + number + "\"\n");
    fields.put("nothing", Double.NaN);
    fields.put("time", Map.of("seconds", 0.1 + number));
    return fields;
  }

  private Journal open() throws IOException {
    return Journal.open(file, REMEDIES, line -> {});
  }

  private void append(int from, int to) throws IOException {
    try (Journal journal = open()) {
      for (int number = from; number <= to; number++) {
        journal.append(line(number));
      }
    }
  }

  private List<String> read() {
    List<String> lines = new ArrayList<>();
    Journal.read(file, REMEDIES, line -> lines.add(line.toString()));
    return lines;
  }

  private void refuses(String... fragments) {
    assertThatThrownBy(this::read)
        .isInstanceOf(BadInputException.class)
        .hasMessageContainingAll(fragments);
    assertThatThrownBy(() -> open().close())
        .isInstanceOf(BadInputException.class)
        .hasMessageContainingAll(fragments);
  }

  // ---------------------------------------------------------------- damage

  @Test
  void keepsToTheContract() throws IOException {
    append(1, 4);
    JournalContract.check(file, this::read);
    JournalContract.check(
        file,
        () -> {
          List<String> lines = new ArrayList<>();
          try (Journal _ = Journal.open(file, REMEDIES, line -> lines.add(line.toString()))) {
            return lines;
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
  }

  @Test
  void linesAreJsonWhoseChecksumAnyoneCanCompute() throws IOException {
    append(1, 2);
    for (String line : Files.readAllLines(file)) {
      JsonNode node = new ObjectMapper().readTree(line);
      assertThat(node.fieldNames()).toIterable().last().isEqualTo("crc");
      assertThat(line).startsWith("{\"number\":").doesNotContain("NaN");
      CRC32 crc = new CRC32();
      crc.update(line.substring(0, line.lastIndexOf(",\"crc\"")).getBytes(StandardCharsets.UTF_8));
      assertThat(node.get("crc").textValue()).isEqualTo("%08x".formatted(crc.getValue()));
    }
    assertThat(read()).allMatch(line -> !line.contains("crc"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{", "{\"number\":5", "{\"number\":5}", "\0\0\n", "{\"n\0\0\0\0}\n", "\0"})
  void whatIsTornIsOverwritten(String torn) throws IOException {
    append(1, 2);
    List<String> before = read();
    byte[] whole = Files.readAllBytes(file);
    Files.writeString(file, torn, StandardOpenOption.APPEND);
    assertThat(read()).isEqualTo(before);
    open().close();
    assertThat(Files.size(file)).as("opening changes nothing").isGreaterThan(whole.length);
    append(3, 3);
    assertThat(Files.readAllBytes(file)).startsWith(whole);
    assertThat(read()).hasSize(3).startsWith(before.toArray(String[]::new));
  }

  @ParameterizedTest
  @CsvSource({
    "'{\"number\":5,}~', not one JSON object",
    "'5~', not one JSON object",
    "'~', not one JSON object",
    "'{\"a\":5,\"a\":6}~', not one JSON object",
    "'{\"number\":5} {\"number\":6}~', not one JSON object",
    "'{\"number\":5,\"crc\":\"00000000\"}~', checksum is wrong",
    "'{\"number\":5,\"crc\":null}~', checksum is wrong",
    "'{\"number\":5}{\"number\":6', line feed is lost",
  })
  void whatIsWholeAndWrongIsRefused(String text, String message) throws IOException {
    append(1, 2);
    Files.writeString(file, text.replace('~', '\n'), StandardOpenOption.APPEND);
    byte[] before = Files.readAllBytes(file);
    refuses(file + ":3: is damaged", message, "Restore it.");
    assertThat(Files.readAllBytes(file)).as("nothing is cut off").isEqualTo(before);
  }

  @Test
  void bytesThatAreNoTextAreRefused() throws IOException {
    Files.write(file, "{\"a\":\"\u00e4\"}\n".getBytes(StandardCharsets.ISO_8859_1));
    refuses(file + ":1: is damaged", "not UTF-8");
    Files.writeString(file, "{\"a\":\0}\n{\"a\":1}\n");
    refuses(file + ":1: is damaged", "NUL");
  }

  @Test
  void missingIsSaid() {
    assertThatThrownBy(this::read)
        .isInstanceOf(BadInputException.class)
        .hasMessage(file + " is missing. Restore it.");
    assertThatThrownBy(() -> Journal.reopen(file, REMEDIES, line -> {}))
        .isInstanceOf(BadInputException.class)
        .hasMessage(file + " is missing. Restore it.");
    assertThat(file).doesNotExist();
  }

  @Test
  void linesWithoutAChecksumAreRead() throws IOException {
    Files.writeString(file, "{\"number\":1}\n{\"job\":\"12345678\"}\n");
    append(3, 3);
    assertThat(read()).hasSize(3);
  }

  // ---------------------------------------------------------------- writing

  @Test
  void cutsOff() throws IOException {
    append(1, 4);
    try (Journal journal = open()) {
      journal.keepWhile(line -> line.integer("number") < 3);
      journal.appendSynced(List.of(line(8), line(9)));
    }
    List<Integer> numbers = new ArrayList<>();
    Journal.read(file, REMEDIES, line -> numbers.add(line.integer("number")));
    assertThat(numbers).containsExactly(1, 2, 8, 9);
  }

  @Test
  void otherProcessesCannotWrite() throws Exception {
    append(1, 2);
    try (Journal journal = open()) {
      // Reading it again must not give up the lock, as closing any descriptor of a file does.
      journal.keepWhile(line -> true);
      Process other =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  Opener.class.getName(),
                  file.toString())
              .redirectErrorStream(true)
              .start();
      String said = new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(other.waitFor(1, TimeUnit.MINUTES)).isTrue();
      assertThat(said).contains("is in use by another process");
      assertThatThrownBy(this::open)
          .isInstanceOf(BadInputException.class)
          .hasMessage(file + " is in use by another process. Wait for it.");
    }
  }

  /** Another process. */
  static final class Opener {
    private Opener() {}

    public static void main(String[] args) throws IOException {
      Journal.open(Path.of(args[0]), REMEDIES, line -> {}).close();
    }
  }

  // ---------------------------------------------------------------- fields

  private static JournalLine fields(String json) throws IOException {
    return JournalLine.of(
        new ObjectMapper().readValue(json, new TypeReference<LinkedHashMap<String, Object>>() {}));
  }

  private static void refuses(String json, Consumer<JournalLine> read, String message)
      throws IOException {
    JournalLine line = fields(json);
    assertThatThrownBy(() -> read.accept(line))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("memory:1: field " + message);
  }

  private record Point(int x, double y) {}

  @Test
  void fieldsHaveNoDefaults() throws IOException {
    refuses("{\"b\":1}", f -> f.integer("a"), "a is missing, expected a whole number");
    refuses("{\"a\":1.5}", f -> f.integer("a"), "a is 1.5, expected a whole number");
    refuses("{\"a\":3000000000}", f -> f.integer("a"), "a is 3000000000, expected a whole");
    refuses("{\"a\":\"7\"}", f -> f.longInteger("a"), "a is \"7\", expected a whole number");
    refuses("{\"a\":null}", f -> f.longInteger("a"), "a is null, expected a whole number");
    refuses("{\"b\":1}", f -> f.longIntegerOrZero("a"), "a is missing, expected a whole number or");
    refuses("{\"a\":\"1\"}", f -> f.integerOrNull("a"), "a is \"1\", expected a whole number or");
    refuses("{\"a\":null}", f -> f.number("a"), "a is null, expected a number");
    refuses("{\"a\":\"NaN\"}", f -> f.numberOrNaN("a"), "a is \"NaN\", expected a number or null");
    refuses("{\"b\":1}", f -> f.numberOrNaN("a"), "a is missing, expected a number or null");
    refuses("{\"a\":1}", f -> f.text("a"), "a is 1, expected a text");
    refuses("{\"b\":1}", f -> f.textOrNull("a"), "a is missing, expected a text or null");
    refuses("{\"a\":[\"x\",1]}", f -> f.texts("a"), "a is [\"x\",1], expected a list of texts");
    refuses("{\"a\":[]}", f -> f.object("a"), "a is [], expected an object");
    refuses("{\"a\":{\"b\":1}}", f -> f.object("a").text("b"), "a.b is 1, expected a text");
    refuses("{\"a\":{\"b\":\"1\"}}", f -> f.numbers("a"), "a.b is \"1\", expected a number or");
    for (String point : List.of("{\"x\":1}", "{\"x\":1,\"y\":null}", "{\"x\":\"1\",\"y\":2}")) {
      refuses(
          "{\"a\":%s}".formatted(point),
          f -> f.value("a", new TypeReference<Point>() {}, "a point"),
          "a is %s, expected a point".formatted(point));
    }
  }

  @Test
  void fieldsAreReadBack() {
    Map<String, Object> all = line(7);
    JournalLine line = JournalLine.of(all);
    assertThat(line.integer("number")).isEqualTo(7);
    assertThat(line.longInteger("number")).isEqualTo(7);
    assertThat(line.numberOrNaN("nothing")).isNaN();
    assertThat(line.longIntegerOrZero("nothing")).isZero();
    assertThat(line.integerOrNull("nothing")).isEmpty();
    assertThat(line.textOrNull("nothing")).isNull();
    assertThat(line.text("text")).isEqualTo(all.get("text"));
    assertThat(line.numbers("time")).containsEntry("seconds", 7.1);
    assertThat(line.names()).containsExactly("number", "text", "nothing", "time");
  }
}
