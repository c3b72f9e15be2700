package lemniscate.config;

/**
 * Refusal of something the user gave: an option, a configuration value, a file.
 *
 * <p>Thrown before any work starts. The message names the file or option, the value found, what was
 * expected and the remedy, in one or two sentences, because it is shown as it is.
 */
public final class BadInputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates a refusal.
   *
   * @param message what was given, what was expected, and the remedy
   */
  public BadInputException(String message) {
    super(message);
  }

  /**
   * Creates a refusal that was found through another failure.
   *
   * @param message what was given, what was expected, and the remedy
   * @param cause the failure that showed it
   */
  public BadInputException(String message, Throwable cause) {
    super(message, cause);
  }
}
