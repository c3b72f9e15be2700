package lemniscate.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.network.NetworkSpec;
import lemniscate.network.UnitSpec;
import lemniscate.network.layer.Preset;
import lemniscate.tensor.ExampleShape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Networks that configurations describe by a preset or a list of layers. */
final class ArchitectureOfConfigTest {

  private static final ExampleShape IMAGE = new ExampleShape(16, 16, 3);

  private static NetworkSpec network(ExampleShape input, String... settings) {
    Config config = Config.defaults();
    for (String setting : settings) {
      config = config.withAssignment(setting, "--set");
    }
    return Architecture.of(config, input, 10);
  }

  private static List<String> kinds(NetworkSpec network) {
    return network.units().stream().map(UnitSpec::kind).toList();
  }

  /** Parameters counted by hand, without biases. */
  @ParameterizedTest
  @CsvSource({
    // 5·5·3·4 + 5·5·4·8 + (4·4·8)·32 + 32·32 + 32·10
    "lenet, 2, 6540",
    // 27·4 + 36·8 + 72·16 + 144·16 + 16·10
    "vgg5, 2, 4012",
    // 27·4 + 36·4 + 36·8 + 72·8 + 72·16 + 144·16 + (2·2·16)·10
    "vgg7, 2, 5212",
    // 768·4 + 3 (4·4) + 4·10
    "resmlp, 3, 3160",
    // 27·4; 2·36·4; 36·8 + 72·8 + 32; 72·16 + 144·16 + 128; 144·32 + 288·32 + 512; 32·10
    "resnet18, 1, 19532"
  })
  void presetsHaveTheirParameters(String preset, int depth, long count) {
    NetworkSpec network =
        network(IMAGE, "net.preset=" + preset, "net.width=4", "net.depth=" + depth);
    assertThat(network.parameterCount()).isEqualTo(count);
    assertThat(network.outputs()).isEqualTo(10);
    assertThat(network.size().width()).isEqualTo(4);
  }

  @Test
  void depthCountsResidualAdditions() {
    assertThat(network(IMAGE, "net.preset=resnet18", "net.width=2").size().depth()).isEqualTo(8);
    assertThat(network(IMAGE, "net.preset=resmlp", "net.depth=7").size().depth()).isEqualTo(7);
    assertThat(network(IMAGE, "net.preset=lenet").size().depth()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"RESMLP", "LENET", "VGG5", "VGG7", "RESNET18"})
  void widthsScaleTogether(Preset preset) {
    NetworkSpec narrow = network(IMAGE, "net.preset=" + preset.configName(), "net.width=4");
    NetworkSpec wide = network(IMAGE, "net.preset=" + preset.configName(), "net.width=12");
    assertThat(narrow.withHiddenWidth(12)).isEqualTo(wide);
  }

  @Test
  void listsAreCutIntoUnits() {
    NetworkSpec network =
        network(
            IMAGE,
            "net.layers=[{conv: 4, kernel: 5}, {pool: max}, {conv: 6, stride: 2, activation: relu},"
                + " {residual: [{norm: rms}, {conv: 6}, {activation: relu}, {conv: 6}]},"
                + " {residual: [{conv: 8, stride: 2}], skip: [{conv: 8, kernel: 1, stride: 2}]},"
                + " flatten, {dense: 9}, {dense: 5}, {norm: layer}]");
    assertThat(kinds(network))
        .containsExactly(
            "conv-activation-pool", "conv", "residual", "residual", "dense", "dense", "norm-dense");
    assertThat(network.features(2).shape()).isEqualTo(new ExampleShape(4, 4, 6));
    assertThat(network.features(4).shape()).isEqualTo(new ExampleShape(2, 2, 8));
    assertThat(network.size().depth()).isEqualTo(2);
  }

  @Test
  void widthRescalesAList() {
    String list = "net.layers=[{conv: 4}, {pool: average}, {conv: 8}, {dense: 6}]";
    assertThat(network(IMAGE, list, "net.width=6"))
        .isEqualTo(
            network(IMAGE, list.replace("4", "6").replace("8", "12").replace("e: 6", "e: 9")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "[{convolution: 3}]; '--set: net.layers has a layer ''convolution''; expected one of"
            + " conv,'",
        "[{conv: 3, kernal: 5}]; Did you mean 'kernel'?",
        "[{conv: 0}]; expected an integer from 1 to 16777216",
        "[{conv: x}]; has conv 'x'; expected an integer from 1 to 16777216",
        "[{pool: median}]; expected one of max, average, global",
        "[{dense: 3}, {pool: max}]; follows a dense layer; expected an image",
        "[{activation: relu}]; stands by itself",
        "[{conv: 4, activation: rleu}]; has activation 'rleu'",
        "[{residual: []}]; expected a list of layers",
        "[{dense: 4}, {conv: 3}]; unit 2 of the network (conv): a convolution of kernel 3 on 4",
        "[{pool: max, kernel: 20}, {dense: 3}]; a pool of 20 x 20 on 16 x 16 x 3",
        "[{conv: 4}, {residual: [{conv: 8}]}]; whose body gives 16 x 16 x 8 beside 16 x 16 x 4",
        "[{conv: 4, kernel: 9, padding: 9}]; padding 9 of a window of 9 x 9"
      })
  void refusesWhatDoesNotFit(String list, String message) {
    assertThatThrownBy(() -> network(IMAGE, "net.layers=" + list))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining(message);
  }

  @Test
  void refusesWhatIsSaidTwiceOrCannotBeBuilt() {
    assertThatThrownBy(() -> network(IMAGE, "net.layers=[{dense: 3}]", "net.depth=3"))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("net.depth is given beside net.layers");
    assertThatThrownBy(() -> network(new ExampleShape(8, 8, 3), "net.preset=vgg5"))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining(
            "unit 4 of the network (conv-activation-pool): a convolution of kernel 3 on 1024");
    assertThatThrownBy(() -> network(ExampleShape.flat(32), "net.preset=lenet"))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("on 32 features without places");
    assertThatThrownBy(() -> network(IMAGE, "net.preset=vgg5", "net.depth=3"))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("vgg5 has its depth in its name");
  }
}
