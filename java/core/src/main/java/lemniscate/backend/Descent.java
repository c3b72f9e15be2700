package lemniscate.backend;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.backend.UpdateOperation.Sgd;
import lemniscate.tensor.Tensor;
import lemniscate.tensor.TensorMap;

/**
 * A step of gradient descent that a product takes as it makes the gradient: W ← (1 − s·decay) W −
 * s·G with s = rateFactor · rate and G = alpha · op(A) · op(B). The gradient is neither stored nor
 * read again, which for a wide layer takes as long as a good part of the product.
 *
 * @param gradient the product that makes G
 * @param step what it takes
 * @param into the product with its result in the weight
 */
public record Descent(Gemm gradient, Sgd step, Gemm into) {

  /**
   * Operations that are done together, and the steps that products among them take.
   *
   * @param operations with {@link Descent#into} in the place of the products that take a step
   * @param descents by {@link Descent#into}, by identity
   */
  public record Group(List<Operation> operations, Map<Gemm, Descent> descents) {}

  private static Descent of(Gemm gradient, Sgd step) {
    return new Descent(
        gradient,
        step,
        new Gemm(
            gradient.alpha(),
            gradient.a(),
            gradient.transposeA(),
            gradient.b(),
            gradient.transposeB(),
            1,
            step.weight()));
  }

  /** Factor of the product at a rate. */
  public double alpha(double rate) {
    return -step.rateFactor() * rate * gradient.alpha();
  }

  /** Factor of the weight at a rate. */
  public double beta(double rate) {
    return 1 - step.rateFactor() * rate * step.decay();
  }

  /**
   * Has products take the steps whose gradients nothing else touches in between.
   *
   * @param groups operations in order, those of a group independent of each other
   */
  public static List<Group> link(List<List<Operation>> groups) {
    List<Before> linked = new ArrayList<>();
    for (List<Operation> group : groups) {
      if (!(group.getFirst() instanceof Sgd step && isTaken(step, linked))) {
        linked.add(new Before(group));
      }
    }
    return linked.stream().map(Before::linked).toList();
  }

  private static boolean isTaken(Sgd step, List<Before> before) {
    int last = before.size() - 1;
    for (; last >= 0 && !before.get(last).reaches(step.gradient()); last--) {
      Before between = before.get(last);
      if (between.reaches(step.weight()) || between.writes(step.rate())) {
        return false;
      }
    }
    return last >= 0 && before.get(last).takes(step);
  }

  /** A group that later steps look at, with what it touches found by place. */
  private static final class Before {
    private final List<Operation> group;
    private final TensorMap<Operand> touched = new TensorMap<>();
    private final TensorMap<Operand> written = new TensorMap<>();
    private final TensorMap<Gemm> products = new TensorMap<>();
    private final Map<Operation, Descent> descents = new IdentityHashMap<>();

    private boolean known;

    Before(List<Operation> group) {
      this.group = group;
    }

    // Most groups are never asked.
    private void know() {
      if (!known) {
        known = true;
        for (Operation operation : group) {
          operation.operands().forEach(this::touch);
          if (operation instanceof Gemm gemm) {
            products.put(gemm.c(), gemm);
          }
        }
      }
    }

    private void touch(Operand operand) {
      Tensor tensor = operand.tensor();
      if (tensor == null) {
        return;
      }
      touched.put(tensor, operand);
      if (operand.written()) {
        written.put(tensor, operand);
      }
    }

    boolean reaches(Tensor tensor) {
      know();
      return touched.overlaps(tensor);
    }

    boolean writes(Tensor tensor) {
      know();
      return written.overlaps(tensor);
    }

    // By the product that makes the gradient, if it alone touches it and none touches the weight.
    boolean takes(Sgd step) {
      if (reaches(step.weight()) || touched.overlapping(step.gradient()).size() != 1) {
        return false;
      }
      for (Gemm gemm : products.at(step.gradient())) {
        if (gemm.beta() == 0 && !descents.containsKey(gemm)) {
          descents.put(gemm, of(gemm, step));
          touch(Operand.updates("weight", step.weight()));
          touch(Operand.reads("rate", step.rate()));
          return true;
        }
      }
      return false;
    }

    Group linked() {
      if (descents.isEmpty()) {
        return new Group(group, Map.of());
      }
      Map<Gemm, Descent> taken = new IdentityHashMap<>();
      descents.values().forEach(descent -> taken.put(descent.into(), descent));
      return new Group(
          group.stream()
              .<Operation>map(each -> descents.get(each) instanceof Descent one ? one.into() : each)
              .toList(),
          taken);
    }
  }
}
