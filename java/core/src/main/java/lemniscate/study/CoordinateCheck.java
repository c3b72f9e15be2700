package lemniscate.study;

import static lemniscate.study.ActivityMeasures.difference;
import static lemniscate.study.ActivityMeasures.product;
import static lemniscate.study.ActivityMeasures.relativeChange;
import static lemniscate.study.ActivityMeasures.rms;

import com.fasterxml.jackson.core.type.TypeReference;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.MemoryPlan;
import lemniscate.backend.Plan;
import lemniscate.mup.Parameterization;
import lemniscate.network.ForwardPass;
import lemniscate.network.Network;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Parameter;
import lemniscate.network.ParameterKind;
import lemniscate.network.ParameterSpec;
import lemniscate.network.Unit;
import lemniscate.network.UnitOracle;
import lemniscate.optim.Optimizer;
import lemniscate.optim.ParameterUpdate;
import lemniscate.random.NormalStream;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleContext;
import lemniscate.rule.RuleStep;
import lemniscate.tensor.Arena;
import lemniscate.train.ReachProbe;
import org.apache.commons.math3.stat.regression.SimpleRegression;
import org.jspecify.annotations.Nullable;

/**
 * How much every layer of one network moves in a few training steps: measured at several widths,
 * the slopes against log width tell whether a parameterisation is lazy (below 0), feature learning
 * (0) or unstable (above 0). The method is that of Yang et al., arXiv 2203.03466, appendix D.1;
 * quantities specific to local rules are added.
 *
 * <p>{@link #measure} returns root mean squares per entry by name, for l = 1 … L−1 where l appears:
 *
 * <ul>
 *   <li>{@code h<l>}, {@code f}: activities and output before training;
 *   <li>{@code dh<l>}, {@code df}: change of the activities and of the output;
 *   <li>{@code db<l>}: change of the bias, where there are biases;
 *   <li>{@code dWh<l>}: ΔW_l x_l(0), with x_l = h_{l−1} unless layers read something made of it;
 *       what the layer's own weights add to its pre-activation, of a stack of layers to what it
 *       gives before its last activation;
 *   <li>{@code WLdH}: W_L(0) Δh_{L−1}; {@code dWLH}: ΔW_L h_{L−1}(0);
 *   <li>{@code omega}: WLdH / (rms W_L(0) · rms Δh_{L−1}), of slope 1 where Δh_{L−1} is aligned
 *       with W_L and ½ where it is independent of it;
 *   <li>{@code dK}: relative change of the feature kernel h_{L−1} h_{L−1}ᵀ/M, in Frobenius norm;
 *   <li>{@code e<l>}: the rule's local error in the first step, which for rules with targets is
 *       target minus activity; for predictive coding with moving states also {@code dv<l>}, v_l −
 *       h_l, and {@code deL}, the relative change of e_L by the relaxation (squared loss).
 * </ul>
 *
 * @param spec network; its activities are compared before and after
 * @param rule learning rule
 * @param parameterization multipliers, initial deviations, learning rates
 * @param optimizer what moves the parameters
 * @param learningRate η′ at the base width
 * @param steps number of training steps on one batch
 * @param batch number of examples, of normal inputs and normal targets
 */
public record CoordinateCheck(
    NetworkSpec spec,
    LearningRule rule,
    Parameterization parameterization,
    Optimizer optimizer,
    double learningRate,
    int steps,
    int batch) {

  /** What is measured of one network: sizes by name. */
  static final TypeReference<Map<String, Double>> SIZES = new TypeReference<>() {};

  /** Streams of the batch's normals; those of the weights are the layers' numbers, from 1. */
  private static final long INPUT_STREAM = 1L << 32;

  private static final long TARGET_STREAM = INPUT_STREAM + 1;

  /**
   * Trains one network.
   *
   * @param weightSeed of the initial weights; one for each width keeps the widths independent
   * @param batchSeed of inputs and targets; to be the same at every width
   * @return the quantities by name
   */
  public Map<String, Double> measure(Backend backend, long weightSeed, long batchSeed) {
    return measure(backend, weightSeed, batchSeed, false);
  }

  /**
   * The same, and on demand {@code ntk}, the relative change of the empirical neural tangent
   * kernel, and {@code gap}, the distance to the linearised network; both as in {@link
   * TangentProbe}.
   *
   * @param tangents whether to measure these two
   */
  Map<String, Double> measure(Backend backend, long weightSeed, long batchSeed, boolean tangents) {
    try (Arena arena = backend.newArena()) {
      Buffers buffers = allocate(backend, arena, weightSeed);
      Network network = buffers.network();
      ForwardPass forward = buffers.forward();
      double[] input = normals(batchSeed, INPUT_STREAM, spec.inputs());
      double[] target =
          rule.learnsFromLabels() ? labels() : normals(batchSeed, TARGET_STREAM, spec.outputs());
      backend.upload(input, forward.input());
      try (Plan pass = backend.record(forward::record);
          @Nullable TangentProbe probe =
              tangents ? new TangentProbe(backend, arena, network, batch) : null;
          RuleStep step = buffers.step()) {
        if (probe != null) {
          probe.begin(input);
        }
        backend.upload(input, step.input());
        backend.upload(target, step.target());
        pass.run();
        Snapshot before = Snapshot.of(backend, network, forward);
        step.run();
        Map<String, Double> quantities = new LinkedHashMap<>();
        sizes(quantities, before);
        localErrors(quantities, step, difference(target, before.output()));
        for (int t = 1; t < steps; t++) {
          step.run();
        }
        pass.run();
        Snapshot after = Snapshot.of(backend, network, forward);
        movements(quantities, before, after);
        if (probe != null) {
          quantities.put("gap", probe.gap(difference(after.output(), before.output())));
          quantities.put("ntk", probe.kernelChange());
        }
        return quantities;
      }
    }
  }

  /** Whether there is a {@link #reach}: backpropagation has the rule's function of the weights. */
  boolean comparesCredit() {
    return !rule.learnsFromLabels() && (rule.takesNorm() || !spec.isNormed());
  }

  /**
   * How far credit reaches at the initial weights of {@link #measure}, on its batch.
   *
   * @return fraction of the units that get some
   */
  double reach(Backend backend, long weightSeed, long batchSeed) {
    try (Arena arena = backend.newArena()) {
      Buffers buffers = allocate(backend, arena, weightSeed);
      try (RuleStep step = buffers.step();
          ReachProbe probe = new ReachProbe(buffers.context(), optimizer, step)) {
        backend.upload(normals(batchSeed, INPUT_STREAM, spec.inputs()), step.input());
        backend.upload(normals(batchSeed, TARGET_STREAM, spec.outputs()), step.target());
        return probe.measure().reach();
      }
    }
  }

  /** What lies in a backend's memory. */
  private record Buffers(
      Network network, ForwardPass forward, RuleContext context, RuleStep step) {}

  private Buffers allocate(Backend backend, Arena arena, long weightSeed) {
    Network network = Network.create(backend, arena, spec, parameterization, weightSeed);
    ParameterUpdate update = new ParameterUpdate(backend, arena, network, optimizer);
    update.setLearningRate(learningRate);
    RuleContext context =
        new RuleContext(backend, arena, network, Loss.MSE, batch, update, weightSeed);
    return new Buffers(
        network, rule.forwardPass(backend, arena, network, batch), context, rule.prepare(context));
  }

  /** The bytes that {@link #measure} takes on a backend; nothing is allocated. */
  public long bytes(Backend backend) {
    return bytes(backend, false);
  }

  /** As the other, on demand with what {@link TangentProbe} takes. */
  long bytes(Backend backend, boolean tangents) {
    return MemoryPlan.bytes(
        backend,
        counting -> {
          try (Arena arena = counting.newArena()) {
            Buffers buffers = allocate(counting, arena, 0);
            try (@Nullable TangentProbe _ =
                    tangents ? new TangentProbe(counting, arena, buffers.network(), batch) : null;
                RuleStep step = buffers.step()) {
              step.run();
            }
          }
        });
  }

  /**
   * Least-squares slope of log value against log width.
   *
   * @param widths widths, at least two
   * @param values one positive value for each
   * @return the exponent of the width
   */
  public static double slope(List<Integer> widths, List<Double> values) {
    SimpleRegression line = new SimpleRegression();
    for (int i = 0; i < widths.size(); i++) {
      line.addData(Math.log(widths.get(i)), Math.log(values.get(i)));
    }
    return line.getSlope();
  }

  private double[] normals(long seed, long stream, int columns) {
    double[] values = new double[batch * columns];
    new NormalStream(seed, stream).fill(0, values, 0, values.length);
    return values;
  }

  // One-hot, each class in turn.
  private double[] labels() {
    int classes = spec.outputs();
    double[] values = new double[batch * classes];
    for (int b = 0; b < batch; b++) {
      values[b * classes + b % classes] = 1;
    }
    return values;
  }

  private static void sizes(Map<String, Double> quantities, Snapshot before) {
    for (int l = 1; l <= before.activities().size(); l++) {
      quantities.put("h" + l, rms(before.activities().get(l - 1)));
    }
    quantities.put("f", rms(before.output()));
  }

  private void localErrors(Map<String, Double> quantities, RuleStep step, double[] outputError) {
    int last = spec.layers();
    for (int l = 1; l < last; l++) {
      double[] error = step.localError(l);
      if (error != null) {
        quantities.put("e" + l, rms(error));
      }
      double[] move = step.stateMove(l);
      if (move != null) {
        quantities.put("dv" + l, rms(move));
      }
    }
    double[] relaxed = rule.relaxesStates() ? step.localError(last) : null;
    if (relaxed != null) {
      quantities.put("deL", rms(difference(relaxed, outputError)) / rms(outputError));
    }
  }

  private void movements(Map<String, Double> quantities, Snapshot before, Snapshot after) {
    int last = spec.layers();
    for (int l = 1; l < last; l++) {
      quantities.put(
          "dh" + l, rms(difference(after.activities().get(l - 1), before.activities().get(l - 1))));
      if (before.biases().size() == last) {
        quantities.put(
            "db" + l, rms(difference(after.biases().get(l - 1), before.biases().get(l - 1))));
      }
    }
    for (int l = 1; l < last; l++) {
      quantities.put("dWh" + l, rms(moveByWeights(before, after, l)));
    }
    quantities.put("df", rms(difference(after.output(), before.output())));
    double[] source = before.read().getLast();
    double[] featureMove = difference(after.read().getLast(), source);
    double throughWeight = rms(throughWeights(before, featureMove));
    quantities.put("WLdH", throughWeight);
    quantities.put("dWLH", rms(moveByWeights(before, after, last)));
    quantities.put("omega", throughWeight / (rms(lastWeight(before)) * rms(featureMove)));
    double[] kernel = kernel(before.activities().getLast());
    quantities.put("dK", relativeChange(kernel, kernel(after.activities().getLast())));
  }

  // u_l of what it read before, with its weights after less that with its weights before.
  private double[] moveByWeights(Snapshot before, Snapshot after, int l) {
    List<double[]> weights = before.parameters().get(l - 1);
    List<double[]> moved = after.parameters().get(l - 1);
    double[] source = before.read().get(l - 1);
    if (spec.unit(l).hasWeightMatrix()) {
      double[] move = difference(moved.getFirst(), weights.getFirst());
      return product(source, batch, move, spec.width(l));
    }
    List<double[]> own = new ArrayList<>();
    List<ParameterSpec> specs = spec.parameters(l);
    for (int i = 0; i < specs.size(); i++) {
      own.add((specs.get(i).isVector() ? weights : moved).get(i));
    }
    UnitOracle unit = before.oracles().get(l - 1);
    return difference(
        unit.preActivation(source, own, batch), unit.preActivation(source, weights, batch));
  }

  private double[] lastWeight(Snapshot before) {
    List<ParameterSpec> specs = spec.parameters(spec.layers());
    int weight = specs.size() - 1;
    while (specs.get(weight).isVector()) {
      weight--;
    }
    return before.parameters().getLast().get(weight);
  }

  // What the readout as it was makes of a move; it is affine.
  private double[] throughWeights(Snapshot before, double[] move) {
    int last = spec.layers();
    List<double[]> weights = before.parameters().get(last - 1);
    return spec.unit(last).hasWeightMatrix()
        ? product(move, batch, weights.getFirst(), spec.outputs())
        : before.oracles().getLast().shift(move, weights, batch);
  }

  private double[] kernel(double[] features) {
    return product(features, batch, features, batch);
  }

  /**
   * What is compared.
   *
   * @param read what units 1 … L read: x, h_1 … h_{L−1} unless the rule makes something else of
   *     them
   * @param activities h_1 … h_{L−1}
   * @param biases b_1 … b_L, or none
   * @param output f
   * @param parameters of units 1 … L; a weight matrix with its multiplier
   * @param oracles units 1 … L
   */
  private record Snapshot(
      List<double[]> read,
      List<double[]> activities,
      List<double[]> biases,
      double[] output,
      List<List<double[]>> parameters,
      List<UnitOracle> oracles) {

    static Snapshot of(Backend backend, Network network, ForwardPass forward) {
      int last = network.spec().layers();
      List<double[]> read = new ArrayList<>();
      List<double[]> activities = new ArrayList<>();
      List<double[]> biases = new ArrayList<>();
      List<List<double[]>> parameters = new ArrayList<>();
      for (Unit unit : network.units()) {
        read.add(backend.read(forward.presynaptic(unit.index())));
        if (unit.index() < last) {
          activities.add(backend.read(forward.activity(unit.index())));
        }
        boolean matrix = unit.spec().hasWeightMatrix();
        List<double[]> own = new ArrayList<>();
        for (Parameter parameter : unit.parameters()) {
          double[] values = backend.read(parameter.value());
          if (parameter.kind() == ParameterKind.BIAS) {
            biases.add(values);
          } else if (matrix) {
            for (int i = 0; i < values.length; i++) {
              values[i] *= parameter.scaling().multiplier();
            }
          }
          own.add(values);
        }
        parameters.add(own);
      }
      return new Snapshot(
          read,
          activities,
          biases,
          backend.read(forward.output()),
          parameters,
          network.units().stream().map(Unit::oracle).toList());
    }
  }
}
