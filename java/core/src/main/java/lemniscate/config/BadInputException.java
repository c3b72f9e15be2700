package lemniscate.config;

/**
 * Input from outside (an option, a config key, a file) that is refused before any work starts. The
 * message names the file or option, the value found, what was expected and the remedy.
 */
public final class BadInputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Refuses an input.
   *
   * @param message what was found, what was expected and the remedy
   */
  public BadInputException(String message) {
    super(message);
  }

  /**
   * Refuses an input because of a failure underneath.
   *
   * @param message what was found, what was expected and the remedy
   * @param cause the failure underneath
   */
  public BadInputException(String message, Throwable cause) {
    super(message, cause);
  }
}
