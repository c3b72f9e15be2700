package lemniscate.backend.cpu;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.Gemm;
import lemniscate.backend.UpdateOperation.Sgd;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A step of gradient descent that a product takes as it makes the gradient: W ← (1 − s·decay) W −
 * s·G with s = rateFactor · rate and G = alpha · op(A) · op(B). The gradient is neither stored nor
 * read again, which for a wide layer takes as long as a good part of the product.
 *
 * @param gradient the product that makes G
 * @param step what it takes
 * @param into the product with its result in the weight
 */
record Descent(Gemm gradient, Sgd step, Gemm into) {

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
  double alpha(double rate) {
    return -step.rateFactor() * rate * gradient.alpha();
  }

  /** Factor of the weight at a rate. */
  double beta(double rate) {
    return 1 - step.rateFactor() * rate * step.decay();
  }

  /** Has products take the steps whose gradients nothing else touches in between. */
  static List<OperationGroup> link(List<OperationGroup> groups) {
    List<OperationGroup> linked = new ArrayList<>();
    for (OperationGroup group : groups) {
      if (!(group.operations().getFirst() instanceof Sgd step && isTaken(step, linked))) {
        linked.add(group);
      }
    }
    return linked;
  }

  private static boolean isTaken(Sgd step, List<OperationGroup> before) {
    int last = before.size() - 1;
    for (; last >= 0 && !before.get(last).reaches(step.gradient()); last--) {
      OperationGroup between = before.get(last);
      if (between.reaches(step.weight()) || between.writes(step.rate())) {
        return false;
      }
    }
    Gemm gradient = last < 0 ? null : product(before.get(last), step);
    if (gradient == null) {
      return false;
    }
    before.set(last, before.get(last).with(of(gradient, step)));
    return true;
  }

  // The product that makes the gradient, if it alone touches it and none touches the weight.
  private static @Nullable Gemm product(OperationGroup group, Sgd step) {
    Tensor gradient = step.gradient();
    if (group.reaches(step.weight())
        || group.tensors().stream().filter(gradient::overlaps).count() != 1) {
      return null;
    }
    return group.products().stream()
        .filter(gemm -> gemm.beta() == 0 && gemm.c().isSameView(gradient))
        .findFirst()
        .orElse(null);
  }
}
