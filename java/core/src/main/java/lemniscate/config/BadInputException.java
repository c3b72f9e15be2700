package lemniscate.config;

import lemniscate.text.Shown;
import org.jspecify.annotations.Nullable;

/**
 * Input from outside (a file, an option, a data set) that is refused before work starts. The
 * message names the file or option, the value, what was expected and the remedy; the command line
 * ends with exit code 2. Whatever the message quotes, a terminal acts on nothing of it, and it has
 * an end: {@link Shown#message}.
 */
public final class BadInputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** An error fully described by its message. */
  public BadInputException(String message) {
    super(Shown.message(message));
  }

  /** An error found while handling another, such as a file that cannot be read. */
  public BadInputException(String message, @Nullable Throwable cause) {
    super(Shown.message(message), cause);
  }
}
