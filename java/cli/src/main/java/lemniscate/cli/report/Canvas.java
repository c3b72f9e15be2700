package lemniscate.cli.report;

import java.awt.Graphics2D;

/** What a figure is drawn on. */
sealed interface Canvas permits SvgCanvas, ImageCanvas {

  /** For everything but text. */
  Graphics2D shapes();

  /** Tells of a colour that shapes are drawn in. */
  void uses(Ink ink);

  /** Writes text. */
  void text(Label label);
}
