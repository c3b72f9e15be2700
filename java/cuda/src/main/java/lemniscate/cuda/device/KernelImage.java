package lemniscate.cuda.device;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.Properties;

/** The kernels as the build compiled them: machine code for some architectures, PTX for newer. */
public final class KernelImage {

  private static final String IMAGE = "/lemniscate/cuda/kernels.fatbin";
  private static final String FACTS = "/lemniscate/cuda/kernels.properties";

  private final byte[] image;
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
    this.image = image.clone();
    this.toolkit = toolkit;
    this.architectures = List.copyOf(architectures);
  }

  /** The image of this build; nothing where it was built without nvcc. */
  public static Optional<KernelImage> bundled() {
    try (InputStream image = KernelImage.class.getResourceAsStream(IMAGE);
        InputStream facts = KernelImage.class.getResourceAsStream(FACTS)) {
      if (image == null || facts == null) {
        return Optional.empty();
      }
      Properties properties = new Properties();
      properties.load(facts);
      return Optional.of(
          new KernelImage(
              image.readAllBytes(),
              properties.getProperty("toolkit", "0.0"),
              List.of(properties.getProperty("architectures", "").split(" "))));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + IMAGE, e);
    }
  }

  /** The fatbin. */
  byte[] image() {
    return image.clone();
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
