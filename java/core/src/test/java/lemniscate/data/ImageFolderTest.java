package lemniscate.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import lemniscate.config.BadInputException;
import lemniscate.tensor.ExampleShape;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageFolderTest {
  private static final int WIDTH = 5;
  private static final int HEIGHT = 3;

  @TempDir private Path dir;

  private static int red(int x, int y, int seed) {
    return (40 * x + 17 * y + 29 * seed) % 256;
  }

  /** Samples as they are, with no change of colour space. */
  private static BufferedImage image(int type, int width, int height, int seed) {
    BufferedImage image = new BufferedImage(width, height, type);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int red = red(x, y, seed);
        int[] pixel = {red, 255 - red, red / 2, 255};
        image.getRaster().setPixel(x, y, pixel);
      }
    }
    return image;
  }

  private void save(String path, BufferedImage image) {
    try {
      File file = dir.resolve(path).toFile();
      Files.createDirectories(file.toPath().toAbsolutePath().getParent());
      String format = path.substring(path.lastIndexOf('.') + 1);
      assertThat(ImageIO.write(image, format, file)).isTrue();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private void grey(String path, int seed) {
    save(path, image(BufferedImage.TYPE_BYTE_GRAY, WIDTH, HEIGHT, seed));
  }

  private void colour(String path, int seed) {
    save(path, image(BufferedImage.TYPE_INT_RGB, WIDTH, HEIGHT, seed));
  }

  private static final SplitOptions HALF = new SplitOptions(null, 0.5, null);

  private DataSplits read(SplitOptions options) {
    return ImageFolder.readSplits("set", dir, options);
  }

  private AbstractThrowableAssert<?, ? extends Throwable> refused(SplitOptions options) {
    return assertThatThrownBy(() -> read(options)).isInstanceOf(BadInputException.class);
  }

  private static float[] row(Dataset data, int i) {
    float[] row = new float[data.features()];
    data.copyFeatures(i, Normalization.none(), row, 0);
    return row;
  }

  @Test
  void readsTrainAndTestInTheOrderOfNames() {
    grey("train/10/b.png", 1);
    grey("train/10/a.png", 2);
    grey("train/9/c.png", 3);
    grey("train/9/.hidden.png", 9);
    grey("test/10/d.png", 4);
    DataSplits splits = read(SplitOptions.NONE);
    assertThat(splits.classNames()).containsExactly("9", "10");
    assertThat(splits.train().shape()).isEqualTo(new ExampleShape(HEIGHT, WIDTH, 1));
    assertThat(splits.train().byteFeatures()).isTrue();
    int[] seeds = {3, 2, 1};
    for (int i = 0; i < 3; i++) {
      assertThat(splits.train().label(i)).isEqualTo(i == 0 ? 0 : 1);
      // Row by row; grey levels are those of the file.
      assertThat(row(splits.train(), i)[2 * WIDTH + 1]).isEqualTo(red(1, 2, seeds[i]));
    }
    assertThat(splits.test().size()).isEqualTo(1);
    assertThat(splits.test().label(0)).isEqualTo(1);
    assertThat(splits.notes().getFirst()).contains("2 classes ('9', '10')");
  }

  @Test
  void readsColoursAndGreysAmongThem() {
    colour("cat/a.png", 1);
    grey("cat/b.PNG".replace("PNG", "png"), 2);
    colour("dog/c.png", 3);
    colour("dog/d.png", 4);
    DataSplits splits = read(HALF);
    assertThat(splits.train().shape()).isEqualTo(new ExampleShape(HEIGHT, WIDTH, 3));
    assertThat(splits.train().size()).isEqualTo(2);
    for (Dataset part : new Dataset[] {splits.train(), splits.test()}) {
      for (int i = 0; i < part.size(); i++) {
        float[] row = row(part, i);
        int at = 3 * (WIDTH + 2);
        boolean isGrey = row[0] == red(0, 0, 2);
        assertThat(row[at + 1]).isEqualTo(isGrey ? row[at] : 255 - row[at]);
        assertThat(row[at + 2]).isEqualTo(isGrey ? row[at] : (int) row[at] / 2);
      }
    }
  }

  @Test
  void readsJpegPalettesAndOpaqueAlpha() {
    byte[] levels = {0, 100, (byte) 200, (byte) 255};
    IndexColorModel palette = new IndexColorModel(2, 4, levels, levels, levels);
    BufferedImage indexed =
        new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_BYTE_BINARY, palette);
    indexed.getRaster().setSample(2, 1, 0, 2);
    save("a/i.png", indexed);
    grey("b/g.png", 1);
    DataSplits splits = read(new SplitOptions(null, 0.5, null), "b/h.png", "a/j.png");
    assertThat(splits.train().shape().channels()).isEqualTo(1);
    BufferedImage opaque = image(BufferedImage.TYPE_INT_ARGB, WIDTH, HEIGHT, 1);
    save("a/i.png", opaque);
    save("b/g.jpg", image(BufferedImage.TYPE_INT_RGB, WIDTH, HEIGHT, 1));
    assertThat(read(HALF).train().shape().channels()).isEqualTo(3);
    int[] clear = {1, 2, 3, 254};
    opaque.getRaster().setPixel(4, 2, clear);
    save("a/i.png", opaque);
    refused(HALF).hasMessageContaining("i.png has transparent pixels");
  }

  /** The same with more grey images, so that both splits have some. */
  private DataSplits read(SplitOptions options, String... more) {
    for (String path : more) {
      grey(path, 1);
    }
    return read(options);
  }

  @Test
  void paletteLevelsAreThoseOfThePalette() {
    byte[] levels = {0, 100, (byte) 200, (byte) 255};
    IndexColorModel palette = new IndexColorModel(2, 4, levels, levels, levels);
    BufferedImage indexed =
        new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_BYTE_BINARY, palette);
    indexed.getRaster().setSample(2, 1, 0, 2);
    for (String path : new String[] {"train/a/1.png", "train/b/1.png", "test/a/1.png"}) {
      save(path, indexed);
    }
    float[] wanted = new float[WIDTH * HEIGHT];
    wanted[WIDTH + 2] = 200;
    assertThat(row(read(SplitOptions.NONE).train(), 0)).containsExactly(wanted);
  }

  @Test
  void refusesOtherSizesWithBothNames() {
    grey("a/1.png", 1);
    save("b/2.png", image(BufferedImage.TYPE_BYTE_GRAY, 4, HEIGHT, 1));
    refused(HALF)
        .hasMessageContaining("1.png is 5 x 3 pixels")
        .hasMessageContaining("2.png is 4 x 3")
        .hasMessageContaining("mogrify");
  }

  @Test
  void refusesTruncatedEmptyAndForeignFiles() throws IOException {
    BufferedImage large = image(BufferedImage.TYPE_BYTE_GRAY, 64, 64, 1);
    save("a/1.png", large);
    save("b/2.png", large);
    Path file = dir.resolve("b/2.png");
    byte[] whole = Files.readAllBytes(file);
    for (int cut : new int[] {0, 7, 20, whole.length / 2, whole.length - 16}) {
      Files.write(file, Arrays.copyOf(whole, cut));
      refused(HALF).hasMessageContaining("2.png");
    }
    Files.delete(file);
    save("b/2.jpg", large);
    Path jpeg = dir.resolve("b/2.jpg");
    byte[] all = Files.readAllBytes(jpeg);
    for (int cut : new int[] {0, 10, all.length / 2, all.length - 2}) {
      Files.write(jpeg, Arrays.copyOf(all, cut));
      refused(HALF).hasMessageContaining("2.jpg");
    }
    Files.writeString(jpeg, "no image at all");
    refused(HALF).hasMessageContaining("2.jpg does not begin as a PNG or JPEG file");
  }

  @Test
  void refusesSixteenBits() {
    grey("a/1.png", 1);
    save("b/2.png", new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_USHORT_GRAY));
    refused(HALF).hasMessageContaining("2.png has 16 bits per sample");
  }

  @Test
  void refusesOtherLayouts() throws IOException {
    refused(HALF).hasMessageContaining("no folders");
    grey("a/1.png", 1);
    refused(HALF).hasMessageContaining("one folder only, a");
    Files.createDirectories(dir.resolve("b"));
    refused(HALF).hasMessageContaining("b holds no images");
    Files.writeString(dir.resolve("b/notes.txt"), "");
    refused(HALF).hasMessageContaining("notes.txt is no such file");
    Files.delete(dir.resolve("b/notes.txt"));
    Files.createFile(dir.resolve("b/Thumbs.db"));
    grey("b/2.png", 1);
    refused(SplitOptions.NONE).hasMessageContaining("data.testFraction");
    grey("loose.png", 1);
    refused(HALF).hasMessageContaining("loose.png lies beside the folders");
    Files.delete(dir.resolve("loose.png"));
    Files.createDirectories(dir.resolve("train"));
    refused(HALF).hasMessageContaining("has the folder train but not test");
    grey("train/a/1.png", 1);
    grey("train/b/1.png", 1);
    grey("test/c/1.png", 1);
    refused(SplitOptions.NONE)
        .hasMessageContaining("c is a class that")
        .hasMessageContaining("'a', 'b'");
    refused(HALF).hasMessageContaining("has the folder test; leave it out");
  }

  private static TestData.Ends ends(int channels, String... classes) {
    return new TestData.Ends(channels * WIDTH * HEIGHT, classes.length, List.of(classes));
  }

  /** What a network is to answer: an image, images side by side, or in folders of their classes. */
  @Test
  void imagesNeedNoClassesToBeAnswered() {
    grey("b.png", 1);
    grey("a.png", 2);
    TestSet images = TestData.read(dir, ends(1, "cat", "dog"));
    assertThat(images.answered()).isFalse();
    assertThat(images.examples().shape()).isEqualTo(new ExampleShape(HEIGHT, WIDTH, 1));
    assertThat(row(images.examples(), 0)[2 * WIDTH + 1]).isEqualTo(red(1, 2, 2));
    assertThat(row(images.examples(), 1)[2 * WIDTH + 1]).isEqualTo(red(1, 2, 1));
    TestSet one = TestData.read(dir.resolve("b.png"), ends(1, "cat", "dog"));
    assertThat(one.examples().size()).isEqualTo(1);
    assertThat(row(one.examples(), 0)).isEqualTo(row(images.examples(), 1));
  }

  /** Grey ones are grey in three channels where these are what the network reads. */
  @Test
  void greysHaveTheChannelsOfTheNetwork() {
    grey("a.png", 3);
    Dataset data = TestData.read(dir, ends(3, "cat", "dog")).examples();
    assertThat(data.shape()).isEqualTo(new ExampleShape(HEIGHT, WIDTH, 3));
    for (int channel = 0; channel < 3; channel++) {
      assertThat(row(data, 0)[3 * (WIDTH + 2) + channel]).isEqualTo(red(2, 1, 3));
    }
  }

  /** Labels are the network's numbers, whatever classes are there. */
  @Test
  void classesOfATestAloneAreThoseOfTheNetwork() {
    grey("dog/a.png", 1);
    TestSet dogs = TestData.read(dir, ends(1, "ape", "cat", "dog"));
    assertThat(dogs.labels()).containsExactly(2);
    assertThat(dogs.examples().outputs()).isEqualTo(3);
    assertThatThrownBy(() -> TestData.read(dir, ends(1, "ape", "cat")))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("dog is a class that the network does not have")
        .hasMessageContaining("'ape', 'cat'");
    grey("b.png", 1);
    assertThatThrownBy(() -> TestData.read(dir, ends(1, "ape", "cat", "dog")))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("b.png lies beside the folders of the classes");
  }

  @Test
  void aFolderOfNothingIsSaid() throws IOException {
    Path empty = Files.createDirectory(dir.resolve("empty"));
    assertThatThrownBy(() -> TestData.read(empty, ends(1, "cat", "dog")))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("empty holds no images");
  }
}
