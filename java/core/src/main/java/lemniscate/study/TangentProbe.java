package lemniscate.study;

import static lemniscate.study.ActivityMeasures.difference;
import static lemniscate.study.ActivityMeasures.product;
import static lemniscate.study.ActivityMeasures.relativeChange;
import static lemniscate.study.ActivityMeasures.rms;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.Plan;
import lemniscate.network.DenseLayer;
import lemniscate.network.Network;
import lemniscate.network.Parameter;
import lemniscate.network.UnitBuffers;
import lemniscate.network.UnitPass;
import lemniscate.network.Use;
import lemniscate.optim.Optimizer;
import lemniscate.optim.ParameterUpdate;
import lemniscate.rule.RuleContext;
import lemniscate.rule.bp.BackPropagation;
import lemniscate.rule.bp.BackPropagationStep;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;

/**
 * The tangent of a network in its parameters. The derivatives D_l = ∂f_c/∂u_l of all outputs c and
 * all examples x come from one backpropagation of a batch that holds every example once for each
 * output, with an output error of 1 there. From them:
 *
 * <ul>
 *   <li>the empirical neural tangent kernel of each output, Θ_c(x, x′) = Σ_l η_l a_l² (D_l(x) ·
 *       D_l(x′)) (h_{l−1}(x) · h_{l−1}(x′)), and for biases Σ_l η_l D_l(x) · D_l(x′), with the
 *       factors η_l of the learning rates: the kernel by which gradient descent moves f (Jacot et
 *       al., arXiv 1806.07572);
 *   <li>the linearised network f_0 + J_0 (w − w_0), as J_0 (w − w_0) = Σ_l D_l · (a_l h_{l−1} (w_l
 *       − w_{l,0})ᵀ + b_l − b_{l,0}), with D and h of the start (Lee et al., arXiv 1902.06720).
 * </ul>
 *
 * <p>Overwrites the gradients of the network.
 */
final class TangentProbe implements AutoCloseable {

  private final Backend backend;
  private final Network network;
  private final int batch;
  private final int outputs;
  private final BackPropagationStep step;
  private final List<Tensor> startActivities = new ArrayList<>();
  private final List<Tensor> drives = new ArrayList<>();
  private final List<UnitPass> fromStart = new ArrayList<>();
  private final Plan forward;
  private final Plan keep;
  private final Plan drive;

  private List<double[]> startSignals = List.of();
  private List<double[]> startDrives = List.of();
  private double[] startKernel = {};

  /**
   * Allocates.
   *
   * @param batch number of examples
   */
  TangentProbe(Backend backend, Arena arena, Network network, int batch) {
    this.backend = backend;
    this.network = network;
    this.batch = batch;
    this.outputs = network.spec().outputs();
    int rows = batch * outputs;
    // Never run: gradients alone are asked for.
    ParameterUpdate update = new ParameterUpdate(backend, arena, network, new Optimizer.Sgd());
    this.step =
        (BackPropagationStep)
            new BackPropagation()
                .prepare(new RuleContext(backend, arena, network, Loss.MSE, rows, update));
    for (DenseLayer layer : network.layers()) {
      startActivities.add(arena.allocate(new Shape(rows, layer.fanIn())));
      drives.add(arena.allocate(new Shape(rows, layer.fanOut())));
      fromStart.add(
          layer.pass(
              arena, UnitBuffers.linear(startActivities.getLast(), drives.getLast()), Use.ADJOINT));
    }
    this.forward = backend.record(step.forward()::record);
    this.keep =
        backend.record(
            ops -> {
              for (int l = 1; l <= network.spec().layers(); l++) {
                ops.copy(step.forward().activity(l - 1), startActivities.get(l - 1));
              }
            });
    this.drive =
        backend.record(
            ops -> {
              for (UnitPass unit : fromStart) {
                unit.preActivate(ops);
              }
            });
  }

  /**
   * Takes the present weights for the start.
   *
   * @param input examples of shape (B, n_0)
   */
  void begin(double[] input) {
    double[] repeated = new double[input.length * outputs];
    for (int c = 0; c < outputs; c++) {
      System.arraycopy(input, 0, repeated, c * input.length, input.length);
    }
    backend.upload(repeated, step.input());
    startKernel = kernel();
    keep.run();
    startSignals = signals();
    startDrives = readDrives();
  }

  /** ‖Θ − Θ_0‖ / ‖Θ_0‖ for the present weights, in Frobenius norm over all outputs. */
  double kernelChange() {
    return relativeChange(startKernel, kernel());
  }

  /**
   * rms(f − f_lin) / rms(f − f_0) for the present weights.
   *
   * @param outputMove f − f_0 of shape (B, n_L)
   */
  double gap(double[] outputMove) {
    return rms(difference(outputMove, linearMove())) / rms(outputMove);
  }

  /** J_0 (w − w_0) for the present weights, of shape (B, n_L). */
  double[] linearMove() {
    List<double[]> now = readDrives();
    double[] move = new double[batch * outputs];
    for (DenseLayer layer : network.layers()) {
      int i = layer.index() - 1;
      double[] change = difference(now.get(i), startDrives.get(i));
      for (int c = 0; c < outputs; c++) {
        for (int b = 0; b < batch; b++) {
          int from = (c * batch + b) * layer.fanOut();
          move[b * outputs + c] += dot(startSignals.get(i), change, from, layer.fanOut());
        }
      }
    }
    return move;
  }

  /** Θ_c(x, x′) for the present weights, of shape (n_L, B, B). */
  double[] kernel() {
    forward.run();
    double[] output = backend.read(step.forward().output());
    for (int c = 0; c < outputs; c++) {
      for (int b = 0; b < batch; b++) {
        // Squared loss: the error is target minus output.
        output[(c * batch + b) * outputs + c] += 1;
      }
    }
    backend.upload(output, step.target());
    step.computeGradients();
    double[] kernel = new double[outputs * batch * batch];
    List<double[]> signals = signals();
    for (DenseLayer layer : network.layers()) {
      double[] presynaptic = presynapticProducts(layer);
      for (int c = 0; c < outputs; c++) {
        int rows = batch * layer.fanOut();
        double[] signal =
            Arrays.copyOfRange(signals.get(layer.index() - 1), c * rows, (c + 1) * rows);
        double[] products = product(signal, batch, signal, batch);
        for (int i = 0; i < products.length; i++) {
          kernel[c * products.length + i] += products[i] * presynaptic[i];
        }
      }
    }
    return kernel;
  }

  /** η_l a_l² h_{l−1} h_{l−1}ᵀ, of shape (B, B), with a bias as a further input of 1. */
  private double[] presynapticProducts(DenseLayer layer) {
    double[] activity =
        Arrays.copyOf(
            backend.read(step.forward().activity(layer.index() - 1)), batch * layer.fanIn());
    double[] products = product(activity, batch, activity, batch);
    double weightRate =
        layer.weight().scaling().learningRateFactor() * layer.multiplier() * layer.multiplier();
    Parameter bias = layer.bias();
    double biasRate = bias == null ? 0 : bias.scaling().learningRateFactor();
    for (int i = 0; i < products.length; i++) {
      products[i] = weightRate * products[i] + biasRate;
    }
    return products;
  }

  private List<double[]> signals() {
    return network.layers().stream().map(layer -> backend.read(step.gated(layer.index()))).toList();
  }

  private List<double[]> readDrives() {
    drive.run();
    return drives.stream().map(backend::read).toList();
  }

  private static double dot(double[] a, double[] b, int from, int length) {
    double sum = 0;
    for (int i = from; i < from + length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  @Override
  public void close() {
    forward.close();
    keep.close();
    drive.close();
    step.close();
  }
}
