package lemniscate.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Standard output, with what went wrong on it: a {@code PrintStream} tells only that it did. */
final class WatchedOutput extends OutputStream {

  private static final Path DESCRIPTOR = Path.of("/proc/self/fd/1");

  private final OutputStream target;
  private volatile @Nullable IOException failure;

  WatchedOutput(OutputStream target) {
    this.target = target;
  }

  /** The first failure; empty if all that was written has arrived. */
  Optional<IOException> failure() {
    return Optional.ofNullable(failure);
  }

  /** Whether its reader has gone, as {@code head} goes once it has read enough. */
  boolean isAbandoned() {
    IOException e = failure;
    if (e == null) {
      return false;
    }
    try {
      // The message is in the user's language; a write to a pipe fails for this reason alone.
      return Files.readSymbolicLink(DESCRIPTOR).toString().startsWith("pipe:");
    } catch (IOException | UnsupportedOperationException unknown) {
      return String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT).contains("pipe");
    }
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    try {
      target.write(bytes, offset, length);
    } catch (IOException e) {
      if (failure == null) {
        failure = e;
      }
      throw e;
    }
  }

  @Override
  public void flush() throws IOException {
    target.flush();
  }
}
