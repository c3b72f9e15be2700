package lemniscate.mup;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import lemniscate.mup.CreditRule.BackPropagation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The shift along the abc symmetry leaves training as it is: in exponents and in actual training.
 */
class AbcSymmetryTest {
  private static final int BASE_WIDTH = 4;
  private static final int WIDTH = 8;
  private static final int[] SIZES = {3, WIDTH, WIDTH, 2};
  private static final int LAYERS = 3;
  private static final int BATCH = 5;
  private static final int STEPS = 20;

  @Test
  void shiftKeepsTheInvariants() {
    AbcExponents abc = new AbcExponents(0.25, 0.5, -1);
    assertThat(abc.theta()).isEqualTo(-0.5);
    for (double s : new double[] {-1, 0.5, 2}) {
      for (StepClass optimizer : StepClass.values()) {
        AbcExponents shifted = abc.shift(s, optimizer);
        // All numbers are short binary fractions, so equality is exact.
        assertThat(shifted.a()).isEqualTo(0.25 + s);
        assertThat(shifted.a() + shifted.b()).isEqualTo(0.75);
        if (optimizer.followsSize()) {
          assertThat(shifted.theta()).isEqualTo(-0.5);
        } else {
          assertThat(shifted.a() + shifted.c()).isEqualTo(-0.75);
        }
      }
    }
    // The two usual ways to write the neural-tangent hidden layer.
    assertThat(new AbcExponents(0.5, 0, 0).shift(-0.5, StepClass.SGD_LIKE))
        .isEqualTo(new AbcExponents(0, 0.5, 1));
  }

  @Test
  void negativeZeroIsZero() {
    assertThat(new AbcExponents(-0.0, -0.0, -0.0)).isEqualTo(new AbcExponents(0, 0, 0));
  }

  private enum Moves {
    SGD(StepClass.SGD_LIKE),
    MOMENTUM(StepClass.SGD_LIKE),
    ADAM(StepClass.SIGN_LIKE);

    private final StepClass steps;

    Moves(StepClass steps) {
      this.steps = steps;
    }
  }

  /** Twenty steps of a small tanh network give the same outputs for s = 1/2 as for s = 0. */
  @ParameterizedTest
  @EnumSource
  void shiftedNetworksTrainAlike(Moves moves) {
    Training plain = new Training(moves, 0);
    Training shifted = new Training(moves, 0.5);
    double[][] start = plain.outputs();
    assertThat(difference(start, shifted.outputs())).isLessThan(1e-14);
    for (int step = 0; step < STEPS; step++) {
      plain.step();
      shifted.step();
    }
    // The outputs must have moved for the comparison to mean anything.
    assertThat(difference(start, plain.outputs())).isGreaterThan(0.1);
    // Exact in real arithmetic; 1e-12 bounds 20 steps' growth of roundings of order 1e-16.
    assertThat(difference(plain.outputs(), shifted.outputs())).isLessThan(1e-12);
  }

  private static double difference(double[][] a, double[][] b) {
    double worst = 0;
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < a[i].length; j++) {
        worst = Math.max(worst, Math.abs(a[i][j] - b[i][j]));
      }
    }
    return worst;
  }

  /** Full-batch training of squared error by back-propagation, in plain loops. */
  private static final class Training {
    private static final double MOMENTUM = 0.9;
    private static final double BETA_1 = 0.9;
    private static final double BETA_2 = 0.99;
    // Large against Adam's gradients, so that a wrong scaling of ε shows.
    private static final double EPSILON = 0.05;

    private final Moves moves;
    private final double learningRate;
    private final List<ParameterScaling> scalings = new ArrayList<>();
    private final List<double[][]> weights = new ArrayList<>();
    private final List<double[][]> first = new ArrayList<>();
    private final List<double[][]> second = new ArrayList<>();
    private final double[][] inputs;
    private final double[][] targets;
    private int steps;

    Training(Moves moves, double shift) {
      this.moves = moves;
      learningRate = moves == Moves.ADAM ? 0.02 : 0.05;
      Parameterization p =
          Parameterization.relative(Scheme.MUP, BASE_WIDTH, new BackPropagation(), moves.steps);
      Random random = new Random(5);
      inputs = normals(random, BATCH, SIZES[0], 1);
      targets = normals(random, BATCH, SIZES[LAYERS], 1);
      for (int layer = 1; layer <= LAYERS; layer++) {
        ParameterRole role = ParameterRole.weight(layer, LAYERS);
        AbcExponents abc = p.exponents(role).shift(shift, moves.steps);
        ParameterScaling scaling =
            p.scaling(abc, role, false, new Size(WIDTH, 0), SIZES[layer - 1]);
        scalings.add(scaling);
        weights.add(normals(random, SIZES[layer], SIZES[layer - 1], scaling.initStd()));
        first.add(new double[SIZES[layer]][SIZES[layer - 1]]);
        second.add(new double[SIZES[layer]][SIZES[layer - 1]]);
      }
    }

    private static double[][] normals(Random random, int rows, int columns, double std) {
      double[][] x = new double[rows][columns];
      for (double[] row : x) {
        for (int j = 0; j < columns; j++) {
          row[j] = std * random.nextGaussian();
        }
      }
      return x;
    }

    double[][] outputs() {
      double[][] f = new double[BATCH][];
      for (int s = 0; s < BATCH; s++) {
        f[s] = forward(inputs[s]).getLast();
      }
      return f;
    }

    private List<double[]> forward(double[] x) {
      List<double[]> h = new ArrayList<>();
      h.add(x);
      for (int l = 0; l < LAYERS; l++) {
        double[] below = h.getLast();
        double[] out = new double[SIZES[l + 1]];
        for (int i = 0; i < out.length; i++) {
          for (int j = 0; j < below.length; j++) {
            out[i] += scalings.get(l).multiplier() * weights.get(l)[i][j] * below[j];
          }
          if (l < LAYERS - 1) {
            out[i] = Math.tanh(out[i]);
          }
        }
        h.add(out);
      }
      return h;
    }

    void step() {
      List<double[][]> gradients = new ArrayList<>();
      for (double[][] w : weights) {
        gradients.add(new double[w.length][w[0].length]);
      }
      for (int s = 0; s < BATCH; s++) {
        List<double[]> h = forward(inputs[s]);
        double[] delta = new double[SIZES[LAYERS]];
        for (int i = 0; i < delta.length; i++) {
          delta[i] = h.getLast()[i] - targets[s][i];
        }
        for (int l = LAYERS - 1; l >= 0; l--) {
          double[] below = h.get(l);
          double[] next = new double[below.length];
          double multiplier = scalings.get(l).multiplier();
          for (int i = 0; i < delta.length; i++) {
            for (int j = 0; j < below.length; j++) {
              gradients.get(l)[i][j] += multiplier * delta[i] * below[j] / BATCH;
              next[j] += multiplier * weights.get(l)[i][j] * delta[i];
            }
          }
          if (l > 0) {
            for (int j = 0; j < next.length; j++) {
              next[j] *= 1 - below[j] * below[j];
            }
          }
          delta = next;
        }
      }
      steps++;
      for (int l = 0; l < LAYERS; l++) {
        for (int i = 0; i < weights.get(l).length; i++) {
          for (int j = 0; j < weights.get(l)[i].length; j++) {
            weights.get(l)[i][j] -= change(l, i, j, gradients.get(l)[i][j]);
          }
        }
      }
    }

    private double change(int l, int i, int j, double gradient) {
      ParameterScaling scaling = scalings.get(l);
      double rate = learningRate * scaling.learningRateFactor();
      double[] m = first.get(l)[i];
      double[] v = second.get(l)[i];
      return switch (moves) {
        case SGD -> rate * gradient;
        case MOMENTUM -> {
          m[j] = MOMENTUM * m[j] + gradient;
          yield rate * m[j];
        }
        case ADAM -> {
          m[j] = BETA_1 * m[j] + (1 - BETA_1) * gradient;
          v[j] = BETA_2 * v[j] + (1 - BETA_2) * gradient * gradient;
          double mean = m[j] / (1 - Math.pow(BETA_1, steps));
          double size = Math.sqrt(v[j] / (1 - Math.pow(BETA_2, steps)));
          yield rate * mean / (size + EPSILON * scaling.epsilonFactor());
        }
      };
    }
  }
}
