package lemniscate.rule;

import java.util.Map;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A rule bound to a network and a batch size. Write a batch to {@link #input} and {@link #target},
 * then {@link #run}.
 */
public interface RuleStep extends AutoCloseable {

  /** x of shape (B, n_0). */
  Tensor input();

  /** y of shape (B, n_L). */
  Tensor target();

  /** One training step: gradients, then the update of the parameters. */
  void run();

  /**
   * The gradients of {@link #run}, left in the network, without moving the parameters or what
   * {@link #state} holds.
   */
  void computeGradients();

  /**
   * The inference in pieces, bound to the same network and batch; {@code null} for a rule whose
   * steps are not all alike, or that has none.
   */
  default @Nullable StepwiseInference stepwise() {
    return null;
  }

  /**
   * Says which pass over the training examples the following runs belong to; rules that treat all
   * alike need not know.
   *
   * @param epoch from 0
   */
  default void epoch(long epoch) {}

  /**
   * What the rule itself learns or counts, by name, for checkpoints: weights of its own and the
   * state of their optimiser. Names differ from those of the network's parameters.
   */
  default Map<String, Tensor> state() {
    return Map.of();
  }

  /**
   * What the rule says of itself, by name, once its gradients have been computed: norms of its
   * feedback weights, their angles in degrees to the forward weights, and the like. A number of
   * layer l has a name that ends in {@code .layer} and l. Called once an epoch at most; changes
   * nothing.
   */
  default Map<String, Double> diagnostics() {
    return Map.of();
  }

  /** Loss of the last batch at its feed-forward pass, mean over the examples. */
  double loss();

  /**
   * What the rule descends where that is not the loss, for the last batch, summed over the
   * examples; NaN where there is nothing of the kind.
   */
  default double energy() {
    return Double.NaN;
  }

  /**
   * Where the sum of the last batch's losses over the examples lies, so that {@link #loss} is this
   * over B and can be looked at later; {@code null} where only {@link #loss} says it.
   */
  default @Nullable Tensor lossSum() {
    return null;
  }

  /**
   * Where the value of {@link #energy} lies, made if need be; {@code null} where only {@link
   * #energy} says it.
   */
  default @Nullable Tensor energySum() {
    return null;
  }

  /** Whether {@link #energy} is a free energy, which must stay finite as the loss must. */
  default boolean hasFreeEnergy() {
    return false;
  }

  /**
   * The local error of layer l in the last batch, shape (B, n_l), l = 1 … L; for rules with targets
   * the distance to them. {@code null} where the rule has none to show.
   */
  default double @Nullable [] localError(int l) {
    return null;
  }

  /**
   * γ_L/γ_l, by which the error of layer l = 1 … L−1 is smaller than backpropagation's where the
   * rule's states come to rest; NaN for a rule whose states do not descend a free energy.
   */
  default double precisionRatio(int l) {
    return Double.NaN;
  }

  /**
   * How far the states of layer l have moved from the feed-forward pass in the last batch, shape
   * (B, n_l), l = 1 … L−1; {@code null} where no states move.
   */
  default double @Nullable [] stateMove(int l) {
    return null;
  }

  /**
   * The function of the parameters whose gradient the rule computed for the last batch, with
   * everything that the rule holds fixed (states, targets) frozen. Independent plain
   * double-precision code: the oracle of gradient checks; {@code null} for a rule without.
   */
  default @Nullable Objective objective() {
    return null;
  }

  /** Frees the recorded plans; the buffers belong to the arena. */
  @Override
  void close();
}
