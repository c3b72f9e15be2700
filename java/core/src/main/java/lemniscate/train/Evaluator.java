package lemniscate.train;

import java.util.Arrays;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.Plan;
import lemniscate.data.Dataset;
import lemniscate.data.Normalization;
import lemniscate.data.TestSet;
import lemniscate.network.ForwardPass;
import lemniscate.network.Network;
import lemniscate.rule.LearningRule;
import lemniscate.rule.Predictor;
import lemniscate.tensor.Arena;

/**
 * Loss and accuracy of a network over a whole data set, in batches of one size. The last batch is
 * filled up with examples that do not count.
 */
public final class Evaluator implements AutoCloseable {

  private final Backend backend;
  private final Network network;
  private final Loss loss;
  private final int batch;
  private final Predictor predictor;
  private final ForwardPass forward;
  private final Plan plan;
  private final float[] features;
  private final float[] targets;
  private final double[] outputs;
  private final double[] scores;

  /**
   * Allocates the buffers and records the pass.
   *
   * @param rule that trains the network, and knows how it answers
   * @param batch number of examples that go through the network at once
   */
  public Evaluator(
      Backend backend, Arena arena, Network network, LearningRule rule, Loss loss, int batch) {
    this.backend = backend;
    this.network = network;
    this.loss = loss;
    this.batch = batch;
    this.predictor = rule.predictor(backend, arena, network, batch);
    this.forward = predictor.forward();
    this.plan = backend.record(predictor::record);
    this.features = new float[Math.multiplyExact(batch, network.spec().inputs())];
    this.targets = new float[Math.multiplyExact(batch, network.spec().outputs())];
    this.outputs = new double[targets.length];
    this.scores = new double[targets.length];
  }

  /** Loss and accuracy over all examples of a set. */
  public Evaluation evaluate(Dataset data, Normalization normalization) {
    return evaluate(TestSet.answered(data), normalization, (_, _) -> {});
  }

  /**
   * The answers to all examples of a set.
   *
   * @param classifies whether outputs are classes
   */
  Predictions predict(TestSet set, Normalization normalization, boolean classifies) {
    int count = network.spec().outputs();
    int size = set.examples().size();
    double[] all = new double[Math.multiplyExact(size, count)];
    boolean probable = classifies && loss == Loss.CROSS_ENTROPY && answersByOutput();
    double[] probabilities = new double[probable ? all.length : 0];
    int[] classes = new int[classifies ? size : 0];
    Evaluation evaluation =
        evaluate(
            set,
            normalization,
            (example, from) -> {
              System.arraycopy(scores, from, all, example * count, count);
              if (classifies) {
                classes[example] = largest(scores, from, count);
              }
              if (probable) {
                softmax(outputs, from, probabilities, example * count, count);
              }
            });
    return new Predictions(count, all, probabilities, classes, evaluation);
  }

  /** Told of an answer: the example, and where in the buffers its numbers begin. */
  private interface Answers {
    void accept(int example, int from);
  }

  private Evaluation evaluate(TestSet set, Normalization normalization, Answers answers) {
    Dataset data = set.examples();
    int classes = network.spec().outputs();
    double total = 0;
    int correct = 0;
    for (int first = 0; first < data.size(); first += batch) {
      int count = Math.min(batch, data.size() - first);
      data.copyRange(first, count, normalization, features, targets);
      // Where activities are divided by the norm of the batch, these must not weigh in it.
      Arrays.fill(features, count * network.spec().inputs(), features.length, 0);
      run(features);
      backend.download(forward.output(), outputs);
      backend.download(predictor.scores(), scores);
      for (int i = 0; i < count; i++) {
        answers.accept(first + i, i * classes);
        if (set.answered()) {
          total +=
              loss == Loss.MSE ? squaredError(i * classes, classes) : entropy(i * classes, classes);
        }
        correct +=
            data.classification() && largest(scores, i * classes, classes) == data.label(first + i)
                ? 1
                : 0;
      }
    }
    double accuracy = data.classification() ? (double) correct / data.size() : Double.NaN;
    return new Evaluation(data.size(), set.answered() ? total / data.size() : Double.NaN, accuracy);
  }

  /** Whether the class is that of the largest output, so that a softmax of outputs is its odds. */
  private boolean answersByOutput() {
    return predictor.scores().isSameView(forward.output());
  }

  /** Whether each unit reads what the one below gives, and nothing else is asked. */
  boolean isPlain() {
    boolean plain = answersByOutput();
    for (int l = 1; l <= network.spec().layers(); l++) {
      plain &= forward.presynaptic(l).isSameView(forward.activity(l - 1));
    }
    return plain;
  }

  private static void softmax(double[] from, int first, double[] to, int at, int count) {
    double max = from[first + largest(from, first, count)];
    double sum = 0;
    for (int i = 0; i < count; i++) {
      to[at + i] = Math.exp(from[first + i] - max);
      sum += to[at + i];
    }
    for (int i = 0; i < count; i++) {
      to[at + i] /= sum;
    }
  }

  /**
   * The first layer whose activity is not finite for a batch.
   *
   * @param batchFeatures normalised features, (B, n_0)
   * @return l from 1, or 0 if all are finite
   */
  int firstNonFiniteActivity(float[] batchFeatures) {
    run(batchFeatures);
    for (int l = 1; l <= network.spec().layers(); l++) {
      for (double value : backend.read(forward.activity(l))) {
        if (!Double.isFinite(value)) {
          return l;
        }
      }
    }
    return 0;
  }

  /** What layer l = 1 … L gave for the last batch, (B, n_l). */
  double[] activity(int l) {
    return backend.read(forward.activity(l));
  }

  private void run(float[] batchFeatures) {
    backend.upload(batchFeatures, forward.input());
    plan.run();
    backend.synchronize();
  }

  private double squaredError(int from, int count) {
    double sum = 0;
    for (int i = from; i < from + count; i++) {
      double e = targets[i] - outputs[i];
      sum += 0.5 * e * e;
    }
    return sum;
  }

  private double entropy(int from, int count) {
    double max = outputs[from + largest(outputs, from, count)];
    double normaliser = 0;
    for (int i = from; i < from + count; i++) {
      normaliser += Math.exp(outputs[i] - max);
    }
    double logNormaliser = max + Math.log(normaliser);
    double sum = 0;
    for (int i = from; i < from + count; i++) {
      sum += targets[i] * (logNormaliser - outputs[i]);
    }
    return sum;
  }

  // A NaN is never larger, so it never counts as the answer, except that all-NaN rows answer 0.
  private static int largest(double[] values, int from, int count) {
    int best = 0;
    for (int i = 1; i < count; i++) {
      best = values[from + i] > values[from + best] ? i : best;
    }
    return best;
  }

  @Override
  public void close() {
    plan.close();
  }
}
