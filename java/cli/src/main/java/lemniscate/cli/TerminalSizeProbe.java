package lemniscate.cli;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Asks the operating system how large the terminal of standard error is now. */
final class TerminalSizeProbe implements Supplier<TerminalSize> {

  private static final int STANDARD_ERROR = 2;
  // TIOCGWINSZ of <sys/ioctl.h>; struct winsize holds four 16-bit numbers: rows, columns, pixels.
  private static final long LINUX_REQUEST = 0x5413;
  private static final long BSD_REQUEST = 0x40087468;
  private static final int WINSIZE_SHORTS = 4;

  private final @Nullable MethodHandle ioctl = ioctl();

  // Its third parameter is variadic, which some machines pass in another way.
  private static @Nullable MethodHandle ioctl() {
    try {
      Linker linker = Linker.nativeLinker();
      return linker.downcallHandle(
          linker.defaultLookup().findOrThrow("ioctl"),
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_LONG,
              ValueLayout.ADDRESS),
          Linker.Option.firstVariadicArg(2));
    } catch (RuntimeException e) {
      return null; // no POSIX here
    }
  }

  @Override
  public TerminalSize get() {
    if (ioctl == null) {
      return TerminalSize.USUAL;
    }
    boolean linux = System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("linux");
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment size = arena.allocate(ValueLayout.JAVA_SHORT, WINSIZE_SHORTS);
      int status =
          (int) ioctl.invokeExact(STANDARD_ERROR, linux ? LINUX_REQUEST : BSD_REQUEST, size);
      int rows = Short.toUnsignedInt(size.getAtIndex(ValueLayout.JAVA_SHORT, 0));
      int columns = Short.toUnsignedInt(size.getAtIndex(ValueLayout.JAVA_SHORT, 1));
      return status == 0 && rows > 0 && columns > 0
          ? new TerminalSize(columns, rows)
          : TerminalSize.USUAL;
    } catch (Throwable e) {
      return TerminalSize.USUAL;
    }
  }
}
