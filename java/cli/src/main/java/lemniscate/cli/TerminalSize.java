package lemniscate.cli;

/**
 * Extent of a terminal.
 *
 * @param columns characters in a line
 * @param rows lines
 */
record TerminalSize(int columns, int rows) {

  /** What is assumed where nothing is known. */
  static final TerminalSize USUAL = new TerminalSize(80, 24);
}
