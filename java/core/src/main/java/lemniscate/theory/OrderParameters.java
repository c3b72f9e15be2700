package lemniscate.theory;

import java.util.Arrays;

/**
 * What decides the course of online learning of a student with K hidden units from a teacher with M
 * in the limit of many inputs D: overlaps of their weights with each other and with the feedback.
 *
 * <p>The student answers Σ_k v_k g(w_k·x/√D), the teacher Σ_m v*_m g(w*_m·x/√D), with g(x) =
 * erf(x/√2) and x a standard normal; the error is projected onto the input by F = f/√D.
 *
 * @param students Q_kl = w_k·w_l/D, K × K
 * @param studentTeacher R_km = w_k·w*_m/D, K × M
 * @param teachers T_mn = w*_m·w*_n/D, M × M
 * @param feedback A_k = w_k·f/D, the adaptive feedback W₁F, K
 * @param teacherFeedback S_m = w*_m·f/D, M
 * @param feedbackNorm φ = f·f/D
 * @param outputs v, K
 * @param teacherOutputs v*, M
 */
public record OrderParameters(
    double[][] students,
    double[][] studentTeacher,
    double[][] teachers,
    double[] feedback,
    double[] teacherFeedback,
    double feedbackNorm,
    double[] outputs,
    double[] teacherOutputs) {

  /**
   * Copies everything.
   *
   * @throws IllegalArgumentException if the shapes do not belong together
   */
  public OrderParameters {
    int k = outputs.length;
    int m = teacherOutputs.length;
    students = copy("Q", students, k, k);
    studentTeacher = copy("R", studentTeacher, k, m);
    teachers = copy("T", teachers, m, m);
    require("A", feedback.length, k);
    require("S", teacherFeedback.length, m);
    feedback = feedback.clone();
    teacherFeedback = teacherFeedback.clone();
    outputs = outputs.clone();
    teacherOutputs = teacherOutputs.clone();
  }

  private static double[][] copy(String name, double[][] rows, int height, int width) {
    require(name, rows.length, height);
    double[][] copy = new double[height][];
    for (int i = 0; i < height; i++) {
      require(name, rows[i].length, width);
      copy[i] = rows[i].clone();
    }
    return copy;
  }

  private static void require(String name, int found, int expected) {
    if (found != expected || expected == 0) {
      throw new IllegalArgumentException(
          name + " has length " + found + ", expected " + Math.max(1, expected));
    }
  }

  /** {@return K} */
  public int studentUnits() {
    return outputs.length;
  }

  /** {@return M} */
  public int teacherUnits() {
    return teacherOutputs.length;
  }

  /** {@return ε = ½⟨e²⟩ over fresh inputs, without the noise of the labels} */
  public double generalizationError() {
    ErfAverages averages = averages();
    double[] c = coefficients();
    double sum = 0;
    for (int i = 0; i < c.length; i++) {
      for (int j = 0; j < c.length; j++) {
        sum += c[i] * c[j] * averages.product(i, j);
      }
    }
    return sum / 2;
  }

  /** Averages over the fields λ_1 … λ_K, ν_1 … ν_M, τ = f·x/√D, in this order. */
  ErfAverages averages() {
    int k = studentUnits();
    int m = teacherUnits();
    double[][] c = new double[k + m + 1][k + m + 1];
    for (int i = 0; i < k; i++) {
      System.arraycopy(students[i], 0, c[i], 0, k);
      for (int j = 0; j < m; j++) {
        c[i][k + j] = studentTeacher[i][j];
        c[k + j][i] = studentTeacher[i][j];
      }
      c[i][k + m] = feedback[i];
      c[k + m][i] = feedback[i];
    }
    for (int i = 0; i < m; i++) {
      System.arraycopy(teachers[i], 0, c[k + i], k, m);
      c[k + i][k + m] = teacherFeedback[i];
      c[k + m][k + i] = teacherFeedback[i];
    }
    c[k + m][k + m] = feedbackNorm;
    return new ErfAverages(c);
  }

  /** (v, −v*): the error is the sum of these times g of the fields. */
  double[] coefficients() {
    double[] c = Arrays.copyOf(outputs, studentUnits() + teacherUnits());
    for (int m = 0; m < teacherUnits(); m++) {
      c[studentUnits() + m] = -teacherOutputs[m];
    }
    return c;
  }

  /** What learning moves: Q, R, A and v, one after the other. */
  double[] moving() {
    int k = studentUnits();
    int m = teacherUnits();
    double[] state = new double[k * k + k * m + 2 * k];
    for (int i = 0; i < k; i++) {
      System.arraycopy(students[i], 0, state, i * k, k);
      System.arraycopy(studentTeacher[i], 0, state, k * k + i * m, m);
    }
    System.arraycopy(feedback, 0, state, k * k + k * m, k);
    System.arraycopy(outputs, 0, state, k * k + k * m + k, k);
    return state;
  }

  /** These with what learning moves replaced. */
  OrderParameters withMoving(double[] state) {
    int k = studentUnits();
    int m = teacherUnits();
    double[][] q = new double[k][];
    double[][] r = new double[k][];
    for (int i = 0; i < k; i++) {
      q[i] = Arrays.copyOfRange(state, i * k, (i + 1) * k);
      r[i] = Arrays.copyOfRange(state, k * k + i * m, k * k + (i + 1) * m);
    }
    int rest = k * k + k * m;
    return new OrderParameters(
        q,
        r,
        teachers,
        Arrays.copyOfRange(state, rest, rest + k),
        teacherFeedback,
        feedbackNorm,
        Arrays.copyOfRange(state, rest + k, rest + 2 * k),
        teacherOutputs);
  }
}
