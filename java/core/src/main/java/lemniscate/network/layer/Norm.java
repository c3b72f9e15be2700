package lemniscate.network.layer;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.backend.Operations;
import lemniscate.network.Activities;
import lemniscate.network.Features;
import lemniscate.network.Parameter;
import lemniscate.network.ParameterSpec;
import lemniscate.network.Point;
import lemniscate.network.Sides;
import lemniscate.network.Transport;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * y = g ∘ c(x) / √(mean c(x)² + ε) + b over the channels of every place. Layer normalisation (Ba,
 * Kiros and Hinton, arXiv 1607.06450), where c takes the mean away, or root-mean-square
 * normalisation (Zhang and Sennrich, arXiv 1910.07467), where it takes nothing.
 *
 * @param centred whether the mean is taken away
 * @param epsilon ε
 * @param bias whether there is a b
 */
public record Norm(boolean centred, double epsilon, boolean bias) implements Layer {

  /** ε as usual. */
  public static final double EPSILON = 1e-5;

  /** Layer normalisation with a bias. */
  public static Norm layer() {
    return new Norm(true, EPSILON, true);
  }

  /** Root-mean-square normalisation. */
  public static Norm rootMeanSquare() {
    return new Norm(false, EPSILON, false);
  }

  @Override
  public String kind() {
    return "norm";
  }

  @Override
  public Features output(Features input) {
    return input;
  }

  @Override
  public List<ParameterSpec> parameters(Features input) {
    int channels = input.shape().channels();
    List<ParameterSpec> parameters = new ArrayList<>();
    parameters.add(ParameterSpec.gain(channels, input.grow()));
    if (bias) {
      parameters.add(ParameterSpec.bias(channels, input.grow()));
    }
    return parameters;
  }

  @Override
  public Map<String, Object> description() {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("norm", centred ? "layer" : "rms");
    facts.put("epsilon", epsilon);
    return facts;
  }

  @Override
  public LayerPass pass(Site site) {
    Tensor normal = places(site.features(), site.like(site.output()));
    Shape column = new Shape(normal.rows(), 1);
    return new Pass(
        this,
        site.features(),
        site.parameters().getFirst(),
        bias ? site.parameters().getLast() : null,
        places(site.features(), site.input()),
        places(site.features(), site.output()),
        normal,
        site.arena().allocate(column),
        site.likeForMoves(normal),
        site.use().displacements() ? site.arena().allocate(column) : normal,
        site.likeForAdjoint(normal));
  }

  private static Tensor places(Features features, Tensor x) {
    int channels = features.shape().channels();
    return x.reshaped(Math.toIntExact(x.elements() / channels), channels);
  }

  /** With c(x)/σ and σ at x and at x + d, and room for an error behind the gain. */
  private record Pass(
      Norm norm,
      Features features,
      Parameter gain,
      @Nullable Parameter bias,
      Tensor x,
      Tensor y,
      Tensor normal,
      Tensor deviation,
      Tensor shiftedNormal,
      Tensor shiftedDeviation,
      Tensor scratch)
      implements LayerPass {

    @Override
    public void forward(Operations ops) {
      ops.standardization().standardize(norm.centred(), norm.epsilon(), x, normal, deviation);
      ops.multiplyRow(gain.value(), normal, y);
      if (bias != null) {
        ops.addRow(bias.value(), y);
      }
    }

    @Override
    public void shift(Operations ops, Tensor move, Tensor shift) {
      Tensor z = places(features, shift);
      ops.standardization()
          .difference(
              norm.centred(), normal, deviation, places(features, move), z, shiftedDeviation);
      ops.copy(normal, shiftedNormal);
      ops.axpy(1, z, shiftedNormal);
      ops.multiplyRow(gain.value(), z, z);
    }

    @Override
    public void pullback(Operations ops, Transport transport, Tensor error, Tensor back) {
      boolean shifted = transport.shifted();
      ops.multiplyRow(gain.value(), places(features, error), scratch);
      ops.standardization()
          .back(
              norm.centred(),
              shifted ? shiftedNormal : normal,
              shifted ? shiftedDeviation : deviation,
              scratch,
              places(features, back));
      LayerPass.scale(ops, transport, back);
    }

    @Override
    public void gradients(Operations ops, Point at, double factor, Tensor error, Tensor input) {
      ops.copy(places(features, error), scratch);
      ops.multiply(at == Point.SHIFTED ? shiftedNormal : normal, scratch);
      ops.columnSum(factor, scratch, gain.gradient());
      if (bias != null) {
        ops.columnSum(factor, places(features, error), bias.gradient());
      }
    }

    @Override
    public LayerPass rows(int first, int count) {
      return new Pass(
          norm,
          features,
          gain,
          bias,
          part(x, first, count),
          part(y, first, count),
          part(normal, first, count),
          part(deviation, first, count),
          part(shiftedNormal, first, count),
          part(shiftedDeviation, first, count),
          part(scratch, first, count));
    }

    private Tensor part(Tensor ofPlaces, int first, int count) {
      int places = features.size() / features.shape().channels();
      return ofPlaces.rows(first * places, count * places);
    }
  }

  @Override
  public LayerOracle oracle(Features input, OracleScales scales) {
    return new Oracle(this, input.shape().channels());
  }

  private record Oracle(Norm norm, int n) implements LayerOracle {

    @Override
    public double[] apply(double[] x, List<double[]> parameters, int batch) {
      double[] y = new double[x.length];
      for (int from = 0; from < x.length; from += n) {
        double mean = 0;
        for (int i = 0; norm.centred() && i < n; i++) {
          mean += x[from + i] / n;
        }
        double square = norm.epsilon();
        for (int i = 0; i < n; i++) {
          square += (x[from + i] - mean) * (x[from + i] - mean) / n;
        }
        for (int i = 0; i < n; i++) {
          y[from + i] = parameters.getFirst()[i] * (x[from + i] - mean) / Math.sqrt(square);
          y[from + i] += norm.bias() ? parameters.getLast()[i] : 0;
        }
      }
      return y;
    }

    /** Nothing of a change: gains are vectors, and there is no weight. */
    @Override
    public double correlation(
        Sides sides,
        double[] post,
        double[] first,
        double[] second,
        List<double[]> fixed,
        List<double[]> parameters,
        int batch) {
      return sides.pre() == Activities.CHANGE
          ? 0
          : LayerOracle.super.correlation(sides, post, first, second, fixed, parameters, batch);
    }
  }
}
