package lemniscate.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import lemniscate.backend.Activation;
import lemniscate.config.Config;
import lemniscate.network.Features;
import lemniscate.network.InitialDistribution;
import lemniscate.network.NetworkSpec;
import lemniscate.network.layer.Convolution;
import lemniscate.network.layer.Dense;
import lemniscate.network.layer.Flatten;
import lemniscate.network.layer.Layer;
import lemniscate.network.layer.Norm;
import lemniscate.network.layer.Pointwise;
import lemniscate.network.layer.StackSpec;
import lemniscate.tensor.ExampleShape;
import org.junit.jupiter.api.Test;

/** Where PyTorch has the numbers of a weight, by the definition of either order. */
final class ParameterLayoutTest {

  private static Map<String, ParameterLayout> layouts(ExampleShape image, String... assignments) {
    NetworkSpec network =
        Architecture.of(SmallRuns.with(Config.defaults(), assignments), image, 10);
    return ParameterLayout.of(network);
  }

  private static void isImage(ParameterLayout layout, int height, int width, int channels) {
    assertThat(layout.patch()).isEqualTo(new ExampleShape(height, width, channels));
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        for (int c = 0; c < channels; c++) {
          assertThat(layout.torchColumn((y * width + x) * channels + c))
              .isEqualTo((c * height + y) * width + x);
        }
      }
    }
  }

  @Test
  void convolutionsAndWhatReadsThem() {
    Map<String, ParameterLayout> layouts =
        layouts(new ExampleShape(12, 8, 3), "net.preset=lenet", "net.width=5", "net.bias=true");
    isImage(layouts.get("layer1.weight"), 5, 5, 3);
    assertThat(layouts.get("layer1.weight").torchExtents()).containsExactly(5, 3, 5, 5);
    isImage(layouts.get("layer2.weight"), 5, 5, 5);
    isImage(layouts.get("layer3.weight"), 3, 2, 10);
    assertThat(layouts.get("layer3.weight").torchExtents()).containsExactly(40, 60);
    isImage(layouts.get("layer4.weight"), 1, 1, 40);
    isImage(layouts.get("layer3.bias"), 1, 1, 40);
  }

  @Test
  void imagesThatWereFlattenedAndNormed() {
    Layer dense = new Dense(7, true, false);
    NetworkSpec network =
        new NetworkSpec(
            new Features(new ExampleShape(4, 6, 2), false),
            List.of(
                stack(new Convolution(3, true, 3, 1, 1, false), new Flatten()),
                stack(Norm.layer(), new Pointwise(Activation.RELU), dense),
                stack(new Dense(10, false, false))));
    Map<String, ParameterLayout> layouts = ParameterLayout.of(network);
    isImage(layouts.get("layer1.weight"), 3, 3, 2);
    isImage(layouts.get("layer2.norm1.gain"), 4, 6, 3);
    isImage(layouts.get("layer2.norm1.bias"), 4, 6, 3);
    isImage(layouts.get("layer2.dense1.weight"), 4, 6, 3);
    isImage(layouts.get("layer3.weight"), 1, 1, 7);
  }

  private static StackSpec stack(Layer... layers) {
    return new StackSpec(List.of(layers), Activation.LINEAR, InitialDistribution.NORMAL);
  }

  @Test
  void blocksAndTheirProjections() {
    Map<String, ParameterLayout> layouts =
        layouts(new ExampleShape(16, 16, 3), "net.preset=resnet18", "net.width=2", "net.depth=1");
    isImage(layouts.get("layer3.conv1.weight"), 3, 3, 2);
    isImage(layouts.get("layer3.conv2.weight"), 3, 3, 4);
    isImage(layouts.get("layer3.skip.weight"), 1, 1, 2);
    assertThat(layouts.get("layer3.skip.weight").torchExtents()).containsExactly(4, 2, 1, 1);
    isImage(layouts.get("layer6.weight"), 1, 1, 16);
  }

  @Test
  void fullyConnectedOnImagesInColour() {
    Map<String, ParameterLayout> layouts = layouts(new ExampleShape(3, 2, 4), "net.width=9");
    isImage(layouts.get("layer1.weight"), 3, 2, 4);
    double[] own = new double[9 * 24];
    own[24 + (2 * 2 + 1) * 4 + 3] = 1;
    assertThat(layouts.get("layer1.weight").toTorch(own)[24 + (3 * 3 + 2) * 2 + 1]).isEqualTo(1);
  }
}
