package lemniscate.study;

import lemniscate.random.NormalStream;
import lemniscate.random.Philox4x32;
import lemniscate.theory.ErfAverages;
import lemniscate.theory.ForwardRule;
import lemniscate.theory.OnlineLearningEquations;
import lemniscate.theory.OrderParameters;

/**
 * A student of finite size that learns from a teacher, one fresh example a step, by the rule whose
 * limit {@link OnlineLearningEquations} describe. The weights at the start, the feedback, the
 * inputs and the noise are those of seed and copy, whatever the rule, so that rules can be compared
 * in pairs.
 *
 * <p>Plain double precision: the engine's activations have no erf, for which alone the averages are
 * known in closed form, and at one example a step its time would go into starting operations.
 */
final class StudentTeacherSimulation {

  /** Standard deviation of the student's weights, beside what is aligned with the feedback. */
  static final double WEIGHT_SCALE = 0.5;

  /** Mean of the student's output weights. */
  static final double OUTPUT_MEAN = 0.2;

  /** Standard deviation of the student's output weights. */
  static final double OUTPUT_SCALE = 0.1;

  private enum Stream {
    TEACHER,
    FEEDBACK,
    WEIGHTS,
    OUTPUTS,
    INPUTS,
    NOISE;

    NormalStream of(long seed, int copy) {
      return new NormalStream(seed, (long) copy * values().length + ordinal());
    }
  }

  private final OnlineLearningEquations learning;
  private final int inputs;
  private final double root;
  private final double[][] weights;
  private final double[] outputs;
  private final double[][] teachers;
  private final double[] teacherOutputs;
  private final double[] feedback;
  private final NormalStream inputStream;
  private final NormalStream noiseStream;
  private final double[] x;
  private final int[] words = new int[Philox4x32.WORDS];
  private final double[] fields;
  private long step;

  /**
   * Draws a student, a teacher and a feedback.
   *
   * @param network sizes and scales
   * @param learning rule, rates and noise
   * @param seed of everything random
   * @param copy which of the seed's networks
   */
  StudentTeacherSimulation(
      OnlineLearningStudy.Network network, OnlineLearningEquations learning, long seed, int copy) {
    this.learning = learning;
    this.inputs = network.inputs();
    this.root = Math.sqrt(inputs);
    this.feedback = normals(Stream.FEEDBACK.of(seed, copy), 0, inputs, network.feedbackScale());
    this.teachers = new double[network.teacherUnits()][];
    this.teacherOutputs = new double[network.teacherUnits()];
    for (int m = 0; m < teachers.length; m++) {
      teachers[m] = normals(Stream.TEACHER.of(seed, copy), m, inputs, 1);
      teacherOutputs[m] = 1;
    }
    this.weights = new double[network.studentUnits()][];
    this.outputs = normals(Stream.OUTPUTS.of(seed, copy), 0, network.studentUnits(), OUTPUT_SCALE);
    for (int k = 0; k < weights.length; k++) {
      weights[k] = normals(Stream.WEIGHTS.of(seed, copy), k, inputs, WEIGHT_SCALE);
      add(weights[k], network.alignment(), feedback);
      outputs[k] += OUTPUT_MEAN;
    }
    this.inputStream = Stream.INPUTS.of(seed, copy);
    this.noiseStream = Stream.NOISE.of(seed, copy);
    this.x = new double[inputs];
    this.fields = new double[weights.length];
  }

  private static double[] normals(NormalStream stream, int row, int length, double scale) {
    double[] row64 = new double[length];
    stream.fill((long) row * length, row64, 0, length);
    for (int i = 0; i < length; i++) {
      row64[i] *= scale;
    }
    return row64;
  }

  /** Learns from the next example. */
  void step() {
    NormalStream.fillNearly(
        inputStream.seed(), inputStream.stream(), step * inputs, x, inputs, words);
    double error =
        learning.noise() > 0 ? -Math.sqrt(learning.noise()) * noiseStream.normal(step) : 0;
    step++;
    for (int k = 0; k < weights.length; k++) {
      fields[k] = dot(weights[k], x) / root;
      error += outputs[k] * ErfAverages.g(fields[k]);
    }
    for (int m = 0; m < teachers.length; m++) {
      error -= teacherOutputs[m] * ErfAverages.g(dot(teachers[m], x) / root);
    }
    boolean perturbed = learning.rule() == ForwardRule.PEPITA;
    if (perturbed) {
      // x becomes x̃ = x − Fe; the first fields are known.
      add(x, -error / root, feedback);
    }
    for (int k = 0; k < weights.length; k++) {
      double a = dot(weights[k], feedback) / inputs;
      double activity = ErfAverages.g(fields[k]);
      double post;
      if (perturbed) {
        double second = ErfAverages.g(fields[k] - error * a);
        post = activity - second;
        activity = second;
      } else {
        post = a * ErfAverages.slope(fields[k]) * error;
      }
      add(weights[k], -learning.rate() / root * post, x);
      outputs[k] -= learning.outputRate() / inputs * activity * error;
    }
  }

  /** The overlaps as they are. */
  OrderParameters overlaps() {
    return new OrderParameters(
        overlaps(weights, weights),
        overlaps(weights, teachers),
        overlaps(teachers, teachers),
        overlaps(weights, feedback),
        overlaps(teachers, feedback),
        dot(feedback, feedback) / inputs,
        outputs,
        teacherOutputs);
  }

  private double[][] overlaps(double[][] rows, double[][] columns) {
    double[][] all = new double[rows.length][columns.length];
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < columns.length; j++) {
        all[i][j] = dot(rows[i], columns[j]) / inputs;
      }
    }
    return all;
  }

  private double[] overlaps(double[][] rows, double[] column) {
    double[] all = new double[rows.length];
    for (int i = 0; i < rows.length; i++) {
      all[i] = dot(rows[i], column) / inputs;
    }
    return all;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static void add(double[] to, double factor, double[] what) {
    for (int i = 0; i < to.length; i++) {
      to[i] += factor * what[i];
    }
  }
}
