package lemniscate.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Gemm;
import lemniscate.backend.Loss;
import lemniscate.backend.Operations;
import lemniscate.backend.UpdatePasses.AdamCoefficients;
import lemniscate.backend.Window;
import lemniscate.backend.reference.ReferenceBackend;
import lemniscate.random.NormalStream;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.ExampleShape;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The contract, which for this backend says that float32 storage rounds and nothing else, and
 * numbers worked out by hand, which make it the oracle.
 */
final class ReferenceBackendTest implements BackendContract {

  // A few roundings of numbers of order 1; exact values are compared exactly.
  private static final Offset<Double> ROUNDING = within(1e-15);

  private final Backend backend = new ReferenceBackend(DType.FLOAT64);
  private final Arena arena = backend.newArena();

  @Override
  public Backend open(DType dtype) {
    return new ReferenceBackend(dtype);
  }

  @AfterEach
  void close() {
    backend.close();
  }

  private Tensor matrix(int rows, int columns, double... values) {
    Tensor tensor = arena.allocate(new Shape(rows, columns));
    backend.upload(values, tensor);
    return tensor;
  }

  private Tensor nan(int rows, int columns) {
    Tensor tensor = arena.allocate(new Shape(rows, columns));
    backend.run(ops -> ops.fill(tensor, Double.NaN));
    return tensor;
  }

  private Tensor scalar(double value) {
    Tensor tensor = arena.allocateScalars(1);
    backend.setScalar(value, tensor);
    return tensor;
  }

  // ---------------------------------------------------------------- primitives

  @Test
  void gemmByHandInAllFourTransposes() {
    // [1 2 3; 4 5 6] · [1 0; -1 2; 0 3] = [-1 13; -1 28].
    Tensor a = matrix(2, 3, 1, 2, 3, 4, 5, 6);
    Tensor aTransposed = matrix(3, 2, 1, 4, 2, 5, 3, 6);
    Tensor b = matrix(3, 2, 1, 0, -1, 2, 0, 3);
    Tensor bTransposed = matrix(2, 3, 1, -1, 0, 0, 2, 3);
    Tensor plain = nan(2, 2);
    Tensor left = nan(2, 2);
    Tensor right = nan(2, 2);
    Tensor both = nan(2, 2);
    backend.run(
        ops -> {
          ops.gemm(new Gemm(1, a, false, b, false, 0, plain));
          ops.gemm(new Gemm(1, aTransposed, true, b, false, 0, left));
          ops.gemm(new Gemm(1, a, false, bTransposed, true, 0, right));
          ops.gemm(new Gemm(1, aTransposed, true, bTransposed, true, 0, both));
        });
    for (Tensor result : List.of(plain, left, right, both)) {
      assertThat(backend.read(result)).containsExactly(-1, 13, -1, 28);
    }
  }

  @Test
  void gemmScalesProductAndFormerContent() {
    Tensor a = matrix(1, 2, 3, 4);
    Tensor b = matrix(2, 3, 1, 2, 0, 0, -1, 5);
    Tensor c = matrix(1, 3, 10, 20, 30);
    backend.run(ops -> ops.gemm(new Gemm(2, a, false, b, false, -0.5, c)));
    // a·b = [3 2 20].
    assertThat(backend.read(c)).containsExactly(1, -6, 25);
  }

  @Test
  void namedProductsByHand() {
    Tensor x = matrix(2, 1, 2, 3);
    Tensor w = matrix(3, 1, 1, -1, 4);
    Tensor forward = nan(2, 3);
    Tensor back = nan(2, 1);
    Tensor outer = nan(3, 1);
    backend.run(
        ops -> {
          ops.gemm(Gemm.forward(1, x, w, forward));
          ops.gemm(Gemm.backward(0.5, forward, w, back));
          ops.gemm(Gemm.outer(-1, forward, x, outer));
        });
    assertThat(backend.read(forward)).containsExactly(2, -2, 8, 3, -3, 12);
    // Rows times (1, -1, 4): 36 and 54.
    assertThat(backend.read(back)).containsExactly(18, 27);
    assertThat(backend.read(outer)).containsExactly(-13, 13, -52);
  }

  @Test
  void elementwisePrimitivesByHand() {
    Tensor x = matrix(2, 2, 1, -2, 3, 4);
    Tensor sum = matrix(2, 2, 10, 10, 10, 10);
    Tensor scalarSum = matrix(2, 2, 10, 10, 10, 10);
    Tensor product = matrix(2, 2, 5, 6, 7, 8);
    Tensor scaled = matrix(1, 2, 3, -4);
    Tensor row = matrix(1, 2, 100, 200);
    Tensor shifted = matrix(2, 2, 1, 2, 3, 4);
    Tensor half = scalar(0.5);
    backend.run(
        ops -> {
          ops.axpy(-2, x, sum);
          ops.axpy(-2, half, x, scalarSum);
          ops.multiply(x, product);
          ops.scale(-3, scaled);
          ops.addRow(row, shifted);
        });
    assertThat(backend.read(sum)).containsExactly(8, 14, 4, 2);
    assertThat(backend.read(scalarSum)).containsExactly(9, 12, 7, 6);
    assertThat(backend.read(product)).containsExactly(5, -12, 21, 32);
    assertThat(backend.read(scaled)).containsExactly(-9, 12);
    assertThat(backend.read(shifted)).containsExactly(101, 202, 103, 204);
  }

  @Test
  void reductionsByHand() {
    Tensor x = matrix(3, 2, 1, 2, 3, -4, 5, 6);
    Tensor columns = nan(1, 2);
    Tensor fresh = scalar(Double.NaN);
    Tensor accumulated = scalar(7);
    backend.run(
        ops -> {
          ops.columnSum(-0.5, x, columns);
          ops.sumOfSquares(0.5, x, false, fresh);
          ops.sumOfSquares(0.5, x, true, accumulated);
          ops.sumOfSquares(1, columns, true, accumulated);
        });
    assertThat(backend.read(columns)).containsExactly(-4.5, -2);
    // 1 + 4 + 9 + 16 + 25 + 36 = 91.
    assertThat(backend.scalar(fresh)).isEqualTo(45.5);
    assertThat(backend.scalar(accumulated)).isEqualTo(7 + 45.5 + 24.25);
  }

  @Test
  void softmaxByHand() {
    // Rows (0, ln 3) and the same at a height where exp overflows.
    double ln3 = Math.log(3);
    Tensor x = matrix(2, 2, 0, ln3, 5000, 5000 + ln3);
    Tensor out = nan(2, 2);
    backend.run(ops -> ops.softmax(x, out));
    double[] p = backend.read(out);
    assertThat(p[0]).isCloseTo(0.25, ROUNDING);
    assertThat(p[1]).isCloseTo(0.75, ROUNDING);
    // 5000 + ln 3 is rounded to 1e-12.
    assertThat(p[2]).isCloseTo(0.25, within(1e-12));
    assertThat(p[3]).isCloseTo(0.75, within(1e-12));
  }

  @Test
  void activationsByHand() {
    Tensor u = matrix(1, 3, -2, 0, 1);
    Tensor h = nan(1, 3);
    Tensor derivative = nan(1, 3);
    backend.run(
        ops -> {
          ops.activation(Activation.LEAKY_RELU, u, h);
          ops.activationDerivative(Activation.LEAKY_RELU, u, h, derivative);
        });
    assertThat(backend.read(h)).containsExactly(-0.02, 0, 1);
    assertThat(backend.read(derivative)).containsExactly(0.01, 0.01, 1);
    backend.run(
        ops -> {
          ops.activation(Activation.SIGMOID, u, h);
          ops.activationDerivative(Activation.SIGMOID, u, h, derivative);
        });
    double s = 1 / (1 + Math.exp(-1));
    assertThat(backend.read(h)[1]).isEqualTo(0.5);
    assertThat(backend.read(h)[2]).isCloseTo(s, ROUNDING);
    assertThat(backend.read(derivative)[1]).isEqualTo(0.25);
    assertThat(backend.read(derivative)[2]).isCloseTo(s * (1 - s), ROUNDING);
  }

  @Test
  void differenceByHandForEachActivation() {
    Tensor u = matrix(1, 2, 1, -1);
    Tensor z = matrix(1, 2, 1, 3);
    Tensor h = matrix(1, 2, 0, 0);
    Tensor difference = nan(1, 2);
    Tensor derivative = nan(1, 2);
    for (Activation activation : Activation.values()) {
      backend.run(ops -> ops.activationDifference(activation, u, h, z, difference, derivative));
      // φ(2) and φ′(2) from the textbook forms; from u = 1 and from u = -1.
      double value = phi(activation, 2);
      assertThat(backend.read(difference)[0])
          .as(activation.name())
          .isCloseTo(value - phi(activation, 1), within(4e-15));
      assertThat(backend.read(difference)[1])
          .as(activation.name())
          .isCloseTo(value - phi(activation, -1), within(4e-15));
      double step = 1e-5;
      double slope = (phi(activation, 2 + step) - phi(activation, 2 - step)) / (2 * step);
      // Central difference: step² times a third derivative below 2, and 1e-16/step of rounding.
      assertThat(backend.read(derivative)[0]).isCloseTo(slope, within(1e-9));
      assertThat(backend.read(derivative)[1]).isCloseTo(slope, within(1e-9));
    }
  }

  private static double phi(Activation activation, double u) {
    return switch (activation) {
      case LINEAR -> u;
      case TANH -> (Math.exp(u) - Math.exp(-u)) / (Math.exp(u) + Math.exp(-u));
      case RELU -> u > 0 ? u : 0;
      case LEAKY_RELU -> u > 0 ? u : u / 100;
      case GELU -> u / (1 + Math.exp(-2 * Math.sqrt(2 / Math.PI) * (u + 0.044715 * u * u * u)));
      case SILU -> u / (1 + Math.exp(-u));
      case SIGMOID -> 1 / (1 + Math.exp(-u));
    };
  }

  @Test
  void randomNormalFollowsTheStream() {
    Tensor x = nan(3, 7);
    backend.run(ops -> ops.randomNormal(11, 5, 0.5, x));
    double[] drawn = backend.read(x);
    NormalStream stream = new NormalStream(11, 5);
    for (int i = 0; i < drawn.length; i++) {
      assertThat(drawn[i]).isEqualTo(0.5 * stream.normal(i));
    }
  }

  // ---------------------------------------------------------------- passes

  @Test
  void layerPassesByHand() {
    Tensor u = matrix(2, 2, 1, -2, 3, 4);
    Tensor bias = matrix(1, 2, -2, 1);
    Tensor h = nan(2, 2);
    Tensor displacement = matrix(2, 2, 10, 20, 30, 40);
    Tensor gated = nan(2, 2);
    backend.run(
        ops -> {
          ops.layer().activate(Activation.RELU, u, bias, h);
          ops.layer().gate(Activation.RELU, u, h, displacement, gated);
        });
    assertThat(backend.read(u)).containsExactly(-1, -1, 1, 5);
    assertThat(backend.read(h)).containsExactly(0, 0, 1, 5);
    assertThat(backend.read(gated)).containsExactly(0, 0, 30, 40);
  }

  @Test
  void squaredErrorByHand() {
    Tensor output = matrix(2, 2, 1, 2, 3, 4);
    Tensor shift = matrix(2, 2, 0.5, 0, 0, -1);
    Tensor target = matrix(2, 2, 2, 2, 0, 1);
    Tensor error = nan(2, 2);
    Tensor total = scalar(Double.NaN);
    backend.run(ops -> ops.loss().outputError(Loss.MSE, output, target, error, total));
    assertThat(backend.read(error)).containsExactly(1, 0, -3, -3);
    assertThat(backend.scalar(total)).isEqualTo(9.5);
    backend.run(ops -> ops.loss().outputError(Loss.MSE, output, shift, target, error, total));
    assertThat(backend.read(error)).containsExactly(0.5, 0, -3, -2);
    assertThat(backend.scalar(total)).isEqualTo((0.25 + 9 + 4) / 2);
  }

  @Test
  void crossEntropyByHand() {
    double ln3 = Math.log(3);
    // Softmax (1/4, 3/4) in both rows; the second gets there by its shift.
    Tensor output = matrix(2, 2, 0, ln3, 7, 7);
    Tensor shift = matrix(2, 2, 0, 0, 0, ln3);
    Tensor target = matrix(2, 2, 1, 0, 0.5, 0.5);
    Tensor error = nan(2, 2);
    Tensor total = scalar(Double.NaN);
    backend.run(
        ops -> ops.loss().outputError(Loss.CROSS_ENTROPY, output, shift, target, error, total));
    // 7 + ln 3 rounds to 9e-16.
    assertThat(backend.read(error))
        .containsExactly(new double[] {0.75, -0.75, 0.25, -0.25}, within(2e-15));
    double expected = Math.log(4) + 0.5 * Math.log(4) + 0.5 * Math.log(4.0 / 3);
    assertThat(backend.scalar(total)).isCloseTo(expected, within(4e-15));
    // Without the shift the second row is (1/2, 1/2), which is its target.
    backend.run(ops -> ops.loss().outputError(Loss.CROSS_ENTROPY, output, target, error, total));
    assertThat(backend.read(error)).containsExactly(new double[] {0.75, -0.75, 0, 0}, ROUNDING);
    assertThat(backend.scalar(total)).isCloseTo(Math.log(4) + Math.log(2), ROUNDING);
  }

  @Test
  void predictionErrorByHand() {
    // ReLU: both active, turned off, turned on, both inactive.
    Tensor u = matrix(1, 4, 1, 1, -1, -1);
    Tensor h = matrix(1, 4, 1, 1, 0, 0);
    Tensor z = matrix(1, 4, 2, -3, 3, -1);
    Tensor displacement = matrix(1, 4, 10, 10, 10, 10);
    Tensor error = nan(1, 4);
    Tensor gated = nan(1, 4);
    backend.run(
        ops -> ops.pc().predictionError(Activation.RELU, u, h, z, displacement, error, gated));
    assertThat(backend.read(error)).containsExactly(8, 11, 8, 10);
    assertThat(backend.read(gated)).containsExactly(8, 0, 8, 0);
  }

  @Test
  void stateGradientByHand() {
    Tensor error = matrix(1, 2, 1, -1);
    Tensor gate = matrix(1, 2, 0.5, 2);
    Tensor gatedBack = matrix(1, 2, 4, 3);
    Tensor plainBack = matrix(1, 2, 4, 3);
    backend.run(
        ops -> {
          ops.pc().stateGradient(3, error, gate, gatedBack);
          ops.pc().stateGradient(3, error, null, plainBack);
        });
    assertThat(backend.read(gatedBack)).containsExactly(1, -9);
    assertThat(backend.read(plainBack)).containsExactly(-1, -6);
  }

  @Test
  void relaxStateByHand() {
    Tensor error = matrix(1, 2, 1, -1);
    Tensor gate = matrix(1, 2, 0.5, 2);
    Tensor rate = scalar(0.25);
    Tensor gated = matrix(1, 2, 10, 20);
    Tensor plain = matrix(1, 2, 10, 20);
    Tensor inPlace = matrix(1, 2, 1, -1);
    // Three copies: what comes down is undefined afterwards.
    Tensor[] backs = new Tensor[3];
    for (int i = 0; i < backs.length; i++) {
      backs[i] = matrix(1, 2, 4, 3);
    }
    backend.run(
        ops -> {
          ops.pc().relaxState(3, error, gate, backs[0], rate, gated);
          ops.pc().relaxState(3, error, null, backs[1], rate, plain);
          ops.pc().relaxState(3, inPlace, null, backs[2], rate, inPlace);
        });
    assertThat(backend.read(gated)).containsExactly(10 - 0.25, 20 + 9 * 0.25);
    assertThat(backend.read(plain)).containsExactly(10 + 0.25, 20 + 6 * 0.25);
    assertThat(backend.read(inPlace)).containsExactly(1.25, 0.5);
  }

  @Test
  void relaxErrorByHand() {
    Tensor error = matrix(1, 2, 1, -1);
    Tensor back = matrix(1, 2, 4, 3);
    Tensor derivative = matrix(1, 2, 0.5, 2);
    Tensor rate = scalar(0.25);
    Tensor gated = nan(1, 2);
    backend.run(ops -> ops.pc().relaxError(3, back, derivative, rate, error, gated));
    assertThat(backend.read(error)).containsExactly(1.25, 0.5);
    assertThat(backend.read(gated)).containsExactly(0.625, 1);
  }

  @Test
  void convolutionByHand() {
    // A window of 2 x 2 over an image of 2 x 3 with one pixel of padding below the window.
    Window window = new Window(new ExampleShape(2, 3, 1), 2, 2, 2, 1);
    Tensor x = matrix(1, 6, 1, 2, 3, 4, 5, 6);
    Tensor weight = matrix(1, 4, 1, 10, 100, 1000);
    Tensor patches = nan(4, 4);
    Tensor u = nan(4, 1);
    Tensor sums = nan(1, 6);
    backend.run(
        ops -> {
          ops.image().patches(window, x, patches);
          ops.image().convolve(window, 2, x, weight, patches, u);
          ops.image().sumPatches(window, patches, sums);
        });
    assertThat(backend.read(patches))
        .containsExactly(0, 0, 0, 1, 0, 0, 2, 3, 0, 4, 0, 0, 5, 6, 0, 0);
    assertThat(backend.read(u)).containsExactly(2000, 6400, 80, 130);
    assertThat(backend.read(sums)).containsExactly(1, 2, 3, 4, 5, 6);
  }

  /** ⟨u(x), g⟩ is ⟨x, back(g)⟩, and ⟨weight, gradient(x, g)⟩. */
  @Test
  void convolutionsHaveTheirAdjoints() {
    Window window = new Window(new ExampleShape(4, 5, 3), 3, 2, 2, 1);
    Tensor x = normals(1, 2, window.image().size());
    Tensor weight = normals(2, 4, window.patch());
    Tensor g = normals(3, 2 * window.places(), 4);
    Tensor scratch = nan(window.places(), window.patch());
    Tensor u = nan(2 * window.places(), 4);
    Tensor back = nan(2, window.image().size());
    Tensor gradient = nan(4, window.patch());
    backend.run(
        ops -> {
          ops.image().convolve(window, 0.5, x, weight, scratch, u);
          ops.image().convolveBack(window, 0.5, g, weight, scratch, back);
          ops.image().convolutionGradient(window, 0.5, g, x, scratch, false, gradient);
        });
    double product = product(u, g);
    assertThat(product(x, back)).isCloseTo(product, within(1e-12));
    assertThat(product(weight, gradient)).isCloseTo(product, within(1e-12));
  }

  private Tensor normals(long stream, int rows, int columns) {
    Tensor tensor = nan(rows, columns);
    backend.run(ops -> ops.randomNormal(1, stream, 1, tensor));
    return tensor;
  }

  private double product(Tensor a, Tensor b) {
    double[] x = backend.read(a);
    double[] y = backend.read(b);
    return IntStream.range(0, x.length).mapToDouble(i -> x[i] * y[i]).sum();
  }

  @Test
  void poolsByHand() {
    Window window = new Window(new ExampleShape(2, 3, 1), 2, 2, 1, 0);
    Tensor x = matrix(1, 6, 1, 5, 2, 3, 4, 5);
    Tensor z = matrix(1, 6, 3, -2, 0, 0, 0, 0);
    Tensor d = matrix(1, 2, 10, 100);
    Tensor mean = nan(1, 2);
    Tensor spread = nan(1, 6);
    Tensor most = nan(1, 2);
    Tensor slot = nan(1, 2);
    Tensor chosen = nan(1, 6);
    Tensor difference = nan(1, 2);
    Tensor moved = nan(1, 2);
    backend.run(
        ops -> {
          ops.image().averagePool(window, x, mean);
          ops.image().averagePoolBack(window, d, spread);
          ops.image().maxPool(window, x, most, slot);
          ops.image().maxPoolBack(window, slot, d, chosen);
          ops.image().maxPoolDifference(window, x, most, z, difference, moved);
        });
    assertThat(backend.read(mean)).containsExactly(3.25, 4);
    assertThat(backend.read(spread)).containsExactly(2.5, 27.5, 25, 2.5, 27.5, 25);
    assertThat(backend.read(most)).containsExactly(5, 5);
    assertThat(backend.read(slot)).containsExactly(1, 0);
    assertThat(backend.read(chosen)).containsExactly(0, 110, 0, 0, 0, 0);
    // 4, 3, 3, 4 and 3, 2, 4, 5: the first of two that are 4, and the last.
    assertThat(backend.read(difference)).containsExactly(-1, 0);
    assertThat(backend.read(moved)).containsExactly(0, 3);
  }

  @Test
  void sgdAndMomentumByHand() {
    Tensor gradient = matrix(1, 2, 2, -4);
    Tensor rate = scalar(0.25);
    Tensor weight = matrix(1, 2, 8, 16);
    backend.run(ops -> ops.update().sgd(gradient, rate, 2, 0.5, weight));
    // s = 1/2, shrink 3/4.
    assertThat(backend.read(weight)).containsExactly(6 - 1, 12 + 2);

    Tensor velocity = matrix(1, 2, 4, 0);
    Tensor heavy = matrix(1, 2, 8, 16);
    backend.run(ops -> ops.update().momentum(gradient, rate, 2, 0.5, 0.5, velocity, heavy));
    assertThat(backend.read(velocity)).containsExactly(4, -4);
    assertThat(backend.read(heavy)).containsExactly(6 - 2, 12 + 2);
    backend.run(ops -> ops.update().momentum(gradient, rate, 2, 0, 0.5, velocity, heavy));
    assertThat(backend.read(velocity)).containsExactly(4, -6);
    assertThat(backend.read(heavy)).containsExactly(4 - 2, 14 + 3);
  }

  @Test
  void twoStepsOfAdamByHand() {
    Tensor gradient = matrix(1, 1, 2);
    Tensor rate = scalar(0.5);
    Tensor counter = scalar(0);
    Tensor first = matrix(1, 1, 0);
    Tensor second = matrix(1, 1, 0);
    Tensor weight = matrix(1, 1, 10);
    AdamCoefficients coefficients = new AdamCoefficients(0.5, 0.75, 1);
    double decay = 0.1;
    Runnable step =
        () ->
            backend.run(
                ops -> {
                  ops.update().advance(counter);
                  ops.update()
                      .adam(gradient, rate, 2, decay, coefficients, counter, first, second, weight);
                });
    step.run();
    // t = 1: m = 1, v = 1, m̂ = 2, v̂ = 4, move 2/(2 + 1); s = 1.
    assertThat(backend.scalar(counter)).isEqualTo(1);
    assertThat(backend.scalar(first)).isEqualTo(1);
    assertThat(backend.scalar(second)).isEqualTo(1);
    assertThat(backend.scalar(weight)).isCloseTo(9 - 2.0 / 3, within(4e-15));
    backend.upload(new double[] {-1}, gradient);
    step.run();
    // t = 2: m = 0.5 − 0.5 = 0.
    assertThat(backend.scalar(first)).isEqualTo(0);
    assertThat(backend.scalar(second)).isEqualTo(1);
    assertThat(backend.scalar(weight)).isCloseTo(0.9 * (9 - 2.0 / 3), within(4e-15));
    backend.upload(new double[] {3}, gradient);
    step.run();
    // t = 3: m = 1.5, v = 3/4 + 9/4 = 3, m̂ = 1.5/(7/8), v̂ = 3/(37/64).
    double move = (12.0 / 7) / (Math.sqrt(192.0 / 37) + 1);
    assertThat(backend.scalar(weight)).isCloseTo(0.81 * (9 - 2.0 / 3) - move, within(4e-15));
  }

  @Test
  void nothingIsRoundedToFloat32OnTheWay() {
    Tensor x = matrix(1, 2, 1e4, 1e-2);
    Tensor sum = scalar(0);
    Tensor counter = scalar(0x1p24);
    Tensor gradient = matrix(1, 1, 1);
    Tensor first = matrix(1, 1, 0);
    Tensor second = matrix(1, 1, 0);
    Tensor weight = matrix(1, 1, 0);
    Tensor rate = scalar(1);
    backend.run(
        ops -> {
          ops.sumOfSquares(1, x, false, sum);
          ops.update().advance(counter);
          ops.update()
              .adam(
                  gradient,
                  rate,
                  1,
                  0,
                  new AdamCoefficients(0.9, 0.999, 1e-8),
                  counter,
                  first,
                  second,
                  weight);
        });
    // 1e8 + 1e-4, to a roundoff of 1e8.
    assertThat(backend.scalar(sum) - 1e8).isCloseTo(1e-4, within(2e-8));
    assertThat(backend.scalar(counter)).isEqualTo(16777217);
    assertThat(backend.scalar(second)).isCloseTo(1e-3, within(1e-16));
  }

  // ---------------------------------------------------------------- storage

  @Test
  void float32StorageRoundsWhatIsStored() {
    try (Backend single = open(DType.FLOAT32)) {
      Tensor x = single.newArena().allocate(new Shape(1, 1));
      single.run(ops -> ops.fill(x, 0.1));
      assertThat(single.scalar(x)).isEqualTo(0.1f);
      single.run(ops -> ops.scale(3, x));
      assertThat(single.scalar(x)).isEqualTo((float) (3 * (double) 0.1f));
    }
  }

  @Test
  void arenaCountsExactly() {
    try (Backend single = open(DType.FLOAT32)) {
      Arena counted = single.newArena();
      counted.allocate(new Shape(3, 7));
      counted.allocateSlab(2, new Shape(1, 5));
      counted.allocateScalars(3);
      assertThat(counted.allocatedBytes()).isEqualTo(4 * 21 + 4 * 10 + 8 * 3);
    }
  }

  @Test
  void moreThanAnArrayHoldsIsRefused() {
    assertThatThrownBy(() -> arena.allocate(new Shape(65536, 65536)))
        .isInstanceOf(OutOfMemoryError.class)
        .hasMessageContaining("4294967296");
  }

  @Test
  void operationAfterTheRecordingIsRefused() {
    Tensor x = matrix(1, 1, 0);
    List<Operations> escaped = new ArrayList<>();
    backend.run(escaped::add);
    assertThatIllegalStateException().isThrownBy(() -> escaped.getFirst().fill(x, 1));
  }
}
