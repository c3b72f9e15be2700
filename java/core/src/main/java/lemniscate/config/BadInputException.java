package lemniscate.config;

/**
 * Something that the user gave cannot be used: an option, a file, a value. Thrown before work starts;
 * the message names the source, the value, what was expected and the remedy. The command line ends with
 * exit code 2.
 */
public final class BadInputException extends RuntimeException {

  private static final long serialVersionUID = 1;

  /** With a message for the user. */
  public BadInputException(String message) {
    super(message);
  }

  /** With a message for the user and what caused it. */
  public BadInputException(String message, Throwable cause) {
    super(message, cause);
  }
}
