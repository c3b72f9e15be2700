package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import lemniscate.data.DataSplits;
import lemniscate.data.Dataset;
import lemniscate.data.NpzWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images that do not fit the network, on the command line: exit code 2 and what would help. */
final class ImageInputTest {

  @TempDir private Path folder;

  /** A set of rows of numbers with labels from 0. */
  private String rows(String name, int features, int classes) throws IOException {
    int size = 2 * classes;
    float[] x = new float[size * features];
    int[] labels = new int[size];
    for (int i = 0; i < x.length; i++) {
      x[i] = (i * 7 % 11) / 11f;
    }
    Arrays.setAll(labels, i -> i % classes);
    Dataset data = Dataset.ofFloats(name, x, features, labels, classes);
    Path file = folder.resolve(name + ".npz");
    NpzWriter.write(new DataSplits(name, data, data), file);
    return "npz:" + file;
  }

  private static CommandLineRun train(Path out, String preset, String data, String... further) {
    List<String> options =
        List.of(
            "--out",
            out.toString(),
            "--preset",
            preset,
            "--rule",
            "bp",
            "--width",
            "2",
            "--depth",
            "1",
            "--batch",
            "3",
            "--steps",
            "1",
            "--data",
            data,
            "--backend",
            "reference");
    return CommandLineRun.withDefaults("train", options, further);
  }

  /** The weights of {@code resnet18} fit images of any size; those of {@code lenet} do not. */
  @ParameterizedTest
  @ValueSource(strings = {"lenet", "resnet18"})
  void evaluatesNoImagesOfAnotherSize(String preset) throws IOException {
    Path run = folder.resolve("run");
    String data = rows("trained", 80, 3);
    assertThat(train(run, preset, data, "--data.shape", "10,8").code()).isZero();
    String wider = rows("wider", 96, 3);
    CommandLineRun.of(
            "evaluate", run.toString(), "--quiet", "--data", wider, "--data.shape", "8,12")
        .refuses(
            wider + " has examples of 8 x 12 x 1",
            "network of " + run + " takes 10 x 8 x 1",
            "expected the shape that it was trained on");
    // As many numbers, but other places.
    CommandLineRun.of("evaluate", run.toString(), "--quiet", "--data.shape", "8,10")
        .refuses("10 x 8 x 1", "8 x 10 x 1");
    assertThat(CommandLineRun.of("evaluate", run.toString(), "--quiet").code()).isZero();
  }

  @Test
  void perceptronsCountFeaturesAlone() throws IOException {
    Path run = folder.resolve("run");
    String data = rows("trained", 80, 3);
    assertThat(train(run, "mlp", data).code()).isZero();
    assertThat(
            CommandLineRun.of("evaluate", run.toString(), "--quiet", "--data.shape", "8,10").code())
        .isZero();
    CommandLineRun.of("evaluate", run.toString(), "--quiet", "--data", rows("wider", 96, 3))
        .refuses("has examples of 96", "takes 80");
  }

  @Test
  void evaluatesNoOtherNumberOfClasses() throws IOException {
    Path run = folder.resolve("run");
    assertThat(train(run, "mlp", rows("trained", 80, 3)).code()).isZero();
    CommandLineRun.of("evaluate", run.toString(), "--quiet", "--data", rows("more", 80, 4))
        .refuses("more.npz", "label 3", "expected 0 to 2");
    // The last class does not occur there.
    assertThat(
            CommandLineRun.of("evaluate", run.toString(), "--quiet", "--data", rows("fewer", 80, 2))
                .code())
        .isZero();
  }

  @Test
  void labelsBeyondTheOutputs() throws IOException {
    Path run = folder.resolve("run");
    train(run, "lenet", rows("four", 80, 4), "--data.shape", "10,8", "--data.classes", "3")
        .refuses("four.npz", "label 3", "0 to 2");
    assertThat(run).doesNotExist();
  }

  @Test
  void channelsFirst() throws IOException {
    Path run = folder.resolve("run");
    train(run, "lenet", rows("planes", 192, 3), "--data.shape", "3,8,8")
        .refuses("data.shape", "channels first");
    assertThat(run).doesNotExist();
  }

  @Test
  void truncatedArchives() throws IOException {
    Path run = folder.resolve("run");
    Path archive = folder.resolve("cifar-10-binary.tar.gz");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream zip = new GZIPOutputStream(bytes)) {
      zip.write(new byte[1 << 16]);
    }
    byte[] whole = bytes.toByteArray();
    for (int length : new int[] {0, 7, whole.length / 2, whole.length - 1}) {
      Files.write(archive, Arrays.copyOf(whole, length));
      train(run, "lenet", "cifar-10", "--data.dir", folder.toString())
          .refuses(archive.toString(), "fetch it again");
    }
    assertThat(run).doesNotExist();
  }
}
