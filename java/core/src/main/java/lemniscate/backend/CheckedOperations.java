package lemniscate.backend;

import java.util.List;
import lemniscate.tensor.DType;
import lemniscate.tensor.Storage;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A recording that checks the operands of every primitive and pass, then hands it to the backend's
 * own recording, which may trust them. Passes that a backend leaves at their defaults record their
 * primitives unchecked, inside.
 *
 * <p>Only what is written may not overlap another operand; two operands that are only read may.
 */
public final class CheckedOperations implements Operations {

  private final Operations raw;
  private final OperandChecks checks;
  private final LayerPasses layer = new CheckedLayerPasses();
  private final LossPasses loss = new CheckedLossPasses();
  private final PcPasses pc = new CheckedPcPasses();
  private final TargetPasses target = new CheckedTargetPasses();
  private final PepitaPasses pepita = new CheckedPepitaPasses();
  private final GoodnessPasses goodness = new CheckedGoodnessPasses();
  private final UpdatePasses update = new CheckedUpdatePasses();

  private CheckedOperations(Operations raw, OperandChecks checks) {
    this.raw = raw;
    this.checks = checks;
  }

  /**
   * Puts checks in front of a recording.
   *
   * @param raw the recording that trusts its operands
   * @param dtype the backend's element type
   * @param storageClass the backend's implementation of storage
   */
  public static Operations of(Operations raw, DType dtype, Class<? extends Storage> storageClass) {
    return new CheckedOperations(raw, new OperandChecks(dtype, storageClass));
  }

  @Override
  public void gemms(List<Gemm> independent) {
    List<Gemm> products = List.copyOf(independent);
    checks.gemms(products);
    raw.gemms(products);
  }

  @Override
  public void fill(Tensor x, double value) {
    checks.owned("fill", "x", x);
    raw.fill(x, value);
  }

  @Override
  public void copy(Tensor source, Tensor target) {
    pair("copy", "source", source, "target", target);
    raw.copy(source, target);
  }

  @Override
  public void scale(double factor, Tensor x) {
    checks.owned("scale", "x", x);
    raw.scale(factor, x);
  }

  @Override
  public void axpy(double factor, Tensor x, Tensor y) {
    pair("axpy", "x", x, "y", y);
    raw.axpy(factor, x, y);
  }

  @Override
  public void axpy(double factor, Tensor scalar, Tensor x, Tensor y) {
    checks.scalar("axpy", "scalar", scalar);
    pair("axpy", "x", x, "y", y);
    checks.disjoint("axpy", "y", y, "scalar", scalar);
    raw.axpy(factor, scalar, x, y);
  }

  @Override
  public void multiply(Tensor x, Tensor y) {
    pair("multiply", "x", x, "y", y);
    raw.multiply(x, y);
  }

  @Override
  public void addRow(Tensor row, Tensor y) {
    checks.matrix("addRow", "y", y);
    row("addRow", "row", row, "y", y);
    checks.disjoint("addRow", "y", y, "row", row);
    raw.addRow(row, y);
  }

  @Override
  public void columnSum(double factor, Tensor x, Tensor out) {
    checks.matrix("columnSum", "x", x);
    row("columnSum", "out", out, "x", x);
    checks.disjoint("columnSum", "out", out, "x", x);
    raw.columnSum(factor, x, out);
  }

  @Override
  public void sumOfSquares(double factor, Tensor x, boolean accumulate, Tensor total) {
    checks.owned("sumOfSquares", "x", x);
    checks.scalar("sumOfSquares", "total", total);
    checks.disjoint("sumOfSquares", "total", total, "x", x);
    raw.sumOfSquares(factor, x, accumulate, total);
  }

  @Override
  public void activation(Activation activation, Tensor u, Tensor h) {
    String name = "activation";
    checks.matrix(name, "u", u);
    like(name, "h", h, "u", u);
    checks.disjoint(name, "h", h, "u", u);
    raw.activation(activation, u, h);
  }

  @Override
  public void activationDerivative(Activation activation, Tensor u, Tensor h, Tensor derivative) {
    String name = "activationDerivative";
    checks.matrix(name, "u", u);
    like(name, "h", h, "u", u);
    like(name, "derivative", derivative, "u", u);
    checks.disjoint(name, "derivative", derivative, "u", u);
    checks.disjoint(name, "derivative", derivative, "h", h);
    raw.activationDerivative(activation, u, h, derivative);
  }

  @Override
  public void activationDifference(
      Activation activation, Tensor u, Tensor h, Tensor z, Tensor difference, Tensor derivative) {
    String name = "activationDifference";
    checks.matrix(name, "u", u);
    like(name, "h", h, "u", u);
    like(name, "z", z, "u", u);
    like(name, "difference", difference, "u", u);
    like(name, "derivative", derivative, "u", u);
    disjointFromShifted(name, "difference", difference, u, h, z);
    disjointFromShifted(name, "derivative", derivative, u, h, z);
    checks.disjoint(name, "difference", difference, "derivative", derivative);
    raw.activationDifference(activation, u, h, z, difference, derivative);
  }

  @Override
  public void softmax(Tensor x, Tensor out) {
    checks.matrix("softmax", "x", x);
    like("softmax", "out", out, "x", x);
    checks.sameOrDisjoint("softmax", "out", out, "x", x);
    raw.softmax(x, out);
  }

  @Override
  public void randomNormal(long seed, long stream, double standardDeviation, Tensor x) {
    checks.matrix("randomNormal", "x", x);
    raw.randomNormal(seed, stream, standardDeviation, x);
  }

  @Override
  public void randomNormal(
      long seed, long stream, Tensor counter, double standardDeviation, Tensor x) {
    checks.matrix("randomNormal", "x", x);
    checks.scalar("randomNormal", "counter", counter);
    checks.disjoint("randomNormal", "x", x, "counter", counter);
    raw.randomNormal(seed, stream, counter, standardDeviation, x);
  }

  @Override
  public LayerPasses layer() {
    return layer;
  }

  @Override
  public LossPasses loss() {
    return loss;
  }

  @Override
  public PcPasses pc() {
    return pc;
  }

  @Override
  public TargetPasses target() {
    return target;
  }

  @Override
  public PepitaPasses pepita() {
    return pepita;
  }

  @Override
  public GoodnessPasses goodness() {
    return goodness;
  }

  @Override
  public UpdatePasses update() {
    return update;
  }

  // The primitives of one element type, either one, with x read and y written.
  private void pair(String operation, String nameX, Tensor x, String nameY, Tensor y) {
    checks.owned(operation, nameX, x);
    checks.sameType(operation, nameY, y, x);
    checks.sameShape(operation, nameX, x, nameY, y);
    checks.disjoint(operation, nameY, y, nameX, x);
  }

  private void like(String operation, String name, Tensor x, String otherName, Tensor other) {
    checks.matrix(operation, name, x);
    checks.sameShape(operation, name, x, otherName, other);
  }

  private void row(String operation, String name, Tensor row, String otherName, Tensor other) {
    checks.matrix(operation, name, row);
    checks.rowOf(operation, name, row, otherName, other);
  }

  private void disjointFromShifted(
      String operation, String name, Tensor x, Tensor u, Tensor h, Tensor z) {
    checks.disjoint(operation, name, x, "u", u);
    checks.disjoint(operation, name, x, "h", h);
    checks.disjoint(operation, name, x, "z", z);
  }

  private final class CheckedLayerPasses implements LayerPasses {

    @Override
    public Operations operations() {
      return CheckedOperations.this;
    }

    @Override
    public void activate(Activation activation, Tensor u, @Nullable Tensor bias, Tensor h) {
      checks.matrix("activate", "u", u);
      like("activate", "h", h, "u", u);
      checks.disjoint("activate", "h", h, "u", u);
      if (bias != null) {
        row("activate", "bias", bias, "u", u);
        checks.disjoint("activate", "u", u, "bias", bias);
        checks.disjoint("activate", "h", h, "bias", bias);
      }
      raw.layer().activate(activation, u, bias, h);
    }

    @Override
    public void gate(Activation activation, Tensor u, Tensor h, Tensor displacement, Tensor gated) {
      checks.matrix("gate", "u", u);
      like("gate", "h", h, "u", u);
      like("gate", "displacement", displacement, "u", u);
      like("gate", "gated", gated, "u", u);
      checks.disjoint("gate", "gated", gated, "u", u);
      checks.disjoint("gate", "gated", gated, "h", h);
      checks.disjoint("gate", "gated", gated, "displacement", displacement);
      raw.layer().gate(activation, u, h, displacement, gated);
    }
  }

  private final class CheckedLossPasses implements LossPasses {

    @Override
    public void outputError(
        Loss loss,
        Tensor output,
        Tensor shift,
        Tensor target,
        Tensor error,
        @Nullable Tensor total) {
      outputs(output, target, error, total);
      like("outputError", "shift", shift, "output", output);
      checks.disjoint("outputError", "error", error, "shift", shift);
      if (total != null) {
        checks.disjoint("outputError", "total", total, "shift", shift);
      }
      raw.loss().outputError(loss, output, shift, target, error, total);
    }

    @Override
    public void outputError(
        Loss loss, Tensor output, Tensor target, Tensor error, @Nullable Tensor total) {
      outputs(output, target, error, total);
      raw.loss().outputError(loss, output, target, error, total);
    }

    private void outputs(Tensor output, Tensor target, Tensor error, @Nullable Tensor total) {
      String name = "outputError";
      checks.matrix(name, "output", output);
      like(name, "target", target, "output", output);
      like(name, "error", error, "output", output);
      checks.disjoint(name, "error", error, "output", output);
      checks.disjoint(name, "error", error, "target", target);
      if (total != null) {
        checks.scalar(name, "total", total);
        checks.disjoint(name, "total", total, "output", output);
        checks.disjoint(name, "total", total, "target", target);
        checks.disjoint(name, "total", total, "error", error);
      }
    }
  }

  private final class CheckedPcPasses implements PcPasses {

    @Override
    public Operations operations() {
      return CheckedOperations.this;
    }

    @Override
    public void predictionError(
        Activation activation,
        Tensor u,
        Tensor h,
        Tensor z,
        Tensor displacement,
        Tensor error,
        Tensor gated) {
      String name = "predictionError";
      checks.matrix(name, "u", u);
      like(name, "h", h, "u", u);
      like(name, "z", z, "u", u);
      like(name, "displacement", displacement, "u", u);
      like(name, "error", error, "u", u);
      like(name, "gated", gated, "u", u);
      disjointFromShifted(name, "error", error, u, h, z);
      disjointFromShifted(name, "gated", gated, u, h, z);
      checks.disjoint(name, "error", error, "displacement", displacement);
      checks.disjoint(name, "gated", gated, "displacement", displacement);
      checks.disjoint(name, "error", error, "gated", gated);
      raw.pc().predictionError(activation, u, h, z, displacement, error, gated);
    }

    @Override
    public void stateGradient(double precision, Tensor error, @Nullable Tensor gate, Tensor back) {
      gradient("stateGradient", error, gate, back);
      raw.pc().stateGradient(precision, error, gate, back);
    }

    @Override
    public void relaxState(
        double precision,
        Tensor error,
        @Nullable Tensor gate,
        Tensor back,
        Tensor rate,
        Tensor displacement) {
      String name = "relaxState";
      gradient(name, error, gate, back);
      checks.scalar(name, "rate", rate);
      like(name, "displacement", displacement, "back", back);
      checks.sameOrDisjoint(name, "displacement", displacement, "error", error);
      checks.disjoint(name, "displacement", displacement, "back", back);
      checks.disjoint(name, "displacement", displacement, "rate", rate);
      checks.disjoint(name, "back", back, "rate", rate);
      if (gate != null) {
        checks.disjoint(name, "displacement", displacement, "gate", gate);
      }
      raw.pc().relaxState(precision, error, gate, back, rate, displacement);
    }

    @Override
    public void relaxError(
        double precision, Tensor back, Tensor derivative, Tensor rate, Tensor error, Tensor gated) {
      String name = "relaxError";
      gradient(name, error, null, back);
      like(name, "derivative", derivative, "back", back);
      like(name, "gated", gated, "back", back);
      checks.scalar(name, "rate", rate);
      checks.disjoint(name, "error", error, "derivative", derivative);
      checks.disjoint(name, "error", error, "rate", rate);
      checks.disjoint(name, "back", back, "derivative", derivative);
      checks.disjoint(name, "back", back, "rate", rate);
      checks.disjoint(name, "gated", gated, "back", back);
      checks.disjoint(name, "gated", gated, "derivative", derivative);
      checks.disjoint(name, "gated", gated, "rate", rate);
      checks.disjoint(name, "gated", gated, "error", error);
      raw.pc().relaxError(precision, back, derivative, rate, error, gated);
    }

    private void gradient(String name, Tensor error, @Nullable Tensor gate, Tensor back) {
      checks.matrix(name, "back", back);
      like(name, "error", error, "back", back);
      checks.disjoint(name, "back", back, "error", error);
      if (gate != null) {
        like(name, "gate", gate, "back", back);
        checks.disjoint(name, "back", back, "gate", gate);
      }
    }
  }

  private final class CheckedTargetPasses implements TargetPasses {

    @Override
    public Operations operations() {
      return CheckedOperations.this;
    }

    @Override
    public void addDiagonal(double value, Tensor matrix) {
      checks.square("addDiagonal", "matrix", matrix);
      raw.target().addDiagonal(value, matrix);
    }

    @Override
    public void factor(double damping, Tensor matrix, Tensor condition) {
      checks.square("factor", "matrix", matrix);
      checks.scalar("factor", "condition", condition);
      checks.disjoint("factor", "condition", condition, "matrix", matrix);
      checks.disjoint("factor", "matrix", matrix, "condition", condition);
      raw.target().factor(damping, matrix, condition);
    }

    @Override
    public void factors(List<Factorization> independent) {
      String name = "factors";
      List<Factorization> factorizations = List.copyOf(independent);
      for (int i = 0; i < factorizations.size(); i++) {
        checks.square(name, "matrix " + i, factorizations.get(i).matrix());
        checks.scalar(name, "condition " + i, factorizations.get(i).condition());
      }
      for (int i = 0; i < factorizations.size(); i++) {
        Tensor matrix = factorizations.get(i).matrix();
        for (int j = 0; j < factorizations.size(); j++) {
          Factorization other = factorizations.get(j);
          checks.disjoint(name, "matrix " + i, matrix, "condition " + j, other.condition());
          if (i != j) {
            checks.disjoint(name, "matrix " + i, matrix, "matrix " + j, other.matrix());
          }
        }
      }
      raw.target().factors(factorizations);
    }

    @Override
    public void solve(Tensor factor, Tensor rows) {
      checks.square("solve", "factor", factor);
      checks.matrix("solve", "rows", rows);
      checks.shape("solve", "rows", rows, rows.rows(), factor.rows(), "factor", factor);
      checks.disjoint("solve", "rows", rows, "factor", factor);
      raw.target().solve(factor, rows);
    }

    @Override
    public void ridgeKernels(List<RidgeSystem> independent) {
      String name = "ridgeKernels";
      List<RidgeSystem> systems = List.copyOf(independent);
      for (int i = 0; i < systems.size(); i++) {
        system(name, " " + i, systems.get(i));
      }
      for (int i = 0; i < systems.size(); i++) {
        RidgeSystem system = systems.get(i);
        for (int j = 0; j < systems.size(); j++) {
          if (i == j) {
            continue;
          }
          RidgeSystem other = systems.get(j);
          List<String> names = List.of("activity " + j, "kernel " + j, "condition " + j);
          List<Tensor> others = List.of(other.activity(), other.kernel(), other.condition());
          checks.apart(name, "kernel " + i, system.kernel(), names, others);
          checks.disjoint(
              name, "condition " + i, system.condition(), "activity " + j, other.activity());
          if (system.solution() != null) {
            checks.apart(name, "solution " + i, system.solution(), names, others);
            if (other.solution() != null) {
              checks.sameOrDisjoint(
                  name, "solution " + i, system.solution(), "solution " + j, other.solution());
            }
          }
        }
      }
      raw.target().ridgeKernels(systems);
    }

    @Override
    public void ridgeCoefficients(
        boolean plain, RidgeSystem system, Tensor displacement, Tensor coefficients) {
      String name = "ridgeCoefficients";
      Tensor activity = system.activity();
      system(name, "", system);
      like(name, "displacement", displacement, "activity", activity);
      checks.matrix(name, "coefficients", coefficients);
      int batch = activity.rows();
      checks.shape(name, "coefficients", coefficients, batch, batch, "activity", activity);
      checks.apart(
          name,
          "coefficients",
          coefficients,
          List.of("activity", "displacement", "kernel", "condition"),
          List.of(activity, displacement, system.kernel(), system.condition()));
      if (system.solution() != null) {
        checks.disjoint(name, "solution", system.solution(), "displacement", displacement);
        checks.disjoint(name, "solution", system.solution(), "coefficients", coefficients);
      }
      raw.target().ridgeCoefficients(plain, system, displacement, coefficients);
    }

    private void system(String name, String number, RidgeSystem system) {
      String activityName = "activity" + number;
      String kernelName = "kernel" + number;
      String conditionName = "condition" + number;
      Tensor activity = system.activity();
      Tensor kernel = system.kernel();
      Tensor solution = system.solution();
      Tensor condition = system.condition();
      checks.matrix(name, activityName, activity);
      checks.matrix(name, kernelName, kernel);
      checks.scalar(name, conditionName, condition);
      int side = solution == null ? activity.rows() : activity.columns();
      checks.shape(name, kernelName, kernel, side, side, activityName, activity);
      checks.disjoint(name, kernelName, kernel, activityName, activity);
      checks.disjoint(name, conditionName, condition, activityName, activity);
      checks.disjoint(name, conditionName, condition, kernelName, kernel);
      if (solution != null) {
        String solutionName = "solution" + number;
        like(name, solutionName, solution, activityName, activity);
        checks.apart(
            name,
            solutionName,
            solution,
            List.of(activityName, kernelName, conditionName),
            List.of(activity, kernel, condition));
      }
    }

    @Override
    public void gateRows(Tensor rows, Tensor gate, Tensor gated) {
      String name = "gateRows";
      checks.matrix(name, "gate", gate);
      checks.matrix(name, "rows", rows);
      checks.matrix(name, "gated", gated);
      int each = gated.rows() / gate.rows();
      checks.shape(name, "gated", gated, each * gate.rows(), gate.columns(), "gate", gate);
      int height = rows.rows() == gated.rows() ? gated.rows() : each;
      checks.shape(name, "rows", rows, height, gate.columns(), "gated", gated);
      checks.disjoint(name, "gated", gated, "gate", gate);
      checks.sameOrDisjoint(name, "gated", gated, "rows", rows);
      raw.target().gateRows(rows, gate, gated);
    }

    @Override
    public void gaussNewtonTarget(
        double damping,
        Tensor jacobian,
        Tensor error,
        Tensor gram,
        Tensor solution,
        Tensor condition,
        Tensor displacement) {
      String name = "gaussNewtonTarget";
      checks.matrix(name, "error", error);
      checks.matrix(name, "displacement", displacement);
      checks.matrix(name, "jacobian", jacobian);
      checks.matrix(name, "gram", gram);
      like(name, "solution", solution, "error", error);
      checks.scalar(name, "condition", condition);
      int rows = error.rows() * error.columns();
      checks.shape(name, "jacobian", jacobian, rows, jacobian.columns(), "error", error);
      checks.shape(name, "gram", gram, rows, error.columns(), "error", error);
      checks.shape(
          name,
          "displacement",
          displacement,
          error.rows(),
          jacobian.columns(),
          "jacobian",
          jacobian);
      List<Tensor> read = List.of(jacobian, error);
      List<String> names = List.of("jacobian", "error");
      checks.apart(name, "gram", gram, names, read);
      checks.apart(name, "solution", solution, names, read);
      checks.apart(name, "condition", condition, names, read);
      checks.apart(name, "displacement", displacement, names, read);
      checks.disjoint(name, "gram", gram, "solution", solution);
      checks.disjoint(name, "gram", gram, "condition", condition);
      checks.disjoint(name, "solution", solution, "condition", condition);
      List<Tensor> written = List.of(gram, solution, condition);
      checks.apart(
          name, "displacement", displacement, List.of("gram", "solution", "condition"), written);
      raw.target()
          .gaussNewtonTarget(damping, jacobian, error, gram, solution, condition, displacement);
    }
  }

  private final class CheckedPepitaPasses implements PepitaPasses {

    @Override
    public void normalize(boolean perRow, double norm, Tensor x, Tensor y) {
      apart("normalize", x, "y", y);
      raw.pepita().normalize(perRow, norm, x, y);
    }

    @Override
    public void normalizedDifference(boolean perRow, double norm, Tensor x, Tensor difference) {
      apart("normalizedDifference", x, "difference", difference);
      raw.pepita().normalizedDifference(perRow, norm, x, difference);
    }

    @Override
    public void sign(Tensor x, Tensor y) {
      apart("sign", x, "y", y);
      raw.pepita().sign(x, y);
    }

    @Override
    public void centre(Tensor x) {
      checks.matrix("centre", "x", x);
      raw.pepita().centre(x);
    }

    @Override
    public void rescale(double deviation, double exponent, Tensor reference, Tensor x) {
      checks.matrix("rescale", "reference", reference);
      checks.matrix("rescale", "x", x);
      checks.sameOrDisjoint("rescale", "x", x, "reference", reference);
      raw.pepita().rescale(deviation, exponent, reference, x);
    }

    private void apart(String name, Tensor x, String written, Tensor y) {
      checks.matrix(name, "x", x);
      like(name, written, y, "x", x);
      checks.disjoint(name, written, y, "x", x);
    }
  }

  private final class CheckedGoodnessPasses implements GoodnessPasses {

    @Override
    public void embed(Tensor labels, Tensor x) {
      checks.matrix("embed", "labels", labels);
      checks.matrix("embed", "x", x);
      int features = Math.max(labels.columns(), x.columns());
      checks.shape("embed", "x", x, labels.rows(), features, "labels", labels);
      checks.disjoint("embed", "x", x, "labels", labels);
      raw.goodness().embed(labels, x);
    }

    @Override
    public void normalize(double length, Tensor x, Tensor normalized) {
      checks.matrix("normalize", "x", x);
      like("normalize", "normalized", normalized, "x", x);
      checks.sameOrDisjoint("normalize", "normalized", normalized, "x", x);
      raw.goodness().normalize(length, x, normalized);
    }

    @Override
    public void measure(double factor, Tensor h, boolean accumulate, Tensor goodness) {
      checks.matrix("measure", "h", h);
      checks.matrix("measure", "goodness", goodness);
      checks.shape("measure", "goodness", goodness, h.rows(), 1, "h", h);
      checks.disjoint("measure", "goodness", goodness, "h", h);
      raw.goodness().measure(factor, h, accumulate, goodness);
    }

    @Override
    public void contrast(
        double factor, double threshold, Tensor h, Tensor displacement, Tensor total) {
      String name = "contrast";
      checks.matrix(name, "h", h);
      like(name, "displacement", displacement, "h", h);
      checks.shape(name, "h", h, 2 * (h.rows() / 2), h.columns(), "displacement", displacement);
      checks.scalar(name, "total", total);
      checks.disjoint(name, "displacement", displacement, "h", h);
      checks.disjoint(name, "total", total, "h", h);
      checks.disjoint(name, "total", total, "displacement", displacement);
      raw.goodness().contrast(factor, threshold, h, displacement, total);
    }
  }

  private final class CheckedUpdatePasses implements UpdatePasses {

    @Override
    public void advance(Tensor counter) {
      checks.scalar("advance", "counter", counter);
      raw.update().advance(counter);
    }

    @Override
    public void sgd(Tensor gradient, Tensor rate, double rateFactor, double decay, Tensor weight) {
      checks.matrix("sgd", "weight", weight);
      checks.scalar("sgd", "rate", rate);
      checks.disjoint("sgd", "weight", weight, "rate", rate);
      readFor("sgd", gradient, "weight", weight);
      raw.update().sgd(gradient, rate, rateFactor, decay, weight);
    }

    @Override
    public void momentum(
        Tensor gradient,
        Tensor rate,
        double rateFactor,
        double decay,
        double momentum,
        Tensor velocity,
        Tensor weight) {
      String name = "momentum";
      checks.matrix(name, "weight", weight);
      checks.scalar(name, "rate", rate);
      checks.disjoint(name, "weight", weight, "rate", rate);
      readFor(name, gradient, "weight", weight);
      like(name, "velocity", velocity, "weight", weight);
      readFor(name, gradient, "velocity", velocity);
      checks.disjoint(name, "velocity", velocity, "rate", rate);
      checks.disjoint(name, "velocity", velocity, "weight", weight);
      raw.update().momentum(gradient, rate, rateFactor, decay, momentum, velocity, weight);
    }

    @Override
    public void adam(
        Tensor gradient,
        Tensor rate,
        double rateFactor,
        double decay,
        AdamCoefficients coefficients,
        Tensor counter,
        Tensor firstMoment,
        Tensor secondMoment,
        Tensor weight) {
      String name = "adam";
      checks.matrix(name, "weight", weight);
      checks.scalar(name, "rate", rate);
      checks.scalar(name, "counter", counter);
      like(name, "firstMoment", firstMoment, "weight", weight);
      like(name, "secondMoment", secondMoment, "weight", weight);
      adamWrites("weight", weight, gradient, rate, counter);
      adamWrites("firstMoment", firstMoment, gradient, rate, counter);
      adamWrites("secondMoment", secondMoment, gradient, rate, counter);
      checks.disjoint(name, "firstMoment", firstMoment, "secondMoment", secondMoment);
      checks.disjoint(name, "firstMoment", firstMoment, "weight", weight);
      checks.disjoint(name, "secondMoment", secondMoment, "weight", weight);
      raw.update()
          .adam(
              gradient,
              rate,
              rateFactor,
              decay,
              coefficients,
              counter,
              firstMoment,
              secondMoment,
              weight);
    }

    private void adamWrites(
        String written, Tensor x, Tensor gradient, Tensor rate, Tensor counter) {
      readFor("adam", gradient, written, x);
      checks.disjoint("adam", written, x, "rate", rate);
      checks.disjoint("adam", written, x, "counter", counter);
    }

    private void readFor(String operation, Tensor gradient, String written, Tensor x) {
      like(operation, "gradient", gradient, written, x);
      checks.disjoint(operation, written, x, "gradient", gradient);
    }
  }
}
