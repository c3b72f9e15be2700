package lemniscate.data;

import java.io.IOException;

/**
 * A data set could not be fetched. The message says from where it was tried, what went wrong and
 * how the files can be put in place by hand.
 */
public final class DownloadException extends IOException {
  private static final long serialVersionUID = 1L;

  /** A failure with a message of its own. */
  DownloadException(String message) {
    super(message);
  }

  /** A failure because of another. */
  DownloadException(String message, Throwable cause) {
    super(message, cause);
  }
}
