package lemniscate.cli;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import lemniscate.train.StopSignal;

/**
 * Turns Ctrl-C and the termination signal into a request to stop; a second one ends the process at
 * once. Hang-ups and the two user signals, by which schedulers warn, are the same request, but
 * never end the process at once. The JDK has no public interface for signals. The one that it does
 * have is reached by reflection, so that a JDK without it still runs: there, signals end the
 * process as usual, and the last checkpoint is what is kept.
 */
final class Interruption {

  private Interruption() {}

  /** A signal that Ctrl-C raises from now on, where the program may listen to it. */
  static StopSignal signal(CommonOptions common) {
    StopSignal stop = new StopSignal();
    if (common.streams().signals()) {
      raises(stop);
    }
    return stop;
  }

  private static void raises(StopSignal stop) {
    AtomicBoolean asked = new AtomicBoolean();
    handle(
        List.of("INT", "TERM"),
        () -> {
          if (!asked.compareAndSet(false, true)) {
            Runtime.getRuntime().halt(ExitCode.INTERRUPTED.code());
          }
          stop.raise();
        });
    // Warnings: a scheduler may repeat them, and sends TERM after them while the step goes on.
    handle(List.of("HUP", "USR1", "USR2"), stop::raise);
  }

  private static void handle(List<String> names, Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      InvocationHandler invocation =
          (proxy, method, arguments) ->
              switch (method.getName()) {
                case "handle" -> {
                  action.run();
                  yield null;
                }
                case "hashCode" -> System.identityHashCode(proxy);
                case "equals" -> proxy == arguments[0];
                default -> "interruption";
              };
      Object listener =
          Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[] {handler}, invocation);
      for (String name : names) {
        signal
            .getMethod("handle", signal, handler)
            .invoke(null, signal.getConstructor(String.class).newInstance(name), listener);
      }
    } catch (ReflectiveOperationException | RuntimeException e) {
      // As the class comment says.
    }
  }
}
