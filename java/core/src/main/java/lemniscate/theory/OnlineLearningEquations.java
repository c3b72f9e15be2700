package lemniscate.theory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.math3.exception.NumberIsTooSmallException;
import org.apache.commons.math3.ode.FirstOrderDifferentialEquations;
import org.apache.commons.math3.ode.nonstiff.DormandPrince54Integrator;
import org.apache.commons.math3.ode.sampling.StepHandler;
import org.apache.commons.math3.ode.sampling.StepInterpolator;

/**
 * How the order parameters move when a student learns online, one fresh example a step, in the
 * limit of many inputs D; t = steps/D. A step of AFA is
 *
 * <pre>
 *   w_k −= η/√D · A_k g′(λ_k) e x ,   v_k −= η_v/D · g(λ_k) e ,
 * </pre>
 *
 * and of PEPITA, with x̃ = x − Fe and λ̃_k = λ_k − e A_k,
 *
 * <pre>
 *   w_k −= η/√D · (g(λ_k) − g(λ̃_k)) x̃ ,   v_k −= η_v/D · g(λ̃_k) e .
 * </pre>
 *
 * <p>With J_k = ⟨g′(λ_k) e²⟩, those of AFA, and in brackets what PEPITA adds to first order in F:
 *
 * <pre>
 *   dR_km/dt = −η A_k ⟨g′(λ_k) ν_m e⟩                                 [+ η A_k J_k S_m]
 *   dQ_kl/dt = −η A_k ⟨g′(λ_k) λ_l e⟩ − η A_l ⟨g′(λ_l) λ_k e⟩
 *              + η² A_k A_l ⟨g′(λ_k) g′(λ_l) e²⟩                      [+ η (A_k J_k A_l + A_l J_l A_k)]
 *   dA_k/dt  = −η A_k ⟨g′(λ_k) τ e⟩                                   [+ η φ A_k J_k]
 *   dv_k/dt  = −η_v ⟨g(λ_k) e⟩                                        [+ η_v A_k J_k]
 * </pre>
 *
 * <p>Noise of variance Δ on the teacher's answers adds Δ to e² wherever that is averaged. Method of
 * Saad and Solla (Phys. Rev. E 52, 4225, 1995); the application to forward-only learning is that of
 * Srinivasan et al., arXiv 2302.05440.
 *
 * @param rule that learns
 * @param rate η, of the first layer
 * @param outputRate η_v, of the second
 * @param noise Δ
 */
public record OnlineLearningEquations(
    ForwardRule rule, double rate, double outputRate, double noise) {

  // Far below what a simulation can tell; a solution has a few hundred steps.
  private static final double TOLERANCE = 1e-10;
  private static final double SMALLEST_STEP = 1e-12;

  /**
   * A solution.
   *
   * @param points at the times that were asked for; fewer if it diverges
   * @param divergedAt time from which on there is no finite solution; NaN if there is none
   */
  public record Solution(List<OrderParameters> points, double divergedAt) {
    /** Copies the list. */
    public Solution {
      points = List.copyOf(points);
    }

    /** {@return whether it ends before the last time} */
    public boolean diverged() {
      return !Double.isNaN(divergedAt);
    }
  }

  /**
   * Solves the equations by Dormand and Prince's embedded pair of orders 5 and 4 with adaptive
   * steps; between steps by its own interpolation.
   *
   * @param start at time 0
   * @param times at which the solution is wanted, increasing, from 0 on
   * @throws IllegalArgumentException if the times do not increase
   */
  public Solution solve(OrderParameters start, double[] times) {
    for (int i = 0; i < times.length; i++) {
      if (!(times[i] >= 0) || i > 0 && times[i] <= times[i - 1]) {
        throw new IllegalArgumentException("times " + Arrays.toString(times));
      }
    }
    List<OrderParameters> points = new ArrayList<>();
    int first = 0;
    if (times.length > 0 && times[0] == 0) {
      points.add(start);
      first = 1;
    }
    if (first == times.length) {
      return new Solution(points, Double.NaN);
    }
    double end = times[times.length - 1];
    DormandPrince54Integrator integrator =
        new DormandPrince54Integrator(Math.min(SMALLEST_STEP, end), end, TOLERANCE, TOLERANCE);
    integrator.addStepHandler(new Collector(start, times, points));
    double[] state = start.moving();
    try {
      integrator.integrate(new Flow(start), 0, state, end, state.clone());
    } catch (NotFinite | NumberIsTooSmallException e) {
      return new Solution(points, integrator.getCurrentStepStart());
    }
    return new Solution(points, Double.NaN);
  }

  /** The derivatives of what moves, at the places of {@link OrderParameters#moving}. */
  double[] derivatives(OrderParameters at) {
    Averages averages = new Averages(at);
    int units = at.studentUnits();
    int teachers = at.teacherUnits();
    int tau = units + teachers;
    double[] a = at.feedback();
    double[][] q = new double[units][units];
    double[][] r = new double[units][teachers];
    double[] da = new double[units];
    double[] dv = new double[units];
    // A_k J_k for PEPITA; AFA has no second pass.
    double[] second = new double[units];
    for (int k = 0; k < units; k++) {
      second[k] = rule == ForwardRule.PEPITA ? a[k] * averages.slopeError2(k) : 0;
    }
    for (int k = 0; k < units; k++) {
      for (int m = 0; m < teachers; m++) {
        double first = -a[k] * averages.slopeFieldError(k, units + m);
        r[k][m] = rate * (first + second[k] * at.teacherFeedback()[m]);
      }
      for (int l = 0; l < units; l++) {
        double first =
            -a[k] * averages.slopeFieldError(k, l) - a[l] * averages.slopeFieldError(l, k);
        q[k][l] =
            rate * (first + second[k] * a[l] + second[l] * a[k])
                + rate * rate * a[k] * a[l] * averages.slopesError2(k, l);
      }
      da[k] = rate * (-a[k] * averages.slopeFieldError(k, tau) + at.feedbackNorm() * second[k]);
      dv[k] = outputRate * (second[k] - averages.activityError(k));
    }
    return new OrderParameters(
            q,
            r,
            at.teachers(),
            da,
            at.teacherFeedback(),
            at.feedbackNorm(),
            dv,
            at.teacherOutputs())
        .moving();
  }

  /** Averages with the error e in them. */
  private final class Averages {

    private final ErfAverages of;
    private final double[] c;

    Averages(OrderParameters at) {
      this.of = at.averages();
      this.c = at.coefficients();
    }

    /** ⟨g(λ_k) e⟩. */
    double activityError(int k) {
      double sum = 0;
      for (int i = 0; i < c.length; i++) {
        sum += c[i] * of.product(k, i);
      }
      return sum;
    }

    /** ⟨g′(λ_k) x_j e⟩. */
    double slopeFieldError(int k, int j) {
      double sum = 0;
      for (int i = 0; i < c.length; i++) {
        sum += c[i] * of.slopeFieldProduct(k, j, i);
      }
      return sum;
    }

    /** ⟨g′(λ_k) e²⟩. */
    double slopeError2(int k) {
      double sum = noise * of.slopeOf(k);
      for (int i = 0; i < c.length; i++) {
        for (int j = 0; j < c.length; j++) {
          sum += c[i] * c[j] * of.slopeProduct(k, i, j);
        }
      }
      return sum;
    }

    /** ⟨g′(λ_k) g′(λ_l) e²⟩. */
    double slopesError2(int k, int l) {
      double sum = noise * of.slopesOf(k, l);
      for (int i = 0; i < c.length; i++) {
        for (int j = 0; j < c.length; j++) {
          sum += c[i] * c[j] * of.slopesProduct(k, l, i, j);
        }
      }
      return sum;
    }
  }

  /** The equations as the integrator knows them. */
  private final class Flow implements FirstOrderDifferentialEquations {

    private final OrderParameters start;

    Flow(OrderParameters start) {
      this.start = start;
    }

    @Override
    public int getDimension() {
      return start.moving().length;
    }

    @Override
    public void computeDerivatives(double t, double[] state, double[] derivatives) {
      double[] found = derivatives(start.withMoving(state));
      for (int i = 0; i < found.length; i++) {
        if (!Double.isFinite(found[i])) {
          throw new NotFinite();
        }
        derivatives[i] = found[i];
      }
    }
  }

  /** Leaves the integrator, which would go on with numbers that are none. */
  private static final class NotFinite extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** Takes the solution at the wanted times. */
  private static final class Collector implements StepHandler {

    private final OrderParameters start;
    private final double[] times;
    private final List<OrderParameters> points;

    Collector(OrderParameters start, double[] times, List<OrderParameters> points) {
      this.start = start;
      this.times = times;
      this.points = points;
    }

    @Override
    public void init(double t0, double[] y0, double t) {}

    @Override
    public void handleStep(StepInterpolator step, boolean last) {
      // The last step ends at the last time but for rounding.
      while (points.size() < times.length
          && (last || times[points.size()] <= step.getCurrentTime())) {
        step.setInterpolatedTime(times[points.size()]);
        points.add(start.withMoving(step.getInterpolatedState()));
      }
    }
  }
}
