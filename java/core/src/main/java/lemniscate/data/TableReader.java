package lemniscate.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.csv.CsvFactory;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import lemniscate.config.BadInputException;
import lemniscate.tensor.ExampleShape;
import org.jspecify.annotations.Nullable;

/**
 * Reads tables, text with a row for each example and a column for each feature (RFC 4180, in
 * UTF-8): separated by commas, semicolons or tabs, as the first row says; a file that is called
 * .tsv by tabs. Cells may be quoted. Files may be compressed by gzip.
 *
 * <p>Features are numbers, kept as float32. One column holds labels or targets ({@link
 * TableColumns}, {@link LabelColumn}). Nothing that is missing is filled in.
 */
final class TableReader {
  private static final int FIRST_LINE = 1 << 16;
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private final Path file;
  private final LabelColumn labels;
  private @Nullable TableColumns columns;
  // Of a table that may be without answers, the number of features; else 0.
  private int wanted;
  private byte[] row = new byte[0];
  private int rows;

  private TableReader(Path file, @Nullable TableColumns columns, LabelColumn labels) {
    this.file = file;
    this.columns = columns;
    this.labels = labels;
  }

  /**
   * Reads both splits.
   *
   * @param name name of the set
   * @param file the table
   * @param dir where a relative test file lies, or null for the working directory
   * @param options what its columns mean, and where test examples come from
   * @throws BadInputException if a table is not as described above
   */
  static DataSplits readSplits(String name, Path file, @Nullable Path dir, DataOptions options) {
    requireFile(file);
    Path testFile = options.split().testFile();
    if (testFile == null && options.split().testFraction() == null) {
      throw new BadInputException(
          file
              + " is one table, expected test examples, too; give data.testFraction, the part of"
              + " the rows that is kept for the test, such as 0.2, or data.testFile.");
    }
    LabelColumn labels = new LabelColumn(file, options.table().task());
    TableReader train = new TableReader(file, null, labels);
    Numbers numbers = train.read(options.table());
    TableColumns columns = train.known();
    labels.decide(columns.name(columns.label()));
    Dataset whole = labels.dataset(name, numbers, columns.features().length, options);
    List<String> notes =
        List.of(
            "%s: %d rows, %d features, %s"
                .formatted(file, train.rows, columns.features().length, labels.note()));
    if (testFile == null) {
      return TestSplit.of(name, whole, options.split(), labels.classNames(), notes);
    }
    Path located = dir == null ? testFile : dir.resolve(testFile);
    LabelColumn testLabels = labels.same(located);
    Numbers testNumbers = new TableReader(located, columns, testLabels).read(options.table());
    testLabels.decide(columns.name(columns.label()));
    return new DataSplits(
        name,
        whole.named(name + "/train"),
        testLabels.dataset(name + "/test", testNumbers, columns.features().length, options),
        labels.classNames(),
        notes);
  }

  /**
   * Reads examples that a trained network is to answer, with or without a column of answers.
   *
   * @param name name of the set
   * @param file the table
   * @param options what its columns mean
   * @param features that the network reads
   * @param classNames names of its classes; none for regression
   * @throws BadInputException if the table is not as described above
   */
  static TestSet examples(
      String name, Path file, DataOptions options, int features, List<String> classNames) {
    LabelColumn labels = LabelColumn.known(file, classNames);
    TableReader reader = new TableReader(file, null, labels);
    reader.wanted = features;
    Numbers numbers = reader.read(options.table());
    TableColumns columns = reader.known();
    int found = columns.features().length;
    if (columns.label() == TableColumns.NO_LABEL) {
      return TestSet.unanswered(name, file.toString(), numbers, ExampleShape.flat(found));
    }
    labels.decide(columns.name(columns.label()));
    return TestSet.answered(labels.dataset(name, numbers, found, options));
  }

  private TableColumns known() {
    if (columns == null) {
      throw new IllegalStateException(file + " has not been read");
    }
    return columns;
  }

  private static void requireFile(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new BadInputException(
          "%s %s; give the path of a table (CSV, TSV)."
              .formatted(file, Files.exists(file) ? "is not a regular file" : "does not exist"));
    }
  }

  private Numbers read(TableOptions options) {
    requireFile(file);
    try (StrictInput in = StrictInput.open(file);
        BufferedReader text =
            new BufferedReader(
                new InputStreamReader(
                    in.stream(),
                    // Characters that are none are told, not replaced.
                    StandardCharsets.UTF_8.newDecoder()),
                FIRST_LINE);
        Spool spool = new Spool(file.toString(), 0)) {
      String first = firstLine(text);
      CsvSchema schema =
          CsvSchema.emptySchema().withColumnSeparator(separator(first)).withoutEscapeChar();
      rows(text, schema, cells -> take(cells, options, spool));
      if (rows == 0) {
        throw new BadInputException(
            file
                + " has no rows of numbers, expected at least two; it is empty or a header alone.");
      }
      return spool.finish(NumericArray.Type.FLOAT32, false);
    } catch (CharacterCodingException e) {
      throw new BadInputException(
          file
              + " is not text in UTF-8; save it as such, as with iconv -f latin1 -t utf-8, or"
              + " 'CSV UTF-8' in a spreadsheet.",
          e);
    } catch (JsonProcessingException e) {
      throw new BadInputException(
          "%s, line %d: %s; check the quotes there."
              .formatted(
                  file,
                  e.getLocation() == null ? 1 : e.getLocation().getLineNr(),
                  e.getOriginalMessage()),
          e);
    } catch (IOException e) {
      throw StrictInput.damaged(file.toString(), e);
    }
  }

  /** The first line with something in it, which is left to be read; without a byte order mark. */
  private static String firstLine(BufferedReader text) throws IOException {
    text.mark(1);
    if (text.read() != BYTE_ORDER_MARK) {
      text.reset();
    }
    text.mark(FIRST_LINE);
    char[] start = new char[FIRST_LINE - 1];
    int count = 0;
    int n = text.read(start, 0, start.length);
    while (n > 0 && count + n < start.length) {
      count += n;
      n = text.read(start, count, start.length - count);
    }
    count += Math.max(n, 0);
    text.reset();
    return new String(start, 0, count).lines().filter(l -> !l.isBlank()).findFirst().orElse("");
  }

  private char separator(String firstLine) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    if (name.endsWith(".tsv") || name.endsWith(".tsv.gz")) {
      return '\t';
    }
    char best = ',';
    int most = 0;
    for (char candidate : new char[] {',', ';', '\t'}) {
      int count = 0;
      boolean quoted = false;
      for (int i = 0; i < firstLine.length(); i++) {
        quoted ^= firstLine.charAt(i) == '"';
        count += !quoted && firstLine.charAt(i) == candidate ? 1 : 0;
      }
      if (count > most) {
        most = count;
        best = candidate;
      }
    }
    return best;
  }

  /**
   * A row of cells.
   *
   * @param line where it begins, from 1
   */
  record Row(long line, List<String> cells) {}

  private static void rows(Reader text, CsvSchema schema, Consumer<Row> take) throws IOException {
    try (CsvParser parser = new CsvFactory().createParser(text)) {
      parser.setSchema(schema);
      List<String> cells = new ArrayList<>();
      long line = 1;
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        switch (token) {
          case START_ARRAY -> cells.clear();
          case VALUE_STRING -> {
            if (cells.isEmpty()) {
              line = parser.currentTokenLocation().getLineNr();
            }
            cells.add(parser.getText().strip());
          }
          case END_ARRAY -> {
            boolean blank = cells.stream().allMatch(String::isEmpty) && cells.size() < 2;
            if (!blank) {
              take.accept(new Row(line, cells));
            }
          }
          default -> throw new IllegalStateException("unexpected " + token);
        }
      }
    }
  }

  private void take(Row found, TableOptions options, Spool spool) {
    TableColumns expected = columns;
    if (rows == 0 && !labels.hasHeader()) {
      boolean header = TableColumns.isHeader(file, found, options.header());
      if (expected == null) {
        TableColumns alone =
            wanted == 0 ? null : TableColumns.unlabelled(found, header, options.drop(), wanted);
        expected = alone == null ? TableColumns.of(file, found, header, options) : alone;
        columns = expected;
      } else {
        expected.requireSame(file, found, header);
      }
      row = new byte[Float.BYTES * expected.features().length];
      if (header) {
        labels.headerSeen();
        return;
      }
    }
    if (expected == null) {
      throw new IllegalStateException("no columns");
    }
    if (found.cells().size() != expected.count()) {
      throw new BadInputException(
          "%s, line %d has %d cells, expected %d as in the first row; add or remove some, and quote cells that hold the separator."
              .formatted(file, found.line(), found.cells().size(), expected.count()));
    }
    int at = 0;
    for (int column : expected.features()) {
      float value =
          TableCell.number(found.cells().get(column), file, found.line(), column, expected);
      int bits = Float.floatToRawIntBits(value);
      for (int b = 0; b < Float.BYTES; b++) {
        row[at++] = (byte) (bits >>> 8 * b);
      }
    }
    if (expected.label() != TableColumns.NO_LABEL) {
      labels.add(found.cells().get(expected.label()), found.line(), expected);
    }
    spool.write(row, 0, row.length);
    rows++;
  }
}
