package lemniscate.rule.ff;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.Backend;
import lemniscate.config.BadInputException;
import lemniscate.mup.CreditRule;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.network.ForwardPass;
import lemniscate.network.Network;
import lemniscate.network.NetworkSpec;
import lemniscate.network.UnitSpec;
import lemniscate.network.Use;
import lemniscate.rule.ActivityMotion;
import lemniscate.rule.LearningRule;
import lemniscate.rule.Predictor;
import lemniscate.rule.RuleContext;
import lemniscate.rule.TrainingSetting;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;

/**
 * Forward-Forward (Hinton, arXiv 2212.13345). The first features of an input are replaced by a
 * label, the right one in positive data and a wrong one in negative data; every hidden layer
 * descends the logistic loss of telling them apart by its goodness, the sum of its squared
 * activities, and passes on no more than the direction of its activities. The last layer of the
 * network is a linear readout that learns from the last hidden layer under a neutral label; no
 * hidden layer hears of it.
 *
 * <p>A unit of several layers has one goodness, that of all its outputs, every place of every
 * channel; its weights follow the exact gradient inside the unit. Its input is brought to its
 * length as a whole.
 *
 * @param goodness whether the logit is a sum or a mean over the layer
 * @param threshold θ, the goodness of a unit at which the two are even; positive
 * @param inputLength to what length layers bring their input
 * @param peerNormalization λ, how strongly units are drawn to the mean activity of their layer; 0
 *     for not at all
 * @param epochsPerLayer 0 to train all layers at a time; else hidden layers train one after the
 *     other, this many epochs each, and the readout with the last
 * @param prediction how a class is chosen
 * @param labelScale value of the feature that stands for the label; positive
 * @param probeRate factor on the gradient of the readout, positive
 */
public record ForwardForward(
    Goodness goodness,
    double threshold,
    InputLength inputLength,
    double peerNormalization,
    int epochsPerLayer,
    Prediction prediction,
    double labelScale,
    double probeRate)
    implements LearningRule {

  /** Name in configurations. */
  public static final String NAME = "ff";

  /** Checks the numbers. */
  public ForwardForward {
    requirePositive("ff.threshold", threshold);
    requirePositive("ff.labelScale", labelScale);
    requirePositive("ff.probeRate", probeRate);
    if (!(peerNormalization >= 0) || Double.isInfinite(peerNormalization)) {
      throw new BadInputException(
          "ff.peerNormalization "
              + peerNormalization
              + ": expected a number of at least 0; 0 turns it off.");
    }
    if (epochsPerLayer < 0) {
      throw new BadInputException(
          "ff.epochsPerLayer "
              + epochsPerLayer
              + ": expected at least 0; with 0 all layers train at a time.");
    }
  }

  private static void requirePositive(String key, double value) {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw new BadInputException(key + " " + value + ": expected a positive number, such as 1.");
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public CreditRule creditRule() {
    return new CreditRule.ForwardForward(inputLength == InputLength.L2);
  }

  /** Local errors are not small where the network is nearly right, and inputs are of order 1. */
  @Override
  public double usualLearningRate(TrainingSetting setting) {
    return setting.rate(0.02, 0.001, TrainingSetting.ADAM);
  }

  /** Goodness moves activities along themselves: up in positive rows, down in negative ones. */
  @Override
  public ActivityMotion activityMotion() {
    return ActivityMotion.CONTRASTED;
  }

  @Override
  public void checkMeasurable(Parameterization claimed, int depth) {
    if (inputLength == InputLength.L2 && claimed.scheme() == Scheme.SP) {
      throw new BadInputException(
          "ff.normalization l2: under sp the activities of a layer shrink with the width of the one"
              + " below, so there are no exponents to check; use rms, or scheme mup.");
    }
  }

  @Override
  public boolean learnsFromLabels() {
    return true;
  }

  /** Those that the label is put into. */
  @Override
  public int replacedFeatures(int outputs) {
    return outputs;
  }

  @Override
  public List<String> check(Parameterization parameterization) {
    boolean adam = !parameterization.optimizer().followsSize();
    if (adam && epochsPerLayer > 0) {
      throw new BadInputException(
          "ff.epochsPerLayer "
              + epochsPerLayer
              + " with optim.name adam: its first steps are corrected by a count of updates that"
              + " all layers share; use sgd or momentum, or ff.epochsPerLayer 0.");
    }
    if (adam && probeRate != 1) {
      throw new BadInputException(
          "ff.probeRate "
              + probeRate
              + " with optim.name adam: its steps do not depend on the size of a gradient; leave it"
              + " at 1, or use sgd or momentum.");
    }
    return List.of();
  }

  @Override
  public List<String> check(NetworkSpec network) {
    List<String> warnings = new ArrayList<>(LearningRule.super.check(network));
    if (network.outputs() < 2) {
      throw new BadInputException(
          "rule ff needs a wrong label for every right one, but there is one class only; expected"
              + " data with 2 classes or more.");
    }
    if (network.outputs() >= network.inputs()) {
      throw new BadInputException(
          "rule ff puts the label in the place of the first features, one for each class, but there"
              + " are "
              + network.inputs()
              + " features and "
              + network.outputs()
              + " classes, which leaves none; use data with more features, or another rule.");
    }
    if (inputLength == InputLength.L2) {
      network.requireWeightMatrices(
          1,
          "ff.normalization l2 brings what the matrix multiplies to length 1, multiplier included;"
              + " use ff.normalization rms.");
    }
    for (int l = 1; l < network.layers(); l++) {
      UnitSpec unit = network.unit(l);
      if (threshold >= 1 && unit.isBounded()) {
        throw new BadInputException(
            "ff.threshold "
                + threshold
                + ": the goodness of "
                + (unit.hasWeightMatrix()
                    ? "a unit with net.activation " + unit.activation().configName()
                    : "unit %d of the network (%s)".formatted(l, unit.kind()))
                + " stays below 1.0, so no input could be positive; use a lower threshold, such as"
                + " 0.3, or relu.");
      }
      if (threshold < 1 && unit.addsToInput() && warnings.isEmpty()) {
        warnings.add(
            "rule ff with unit %d of the network (%s): what it reads has mean square 1 and goes on"
                    .formatted(l, unit.kind())
                + " beside its branch, so its goodness starts above ff.threshold "
                + threshold
                + " whatever the label; set it above 1, such as 1.5.");
      }
    }
    return warnings;
  }

  @Override
  public FfStep prepare(RuleContext context) {
    check(context.network().spec());
    return new FfStep(this, context);
  }

  /** Under the neutral label. */
  @Override
  public ForwardPass forwardPass(Backend backend, Arena arena, Network network, int batch) {
    int classes = network.spec().outputs();
    Tensor labels = arena.allocate(new Shape(batch, classes));
    backend.run(ops -> ops.fill(labels, neutralLabel(classes)));
    return labelledPass(arena, network, labels, Use.PREDICTION);
  }

  @Override
  public Predictor predictor(Backend backend, Arena arena, Network network, int batch) {
    return prediction == Prediction.PROBE
        ? Predictor.of(forwardPass(backend, arena, network, batch))
        : new GoodnessPredictor(this, backend, arena, network, batch);
  }

  /** A pass that puts labels (B, n_L) into its input. */
  ForwardPass labelledPass(Arena arena, Network network, Tensor labels, Use use) {
    return new ForwardPass(
        arena,
        network,
        labels.rows(),
        (ops, l, activity, input) -> {
          Tensor source = activity;
          if (l == 1) {
            ops.copy(activity, input);
            ops.goodness().embed(labels, input);
            source = input;
          }
          ops.goodness()
              .normalize(
                  inputLength.of(network.unit(l), network.spec().width(l - 1)), source, input);
        },
        List.of(),
        use);
  }

  /** Value of every label feature where no label is meant. */
  double neutralLabel(int classes) {
    return labelScale / classes;
  }
}
