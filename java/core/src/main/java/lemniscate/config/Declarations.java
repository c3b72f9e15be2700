package lemniscate.config;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;

/** Finds what is declared on the class path, in the order of its registers. */
public final class Declarations {

  private Declarations() {}

  // Each loaded when it is first asked for: rules have keys that name optimisers.
  private static final class Optimizers {
    static final List<OptimizerDeclaration> FOUND = find(OptimizerDeclaration.class, "optimiser");
  }

  private static final class Schedules {
    static final List<ScheduleDeclaration> FOUND = find(ScheduleDeclaration.class, "schedule");
  }

  /** The optimisers. */
  public static List<OptimizerDeclaration> optimizers() {
    return Optimizers.FOUND;
  }

  /** The schedules of the learning rate. */
  public static List<ScheduleDeclaration> schedules() {
    return Schedules.FOUND;
  }

  /** The name of an optimiser. */
  public static ValueType<String> optimizer() {
    return ValueType.choice(names(optimizers()));
  }

  /** The name of a schedule. */
  static ValueType<String> schedule() {
    return ValueType.choice(names(schedules()));
  }

  static String[] names(Collection<? extends Declaration> declarations) {
    return declarations.stream()
        .flatMap(declaration -> declaration.names().stream())
        .toArray(String[]::new);
  }

  static <D extends Declaration> List<D> find(Class<D> type, String kind) {
    // By the loader of this class, which is that of the class path, whichever thread comes first.
    List<D> found =
        ServiceLoader.load(type, Declarations.class.getClassLoader()).stream()
            .map(ServiceLoader.Provider::get)
            .toList();
    Map<String, D> owners = new HashMap<>();
    for (D declaration : found) {
      for (String name : declaration.names()) {
        D other = owners.put(name, declaration);
        if (other != null) {
          throw new IllegalStateException(
              "%s %s is of both %s and %s; expected names of their own"
                  .formatted(
                      kind, name, other.getClass().getName(), declaration.getClass().getName()));
        }
      }
    }
    return found;
  }
}
