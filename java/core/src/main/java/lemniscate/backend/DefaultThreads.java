package lemniscate.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import lemniscate.text.Shown;

/**
 * How many threads of the CPU a process uses where nothing says so: what {@code OMP_NUM_THREADS}
 * names, else what {@code SLURM_CPUS_PER_TASK} grants, else one for each processor; never more than
 * the processors that Java sees, which keeps to affinity and control groups.
 *
 * @param threads at least 1
 * @param source what decided, for people
 * @param warnings what was named and cannot be used, a line each
 */
public record DefaultThreads(int threads, String source, List<String> warnings) {

  private static final List<String> VARIABLES = List.of("OMP_NUM_THREADS", "SLURM_CPUS_PER_TASK");

  /** Copies the warnings. */
  public DefaultThreads {
    warnings = List.copyOf(warnings);
  }

  /** Those of this process. */
  public static DefaultThreads here() {
    return of(System.getenv(), Runtime.getRuntime().availableProcessors());
  }

  /**
   * Those of a process.
   *
   * @param environment its variables
   * @param processors that it may use
   */
  static DefaultThreads of(Map<String, String> environment, int processors) {
    List<String> warnings = new ArrayList<>();
    for (String variable : VARIABLES) {
      String value = environment.getOrDefault(variable, "").strip();
      if (value.isEmpty()) {
        continue;
      }
      int named = outermost(value);
      if (named > 0) {
        return new DefaultThreads(
            Math.min(named, processors),
            named <= processors
                ? variable
                : variable + " is " + Shown.word(value) + ", of " + processors + " processors",
            warnings);
      }
      warnings.add(
          "%s is %s, expected an integer >= 1, and is left aside; correct it, or say --threads."
              .formatted(variable, Shown.quoted(value)));
    }
    return new DefaultThreads(processors, "one for each processor", warnings);
  }

  // OpenMP takes a list, a number for each level of nesting. 0 where it is none.
  private static int outermost(String value) {
    try {
      return Math.max(0, Integer.parseInt(value.split(",", 2)[0].strip()));
    } catch (NumberFormatException e) {
      return 0;
    }
  }
}
