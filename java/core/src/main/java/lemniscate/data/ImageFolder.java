package lemniscate.data;

import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.stream.FileImageInputStream;
import lemniscate.config.BadInputException;
import lemniscate.tensor.ExampleShape;
import org.jspecify.annotations.Nullable;

/**
 * Reads a folder of PNG and JPEG files with a folder for each class, whose name is that of the
 * class; below {@code train} and {@code test}, or side by side and then split.
 *
 * <p>Classes are numbered in the order of {@link ClassNames}, files within a class come in the
 * order of their names. Images have 8 bits per sample and are all of one size; they are grey if all
 * are grey, else all have three colours. Pixels are those of the file, with no change of colour
 * space; an alpha channel is left out where nothing is transparent.
 */
final class ImageFolder {
  private static final String TRAIN = "train";
  private static final String TEST = "test";
  private static final List<String> ENDINGS = List.of(".png", ".jpg", ".jpeg");
  // What file managers leave behind.
  private static final List<String> STRAY = List.of("thumbs.db", "desktop.ini");

  private static final Pattern DAMAGE =
      Pattern.compile("truncated|corrupt|premature|missing", Pattern.CASE_INSENSITIVE);

  private ImageFolder() {}

  /**
   * Reads both splits.
   *
   * @throws BadInputException if the folder has another layout, or an image cannot be taken
   */
  static DataSplits readSplits(String name, Path folder, SplitOptions options) {
    if (!Files.isDirectory(folder)) {
      throw new BadInputException(
          folder
              + (Files.exists(folder) ? " is not a folder" : " does not exist")
              + "; give a folder that has a folder of images for each class.");
    }
    Path train = folder.resolve(TRAIN);
    Path test = folder.resolve(TEST);
    boolean both = Files.isDirectory(train) && Files.isDirectory(test);
    if (!both && (Files.isDirectory(train) || Files.isDirectory(test))) {
      throw new BadInputException(
          "%s has the folder %s but not %s, expected both; put the classes of the test images there, or name the folder %s itself and give data.testFraction."
              .formatted(
                  folder,
                  Files.isDirectory(train) ? TRAIN : TEST,
                  Files.isDirectory(train) ? TEST : TRAIN,
                  Files.isDirectory(train) ? train : test));
    }
    if (both && options.testFraction() != null) {
      throw new BadInputException(
          "data.testFraction is %s, but %s has the folder %s; leave it out."
              .formatted(options.testFraction(), folder, TEST));
    }
    List<String> classes = classes(both ? train : folder, 2);
    if (!both) {
      Format format = Format.of(files(folder, classes), 0);
      Dataset whole = read(name, folder, classes, format);
      return TestSplit.of(name, whole, options, classes, notes(folder, classes, format));
    }
    List<String> testClasses = classes(test, 1);
    for (String tested : testClasses) {
      if (!classes.contains(tested)) {
        throw new BadInputException(
            "%s is a class that %s does not have, expected some of %s; put training images of it there, or leave it out."
                .formatted(test.resolve(tested), train, ClassNames.shown(classes)));
      }
    }
    List<Path> all = new ArrayList<>(files(train, classes));
    all.addAll(files(test, testClasses));
    Format format = Format.of(all, 0);
    return new DataSplits(
        name,
        read(name + "/train", train, classes, format),
        read(name + "/test", test, classes, format),
        classes,
        notes(folder, classes, format));
  }

  /** Whether a folder has both splits, or one of them, below it. */
  static boolean hasSplits(Path folder) {
    return Files.isDirectory(folder.resolve(TRAIN)) || Files.isDirectory(folder.resolve(TEST));
  }

  /**
   * Reads images that a network is to answer: a single one, those of a folder in the order of their
   * names, or, with their classes, those of a folder for each class.
   *
   * @param name for messages
   * @param path of an image, or of a folder
   * @throws BadInputException if a class is none of the network's, or an image cannot be taken
   */
  static TestSet examples(String name, Path path, TestData.Ends ends) {
    if (!Files.isDirectory(path)) {
      return unanswered(name, path, List.of(path), ends);
    }
    List<Path> entries = entries(path);
    if (entries.stream().noneMatch(Files::isDirectory)) {
      return unanswered(name, path, images(path), ends);
    }
    List<String> found = classes(path, 1);
    for (String one : found) {
      if (!ends.classNames().contains(one)) {
        throw new BadInputException(
            "%s is a class that the network does not have, expected some of %s; leave it out, or put the images side by side into %s, without folders."
                .formatted(path.resolve(one), ClassNames.shown(ends.classNames()), path));
      }
    }
    Format format = Format.of(files(path, found), ends.features());
    return TestSet.answered(read(name, path, ends.classNames(), format));
  }

  private static TestSet unanswered(String name, Path where, List<Path> files, TestData.Ends ends) {
    Format format = Format.of(files, ends.features());
    return TestSet.unanswered(name, where.toString(), pixels(where, files, format), format.shape());
  }

  private static List<String> notes(Path folder, List<String> classes, Format format) {
    return List.of(
        "%s: images of %s, %d classes (%s)"
            .formatted(folder, format.shape(), classes.size(), ClassNames.shown(classes)));
  }

  /** The names of the folders in a folder, of which there must be some. */
  private static List<String> classes(Path folder, int least) {
    List<String> names = new ArrayList<>();
    for (Path path : entries(folder)) {
      if (Files.isDirectory(path)) {
        names.add(path.getFileName().toString());
      } else if (isImage(path)) {
        throw new BadInputException(
            path
                + " lies beside the folders of the classes, expected images in them only; put it"
                + " into the folder that is called as its class.");
      }
    }
    if (names.size() < least) {
      throw new BadInputException(
          "%s has %s, expected a folder of images for each of at least two classes."
              .formatted(
                  folder, names.isEmpty() ? "no folders" : "one folder only, " + names.getFirst()));
    }
    return ClassNames.sorted(names);
  }

  private static List<Path> files(Path folder, List<String> classes) {
    List<Path> files = new ArrayList<>();
    for (String name : classes) {
      files.addAll(images(folder.resolve(name)));
    }
    return files;
  }

  /** The images of a class, in the order of their names. */
  private static List<Path> images(Path folder) {
    List<Path> files = new ArrayList<>();
    for (Path path : entries(folder)) {
      if (!isImage(path) || Files.isDirectory(path)) {
        throw new BadInputException(
            "%s is %s, expected PNG and JPEG files (%s) only in the folder of a class; remove or convert it."
                .formatted(
                    path,
                    Files.isDirectory(path) ? "a folder" : "no such file",
                    String.join(", ", ENDINGS)));
      }
      files.add(path);
    }
    if (files.isEmpty()) {
      throw new BadInputException(
          folder
              + " holds no images, expected at least one; put some there, or remove the folder.");
    }
    return files;
  }

  private static boolean isImage(Path path) {
    String name = path.getFileName().toString().toLowerCase(Locale.ROOT);
    return ENDINGS.stream().anyMatch(name::endsWith);
  }

  private static List<Path> entries(Path folder) {
    try (Stream<Path> found = Files.list(folder)) {
      return found
          .filter(
              path -> {
                String name = path.getFileName().toString();
                return !name.startsWith(".") && !STRAY.contains(name.toLowerCase(Locale.ROOT));
              })
          .sorted((a, b) -> a.getFileName().toString().compareTo(b.getFileName().toString()))
          .toList();
    } catch (IOException e) {
      throw new BadInputException(
          folder + " cannot be listed (" + e + "); check its permissions and the file system.", e);
    }
  }

  private static Dataset read(String name, Path folder, List<String> classes, Format format) {
    List<Path> files = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    for (int label = 0; label < classes.size(); label++) {
      Path own = folder.resolve(classes.get(label));
      // A test folder need not have all classes.
      for (Path file : Files.isDirectory(own) ? images(own) : List.<Path>of()) {
        files.add(file);
        labels.add(label);
      }
    }
    ExampleShape shape = format.shape();
    return Dataset.of(
            name,
            Dataset.Source.of(folder),
            pixels(folder, files, format),
            shape.size(),
            classes.size(),
            labels.stream().mapToInt(Integer::intValue).toArray(),
            null)
        .asImages(shape);
  }

  private static Numbers pixels(Path source, List<Path> files, Format format) {
    byte[] pixels = new byte[format.shape().size()];
    try (Spool spool = new Spool(source.toString(), (long) files.size() * pixels.length)) {
      for (Path file : files) {
        format.read(file, pixels);
        spool.write(pixels, 0, pixels.length);
      }
      return spool.finish(NumericArray.Type.UINT8, false);
    }
  }

  /** What all images have in common. */
  private record Format(ExampleShape shape) {
    /**
     * Looks at the headers.
     *
     * @param features that are expected of an image, which may be grey and have three channels
     *     then; 0 for any number
     */
    static Format of(List<Path> files, int features) {
      Path first = files.getFirst();
      int width = 0;
      int height = 0;
      boolean colour = false;
      for (Path file : files) {
        Header header = open(file, reader -> Header.of(file, reader));
        if (width == 0) {
          width = header.width;
          height = header.height;
        } else if (width != header.width || height != header.height) {
          throw new BadInputException(
              "%s is %d x %d pixels but %s is %d x %d (width x height), expected one size; bring all images to one, as with ImageMagick: mogrify -resize '%dx%d!' FILES."
                  .formatted(
                      first, width, height, file, header.width, header.height, width, height));
        }
        colour |= header.colour;
      }
      try {
        boolean three = colour || features == 3L * height * width;
        return new Format(new ExampleShape(height, width, three ? 3 : 1));
      } catch (ArithmeticException e) {
        throw new BadInputException(
            "%s is %d x %d pixels, more than fit in memory; make the images smaller."
                .formatted(first, width, height),
            e);
      }
    }

    /** Reads the pixels of an image by height, width and channel. */
    void read(Path file, byte[] pixels) {
      BufferedImage image = open(file, reader -> reader.read(0));
      Raster raster = image.getRaster();
      ColorModel colours = image.getColorModel();
      if (image.getHeight() != shape.height() || image.getWidth() != shape.width()) {
        throw new BadInputException(
            file + " was changed while it was read; expected that it stays as it is.");
      }
      int bands = raster.getNumBands();
      int[] sample = new int[bands];
      int to = 0;
      for (int y = 0; y < shape.height(); y++) {
        for (int x = 0; x < shape.width(); x++) {
          raster.getPixel(x, y, sample);
          if (colours instanceof IndexColorModel palette) {
            requireOpaque(file, palette.getAlpha(sample[0]));
            int red = palette.getRed(sample[0]);
            to = put(pixels, to, red, palette.getGreen(sample[0]), palette.getBlue(sample[0]));
          } else {
            boolean grey = bands < 3;
            if (colours.hasAlpha()) {
              requireOpaque(file, sample[bands - 1]);
            }
            to = put(pixels, to, sample[0], sample[grey ? 0 : 1], sample[grey ? 0 : 2]);
          }
        }
      }
    }

    private int put(byte[] pixels, int to, int red, int green, int blue) {
      pixels[to] = (byte) red;
      if (shape.channels() == 1) {
        return to + 1;
      }
      pixels[to + 1] = (byte) green;
      pixels[to + 2] = (byte) blue;
      return to + 3;
    }

    private static void requireOpaque(Path file, int alpha) {
      if (alpha != 255) {
        throw new BadInputException(
            file
                + " has transparent pixels, expected none; put it on a background, as with"
                + " ImageMagick: mogrify -background white -flatten FILES.");
      }
    }
  }

  private record Header(int width, int height, boolean colour) {
    static Header of(Path file, ImageReader reader) throws IOException {
      Iterator<ImageTypeSpecifier> types = reader.getImageTypes(0);
      if (!types.hasNext()) {
        throw new BadInputException(
            file + " has colours of a kind that is not read (CMYK?); save it as RGB or grey.");
      }
      ImageTypeSpecifier type = types.next();
      ColorModel colours = type.getColorModel();
      if (colours.getComponentSize(0) > 8) {
        throw new BadInputException(
            "%s has %d bits per sample, expected 8; save it with 8 bits, or all images as an array with numpy.save."
                .formatted(file, colours.getComponentSize(0)));
      }
      return new Header(reader.getWidth(0), reader.getHeight(0), isColour(colours));
    }

    private static boolean isColour(ColorModel colours) {
      if (!(colours instanceof IndexColorModel palette)) {
        return colours.getNumColorComponents() > 1;
      }
      for (int i = 0; i < palette.getMapSize(); i++) {
        if (palette.getRed(i) != palette.getGreen(i) || palette.getRed(i) != palette.getBlue(i)) {
          return true;
        }
      }
      return false;
    }
  }

  /** What is asked of an open file. */
  private interface Question<T> {
    T ask(ImageReader reader) throws IOException;
  }

  private static <T> T open(Path file, Question<T> question) {
    ImageReader reader = null;
    try (FileImageInputStream in = new FileImageInputStream(file.toFile())) {
      reader = reader(file, in);
      List<String> warnings = new ArrayList<>();
      reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
      reader.setInput(in);
      T answer = question.ask(reader);
      for (String warning : warnings) {
        // Decoders go on after these, with grey for what is missing; profiles are not looked at.
        if (DAMAGE.matcher(warning).find()) {
          throw damaged(file, warning, null);
        }
      }
      return answer;
    } catch (IOException | RuntimeException e) {
      // Decoders of damaged files throw what comes.
      throw e instanceof BadInputException refused ? refused : damaged(file, e.toString(), e);
    } finally {
      if (reader != null) {
        reader.dispose();
      }
    }
  }

  private static ImageReader reader(Path file, FileImageInputStream in) {
    Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
    if (!readers.hasNext()) {
      throw new BadInputException(
          file
              + " does not begin as a PNG or JPEG file does; it is damaged, empty or of another"
              + " kind: remove or convert it.");
    }
    return readers.next();
  }

  private static BadInputException damaged(Path file, String why, @Nullable Exception cause) {
    String message =
        "%s cannot be read as an image (%s); it is incomplete or damaged: copy it again, or remove it."
            .formatted(file, why);
    return cause == null ? new BadInputException(message) : new BadInputException(message, cause);
  }
}
