package lemniscate.network.layer;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.backend.Operations;
import lemniscate.config.BadInputException;
import lemniscate.network.Features;
import lemniscate.network.Parameter;
import lemniscate.network.ParameterSpec;
import lemniscate.network.Point;
import lemniscate.network.Sides;
import lemniscate.network.Transport;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * y = s(x) + factor β f(x): a branch f of layers, added to what goes around it. β, the multiplier
 * of branches, stands here and nowhere else; it is L^{−α} for L residual additions in the network
 * (Yang, Yu, Zhu and Hayou, arXiv 2310.02244; Dey et al., arXiv 2505.01618).
 *
 * @param body the layers of f
 * @param skip the layers of s, such as a 1×1 convolution with a stride; none for the identity
 * @param factor of β; 1 is the usual one
 */
public record Residual(List<Layer> body, List<Layer> skip, double factor) implements Layer {

  /** Copies the lists. */
  public Residual {
    body = List.copyOf(body);
    skip = List.copyOf(skip);
    if (body.isEmpty()) {
      throw new BadInputException("a residual block without layers: expected at least one");
    }
  }

  /** A block with the usual multiplier. */
  public Residual(List<Layer> body, List<Layer> skip) {
    this(body, skip, 1);
  }

  @Override
  public String kind() {
    return "residual";
  }

  private Chain branch() {
    return new Chain(body);
  }

  @Override
  public Features output(Features input) {
    Features added = branch().output(input);
    Features around = skip.isEmpty() ? input : new Chain(skip).output(input);
    if (!added.equals(around)) {
      throw new BadInputException(
          "a residual block whose body gives %s beside %s around it: expected the same"
                  .formatted(text(added), text(around))
              + (skip.isEmpty()
                  ? "; keep the shape, or give it a projection, a 1 x 1 convolution as skip"
                  : ""));
    }
    return added;
  }

  private static String text(Features features) {
    return features.shape() + (features.grow() ? "" : " of fixed width");
  }

  @Override
  public List<ParameterSpec> parameters(Features input) {
    List<ParameterSpec> parameters = new ArrayList<>();
    branch().parameters(input).forEach(parameter -> parameters.add(parameter.inBranch()));
    if (!skip.isEmpty()) {
      new Chain(skip)
          .parameters(input)
          .forEach(parameter -> parameters.add(Chain.prefixed("skip.", parameter)));
    }
    return parameters;
  }

  @Override
  public boolean readsPlaces() {
    return Chain.readsPlaces(body) || Chain.readsPlaces(skip);
  }

  /** Also what goes around meets the input, so that it must be the input itself. */
  @Override
  public boolean startsWithWeight() {
    return skip.isEmpty() && branch().startsWithWeight();
  }

  @Override
  public int stride() {
    return branch().stride();
  }

  @Override
  public Layer withWidth(int width, int base) {
    return new Residual(
        Chain.withWidth(body, width, base), Chain.withWidth(skip, width, base), factor);
  }

  @Override
  public boolean addsToInput() {
    return skip.isEmpty();
  }

  @Override
  public int residualAdditions() {
    return 1 + branch().residualAdditions();
  }

  @Override
  public Map<String, Object> description() {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("body", branch().description());
    if (!skip.isEmpty()) {
      facts.put("skip", new Chain(skip).description());
    }
    if (factor != 1) {
      facts.put("factor", factor);
    }
    return facts;
  }

  @Override
  public LayerPass pass(Site site) {
    int own = branch().parameters(site.features()).size();
    List<Parameter> all = site.parameters();
    Tensor added = site.like(site.output());
    LayerPass inner =
        branch().pass(site.of(site.features(), all.subList(0, own), site.input(), added));
    LayerPass around =
        skip.isEmpty()
            ? null
            : new Chain(skip)
                .pass(
                    site.of(
                        site.features(),
                        all.subList(own, all.size()),
                        site.input(),
                        site.output()));
    return new Pass(
        inner,
        around,
        factor * site.branchMultiplier(),
        site.input(),
        site.output(),
        added,
        site.likeForMoves(added),
        site.likeForAdjoint(site.input()));
  }

  /** With room for what the branch gives, up and down. */
  private record Pass(
      LayerPass branch,
      @Nullable LayerPass around,
      double multiplier,
      Tensor x,
      Tensor y,
      Tensor added,
      Tensor addedShift,
      Tensor back)
      implements LayerPass {

    @Override
    public void forward(Operations ops) {
      branch.forward(ops);
      if (around == null) {
        ops.copy(x, y);
      } else {
        around.forward(ops);
      }
      ops.axpy(multiplier, added, y);
    }

    @Override
    public void shift(Operations ops, Tensor move, Tensor shift) {
      if (around == null) {
        ops.copy(move, shift);
      } else {
        around.shift(ops, move, shift);
      }
      branch.shift(ops, move, addedShift);
      ops.axpy(multiplier, addedShift, shift);
    }

    @Override
    public void pullback(Operations ops, Transport transport, Tensor error, Tensor below) {
      branch.pullback(ops, transport.scaled(transport.scale() * multiplier), error, below);
      if (around == null) {
        ops.axpy(transport.scale(), error, below);
      } else {
        around.pullback(ops, transport, error, back);
        ops.axpy(1, back, below);
      }
    }

    @Override
    public void gradients(Operations ops, Point at, double factor, Tensor error, Tensor input) {
      branch.gradients(ops, at, factor * multiplier, error, input);
      if (around != null) {
        around.gradients(ops, at, factor, error, input);
      }
    }

    @Override
    public void addGradients(Operations ops, Point at, double factor, Tensor error, Tensor input) {
      branch.addGradients(ops, at, factor * multiplier, error, input);
      if (around != null) {
        around.addGradients(ops, at, factor, error, input);
      }
    }

    @Override
    public void correlate(Operations ops, Sides sides, double factor, Tensor post, Tensor pre) {
      branch.correlate(ops, sides, factor * multiplier, post, pre);
      if (around != null) {
        around.correlate(ops, sides, factor, post, pre);
      }
    }

    @Override
    public void addCorrelation(
        Operations ops, Sides sides, double factor, Tensor post, Tensor pre) {
      branch.addCorrelation(ops, sides, factor * multiplier, post, pre);
      if (around != null) {
        around.addCorrelation(ops, sides, factor, post, pre);
      }
    }

    @Override
    public LayerPass rows(int first, int count) {
      return new Pass(
          branch.rows(first, count),
          around == null ? null : around.rows(first, count),
          multiplier,
          x.rows(first, count),
          y.rows(first, count),
          added.rows(first, count),
          addedShift.rows(first, count),
          back.rows(first, count));
    }
  }

  @Override
  public LayerOracle oracle(Features input, OracleScales scales) {
    int own = branch().parameters(input).size();
    int all = scales.multipliers().size();
    double beta = factor * scales.branchMultiplier();
    LayerOracle inner = branch().oracle(input, scales.part(0, own));
    LayerOracle around =
        skip.isEmpty() ? null : new Chain(skip).oracle(input, scales.part(own, all));
    return new Oracle(inner, around, beta, own);
  }

  private record Oracle(LayerOracle branch, @Nullable LayerOracle around, double beta, int ofBranch)
      implements LayerOracle {

    @Override
    public double[] apply(double[] x, List<double[]> parameters, int batch) {
      double[] y = around == null ? x.clone() : around.apply(x, ofSkip(parameters), batch).clone();
      double[] added = branch.apply(x, parameters.subList(0, ofBranch), batch);
      for (int i = 0; i < y.length; i++) {
        y[i] += beta * added[i];
      }
      return y;
    }

    private List<double[]> ofSkip(List<double[]> parameters) {
      return parameters.subList(ofBranch, parameters.size());
    }

    @Override
    public double correlation(
        Sides sides,
        double[] post,
        double[] first,
        double[] second,
        List<double[]> fixed,
        List<double[]> parameters,
        int batch) {
      double inside =
          branch.correlation(
              sides,
              post,
              first,
              second,
              fixed.subList(0, ofBranch),
              parameters.subList(0, ofBranch),
              batch);
      double outside =
          around == null
              ? 0
              : around.correlation(
                  sides, post, first, second, ofSkip(fixed), ofSkip(parameters), batch);
      return beta * inside + outside;
    }
  }
}
