package lemniscate.study;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntConsumer;
import lemniscate.config.BadInputException;
import lemniscate.text.Csv;
import lemniscate.theory.ForwardRule;
import lemniscate.theory.OnlineLearningEquations;
import lemniscate.theory.OrderParameters;
import lemniscate.train.TrainingDivergedException;

/**
 * Do students of finite size learn as the equations of many inputs say ({@link
 * OnlineLearningEquations})? Every copy is simulated, and the equations are solved from the
 * overlaps that were measured in that copy before its first step, so that what is compared is the
 * course and not the luck of the start.
 *
 * @param rules each once
 * @param network sizes and scales
 * @param learning rates and noise
 * @param course how long, and how it is looked at
 * @param seed of everything random
 */
public record OnlineLearningStudy(
    List<ForwardRule> rules, Network network, Learning learning, Course course, long seed) {

  private static final double MOST_STEPS = 1e9;
  private static final int MOST_UNITS = 16;

  /**
   * Sizes and scales. Student weights are normals of deviation {@value
   * StudentTeacherSimulation#WEIGHT_SCALE} plus {@code alignment} times f, its output weights
   * normals of mean {@value StudentTeacherSimulation#OUTPUT_MEAN} and deviation {@value
   * StudentTeacherSimulation#OUTPUT_SCALE}, the teacher's weights standard normals, its output
   * weights 1.
   *
   * @param studentUnits K
   * @param teacherUnits M
   * @param inputs D of the simulation
   * @param feedbackScale standard deviation of f, where F = f/√D
   * @param alignment how much of f is in every unit of the student: without, the adaptive feedback
   *     A starts at the order 1/√D
   */
  public record Network(
      int studentUnits, int teacherUnits, int inputs, double feedbackScale, double alignment) {
    /**
     * Checks the ranges.
     *
     * @throws BadInputException if a number is out of range
     */
    public Network {
      range("student units", studentUnits, 1, MOST_UNITS);
      range("teacher units", teacherUnits, 1, MOST_UNITS);
      range("inputs", inputs, 2, 1_000_000);
      positive("the feedback scale", feedbackScale);
      if (!Double.isFinite(alignment)) {
        throw new BadInputException(
            "the alignment is " + alignment + "; expected a number. 1.5 is the usual one.");
      }
    }
  }

  /**
   * Rates and noise.
   *
   * @param rate η
   * @param outputRate η_v
   * @param noise variance Δ of what is added to the teacher's answers
   */
  public record Learning(double rate, double outputRate, double noise) {
    /**
     * Checks the ranges.
     *
     * @throws BadInputException if a number is out of range
     */
    public Learning {
      positive("optim.lr", rate);
      if (!(outputRate >= 0) || Double.isInfinite(outputRate)) {
        throw new BadInputException(
            "the output rate is "
                + outputRate
                + "; expected a number >= 0. Leave it out for optim.lr; 0 keeps the output"
                + " weights.");
      }
      if (!(noise >= 0) || Double.isInfinite(noise)) {
        throw new BadInputException(
            "the noise is " + noise + "; expected a variance >= 0. Leave it out for none.");
      }
    }

    OnlineLearningEquations equations(ForwardRule rule) {
      return new OnlineLearningEquations(rule, rate, outputRate, noise);
    }
  }

  /**
   * How long is learned, and how that is looked at.
   *
   * @param end last time; steps over D
   * @param points times after 0 at which simulation and equations are compared
   * @param copies students whose errors are averaged
   * @param tolerance largest relative difference of the mean errors that passes
   */
  public record Course(double end, int points, int copies, double tolerance) {
    /**
     * Checks the ranges.
     *
     * @throws BadInputException if a number is out of range
     */
    public Course {
      positive("the end", end);
      range("points", points, 1, 10_000);
      range("copies", copies, 1, 1000);
      positive("the tolerance", tolerance);
    }
  }

  /**
   * Checks everything before work.
   *
   * @throws BadInputException if it cannot be run
   */
  public OnlineLearningStudy {
    rules = List.copyOf(rules);
    if (rules.isEmpty() || rules.stream().distinct().count() < rules.size()) {
      throw new BadInputException(
          "the rules are " + rules + "; expected one or more, each once. Leave out what is twice.");
    }
    double steps = course.end() * network.inputs();
    if (steps < course.points()) {
      throw new BadInputException(
          "%d points are asked for in %.0f steps; expected at least a step for each. Use fewer points or a later end."
              .formatted(course.points(), Math.floor(steps)));
    }
    if (steps > MOST_STEPS) {
      throw new BadInputException(
          String.format(
              Locale.ROOT,
              "the end is %s, %.0f steps of %d inputs; expected at most %.0f steps. Use an earlier"
                  + " end or fewer inputs.",
              course.end(),
              steps,
              network.inputs(),
              MOST_STEPS));
    }
  }

  private static void range(String what, int found, int low, int high) {
    if (found < low || found > high) {
      throw new BadInputException(
          "%s: %d; expected an integer from %d to %d. Correct it."
              .formatted(what, found, low, high));
    }
  }

  private static void positive(String what, double found) {
    if (!(found > 0) || Double.isInfinite(found)) {
      throw new BadInputException(what + " is " + found + "; expected a number > 0. Correct it.");
    }
  }

  /**
   * One copy under one rule.
   *
   * @param rule that learned
   * @param copy from 0
   * @param times from 0
   * @param simulation measured overlaps at these times
   * @param theory those of the equations
   */
  public record Trajectory(
      ForwardRule rule,
      int copy,
      List<Double> times,
      List<OrderParameters> simulation,
      List<OrderParameters> theory) {
    /** Copies the lists. */
    public Trajectory {
      times = List.copyOf(times);
      simulation = List.copyOf(simulation);
      theory = List.copyOf(theory);
    }
  }

  /**
   * Generalisation errors at one time.
   *
   * @param time t
   * @param simulation mean over copies
   * @param theory mean over copies of the equations
   * @param spread of the simulation over copies
   */
  public record Point(double time, double simulation, double theory, Spread spread) {
    /** {@return |simulation − theory|/theory} */
    public double gap() {
      return Math.abs(simulation - theory) / theory;
    }
  }

  /**
   * The generalisation error of a rule over time.
   *
   * @param rule that learned
   * @param points from time 0
   */
  public record Curve(ForwardRule rule, List<Point> points) {
    /** Copies the list. */
    public Curve {
      points = List.copyOf(points);
    }

    /** {@return the point with the largest relative difference} */
    public Point worst() {
      return points.stream()
          .max((a, b) -> Double.compare(a.gap(), b.gap()))
          .orElseThrow(IllegalStateException::new);
    }
  }

  /**
   * What came out.
   *
   * @param trajectories of every rule and copy
   * @param curves of every rule
   * @param tolerance that they are held against
   */
  public record Result(List<Trajectory> trajectories, List<Curve> curves, double tolerance) {
    /** Copies the lists. */
    public Result {
      trajectories = List.copyOf(trajectories);
      curves = List.copyOf(curves);
    }

    /** {@return the largest relative difference of all rules and times} */
    public double gap() {
      return curves.stream().mapToDouble(c -> c.worst().gap()).max().orElseThrow();
    }

    /** {@return whether it is within the tolerance} */
    public boolean pass() {
      return gap() <= tolerance;
    }

    /** {@return the errors as comma-separated values} */
    public String curvesCsv() {
      Csv csv =
          new Csv("rule", "time", "simulation", "low", "high", "theory", "relativeDifference");
      for (Curve curve : curves) {
        for (Point p : curve.points()) {
          csv.row(
              curve.rule().word(),
              p.time(),
              p.simulation(),
              Csv.number(p.spread().low()),
              Csv.number(p.spread().high()),
              p.theory(),
              p.gap());
        }
      }
      return csv.toString();
    }

    /** {@return every order parameter of every copy as comma-separated values} */
    public String overlapsCsv() {
      Csv csv = new Csv("rule", "copy", "time", "overlap", "simulation", "theory");
      for (Trajectory t : trajectories) {
        for (int i = 0; i < t.times().size(); i++) {
          OrderParameters found = t.simulation().get(i);
          OrderParameters expected = t.theory().get(i);
          Place place = new Place(t.rule().word(), t.copy(), t.times().get(i));
          for (int k = 0; k < found.studentUnits(); k++) {
            line(csv, place, "A", k + 1, found.feedback()[k], expected.feedback()[k]);
            line(csv, place, "v", k + 1, found.outputs()[k], expected.outputs()[k]);
            for (int l = 0; l <= k; l++) {
              int name = 10 * (k + 1) + l + 1;
              line(csv, place, "Q", name, found.students()[k][l], expected.students()[k][l]);
            }
          }
        }
      }
      return csv.toString();
    }

    private record Place(String rule, int copy, double time) {}

    private static void line(
        Csv csv, Place place, String name, int index, double found, double expected) {
      csv.row(place.rule(), place.copy(), place.time(), name + index, found, expected);
    }
  }

  /** {@return how many comparisons {@link #run} makes} */
  public int size() {
    return rules.size() * course.copies() * course.points();
  }

  /** {@return the times of the comparisons, from 0; each a whole number of steps} */
  public double[] times() {
    double[] times = new double[course.points() + 1];
    long steps = Math.round(course.end() * network.inputs());
    for (int i = 0; i < times.length; i++) {
      times[i] = (double) (steps * i / course.points()) / network.inputs();
    }
    return times;
  }

  /**
   * Simulates every copy under every rule and solves its equations.
   *
   * @param progress told how many comparisons have been made
   * @throws TrainingDivergedException if the equations or a simulation do not stay finite
   */
  public Result run(IntConsumer progress) {
    List<Trajectory> trajectories = new ArrayList<>();
    List<Curve> curves = new ArrayList<>();
    for (ForwardRule rule : rules) {
      List<Trajectory> copies = new ArrayList<>();
      for (int copy = 0; copy < course.copies(); copy++) {
        int before = (trajectories.size() + copies.size()) * course.points();
        copies.add(trajectory(rule, copy, done -> progress.accept(before + done)));
      }
      trajectories.addAll(copies);
      curves.add(curve(rule, copies));
    }
    return new Result(trajectories, curves, course.tolerance());
  }

  private Trajectory trajectory(ForwardRule rule, int copy, IntConsumer progress) {
    OnlineLearningEquations equations = learning.equations(rule);
    StudentTeacherSimulation simulation =
        new StudentTeacherSimulation(network, equations, seed, copy);
    OrderParameters start = simulation.overlaps();
    double[] times = times();
    OnlineLearningEquations.Solution solution = equations.solve(start, times);
    if (solution.diverged()) {
      throw diverged(rule.word() + "'s equations", solution.divergedAt(), Double.NaN);
    }
    List<Double> at = new ArrayList<>(List.of(times[0]));
    List<OrderParameters> measured = new ArrayList<>(List.of(start));
    for (int i = 1; i < times.length; i++) {
      long steps = Math.round((times[i] - times[i - 1]) * network.inputs());
      for (long step = 0; step < steps; step++) {
        simulation.step();
      }
      OrderParameters now = simulation.overlaps();
      double error = now.generalizationError();
      if (!Double.isFinite(error)) {
        throw diverged(rule.word() + "'s generalisation error", times[i], error);
      }
      at.add(times[i]);
      measured.add(now);
      progress.accept(i);
    }
    return new Trajectory(rule, copy, at, measured, solution.points());
  }

  private TrainingDivergedException diverged(String what, double time, double value) {
    long step = Math.round(time * network.inputs());
    return new TrainingDivergedException(what, step, 0, value, learning.rate());
  }

  private Curve curve(ForwardRule rule, List<Trajectory> copies) {
    List<Point> points = new ArrayList<>();
    double[] times = times();
    for (int i = 0; i < times.length; i++) {
      int at = i;
      List<Double> found =
          copies.stream().map(c -> c.simulation().get(at).generalizationError()).toList();
      double theory =
          copies.stream()
              .mapToDouble(c -> c.theory().get(at).generalizationError())
              .average()
              .orElseThrow();
      double mean = found.stream().mapToDouble(e -> e).average().orElseThrow();
      points.add(new Point(times[i], mean, theory, Spread.of(found)));
    }
    return new Curve(rule, points);
  }
}
