package lemniscate.claim;

import java.util.ArrayList;
import java.util.List;
import lemniscate.study.OnlineLearningStudy;
import lemniscate.sweep.SeedMean;
import lemniscate.theory.ForwardRule;
import lemniscate.theory.OrderParameters;

/** Online learning by ordinary differential equations. */
final class PepitaFollowsItsEquations implements Claim {

  private static final double TOLERANCE = 0.05;
  private static final double ALIKE = 0.1;

  @Override
  public Card card() {
    return new Card(
        "pepita-ode",
        "Students of many inputs learn online by PEPITA and by adaptive feedback as the equations"
            + " of their order parameters say, and both alike.",
        "arXiv 2302.05440, analysis of online learning; equations restated in"
            + " docs/studies/pepita-ode.md",
        "lemniscate theory pepita-ode",
        "A generalisation error that leaves the equations by more than 5 %; a wrong sign in one of"
            + " them makes it many times as large.");
  }

  @Override
  public ClaimSettings settings(ClaimPreset preset) {
    return ClaimSettings.of(
        "inputs", preset.pick("500", "1000", "5000"),
        "end", "60",
        "points", "30",
        "copies", preset.pick("6", "8", "8"),
        "alignment", "1.5",
        "rate", "0.5");
  }

  /** {@return the study of some settings} */
  static OnlineLearningStudy study(ClaimSettings settings) {
    return new OnlineLearningStudy(
        List.of(ForwardRule.values()),
        new OnlineLearningStudy.Network(
            2, 2, settings.integer("inputs"), 0.3, settings.number("alignment")),
        new OnlineLearningStudy.Learning(settings.number("rate"), settings.number("rate"), 0),
        new OnlineLearningStudy.Course(
            settings.number("end"),
            settings.integer("points"),
            settings.integer("copies"),
            TOLERANCE),
        0);
  }

  @Override
  public Finding measure(ClaimSettings settings, Laboratory laboratory) {
    return judged(study(settings).run(_ -> laboratory.requireGoingOn()).trajectories());
  }

  /** {@return what simulated courses are beside those of equations} */
  static Finding judged(List<OnlineLearningStudy.Trajectory> trajectories) {
    List<Check> checks = new ArrayList<>();
    List<Finding.Curve> curves = new ArrayList<>();
    List<double[]> means = new ArrayList<>();
    for (ForwardRule rule : ForwardRule.values()) {
      List<OnlineLearningStudy.Trajectory> own =
          trajectories.stream().filter(t -> t.rule() == rule).toList();
      List<Double> gaps = new ArrayList<>();
      for (OnlineLearningStudy.Trajectory t : own) {
        double sum = 0;
        for (int i = 1; i < t.times().size(); i++) {
          sum += error(t.simulation(), i) / error(t.theory(), i) - 1;
        }
        gaps.add(sum / (t.times().size() - 1));
      }
      checks.add(
          Check.near(
              "simulated over predicted error of %s, mean over time, less 1".formatted(rule.word()),
              SeedMean.of(gaps),
              0,
              TOLERANCE));
      double[] simulated =
          mean(own.stream().map(OnlineLearningStudy.Trajectory::simulation).toList());
      double[] predicted = mean(own.stream().map(OnlineLearningStudy.Trajectory::theory).toList());
      checks.add(
          Check.exact(
              "largest difference of the mean errors of %s, relative".formatted(rule.word()),
              largest(simulated, predicted),
              0,
              TOLERANCE));
      List<Double> times = own.getFirst().times();
      curves.add(curve(rule.word() + ", simulated", times, simulated));
      curves.add(curve(rule.word() + ", equations", times, predicted));
      means.add(simulated);
    }
    checks.add(
        Check.exact(
            "largest difference of the simulated errors of both rules, relative",
            largest(means.getLast(), means.getFirst()),
            0,
            ALIKE));
    return new Finding(
        checks, new Finding.Plot("steps over inputs", false, "generalisation error", true, curves));
  }

  private static double error(List<OrderParameters> course, int at) {
    return course.get(at).generalizationError();
  }

  private static double[] mean(List<List<OrderParameters>> courses) {
    double[] mean = new double[courses.getFirst().size()];
    for (List<OrderParameters> course : courses) {
      for (int i = 0; i < mean.length; i++) {
        mean[i] += error(course, i) / courses.size();
      }
    }
    return mean;
  }

  private static double largest(double[] a, double[] b) {
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      largest = Math.max(largest, Math.abs(a[i] / b[i] - 1));
    }
    return largest;
  }

  private static Finding.Curve curve(String name, List<Double> times, double[] values) {
    List<Finding.Point> points = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      points.add(new Finding.Point(times.get(i), values[i], Double.NaN, Double.NaN));
    }
    return new Finding.Curve(name, points);
  }
}
