package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs the commands of docs/data.md that train on files of one's own, on such files. */
class DataDocsTest {
  private static final String TRAIN = "    ./lemniscate train --data ";
  private static final int EXAMPLES = 60;

  @TempDir private static Path dir;

  /** What follows {@code train --data} in the page, of sets that this test makes. */
  static Stream<String> commands() throws IOException {
    return Files.readAllLines(Path.of("../../docs/data.md")).stream()
        .filter(line -> line.startsWith(TRAIN))
        .map(line -> line.substring(TRAIN.length()))
        .filter(line -> line.matches("(iris|train|flowers|shapes|npy:).*"));
  }

  @Test
  void thePageHasThem() throws IOException {
    assertThat(commands()).hasSize(6);
  }

  @BeforeAll
  static void makeSets() throws IOException {
    StringBuilder iris = new StringBuilder("id,length,width,species\n");
    StringBuilder numbers = new StringBuilder("length,y\n");
    for (int i = 0; i < EXAMPLES; i++) {
      int kind = i % 3;
      iris.append(
          String.format(Locale.ROOT, "%d,%.1f,%.1f,kind %d\n", i, kind + 0.1, i * 0.1, kind));
      numbers.append(String.format(Locale.ROOT, "%.1f,%d\n", i * 0.1, i));
    }
    Files.writeString(dir.resolve("iris.csv"), iris);
    Files.writeString(dir.resolve("train.csv"), numbers);
    Files.writeString(dir.resolve("test.csv"), numbers);
    for (String name : List.of("red", "green")) {
      for (int i = 0; i < EXAMPLES; i++) {
        image("flowers/train/" + name, i, 7, 5);
        image("flowers/test/" + name, i, 7, 5);
        image("shapes/" + name, i, 28, 28);
      }
    }
    for (String[] names :
        new String[][] {{"x_train", "y_train"}, {"x_test", "y_test"}, {"x", "y"}}) {
      array(names[0], "(%d, 4)".formatted(EXAMPLES), IntStream.range(0, 4 * EXAMPLES).toArray());
      int[] labels = IntStream.range(0, EXAMPLES).map(i -> i % 2).toArray();
      array(names[1], "(%d,)".formatted(EXAMPLES), labels);
    }
  }

  private static void image(String folder, int number, int width, int height) throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    image.getRaster().setSample(number % width, number % height, 0, 200);
    File file = dir.resolve(folder).resolve(number + ".png").toFile();
    Files.createDirectories(file.toPath().toAbsolutePath().getParent());
    ImageIO.write(image, "png", file);
  }

  private static void array(String name, String shape, int[] values) throws IOException {
    String header = "{'descr': '<i4', 'fortran_order': False, 'shape': " + shape + ", }\n";
    ByteBuffer bytes =
        ByteBuffer.allocate(10 + header.length() + Integer.BYTES * values.length)
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    bytes.putShort((short) header.length()).put(header.getBytes(StandardCharsets.US_ASCII));
    IntStream.of(values).forEach(bytes::putInt);
    Path file = dir.resolve("mine").resolve(name + ".npy");
    Files.createDirectories(dir.resolve("mine"));
    Files.write(file, bytes.array());
  }

  @ParameterizedTest
  @MethodSource("commands")
  void theyRun(String command) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("train", "--data.dir", dir.toString()));
    arguments.add("--data");
    arguments.addAll(List.of(command.split(" ")));
    if (!command.contains("--net.preset")) {
      arguments.addAll(List.of("--net.width", "8", "--net.depth", "2"));
    }
    arguments.addAll(List.of("--train.steps", "1", "--train.batch", "8"));
    Path run = Files.createTempDirectory(dir, "run").resolve("here");
    arguments.addAll(List.of("--out", run.toString()));
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream errors = new PrintStream(err, true, StandardCharsets.UTF_8);
    int code =
        Main.run(
            arguments.toArray(String[]::new),
            new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
            errors);
    assertThat(code).as(err.toString(StandardCharsets.UTF_8)).isZero();
    String provenance = Files.readString(run.resolve("provenance.json"));
    if (command.startsWith("iris")) {
      assertThat(err.toString(StandardCharsets.UTF_8))
          .contains("iris.csv: 60 rows, 3 features, column 4 (species) holds 3 classes");
      assertThat(provenance).contains("\"classes\" : [ \"kind 0\", \"kind 1\", \"kind 2\" ]");
    }
  }
}
