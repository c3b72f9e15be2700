package lemniscate.cli.report;

import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.jspecify.annotations.Nullable;

/** A figure as pixels, in its light colours. */
final class ImageCanvas implements Canvas {

  /** Pixels of the image for each pixel of the figure, for print and dense screens. */
  static final int DENSITY = 2;

  private final BufferedImage image;
  private final Graphics2D graphics;

  ImageCanvas(int width, int height) {
    image = new BufferedImage(DENSITY * width, DENSITY * height, BufferedImage.TYPE_INT_RGB);
    graphics = image.createGraphics();
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    graphics.setRenderingHint(
        RenderingHints.KEY_FRACTIONALMETRICS, RenderingHints.VALUE_FRACTIONALMETRICS_ON);
    graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    graphics.scale(DENSITY, DENSITY);
  }

  /** Why text cannot be drawn on this machine; null if it can. */
  static @Nullable String missingFonts() {
    try {
      new ImageCanvas(1, 1).text(new Label("x", 0, 0, Label.Anchor.END, 1, false, false, Ink.TEXT));
      return null;
    } catch (RuntimeException | LinkageError | InternalError e) {
      // Java reports a machine without fonts by whatever it stumbles over first.
      return String.valueOf(e.getMessage());
    }
  }

  @Override
  public Graphics2D shapes() {
    return graphics;
  }

  @Override
  public void uses(Ink ink) {
    // An image has its light colours only.
  }

  @Override
  public void text(Label label) {
    AffineTransform before = graphics.getTransform();
    graphics.setColor(label.ink().color());
    graphics.setFont(
        new Font(Font.SANS_SERIF, label.bold() ? Font.BOLD : Font.PLAIN, label.size()));
    double width =
        graphics
            .getFont()
            .getStringBounds(label.text(), graphics.getFontRenderContext())
            .getWidth();
    graphics.translate(label.x(), label.y());
    if (label.upwards()) {
      graphics.rotate(-Math.PI / 2);
    }
    double shift =
        switch (label.anchor()) {
          case START -> 0;
          case MIDDLE -> -width / 2;
          case END -> -width;
        };
    graphics.drawString(label.text(), (float) shift, 0);
    graphics.setTransform(before);
  }

  /** {@return the image as PNG} */
  byte[] png() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    // In memory: of its own accord Java keeps it in a temporary file, on a disk that may be full.
    try (ImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      ImageIO.write(image, "png", out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
