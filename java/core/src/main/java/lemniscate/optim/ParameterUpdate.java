package lemniscate.optim;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import lemniscate.backend.Backend;
import lemniscate.backend.Operations;
import lemniscate.config.BadInputException;
import lemniscate.mup.ParameterScaling;
import lemniscate.network.Network;
import lemniscate.network.Parameter;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Tensor;

/**
 * An optimiser bound to a network: its state, its step size as a device scalar, and the recording
 * of one update of all parameters from their gradients.
 */
public final class ParameterUpdate {

  private final Backend backend;
  private final Optimizer optimizer;
  private final List<Parameter> parameters;
  private final Tensor rate;
  private final Tensor counter;
  private final List<Map<String, Tensor>> tensors = new ArrayList<>();

  /** Allocates the optimiser's state; the step size starts at 0. */
  public ParameterUpdate(Backend backend, Arena arena, Network network, Optimizer optimizer) {
    this(backend, arena, network.parameters(), optimizer);
  }

  /** As the other constructor, for parameters that belong to no network. */
  public ParameterUpdate(
      Backend backend, Arena arena, List<Parameter> parameters, Optimizer optimizer) {
    this(backend, arena, parameters, optimizer, arena.allocateScalars(2));
  }

  private ParameterUpdate(
      Backend backend,
      Arena arena,
      List<Parameter> parameters,
      Optimizer optimizer,
      Tensor scalars) {
    this(backend, arena, parameters, optimizer, scalars.element(0), scalars.element(1));
  }

  private ParameterUpdate(
      Backend backend,
      Arena arena,
      List<Parameter> parameters,
      Optimizer optimizer,
      Tensor rate,
      Tensor counter) {
    this.backend = backend;
    this.optimizer = optimizer;
    this.parameters = List.copyOf(parameters);
    this.rate = rate;
    this.counter = counter;
    for (Parameter parameter : parameters) {
      Map<String, Tensor> own = new LinkedHashMap<>();
      for (OptimizerTensor tensor : optimizer.tensors(parameter)) {
        own.put(tensor.name(), arena.allocate(tensor.shape()));
      }
      tensors.add(own);
    }
  }

  /** The same optimiser, at the same learning rate, for other parameters. */
  public ParameterUpdate beside(Arena arena, List<Parameter> others) {
    return new ParameterUpdate(
        backend, arena, others, optimizer, rate, arena.allocateScalars(1).element(0));
  }

  /**
   * Enqueues what the decay of an update does to a parameter, x ← (1 − s·decay) x, on another
   * tensor: on what lies between the parameter and one that takes the same steps.
   *
   * @param x of the parameter's shape
   * @param work of the same shape, overwritten
   * @throws BadInputException if the decay goes through the optimiser's state
   */
  public void recordDecay(Operations ops, Parameter parameter, Tensor x, Tensor work) {
    double decay = decay(parameter);
    if (decay == 0) {
      return;
    }
    if (optimizer.couplesDecay()) {
      throw new BadInputException(
          "optim.decay coupled: the velocity takes the decay of a weight up, which differs from"
              + " that of its feedback, so that the two would not take the same steps; use"
              + " optim.decay decoupled.");
    }
    ops.copy(x, work);
    ops.axpy(-parameter.scaling().learningRateFactor() * decay, rate, work, x);
  }

  private double decay(Parameter parameter) {
    return parameter.decays()
        ? optimizer.weightDecay() * parameter.scaling().weightDecayFactor()
        : 0;
  }

  /** Enqueues one update of every parameter; coupled decay is added to the gradients. */
  public void record(Operations ops) {
    record(ops, parameters);
  }

  /** Enqueues one update of some of the parameters; the others and their state stay. */
  public void record(Operations ops, List<Parameter> moved) {
    record(ops, moved, 1);
  }

  /**
   * As {@link #record(Operations, List)}, at a multiple of the learning rate.
   *
   * @param rateFactor positive
   */
  public void record(Operations ops, List<Parameter> moved, double rateFactor) {
    ops.update().advance(counter);
    Set<Parameter> chosen = new HashSet<>(moved);
    for (int i = 0; i < parameters.size(); i++) {
      if (chosen.contains(parameters.get(i))) {
        record(ops, i, rateFactor);
      }
    }
  }

  private void record(Operations ops, int i, double rateFactor) {
    Parameter parameter = parameters.get(i);
    ParameterScaling scaling = parameter.scaling();
    double factor = rateFactor * scaling.learningRateFactor();
    double decay = decay(parameter);
    if (optimizer.couplesDecay() && decay != 0) {
      ops.axpy(decay, parameter.value(), parameter.gradient());
      decay = 0;
    }
    optimizer.record(
        ops, new ParameterStep(parameter, rate, factor, decay, counter, tensors.get(i)));
  }

  /** Sets η′, the learning rate at the base width, for the runs that follow. */
  public void setLearningRate(double learningRate) {
    backend.setScalar(learningRate, rate);
  }

  /**
   * The scaling with which a matrix moves as the transpose of one whose scaling it is.
   *
   * @param rows of the matrix
   */
  public ParameterScaling transposed(ParameterScaling scaling, int rows, int columns) {
    double step = optimizer.transposedStep(rows, columns);
    return new ParameterScaling(
        scaling.multiplier(),
        scaling.initStd(),
        step * scaling.learningRateFactor(),
        scaling.epsilonFactor(),
        scaling.weightDecayFactor() / step);
  }

  /** The counter of {@link #updates} as a tensor, for checkpoints that hold tensors alone. */
  public Tensor counter() {
    return counter;
  }

  /** Number of updates so far. */
  public long updates() {
    return Math.round(backend.scalar(counter));
  }

  /** Restores the number of updates from a checkpoint. */
  public void setUpdates(long updates) {
    backend.setScalar(updates, counter);
  }

  /** The optimiser's tensors by name, for checkpoints: {@code layer1.weight.firstMoment}, … */
  public Map<String, Tensor> state() {
    List<List<OptimizerTensor>> kept =
        parameters.stream()
            .map(optimizer::tensors)
            .map(all -> all.stream().filter(OptimizerTensor::kept).toList())
            .toList();
    Map<String, Tensor> state = new LinkedHashMap<>();
    // In the order of files that there are: the first of every parameter, the second of every one.
    for (int k = 0; k < kept.stream().mapToInt(List::size).max().orElse(0); k++) {
      for (int i = 0; i < parameters.size(); i++) {
        if (k < kept.get(i).size()) {
          String name = kept.get(i).get(k).name();
          Tensor tensor = Objects.requireNonNull(tensors.get(i).get(name), name);
          state.put(parameters.get(i).name() + "." + name, tensor);
        }
      }
    }
    return state;
  }
}
