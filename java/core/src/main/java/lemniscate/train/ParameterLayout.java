package lemniscate.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.network.DenseSpec;
import lemniscate.network.Features;
import lemniscate.network.NetworkSpec;
import lemniscate.network.ParameterSpec;
import lemniscate.network.UnitSpec;
import lemniscate.network.layer.Dense;
import lemniscate.network.layer.Flatten;
import lemniscate.network.layer.Layer;
import lemniscate.network.layer.Norm;
import lemniscate.network.layer.Residual;
import lemniscate.network.layer.StackSpec;
import lemniscate.tensor.ExampleShape;

/**
 * How the numbers of a parameter lie, here and in PyTorch. Here channels are innermost: a
 * convolution is (outputs, height, width, inputs), and a fully connected weight reads an image by
 * height, width and channel. There channels come first: (outputs, inputs, height, width), and an
 * image that was flattened is read by channel, height and width.
 *
 * @param name {@code layer1.weight}, …
 * @param spec of the parameter
 * @param patch what each output sums over: the patch of a convolution, the image that a fully
 *     connected weight reads, (1, 1, n) where there are no places. Of a vector for each feature of
 *     a flattened image that image, else (1, 1, length)
 */
record ParameterLayout(String name, ParameterSpec spec, ExampleShape patch) {

  /** The parameters of a network, by name, in the order of files. */
  static Map<String, ParameterLayout> of(NetworkSpec network) {
    Walk walk = new Walk();
    for (int l = 1; l <= network.layers(); l++) {
      walk.unit(l, network.unit(l), network.features(l - 1));
    }
    return walk.layouts;
  }

  /** Rows: outputs; 1 of a vector. */
  int rows() {
    return spec.isVector() ? 1 : spec.extents().getFirst();
  }

  /** Columns: numbers that an output sums over; the length of a vector. */
  int columns() {
    return patch.size();
  }

  /** Extents as PyTorch has them. */
  List<Integer> torchExtents() {
    List<Integer> own = spec.extents();
    return own.size() == 4 ? List.of(own.get(0), own.get(3), own.get(1), own.get(2)) : own;
  }

  /** Where PyTorch has a column. */
  int torchColumn(int column) {
    int channel = column % patch.channels();
    int place = column / patch.channels();
    return channel * patch.height() * patch.width() + place;
  }

  /** Numbers in the order of PyTorch. */
  double[] toTorch(double[] own) {
    double[] other = new double[own.length];
    for (int i = 0; i < own.length; i++) {
      other[i / columns() * columns() + torchColumn(i % columns())] = own[i];
    }
    return other;
  }

  /** Goes through a network as an input does. */
  private static final class Walk {

    private final Map<String, ParameterLayout> layouts = new LinkedHashMap<>();

    // The latest image before its places became features.
    private ExampleShape image = ExampleShape.flat(1);

    void unit(int l, UnitSpec unit, Features input) {
      List<ParameterSpec> specs = unit.parameters(input);
      List<ExampleShape> patches = new ArrayList<>();
      if (unit instanceof StackSpec stack) {
        layers(stack.layers(), input, patches);
      } else if (unit instanceof DenseSpec) {
        dense(specs, read(input), patches);
      }
      for (int i = 0; i < specs.size(); i++) {
        ParameterSpec spec = specs.get(i);
        int columns = spec.isVector() ? spec.extents().getFirst() : spec.fanIn();
        boolean known = i < patches.size() && patches.get(i).size() == columns;
        String name = "layer" + l + "." + spec.name();
        layouts.put(
            name,
            new ParameterLayout(name, spec, known ? patches.get(i) : ExampleShape.flat(columns)));
      }
    }

    private Features layers(List<Layer> layers, Features input, List<ExampleShape> patches) {
      Features features = input;
      for (Layer layer : layers) {
        layer(layer, features, patches);
        features = layer.output(features);
      }
      return features;
    }

    private void layer(Layer layer, Features input, List<ExampleShape> patches) {
      List<ParameterSpec> specs = layer.parameters(input);
      switch (layer) {
        case Residual residual -> {
          ExampleShape before = image;
          layers(residual.body(), input, patches);
          ExampleShape after = image;
          image = before;
          layers(residual.skip(), input, patches);
          image = after;
        }
        case Flatten _ -> image = read(input);
        case Dense _ -> dense(specs, read(input), patches);
        case Norm _ -> {
          for (int i = 0; i < specs.size(); i++) {
            patches.add(input.shape().isFlat() ? read(input) : ExampleShape.flat(1));
          }
        }
        default -> {
          for (ParameterSpec spec : specs) {
            List<Integer> own = spec.extents();
            boolean convolution = own.size() == 4 && own.get(1) * own.get(2) > 1;
            patches.add(
                convolution
                    ? new ExampleShape(own.get(1), own.get(2), own.get(3))
                    : own.size() == 4 ? read(input) : ExampleShape.flat(1));
          }
          image = specs.isEmpty() ? image : ExampleShape.flat(1);
        }
      }
    }

    private void dense(List<ParameterSpec> specs, ExampleShape image, List<ExampleShape> patches) {
      for (ParameterSpec spec : specs) {
        patches.add(spec.isVector() ? ExampleShape.flat(1) : image);
      }
      this.image = ExampleShape.flat(1);
    }

    // Features without places may be those of an image that was flattened.
    private ExampleShape read(Features input) {
      return input.shape().isFlat() && image.size() == input.size() ? image : input.shape();
    }
  }
}
