package lemniscate.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import lemniscate.config.BadInputException;
import lemniscate.tensor.ExampleShape;
import org.assertj.core.api.AbstractThrowableAssert;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TableReaderTest {
  private static final String TWO = "a,b,label\n1,2,x\n3,4,y\n5,6,x\n7,8,y\n";

  @TempDir private Path dir;

  private Path file(String name, String text) {
    return DataFiles.write(dir.resolve(name), text.getBytes(StandardCharsets.UTF_8));
  }

  private static DataOptions options(TableOptions table, SplitOptions split) {
    return new DataOptions(null, null, null, null, split, table);
  }

  private static TableOptions label(@Nullable String label) {
    return new TableOptions(label, List.of(), null, null);
  }

  private static final SplitOptions HALF = new SplitOptions(null, 0.5, null);

  private DataSplits read(String name, String text, TableOptions table) {
    return TableReader.readSplits("set", file(name, text), null, options(table, HALF));
  }

  private DataSplits read(String text) {
    return read("t.csv", text, TableOptions.NONE);
  }

  /** The features of all examples, those of training first. */
  private static float[] row(Dataset data, int i) {
    float[] row = new float[data.features()];
    data.copyFeatures(i, Normalization.none(), row, 0);
    return row;
  }

  private AbstractThrowableAssert<?, ? extends Throwable> refused(String text, TableOptions table) {
    return assertThatThrownBy(() -> read("t.csv", text, table))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("t.csv");
  }

  private AbstractThrowableAssert<?, ? extends Throwable> refused(String text) {
    return refused(text, TableOptions.NONE);
  }

  @Test
  void readsFeaturesAndClasses() {
    DataSplits splits = read(TWO);
    assertThat(splits.classNames()).containsExactly("x", "y");
    assertThat(splits.train().size() + splits.test().size()).isEqualTo(4);
    assertThat(splits.train().features()).isEqualTo(2);
    assertThat(splits.train().outputs()).isEqualTo(2);
    for (Dataset part : List.of(splits.train(), splits.test())) {
      for (int i = 0; i < part.size(); i++) {
        float[] row = row(part, i);
        // Rows (1, 2) and (5, 6) are of class x.
        assertThat(part.label(i)).isEqualTo(row[0] % 4 == 1 ? 0 : 1);
        assertThat(row[1]).isEqualTo(row[0] + 1);
      }
    }
    assertThat(splits.notes())
        .singleElement()
        .asString()
        .endsWith(
            "t.csv: 4 rows, 2 features, column 3 (label) holds 2 classes ('x', 'y'), by its values");
  }

  @ParameterizedTest
  @CsvSource({"t.csv, ';'", "t.csv, '\t'", "t.tsv, '\t'", "t.TSV, '\t'"})
  void readsOtherSeparators(String name, String separator) {
    String text = TWO.replace(",", separator);
    assertThat(read(name, text, TableOptions.NONE).sha256()).isEqualTo(read(TWO).sha256());
  }

  @Test
  void readsQuotesByteOrderMarksWindowsLinesBlankLinesAndGzip() {
    String text =
        "\uFEFF\"a, \"\"first\"\"\",b,\"label\"\r\n1, 2 ,x\r\n\r\n\"3\",4,y\r\n5,6,x\r\n7,8,\"y\"\r\n\r\n";
    assertThat(read(text).sha256()).isEqualTo(read(TWO).sha256());
    Path zipped =
        DataFiles.write(
            dir.resolve("t.csv.gz"), DataFiles.gzip(TWO.getBytes(StandardCharsets.UTF_8)));
    assertThat(
            TableReader.readSplits("set", zipped, null, options(TableOptions.NONE, HALF)).sha256())
        .isEqualTo(read(TWO).sha256());
  }

  @Test
  void findsTheLabelByNameAndByPlace() {
    String text = "y1,a,b\nx,1,2\ny,3,4\nx,5,6\ny,7,8\n";
    assertThat(read("t.csv", text, label("y1")).sha256()).isEqualTo(read(TWO).sha256());
    assertThat(read("t.csv", text, label("1")).sha256()).isEqualTo(read(TWO).sha256());
    String bare = TWO.substring(TWO.indexOf('\n') + 1);
    assertThat(read("t.csv", bare, label("3")).sha256()).isEqualTo(read(TWO).sha256());
    refused(text).hasMessageContaining("none is called label, class, target, y");
    refused(bare).hasMessageContaining("it has no names").hasMessageContaining("from 1 to 3");
    refused(TWO, label("lable")).hasMessageContaining("did you mean 'label'?");
    refused(TWO, label("4")).hasMessageContaining("no such column");
    refused(TWO, label("0")).hasMessageContaining("no such column");
    refused("a,a,label\n1,2,x\n3,4,y\n", label("a")).hasMessageContaining("several columns");
  }

  @Test
  void sortsClassesAsNumbersIfAllAre() {
    String text = "10,0.5\n9,1.5\n10,2.5\n9,3.5\n";
    assertThat(read("t.csv", text, label("1")).classNames()).containsExactly("9", "10");
    String mixed = "10,0.5\nb,1.5\n10,2.5\nb,3.5\n";
    assertThat(read("t.csv", mixed, label("1")).classNames()).containsExactly("10", "b");
  }

  @Test
  void takesNumbersWithAFractionForTargets() {
    DataSplits splits = read("a,y\n1,0.5\n2,1\n3,-2e3\n4,4\n");
    assertThat(splits.train().classification()).isFalse();
    assertThat(splits.train().outputs()).isEqualTo(1);
    assertThat(splits.notes().getFirst()).contains("numbers (regression), by its values");
    assertThat(splits.classNames()).isEmpty();
  }

  @Test
  void asksWhatManyIntegersAre() {
    String text = "a,y\n1,10\n2,20\n3,30\n4,40\n";
    refused(text)
        .hasMessageContaining("4 different integers in 4 rows")
        .hasMessageContaining("data.task");
    TableOptions asked = new TableOptions(null, List.of(), null, "regression");
    assertThat(read("t.csv", text, asked).train().classification()).isFalse();
    TableOptions classes = new TableOptions(null, List.of(), null, "classification");
    assertThat(read("t.csv", "a,y\n1,1.5\n2,2.5\n3,1.5\n4,2.5\n", classes).classNames())
        .containsExactly("1.5", "2.5");
    refused(TWO, new TableOptions(null, List.of(), null, "regression"))
        .hasMessageContaining("line 2, column 3 (label): 'x', expected a number");
  }

  @Test
  void refusesRowsOfOtherLengths() {
    refused("a,b,label\n1,2,x\n3,y\n").hasMessageContaining("line 3 has 2 cells, expected 3");
    refused("a,b,label\n1,2,x\n3,4,y,\n").hasMessageContaining("line 3 has 4 cells");
  }

  /** Lines are those of the file, whatever is quoted or blank. */
  @Test
  void countsLinesAsEditorsDo() {
    refused("a,b,label\n\n1,2,\"x\nz\"\n3,oops,y\n")
        .hasMessageContaining("line 5, column 2 (b): 'oops'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "NA", "nan", "NULL", "?", "n/a"})
  void refusesMissingValues(String missing) {
    refused("a,b,label\n1,2,x\n3," + missing + ",y\n")
        .hasMessageContaining("line 3, column 2 (b): the value is missing ('" + missing + "')")
        .hasMessageContaining("data.drop");
    refused("a,b,label\n1,2,x\n3,4," + missing + "\n")
        .hasMessageContaining("line 3, column 3 (label): the label is missing");
  }

  @ParameterizedTest
  @CsvSource({
    "red, write categories",
    "1f, write categories",
    "0x1p3, write categories",
    "1-2, write categories",
    "1e60, fits 32 bits",
    "Infinity, write categories",
    "'\"1,5\"', decimal comma"
  })
  void refusesWhatIsNoNumber(String cell, String remedy) {
    refused("a,b,label\n1,2,x\n3," + cell + ",y\n")
        .hasMessageContaining("line 3, column 2 (b): '")
        .hasMessageContaining(remedy);
  }

  @Test
  void leavesColumnsOut() {
    String text = ",a,name,b,label\n0,1,p,2,x\n1,3,q,4,y\n2,5,r,6,x\n3,7,s,8,y\n";
    refused(text, new TableOptions(null, List.of("name"), null, null))
        .hasMessageContaining("column 1 has no name")
        .hasMessageContaining("data.drop 1");
    TableOptions dropped = new TableOptions(null, List.of("1", "name"), null, null);
    assertThat(read("t.csv", text, dropped).sha256()).isEqualTo(read(TWO).sha256());
    refused(TWO, new TableOptions(null, List.of("a", "b"), null, null))
        .hasMessageContaining("no feature beside the label");
    refused(TWO, new TableOptions(null, List.of("label"), null, null))
        .hasMessageContaining("which is the label");
    refused(TWO, new TableOptions(null, List.of("c"), null, null))
        .hasMessageContaining("data.drop is 'c'");
  }

  @Test
  void tellsHeadersFromExamples() {
    refused("0,1,2\n1,2,0\n3,4,1\n").hasMessageContaining("data.header true or false");
    String numbered = "0,1,2\n1,2,0\n3,4,1\n5,6,0\n7,8,1\n";
    TableOptions header = new TableOptions("2", List.of(), true, null);
    assertThat(read("t.csv", numbered, header).sha256()).isEqualTo(read(TWO).sha256());
    // Names of features that are numbers: the label's name would become a class.
    refused("label,5,7\n0,1,2\n1,3,4\n0,5,6\n", label("1"))
        .hasMessageContaining("'label' in line 1")
        .hasMessageContaining("data.header true");
  }

  @Test
  void refusesEmptyFilesAndOneClass() {
    refused("").hasMessageContaining("no rows");
    refused("\n\n").hasMessageContaining("no rows");
    refused("a,b,label\n").hasMessageContaining("no rows");
    refused("a,b,label\n1,2,x\n3,4,x\n").hasMessageContaining("one value only, 'x'");
    assertThatThrownBy(
            () ->
                TableReader.readSplits(
                    "set", dir.resolve("none.csv"), null, options(TableOptions.NONE, HALF)))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("none.csv does not exist");
  }

  @Test
  void refusesOpenQuotesAndOtherEncodings() {
    refused("a,b,label\n1,2,x\n3,\"4,y\n").hasMessageContaining("check the quotes");
    Path latin =
        DataFiles.write(
            dir.resolve("t.csv"), "a,label\n1,\u00e9\n2,b\n".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(
            () -> TableReader.readSplits("set", latin, null, options(TableOptions.NONE, HALF)))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("not text in UTF-8");
  }

  @Test
  void readsTestFiles() {
    Path train = file("train.csv", TWO);
    file("test.csv", "a,b,label\n9,10,y\n");
    SplitOptions split = new SplitOptions(Path.of("test.csv"), null, null);
    DataSplits splits =
        TableReader.readSplits("set", train, dir, options(TableOptions.NONE, split));
    assertThat(splits.train().size()).isEqualTo(4);
    assertThat(splits.train().name()).isEqualTo("set/train");
    // Numbered as in training, though it is the first class here.
    assertThat(splits.test().label(0)).isEqualTo(1);
    file("test.csv", "a,b,label\n9,10,y\n1,2,z\n");
    assertThatThrownBy(
            () -> TableReader.readSplits("set", train, dir, options(TableOptions.NONE, split)))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("test.csv, line 3, column 3 (label): the class 'z'");
    file("test.csv", "b,a,label\n9,10,y\n");
    assertThatThrownBy(
            () -> TableReader.readSplits("set", train, dir, options(TableOptions.NONE, split)))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("the columns 'b', 'a', 'label'");
    assertThatThrownBy(
            () ->
                TableReader.readSplits(
                    "set", train, dir, options(TableOptions.NONE, SplitOptions.NONE)))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("data.testFraction");
  }

  @Test
  void rowsMayBeImages() {
    DataOptions options =
        new DataOptions(
            null,
            null,
            new ExampleShape(1, 2, 1),
            null,
            HALF,
            new TableOptions(null, List.of(), null, null));
    assertThat(TableReader.readSplits("set", file("t.csv", TWO), null, options).train().shape())
        .isEqualTo(new ExampleShape(1, 2, 1));
  }

  /** Integers are compared as such, which takes more than linear time in their digits. */
  @ParameterizedTest
  @ValueSource(strings = {"x", "9"})
  void aLabelOfAnyLengthIsRefused(String character) {
    refused("a,label\n1,1\n2," + character.repeat(1_000_000) + "\n3,1\n4,1\n")
        .hasMessageContainingAll("line 3, column 2 (label)", "1000000 characters", "at most 4096");
  }
}
