package lemniscate.study;

import static lemniscate.study.ActivityMeasures.product;
import static lemniscate.study.ActivityMeasures.relativeChange;
import static lemniscate.study.ActivityMeasures.rms;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import lemniscate.backend.Backend;
import lemniscate.backend.Plan;
import lemniscate.data.Dataset;
import lemniscate.data.Normalization;
import lemniscate.network.ForwardPass;
import lemniscate.network.Network;
import lemniscate.network.Parameter;
import lemniscate.network.ParameterKind;
import lemniscate.optim.Optimizer;
import lemniscate.optim.ParameterUpdate;
import lemniscate.rule.RuleContext;
import lemniscate.rule.RuleStep;
import lemniscate.rule.bp.BackPropagation;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Tensor;
import lemniscate.train.TrainingSpec;
import org.jspecify.annotations.Nullable;

/** A fixed batch sent through a network before and after its training. */
final class WidthProbe implements AutoCloseable {

  private final Backend backend;
  private final Arena arena;
  private final TrainingSpec spec;
  private final ForwardPass forward;
  private final Plan pass;
  private final @Nullable Gradients gradients;

  /**
   * Allocates, in an arena of its own.
   *
   * @param compareGradients whether the cosine will be asked for
   */
  WidthProbe(Backend backend, Network network, TrainingSpec spec, boolean compareGradients) {
    this.backend = backend;
    this.spec = spec;
    this.arena = backend.newArena();
    try {
      this.forward = spec.rule().forwardPass(backend, arena, network, spec.batch());
      this.pass = backend.record(forward::record);
      this.gradients = compareGradients ? new Gradients(network) : null;
    } catch (RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }

  /** What the network makes of the batch now. */
  record Response(double[] features, double[] output) {}

  /** Writes the first examples of a set, as many as a batch has. */
  void write(Dataset examples, Normalization normalization) {
    float[] features = new float[spec.batch() * spec.network().inputs()];
    float[] targets = new float[spec.batch() * spec.network().outputs()];
    examples.copyRange(0, spec.batch(), normalization, features, targets);
    backend.upload(features, forward.input());
    if (gradients != null) {
      gradients.write(features, targets);
    }
  }

  Response respond() {
    pass.run();
    return new Response(
        backend.read(forward.activity(spec.network().layers() - 1)),
        backend.read(forward.output()));
  }

  /** The quantities of the features and the output, and the cosine if it was to be asked for. */
  Map<LimitQuantity, Double> compare(Response before, Response after) {
    Map<LimitQuantity, Double> values = new EnumMap<>(LimitQuantity.class);
    double[] kernelBefore = kernel(before.features());
    double[] kernelAfter = kernel(after.features());
    values.put(LimitQuantity.FEATURE_CHANGE, relativeChange(before.features(), after.features()));
    values.put(LimitQuantity.KERNEL_CHANGE, relativeChange(kernelBefore, kernelAfter));
    values.put(LimitQuantity.KERNEL, meanOffDiagonal(kernelAfter));
    values.put(LimitQuantity.LOGIT_RMS, rms(after.output()));
    if (gradients != null) {
      values.put(LimitQuantity.COSINE, gradients.cosine());
    }
    return values;
  }

  /** Runs everything once, for what is allocated late. */
  void runOnce() {
    pass.run();
    if (gradients != null) {
      gradients.cosine();
    }
  }

  private double[] kernel(double[] features) {
    int batch = spec.batch();
    double[] kernel = product(features, batch, features, batch);
    int width = features.length / batch;
    for (int i = 0; i < kernel.length; i++) {
      kernel[i] /= width;
    }
    return kernel;
  }

  private double meanOffDiagonal(double[] kernel) {
    int batch = spec.batch();
    double sum = 0;
    for (int i = 0; i < batch; i++) {
      for (int j = 0; j < batch; j++) {
        sum += i == j ? 0 : kernel[i * batch + j];
      }
    }
    return sum / (batch * (batch - 1.0));
  }

  @Override
  public void close() {
    pass.close();
    if (gradients != null) {
      gradients.close();
    }
    arena.close();
  }

  /** The gradients of the rule and of backpropagation for the same weights and batch. */
  private final class Gradients implements AutoCloseable {

    private final List<Parameter> weights;
    private final List<Tensor> kept = new ArrayList<>();
    private final Tensor sums;
    private final RuleStep rule;
    private final RuleStep backPropagation;
    private final Plan keep;
    private final Plan compare;

    Gradients(Network network) {
      this.weights =
          network.parameters().stream()
              .filter(parameter -> parameter.kind() == ParameterKind.WEIGHT)
              .toList();
      weights.forEach(weight -> kept.add(arena.allocate(weight.value().shape())));
      this.sums = arena.allocateScalars(3);
      // Never run: gradients alone are asked for.
      ParameterUpdate update = new ParameterUpdate(backend, arena, network, new Optimizer.Sgd());
      RuleContext context =
          new RuleContext(backend, arena, network, spec.loss(), spec.batch(), update, spec.seed());
      this.rule = spec.rule().prepare(context);
      this.backPropagation = new BackPropagation().prepare(context);
      this.keep =
          backend.record(
              ops -> {
                for (int i = 0; i < weights.size(); i++) {
                  ops.copy(weights.get(i).gradient(), kept.get(i));
                }
              });
      this.compare =
          backend.record(
              ops -> {
                for (int i = 0; i < weights.size(); i++) {
                  boolean further = i > 0;
                  Tensor gradient = weights.get(i).gradient();
                  ops.sumOfSquares(1, kept.get(i), further, sums.element(0));
                  ops.sumOfSquares(1, gradient, further, sums.element(1));
                  ops.axpy(-1, gradient, kept.get(i));
                  ops.sumOfSquares(1, kept.get(i), further, sums.element(2));
                }
              });
    }

    void write(float[] features, float[] targets) {
      for (RuleStep step : List.of(rule, backPropagation)) {
        backend.upload(features, step.input());
        backend.upload(targets, step.target());
      }
    }

    // a·b = (a² + b² − (a−b)²)/2, from sums that a backend has.
    double cosine() {
      rule.computeGradients();
      keep.run();
      backPropagation.computeGradients();
      compare.run();
      double a = backend.scalar(sums.element(0));
      double b = backend.scalar(sums.element(1));
      double between = backend.scalar(sums.element(2));
      return (a + b - between) / (2 * Math.sqrt(a * b));
    }

    @Override
    public void close() {
      rule.close();
      backPropagation.close();
      keep.close();
      compare.close();
    }
  }
}
