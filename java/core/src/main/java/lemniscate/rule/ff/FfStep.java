package lemniscate.rule.ff;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.backend.Backend;
import lemniscate.backend.Operations;
import lemniscate.network.ForwardPass;
import lemniscate.network.Network;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Products;
import lemniscate.network.Slabs;
import lemniscate.network.UnitPass;
import lemniscate.network.Use;
import lemniscate.rule.LayerProblem;
import lemniscate.rule.Objective;
import lemniscate.rule.RecordedStep;
import lemniscate.rule.RuleContext;
import lemniscate.rule.TargetStep;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A step of Forward-Forward bound to a network. One feed-forward pass has three blocks of B rows:
 * the batch with its right labels, with wrong ones, and with the neutral one. The first two train
 * the hidden layers, the third the readout.
 */
public final class FfStep implements TargetStep {

  private final ForwardForward rule;
  private final RuleContext context;
  private final Network network;
  private final int batch;
  private final int last;
  private final Tensor input;
  private final Tensor target;
  private final NegativeLabels labels;
  private final ForwardPass forward;
  // Hidden units on the rows that are right or wrong.
  private final List<UnitPass> contrasts = new ArrayList<>();
  // The last on the rows under the neutral label.
  private final UnitPass readout;
  private final List<Tensor> displacements;
  private final List<Tensor> gated;
  private final List<PeerNormalization> peers = new ArrayList<>();
  private final Tensor outputError;
  private final Tensor lossSum;
  private final Tensor layerLosses;
  // One for all layers, or one for each hidden layer.
  private final List<RecordedStep> steps = new ArrayList<>();
  private int phase;

  FfStep(ForwardForward rule, RuleContext context) {
    this.rule = rule;
    this.context = context;
    this.network = context.network();
    this.batch = context.batch();
    NetworkSpec spec = network.spec();
    this.last = spec.layers();
    Arena arena = context.arena();
    Backend backend = context.backend();
    this.input = arena.allocate(new Shape(batch, spec.inputs()));
    this.target = arena.allocate(new Shape(batch, spec.outputs()));
    Tensor labelRows = arena.allocate(new Shape(3 * batch, spec.outputs()));
    this.labels = new NegativeLabels(context, rule, labelRows);
    this.forward = rule.labelledPass(arena, network, labelRows, Use.ADJOINT);
    for (UnitPass unit : forward.passes().subList(0, last - 1)) {
      contrasts.add(unit.rows(0, 2 * batch));
    }
    this.readout = forward.pass(last).rows(2 * batch, batch);
    this.displacements = Slabs.activities(arena, spec, 2 * batch, 1, last - 1);
    this.gated = Slabs.activities(arena, spec, 2 * batch, 1, last - 1);
    this.outputError = arena.allocate(target.shape());
    this.lossSum = arena.allocateScalars(1);
    this.layerLosses = arena.allocateScalars(last - 1);
    if (rule.peerNormalization() > 0) {
      for (int l = 1; l < last; l++) {
        int channels = spec.features(l).shape().channels();
        peers.add(new PeerNormalization(backend, arena, rule.peerNormalization(), channels));
      }
    }
    int phases = rule.epochsPerLayer() == 0 ? 1 : last - 1;
    for (int p = 0; p < phases; p++) {
      int recorded = p;
      steps.add(new RecordedStep(backend, (ops, update) -> record(ops, recorded, update)));
    }
  }

  private void record(Operations ops, int trained, boolean update) {
    for (int block = 0; block < 3; block++) {
      ops.copy(input, forward.input().rows(block * batch, batch));
    }
    forward.record(ops);
    Products products = new Products(ops);
    for (UnitPass unit : contrasts) {
      int l = unit.unit().index();
      if (trains(trained, l)) {
        contrast(ops, unit);
        unit.gradients(products, 1, gated.get(l - 1), unit.input());
      }
    }
    ops.loss().outputError(context.loss(), readout.output(), target, outputError, lossSum);
    if (trains(trained, last)) {
      readout.gradients(products, rule.probeRate(), outputError, readout.input());
    }
    products.record();
    if (update) {
      context
          .update()
          .record(
              ops,
              network.units().stream()
                  .filter(unit -> trains(trained, unit.index()))
                  .flatMap(unit -> unit.parameters().stream())
                  .toList());
    }
  }

  private void contrast(Operations ops, UnitPass unit) {
    int l = unit.unit().index();
    Tensor h = unit.output();
    ops.goodness()
        .contrast(
            factor(l), logitThreshold(l), h, displacements.get(l - 1), layerLosses.element(l - 1));
    unit.gate(ops, displacements.get(l - 1), gated.get(l - 1));
    if (!peers.isEmpty()) {
      peers.get(l - 1).record(ops, places(l, h), places(l, gated.get(l - 1)));
    }
  }

  // Positive rows, a row for each place of an image.
  private Tensor places(int l, Tensor rows) {
    int channels = network.spec().features(l).shape().channels();
    return rows.rows(0, batch).reshaped(batch * (rows.columns() / channels), channels);
  }

  // Whether a layer learns in a phase; the readout does so beside the last hidden layer.
  private boolean trains(int trained, int l) {
    return rule.epochsPerLayer() == 0 || trained == Math.min(l, last - 1) - 1;
  }

  // 1/T.
  private double factor(int l) {
    int units = network.spec().width(l);
    return 1 / rule.goodness().temperature(units);
  }

  private double logitThreshold(int l) {
    return rule.threshold() * network.spec().width(l) * factor(l);
  }

  @Override
  public void epoch(long epoch) {
    if (rule.epochsPerLayer() > 0) {
      phase = (int) Math.min(epoch / rule.epochsPerLayer(), steps.size() - 1);
    }
  }

  @Override
  public void run() {
    labels.next(target);
    steps.get(phase).run();
  }

  @Override
  public void computeGradients() {
    labels.next(target);
    steps.get(phase).computeGradients();
  }

  /** The three blocks of rows of the feed-forward pass. */
  public ForwardPass forward() {
    return forward;
  }

  /** Right, wrong and neutral labels of the last batch, (3 B, n_L). */
  public Tensor labels() {
    return labels.rows();
  }

  /** −∂/∂h of the positive rows' logistic losses, l = 1 … L−1; at the output that of the loss. */
  @Override
  public double[] displacement(int l) {
    return context
        .backend()
        .read(l == last ? outputError : displacements.get(l - 1).rows(0, batch));
  }

  @Override
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    state.put("negatives.draws", labels.draws());
    for (int l = 1; l <= peers.size(); l++) {
      state.put("layer" + l + ".meanActivity", peers.get(l - 1).mean());
    }
    return state;
  }

  @Override
  public Tensor input() {
    return input;
  }

  @Override
  public Tensor target() {
    return target;
  }

  /** Of the readout. */
  @Override
  public double loss() {
    return context.backend().scalar(lossSum) / batch;
  }

  @Override
  public Tensor lossSum() {
    return lossSum;
  }

  /** The logistic losses of the layers that learn, mean of positive and negative data. */
  @Override
  public double energy() {
    double sum = 0;
    for (int l = 1; l < last; l++) {
      sum += trains(phase, l) ? context.backend().scalar(layerLosses.element(l - 1)) / 2 : 0;
    }
    return sum;
  }

  @Override
  public Objective objective() {
    Backend backend = context.backend();
    List<LayerContrast> contrasts = new ArrayList<>();
    for (UnitPass contrasted : this.contrasts) {
      int l = contrasted.unit().index();
      if (trains(phase, l)) {
        double @Nullable [] pull = peers.isEmpty() ? null : backend.read(peers.get(l - 1).pull());
        contrasts.add(
            new LayerContrast(
                l,
                backend.read(contrasted.input()),
                contrasted.unit().oracle(),
                1 / factor(l),
                rule.threshold(),
                pull,
                2 * batch));
      }
    }
    LayerProblem regression =
        new LayerProblem(
            backend.read(readout.input()),
            backend.read(target),
            network.unit(last).oracle(),
            true,
            rule.probeRate(),
            context.loss(),
            batch);
    Objective ofReadout = LayerProblem.objective(List.of(regression));
    boolean withReadout = trains(phase, last);
    // Where the parameters of each unit begin.
    int[] starts = new int[last + 1];
    for (int l = 1; l <= last; l++) {
      starts[l] = starts[l - 1] + network.unit(l).parameters().size();
    }
    return parameters -> {
      double total = 0;
      for (LayerContrast contrast : contrasts) {
        total +=
            contrast.value(
                parameters.subList(starts[contrast.layer() - 1], starts[contrast.layer()]));
      }
      List<double[]> output = parameters.subList(starts[last - 1], parameters.size());
      return withReadout ? total + ofReadout.value(output) : total;
    };
  }

  @Override
  public void close() {
    steps.forEach(RecordedStep::close);
  }
}
