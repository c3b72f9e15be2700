package lemniscate.rule;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * How far down a network a rule's credit reaches: the gradient of every unit's weights beside that
 * of backpropagation at the same weights, on the same batch. A local rule may leave the lower units
 * of a deep network without any, and an optimiser that divides by the size of a gradient hides it
 * down to its ε.
 *
 * @param units that have weights, in their order
 * @param bySize whether the optimiser divides by the size of a gradient, so that a unit is dead
 *     where nothing is left beside ε; elsewhere it is where its ratio is small beside others
 * @param equilibriumFactor s = 1 + Σ_{l&lt;L} (γ_L/γ_l) ‖δ_l‖²/‖δ_L‖², δ backpropagation's errors
 *     on the batch: to first order what the output error is divided by where the states come to
 *     rest. In linear networks with squared loss it is 1 + rᵀC_γ r/rᵀr, so that the free energy at
 *     rest is at least the loss over s; cross-entropy divides by less. NaN for a rule without such
 *     states
 */
public record CreditReach(List<OfUnit> units, boolean bySize, double equilibriumFactor) {

  /** A ratio below this part of the upper half's median leaves a unit as it is. */
  public static final double DEAD = 1e-2;

  /** Below this cosine, in size, a gradient says nothing of backpropagation's. */
  public static final double BLIND = 0.1;

  /** Below this reach most of the network is a random map. */
  public static final double HALF = 0.5;

  /** Steps after which feedback that has to align first should have. */
  public static final long ALIGNED = 100;

  /**
   * A unit.
   *
   * @param unit its number, from 1
   * @param ratio rms of its gradient over that of backpropagation's
   * @param relative the ratio over the median ratio of the upper half of the units
   * @param cosine between the two gradients; 0 where one of them alone is zero
   * @param share mean of |g|/(|g| + ε): what Adam's ε leaves of its steps; 1 without ε
   * @param dead whether its weights get too little to move
   * @param blind whether the direction has nothing to do with backpropagation's
   */
  public record OfUnit(
      int unit,
      double ratio,
      double relative,
      double cosine,
      double share,
      boolean dead,
      boolean blind) {

    /** Whether it climbs the loss. */
    public boolean reversed() {
      return cosine < -BLIND;
    }
  }

  /** Copies the list. */
  public CreditReach {
    units = List.copyOf(units);
  }

  /** Sums over the weights of a unit, taken piece by piece. */
  public static final class Sums {
    private final int unit;
    private double mine;
    private double product;
    private double exact;
    private double share;
    private double sizes;
    private long count;

    /**
     * Of nothing yet.
     *
     * @param unit its number, from 1
     */
    public Sums(int unit) {
      this.unit = unit;
    }

    /**
     * Adds a piece.
     *
     * @param gradient of the rule
     * @param backPropagation gradient of backpropagation, as long
     * @param epsilon Adam's ε of these weights, or 0
     */
    public void add(double[] gradient, double[] backPropagation, double epsilon) {
      for (int i = 0; i < gradient.length; i++) {
        double g = gradient[i];
        mine += g * g;
        product += g * backPropagation[i];
        exact += backPropagation[i] * backPropagation[i];
        if (epsilon > 0) {
          double size = Math.abs(g);
          share += size / (size + epsilon);
          sizes += g * g / (epsilon * epsilon);
        }
      }
      count += gradient.length;
    }

    // Where backpropagation has no gradient either, nothing is missing.
    private boolean nothingToReach() {
      return exact == 0 && mine == 0;
    }

    private double ratio() {
      return nothingToReach() ? 1 : Math.sqrt(mine) / Math.sqrt(exact);
    }

    private double cosine() {
      if (nothingToReach()) {
        return 1;
      }
      return exact == 0 || mine == 0 ? 0 : product / Math.sqrt(mine) / Math.sqrt(exact);
    }

    private OfUnit unit(double median, boolean bySize) {
      double relative = median == 0 ? 0 : ratio() / median;
      // Negated, so that what is not a number counts as missing.
      boolean dead = !(bySize ? sizes / count >= 1 : relative >= DEAD);
      boolean blind = !(Math.abs(cosine()) >= BLIND);
      return new OfUnit(
          unit,
          ratio(),
          relative,
          cosine(),
          bySize ? share / count : 1,
          dead && !nothingToReach(),
          blind);
    }
  }

  /**
   * Judges sums over the gradients.
   *
   * @param sums of every unit that has weights, from the lowest on, at least one
   * @param bySize as in {@link CreditReach}; then all pieces were added with their ε
   */
  public static CreditReach of(List<Sums> sums, boolean bySize) {
    double[] upper =
        sums.subList(sums.size() / 2, sums.size()).stream()
            .mapToDouble(Sums::ratio)
            .sorted()
            .toArray();
    double median = (upper[(upper.length - 1) / 2] + upper[upper.length / 2]) / 2;
    return new CreditReach(
        sums.stream().map(s -> s.unit(median, bySize)).toList(), bySize, Double.NaN);
  }

  /** The same with the s of its states. */
  public CreditReach withEquilibriumFactor(double factor) {
    return new CreditReach(units, bySize, factor);
  }

  /** Fraction of the units that are neither dead nor blind. */
  public double reach() {
    return 1 - (double) count(unit -> unit.dead() || unit.blind()) / units.size();
  }

  private long count(Predicate<OfUnit> condition) {
    return units.stream().filter(condition).count();
  }

  /**
   * What a user should be told: which units get no credit, and what helps. Directions are not held
   * against a rule whose feedback aligns while it trains, before it had the time.
   *
   * @param rule whose gradients these are
   * @param step number of steps done
   * @return a line; empty if nothing is missing
   */
  public Optional<String> warning(LearningRule rule, long step) {
    boolean directions = !rule.alignsWhileTraining() || step >= ALIGNED;
    Predicate<OfUnit> blind = unit -> directions && unit.blind() && !unit.dead();
    Predicate<OfUnit> reversed = unit -> directions && unit.reversed() && !unit.dead();
    long missing = count(unit -> unit.dead() || blind.test(unit));
    List<String> which = new ArrayList<>();
    describe("no gradient that moves them", OfUnit::dead, which);
    describe("one of no use", blind, which);
    describe("one that climbs the loss", reversed, which);
    if (which.isEmpty()) {
      return Optional.empty();
    }
    double reach = 1 - (double) missing / units.size();
    String remedy = rule.creditRemedy(units.size()).map("; "::concat).orElse("");
    return Optional.of(
        String.format(
            Locale.ROOT,
            "%scredit reach %.2f %s: %s%s.",
            reach < HALF ? "most of the network does not learn: " : "",
            reach,
            step == 0 ? "at the start" : "after " + step + (step == 1 ? " step" : " steps"),
            String.join(", ", which),
            remedy));
  }

  private void describe(String what, Predicate<OfUnit> condition, List<String> which) {
    int[] numbers = units.stream().filter(condition).mapToInt(OfUnit::unit).toArray();
    if (numbers.length > 0) {
      which.add(
          "%s %s of %d get%s %s"
              .formatted(
                  numbers.length == 1 ? "unit" : "units",
                  ranges(numbers),
                  units.getLast().unit(),
                  numbers.length == 1 ? "s" : "",
                  what));
    }
  }

  // 1, 2, 3, 5 as 1–3, 5.
  private static String ranges(int[] numbers) {
    List<String> parts = new ArrayList<>();
    int first = 0;
    for (int i = 1; i <= numbers.length; i++) {
      if (i == numbers.length || numbers[i] != numbers[i - 1] + 1) {
        int[] run = Arrays.copyOfRange(numbers, first, i);
        parts.add(run.length == 1 ? "" + run[0] : run[0] + "–" + run[run.length - 1]);
        first = i;
      }
    }
    return String.join(", ", parts);
  }
}
