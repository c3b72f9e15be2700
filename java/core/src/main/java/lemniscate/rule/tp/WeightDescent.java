package lemniscate.rule.tp;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.Activation;
import lemniscate.backend.Operations;
import lemniscate.backend.TargetOperation.Factor;
import lemniscate.network.DenseLayer;
import lemniscate.network.Network;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Products;
import lemniscate.network.Slabs;
import lemniscate.network.UnitPass;
import lemniscate.network.UnitSpec;
import lemniscate.rule.Conditions;
import lemniscate.rule.LocalTargets;
import lemniscate.rule.RuleContext;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;

/**
 * Displacements through maps that follow from the forward weights W_l = a_l w_l at every step:
 * their transposes, or their damped pseudo-inverses by the smaller of W Wᵀ and Wᵀ W. Those of all
 * layers are formed and factored first, together. What is transposed of a unit without a weight
 * matrix is its Jacobian, with the φ′ inside and at its end.
 */
final class WeightDescent implements Descent {

  private final boolean plain;
  private final boolean inverse;
  private final Network network;
  private final int last;
  private final double hiddenDamping;
  private final double outputDamping;
  private final LocalTargets targets;
  private final Conditions conditions;
  private final List<Tensor> grams;
  private final List<Tensor> sources = new ArrayList<>();

  WeightDescent(Pathway pathway, Feedback feedback, RuleContext context, LocalTargets targets) {
    this.plain = pathway == Pathway.PLAIN;
    this.network = context.network();
    this.targets = targets;
    NetworkSpec spec = network.spec();
    this.last = spec.layers();
    double damping = 0;
    if (feedback instanceof Feedback.PseudoInverse pseudoInverse) {
      this.inverse = true;
      damping = pseudoInverse.damping();
    } else {
      this.inverse = false;
    }
    // Hidden weights are of order M^-½ in every scheme, so W Wᵀ is of order 1.
    this.hiddenDamping = damping;
    this.outputDamping = network.parameterization().outputDamping(damping, spec.size());
    this.conditions =
        new Conditions(
            context,
            "tp.damping " + damping + ": the weight of layer",
            damping > 0,
            "Raise tp.damping, for example to 0.01.");
    List<Shape> shapes = new ArrayList<>();
    for (int l = 2; l <= last; l++) {
      int side = inverse ? Math.min(spec.width(l), spec.width(l - 1)) : 1;
      shapes.add(new Shape(side, side));
      sources.add(
          context
              .arena()
              .allocate(
                  needsSource(spec, l)
                      ? new Shape(context.batch(), spec.width(l))
                      : Shape.SCALAR));
    }
    this.grams = Slabs.allocate(context.arena(), shapes);
  }

  @Override
  public void record(Operations ops) {
    conditions.reset(ops);
    if (inverse) {
      factorGrams(ops);
    }
    for (int l = last; l >= 2; l--) {
      if (inverse) {
        throughInverse(ops, network.layer(l));
      } else {
        UnitPass unit = targets.forward().pass(l);
        Tensor above = gated(ops, unit);
        Tensor below = targets.displacement(l - 1);
        Products.record(ops, products -> unit.pullback(products, 1, above, below));
      }
    }
  }

  private boolean needsSource(NetworkSpec spec, int l) {
    return inverse ? plain || spec.width(l) <= spec.width(l - 1) : isGated(spec.unit(l));
  }

  private static boolean isGated(UnitSpec unit) {
    return !unit.hasWeightMatrix() && unit.activation() != Activation.LINEAR;
  }

  private Tensor gated(Operations ops, UnitPass unit) {
    int l = unit.unit().index();
    if (!isGated(unit.unit().spec())) {
      return targets.displacement(l);
    }
    unit.gate(ops, targets.displacement(l), sources.get(l - 2));
    return sources.get(l - 2);
  }

  private void factorGrams(Operations ops) {
    Products products = new Products(ops);
    List<Factor> factors = new ArrayList<>();
    for (int l = 2; l <= last; l++) {
      Tensor gram = grams.get(l - 2);
      DenseLayer layer = network.layer(l);
      if (isWide(layer)) {
        layer.outputGram(products, gram);
      } else {
        layer.inputGram(products, gram);
      }
      double damping = l == last ? outputDamping : hiddenDamping;
      factors.add(new Factor(damping, gram, conditions.of(l)));
    }
    products.record();
    factors.forEach(ops::add);
  }

  private static boolean isWide(DenseLayer layer) {
    return layer.fanOut() <= layer.fanIn();
  }

  private void throughInverse(Operations ops, DenseLayer layer) {
    int l = layer.index();
    Tensor gram = grams.get(l - 2);
    Tensor below = targets.displacement(l - 1);
    Tensor source = targets.displacement(l);
    boolean wide = isWide(layer);
    if (plain || wide) {
      source = sources.get(l - 2);
      ops.copy(targets.displacement(l), source);
    }
    if (plain) {
      ops.axpy(1, targets.forward().activity(l), source);
    }
    if (wide) {
      // D (W Wᵀ + μ I)⁻¹ W.
      ops.target().solve(gram, source);
      through(ops, layer, source, below);
    } else {
      // D W (Wᵀ W + μ I)⁻¹.
      through(ops, layer, source, below);
      ops.target().solve(gram, below);
    }
    if (plain) {
      ops.axpy(-1, targets.forward().activity(l - 1), below);
    }
  }

  private static void through(Operations ops, DenseLayer layer, Tensor source, Tensor below) {
    Products.record(ops, products -> layer.transposed(products, source, below));
  }

  /** Refuses weights that cannot be inverted. */
  void check() {
    conditions.check();
  }
}
