package lemniscate.cuda.device;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Supplier;

/** The kernels as the build compiled them: machine code for some architectures, PTX for newer. */
public final class KernelImage {

  private static final String IMAGE = "/lemniscate/cuda/kernels.fatbin";
  private static final String FACTS = "/lemniscate/cuda/kernels.properties";

  private final Supplier<byte[]> image;
  private final String toolkit;
  private final List<String> architectures;

  /**
   * An image.
   *
   * @param image fatbin
   * @param toolkit version of the nvcc that made it, such as 13.0
   * @param architectures what it holds, such as sm_80 and compute_80
   */
  public KernelImage(byte[] image, String toolkit, List<String> architectures) {
    this(() -> image, toolkit, architectures);
  }

  private KernelImage(Supplier<byte[]> image, String toolkit, List<String> architectures) {
    this.image = image;
    this.toolkit = toolkit;
    this.architectures = List.copyOf(architectures);
  }

  /**
   * The image of this build; nothing where it was built without nvcc. Only its facts are read now,
   * since every start of the program asks for them, and few for the image.
   */
  public static Optional<KernelImage> bundled() {
    if (KernelImage.class.getResource(IMAGE) == null
        || KernelImage.class.getResource(FACTS) == null) {
      return Optional.empty();
    }
    Properties properties = new Properties();
    try {
      properties.load(new ByteArrayInputStream(resource(FACTS)));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + FACTS, e);
    }
    return Optional.of(
        new KernelImage(
            () -> resource(IMAGE),
            properties.getProperty("toolkit", "0.0"),
            List.of(properties.getProperty("architectures", "").split(" "))));
  }

  private static byte[] resource(String name) {
    try (InputStream in = KernelImage.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is gone from the class path");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + name, e);
    }
  }

  /** The fatbin. */
  byte[] image() {
    return image.get();
  }

  /** Version of the toolkit. */
  public String toolkit() {
    return toolkit;
  }

  /** Major version of the toolkit; a driver must support at least this CUDA. */
  public int toolkitMajor() {
    return Integer.parseInt(toolkit.substring(0, toolkit.indexOf('.')));
  }

  /** What it holds, for people. */
  public String holds() {
    return String.join(", ", architectures);
  }
}
