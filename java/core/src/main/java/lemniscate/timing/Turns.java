package lemniscate.timing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Programs timed in turns, so that what changes with the time (other work, clocks, heat) touches
 * all of them alike.
 *
 * @param rounds in each of which every program has one turn, at least 1
 * @param warmUpSeconds that every program runs before, at least; it goes on, up to five times as
 *     long, while it still gets quicker
 * @param runSeconds that a turn lasts at least, against the clock's resolution and jitter
 * @param pauseSeconds before each turn; threads of another program may keep spinning for a while
 */
public record Turns(int rounds, double warmUpSeconds, double runSeconds, double pauseSeconds) {

  /** The share below the lower quartile. */
  public static final double LOW = 0.25;

  /** The share below the upper quartile. */
  public static final double HIGH = 0.75;

  /** Runs of a warm-up. */
  private static final int WARM_UP_RUNS = 10;

  /** A run that is not quicker by as much has settled. */
  private static final double SETTLED = 0.97;

  private static final int SETTLED_RUNS = 5;
  private static final int LONGEST_WARM_UP = 5;
  private static final int ENDED = 0;

  /** Times by program, in their order; none of a program that ends before its time. */
  public List<Times> take(List<? extends Program> programs) {
    List<Times> taken = new ArrayList<>();
    int[] times = new int[programs.size()];
    for (int i = 0; i < times.length; i++) {
      taken.add(new Times(new ArrayList<>(), new ArrayList<>()));
      times[i] = steps(programs.get(i));
    }
    for (int round = 0; round < rounds; round++) {
      for (int i = 0; i < times.length; i++) {
        if (times[i] != ENDED && !turn(programs.get(i), times[i], taken.get(i))) {
          times[i] = ENDED;
        }
      }
    }
    return taken;
  }

  // Of one turn, found by a warm-up.
  private int steps(Program program) {
    try {
      return (int) Math.max(1, Math.ceil(runSeconds / warmUp(program)));
    } catch (Program.Ended e) {
      return ENDED;
    }
  }

  // Whether there can be another one.
  private boolean turn(Program program, int steps, Times taken) {
    pause();
    try {
      Program.Sample sample = program.sample(steps);
      taken.seconds().add(sample.seconds());
      taken.cpuSeconds().add(sample.cpuSeconds());
      return true;
    } catch (Program.Ended e) {
      taken.seconds().clear();
      taken.cpuSeconds().clear();
      return false;
    }
  }

  // Until the least time falls no more (a JVM compiles meanwhile); returns it.
  private double warmUp(Program program) {
    long start = System.nanoTime();
    double least = program.seconds(1);
    int settled = 0;
    double spent = 0;
    while (spent < warmUpSeconds
        || (settled < SETTLED_RUNS && spent < LONGEST_WARM_UP * warmUpSeconds)) {
      int times = (int) Math.max(1, warmUpSeconds / WARM_UP_RUNS / least);
      double each = program.seconds(times);
      settled = each > SETTLED * least ? settled + 1 : 0;
      least = Math.min(each, least);
      spent = (System.nanoTime() - start) / 1e9;
    }
    return least;
  }

  private void pause() {
    try {
      Thread.sleep((long) (1e3 * pauseSeconds));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The middle value; of an even number of values the higher of the two in the middle. */
  public static double median(List<Double> values) {
    return quantile(values, 0.5);
  }

  /** Quotients of two programs, round by round. */
  public static List<Double> ratios(List<Double> of, List<Double> to) {
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < of.size(); i++) {
      ratios.add(of.get(i) / to.get(i));
    }
    return ratios;
  }

  /** The value below which a share of the others lie, without interpolation. */
  public static double quantile(List<Double> values, double share) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    return sorted[Math.min(sorted.length - 1, (int) (share * sorted.length))];
  }
}
