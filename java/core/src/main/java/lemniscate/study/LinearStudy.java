package lemniscate.study;

import com.fasterxml.jackson.core.type.TypeReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.config.BadInputException;
import lemniscate.config.HeapRoom;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.network.NetworkSpec;
import lemniscate.optim.Optimizer;
import lemniscate.rule.pc.Inference;
import lemniscate.train.StopSignal;
import org.jspecify.annotations.Nullable;

/**
 * The direction of predictive coding at equilibrium beside those of backpropagation and of
 * Gauss-Newton targets, over widths, schemes and precisions of the output: in deep linear networks
 * by the closed form ({@link lemniscate.theory.LinearEquilibrium}), which the engine's relaxation
 * is held against, in tanh networks by relaxation. The experiment is that of Ishikawa, Yokota and
 * Karakida, arXiv 2411.02001, figure 3.
 *
 * <p>Inputs are {@value #INPUTS} normals, targets one of {@value #OUTPUTS} classes drawn at random,
 * one-hot, the loss is squared. The three rules are compared at the same weights on the same batch,
 * at random weights and after training by backpropagation.
 *
 * @param widths hidden widths, at least three, increasing
 * @param parameterizations one for each scheme, for backpropagation
 * @param gammaExponents γ̄ in γ_L = γ′ m^−γ̄, each once
 * @param steps numbers of training steps after which is compared, from 0, increasing
 * @param seeds number of seeds, at least 1; with one there are no intervals
 * @param network depth, activation, biases and batch of the networks
 * @param rules what relaxes and trains
 * @param relaxedUpTo largest width at which the engine relaxes linear networks of the first seed,
 *     too; 0 for none
 * @param seed of the first seed
 */
public record LinearStudy(
    List<Integer> widths,
    List<Parameterization> parameterizations,
    List<Double> gammaExponents,
    List<Integer> steps,
    int seeds,
    CoordinateStudy.Networks network,
    Rules rules,
    int relaxedUpTo,
    long seed) {

  /** Inputs of the networks, which do not grow. */
  public static final int INPUTS = 100;

  /** Outputs of the networks. */
  public static final int OUTPUTS = 10;

  /**
   * By how much a slope may miss an exponent. At widths of some hundreds the largest eigenvalue of
   * J Jᵀ is still a factor (1 + √({@value #OUTPUTS}/M))² above the others' mean, which adds −0.17.
   */
  public static final double TOLERANCE = 0.3;

  /** The same for angles between PC and BP that stay. */
  public static final double TOLERANCE_OF_CONSTANT = 0.2;

  /** By how much, relatively, the relaxed network may miss the closed form. */
  public static final double REST_TOLERANCE = 1e-8;

  private static final TypeReference<List<Measurement>> MEASUREMENTS = new TypeReference<>() {};

  /** What is fitted. */
  public enum Quantity {
    /** 1 − cos of predictive coding and backpropagation. */
    PC_BP("1-cos(PC,BP)"),
    /** 1 − cos of predictive coding and Gauss-Newton targets. */
    PC_GNT("1-cos(PC,GNT)"),
    /** 1 − cos of backpropagation and Gauss-Newton targets, whatever the precision. */
    BP_GNT("1-cos(BP,GNT)"),
    /** Spectral norm of C_γ. */
    PRECONDITIONER("|C|");

    private final String label;

    Quantity(String label) {
      this.label = label;
    }

    /** {@return the name in tables and files} */
    public String label() {
      return label;
    }
  }

  /**
   * What relaxes and trains.
   *
   * @param hiddenPrecisions γ_1 … γ_{L−1}, or one for all of them
   * @param gammaLast γ′
   * @param inference of networks that are relaxed
   * @param optimizer of the training
   * @param chosenRate η′ of the training; empty for a default of the scheme
   */
  public record Rules(
      List<Double> hiddenPrecisions,
      double gammaLast,
      Inference.Equilibrium inference,
      Optimizer optimizer,
      Optional<Double> chosenRate) {

    /** Copies the list. */
    public Rules {
      hiddenPrecisions = List.copyOf(hiddenPrecisions);
    }

    /** γ_1 … γ_L. */
    List<Double> precisions(int layers, double last) {
      List<Double> precisions = new ArrayList<>();
      for (int l = 1; l < layers; l++) {
        precisions.add(hiddenPrecisions.get(hiddenPrecisions.size() == 1 ? 0 : l - 1));
      }
      precisions.add(last);
      return precisions;
    }

    /** η′ under a scheme. */
    public double learningRate(Scheme scheme) {
      return chosenRate.orElse(scheme == Scheme.MUP ? MAXIMAL_RATE : STANDARD_RATE);
    }
  }

  /** With {@value #INPUTS} inputs of size 1 the first layer bounds the rate. */
  private static final double MAXIMAL_RATE = 0.003;

  /** Under SP and NTK; moves grow with the width under SP, so it is stable to some thousands. */
  private static final double STANDARD_RATE = 1e-4;

  /**
   * 1 − cos between the rules.
   *
   * @param pcBp of predictive coding and backpropagation
   * @param pcGnt of predictive coding and Gauss-Newton targets
   * @param bpGnt of backpropagation and Gauss-Newton targets
   */
  public record Angles(double pcBp, double pcGnt, double bpGnt) {}

  /**
   * What is found for one network and one precision.
   *
   * @param hidden of the gradients of all layers but the last, taken as one vector: the last
   *     layer's differs by the output error alone, and would outweigh the others under μP
   * @param all of the gradients of all layers
   * @param layers of each layer
   * @param preconditionerNorm ‖C_γ‖₂; outside linear networks the mean over examples of its first
   *     order
   * @param energyRatio F at equilibrium over that at the feed-forward pass
   */
  public record Directions(
      Angles hidden,
      Angles all,
      List<Angles> layers,
      double preconditionerNorm,
      double energyRatio) {

    /** Copies the list. */
    public Directions {
      layers = List.copyOf(layers);
    }

    /** {@return one number} */
    public double get(Quantity quantity) {
      return switch (quantity) {
        case PC_BP -> hidden.pcBp();
        case PC_GNT -> hidden.pcGnt();
        case BP_GNT -> hidden.bpGnt();
        case PRECONDITIONER -> preconditionerNorm;
      };
    }
  }

  /**
   * How a relaxation ended.
   *
   * @param steps tried
   * @param converged whether the states came to rest
   * @param residual largest gradient of a layer over its error
   * @param difference from the closed form: the largest relative one of energy, states, errors and
   *     gradients of all layers; NaN where there is no closed form
   */
  public record Rest(int steps, boolean converged, double residual, double difference) {

    /** {@return whether the states came to rest, at the closed form where there is one} */
    public boolean pass() {
      return converged && !(difference > REST_TOLERANCE);
    }
  }

  /**
   * One network at one precision.
   *
   * @param scheme of its weights
   * @param gammaExponent γ̄
   * @param width M
   * @param seed which of the seeds, from 0
   * @param step training steps done
   * @param directions what is compared
   * @param rest of its relaxation; null where there was none
   */
  public record Measurement(
      Scheme scheme,
      double gammaExponent,
      int width,
      int seed,
      int step,
      Directions directions,
      @Nullable Rest rest) {}

  /**
   * One fitted exponent.
   *
   * @param quantity that is fitted, of all layers but the last
   * @param scheme of the weights
   * @param gammaExponent γ̄; NaN where the quantity does not depend on it
   * @param step training steps done
   * @param slope mean over seeds of the least-squares slopes
   * @param low lower end of the 95 % interval of Student's t over seeds; NaN for one seed
   * @param high its upper end
   * @param expected exponent with the verdict's terms
   */
  public record Slope(
      Quantity quantity,
      Scheme scheme,
      double gammaExponent,
      int step,
      double slope,
      double low,
      double high,
      ExpectedExponents.Expectation expected)
      implements FittedSlope {

    /** {@return by how much the slope may miss its exponent} */
    @Override
    public double tolerance() {
      return quantity == Quantity.PC_BP && expected.exponent() == 0
          ? TOLERANCE_OF_CONSTANT
          : TOLERANCE;
    }
  }

  /**
   * All numbers.
   *
   * @param measurements raw
   * @param slopes fitted
   */
  public record Result(List<Measurement> measurements, List<Slope> slopes) {

    /** Copies the lists. */
    public Result {
      measurements = List.copyOf(measurements);
      slopes = List.copyOf(slopes);
    }

    /** {@return the worst of the verdicts; a relaxation that did not end where it must fails} */
    public Judgement judgement() {
      boolean astray =
          measurements.stream()
              .map(Measurement::rest)
              .anyMatch(rest -> rest != null && !rest.pass());
      return astray ? Judgement.FAIL : FittedSlope.worst(slopes);
    }
  }

  /**
   * A scheme with a precision.
   *
   * @param parameterization of the weights
   * @param gammaExponent γ̄
   */
  public record Case(Parameterization parameterization, double gammaExponent) {}

  /**
   * Checks everything that can be checked before work starts.
   *
   * @throws BadInputException if it cannot be run
   */
  public LinearStudy {
    widths = List.copyOf(widths);
    parameterizations = List.copyOf(parameterizations);
    gammaExponents = gammaExponents.stream().map(g -> g + 0.0).toList();
    steps = List.copyOf(steps);
    CoordinateStudy.requireSlope(widths, seeds);
    requireSteps(steps);
    // Weights, gradients and their copies, of each hidden layer.
    long widest = widths.getLast();
    HeapRoom.require(
        "the largest of --widths is %d, whose closed form".formatted(widest),
        4L * Double.BYTES * network.depth() * widest * widest,
        "smaller --widths");
    if (gammaExponents.isEmpty()
        || !gammaExponents.stream().allMatch(Double::isFinite)
        || gammaExponents.stream().distinct().count() < gammaExponents.size()) {
      throw new BadInputException(
          "gamma exponents "
              + gammaExponents
              + ": expected finite numbers, each once; write for example 0,-0.5,-1.");
    }
    List<Scheme> schemes = parameterizations.stream().map(Parameterization::scheme).toList();
    if (schemes.isEmpty() || schemes.stream().distinct().count() < schemes.size()) {
      throw new BadInputException(
          "schemes "
              + schemes.stream().map(Scheme::word).toList()
              + ": expected schemes, each once; write for example sp,mup.");
    }
    if (widths.getFirst() < OUTPUTS) {
      throw new BadInputException(
          "widths "
              + widths
              + ": a layer narrower than the "
              + OUTPUTS
              + " outputs has no Gauss-Newton target; start at "
              + OUTPUTS
              + " or above.");
    }
    if (network.activation() != Activation.LINEAR && network.activation() != Activation.TANH) {
      throw new BadInputException(
          "net.activation is "
              + network.activation().configName()
              + "; expected linear, or tanh, whose expected exponents are known.");
    }
    int hidden = rules.hiddenPrecisions().size();
    if (hidden != 1 && hidden != network.depth()) {
      throw new BadInputException(
          "pc.gamma has %d numbers for %d hidden layers; give one, or one for each."
              .formatted(hidden, network.depth()));
    }
    if (relaxedUpTo < 0) {
      throw new BadInputException(
          "relaxed up to width " + relaxedUpTo + ": expected a width, or 0 for none.");
    }
    if (cases(parameterizations, gammaExponents, network).isEmpty()) {
      throw new BadInputException(
          "gamma exponents "
              + gammaExponents
              + ": under "
              + String.join(", ", schemes.stream().map(Scheme::word).toList())
              + " γ_L then grows so much that no relaxation is stable at a constant rate; use 0 or"
              + " more, scheme mup, or activation linear, whose equilibrium is known.");
    }
  }

  private static void requireSteps(List<Integer> steps) {
    int last = -1;
    for (int step : steps) {
      if (step <= last) {
        last = Integer.MAX_VALUE;
        break;
      }
      last = step;
    }
    if (steps.isEmpty() || last == Integer.MAX_VALUE) {
      throw new BadInputException(
          "steps " + steps + ": expected increasing integers from 0; write for example 0,30.");
    }
  }

  private static List<Case> cases(
      List<Parameterization> parameterizations,
      List<Double> gammaExponents,
      CoordinateStudy.Networks network) {
    boolean linear = network.activation() == Activation.LINEAR;
    List<Case> cases = new ArrayList<>();
    for (Parameterization parameterization : parameterizations) {
      DirectionExponents exponents = new DirectionExponents(parameterization.scheme(), linear, 0);
      for (double gammaExponent : gammaExponents) {
        if (linear || !exponents.isStiff(gammaExponent)) {
          cases.add(new Case(parameterization, gammaExponent));
        }
      }
    }
    return cases;
  }

  /** {@return what is compared: all schemes with all precisions, but for those left out} */
  public List<Case> cases() {
    return cases(parameterizations, gammaExponents, network);
  }

  /** {@return whether the networks are linear} */
  public boolean linear() {
    return network.activation() == Activation.LINEAR;
  }

  /** {@return whether some slope can pass or fail} */
  public boolean judges() {
    return cases().stream()
        .anyMatch(
            c ->
                steps.stream()
                    .anyMatch(
                        step ->
                            exponents(c.parameterization().scheme(), step)
                                .of(Quantity.PC_BP, c.gammaExponent())
                                .judged()));
  }

  /** What is expected under a scheme after a number of steps. */
  DirectionExponents exponents(Scheme scheme, int step) {
    return new DirectionExponents(scheme, linear(), step);
  }

  /** The same with another number of seeds. */
  public LinearStudy withSeeds(int other) {
    return new LinearStudy(
        widths, parameterizations, gammaExponents, steps, other, network, rules, relaxedUpTo, seed);
  }

  /** Number of networks. */
  public int size() {
    return widths.size() * parameterizations.size() * seeds;
  }

  /**
   * Measures what the store lacks, and fits.
   *
   * @return empty if the signal was raised first; what was measured is in the store
   */
  public Optional<Result> run(
      Backend backend, MeasurementStore store, CoordinateStudy.Progress progress, StopSignal stop) {
    MeasuredNetworks networks = new MeasuredNetworks(store, progress, stop, size());
    List<Measurement> measurements = new ArrayList<>();
    for (int width : widths) {
      for (Parameterization parameterization : parameterizations) {
        for (int s = 0; s < seeds; s++) {
          int number = s;
          Optional<List<Measurement>> measured =
              networks.measure(
                  width,
                  "scheme=%s width=%d seed=%d"
                      .formatted(parameterization.scheme().word(), width, s),
                  MEASUREMENTS,
                  () -> measure(backend, parameterization, width, number));
          if (measured.isEmpty()) {
            return Optional.empty();
          }
          measurements.addAll(measured.get());
        }
      }
    }
    return Optional.of(new Result(measurements, LinearSlopes.of(this, measurements)));
  }

  private List<Measurement> measure(
      Backend backend, Parameterization parameterization, int width, int s) {
    NetworkSpec spec =
        NetworkSpec.mlp(INPUTS, width, network.depth(), OUTPUTS, network.activation())
            .withBias(network.bias());
    List<Measurement> measurements = new ArrayList<>();
    try (DirectionProbe probe =
        new DirectionProbe(
            backend,
            spec,
            parameterization,
            rules,
            network.batch(),
            (seed + s) * CoordinateStudy.WEIGHT_SEED_STRIDE + width,
            seed + s)) {
      int trained = 0;
      for (int step : steps) {
        probe.train(step - trained);
        trained = step;
        for (Case c : cases()) {
          if (c.parameterization() == parameterization) {
            double g = c.gammaExponent();
            double gammaLast =
                rules.gammaLast() * Math.pow(parameterization.widthRatio(spec.size()), -g);
            boolean relaxed =
                s == 0
                    && width <= relaxedUpTo
                    && !exponents(parameterization.scheme(), step).isStiff(g);
            DirectionProbe.Found found = probe.compare(gammaLast, relaxed);
            measurements.add(
                new Measurement(
                    parameterization.scheme(),
                    g,
                    width,
                    s,
                    step,
                    found.directions(),
                    found.rest()));
          }
        }
      }
    }
    return measurements;
  }

  // ---------------------------------------------------------------- slopes
}
