package lemniscate.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import lemniscate.rule.pc.PcFamily;
import org.junit.jupiter.api.Test;

class ConfigSchemaTest {
  @Test
  void namesAndOptionsAreUnique() {
    assertThat(ConfigSchema.KEYS).extracting(ConfigKey::name).doesNotHaveDuplicates();
    assertThat(ConfigSchema.KEYS.stream().flatMap(key -> key.options().stream()))
        .doesNotHaveDuplicates()
        .allMatch(option -> option.startsWith("--"));
  }

  /** toYaml() writes each group once and one level deep, so this must hold of any new key. */
  @Test
  void groupsStandTogetherAndAreOneLevelDeep() {
    List<String> groups = new ArrayList<>();
    for (ConfigKey<?> key : ConfigSchema.KEYS) {
      assertThat(key.name()).matches("([a-z]+\\.)?[a-zA-Z0-9]+");
      if (!key.group().isEmpty() && (groups.isEmpty() || !groups.getLast().equals(key.group()))) {
        groups.add(key.group());
      }
    }
    assertThat(groups)
        .isEqualTo(new ArrayList<>(new LinkedHashSet<>(groups)))
        .containsSubsequence(
            "data",
            "param",
            "net",
            "optim",
            "muon",
            "wsd",
            "train",
            "metrics",
            "pc",
            "tp",
            "gnt",
            "feedback",
            "pepita",
            "ff",
            "cpu",
            "cuda");
    assertThat(ConfigSchema.KEYS).extracting(ConfigKey::name).doesNotContainAnyElementsOf(groups);
  }

  @Test
  void everyDefaultIsAValueThatItsKeyTakes() {
    for (ConfigKey<?> key : ConfigSchema.KEYS) {
      assertDefaultReadsBack(key);
    }
  }

  private static <T> void assertDefaultReadsBack(ConfigKey<T> key) {
    String text = key.type().text(key.defaultValue());
    assertThat(key.parse(text, "default")).as(key.name()).isEqualTo(key.defaultValue());
  }

  /** The defaults and the keys that scripts and the documentation rely on. */
  @Test
  void defaultsAreTheDocumentedOnes() {
    assertThat(Config.defaults().toYaml())
        .isEqualTo(
            """
            data:
              name: fashion-mnist-mini
              normalize: standard
            rule: pc
            param:
              scheme: mup
              baseWidth: 64
              form: relative
              weightScale: 1
              outputScale: 1
              distribution: normal
            net:
              width: 256
              depth: 2
              activation: tanh
              bias: false
              norm: none
            loss: mse
            optim:
              name: sgd
              momentum: 0.9
              beta1: 0.9
              beta2: 0.999
              epsilon: 1.0e-8
              weightDecay: 0
              decay: decoupled
              schedule: constant
              warmupSteps: 0
              stepFactor: 0.1
              finalFactor: 0
            train:
              batch: 128
              epochs: 5
              logEvery: 10
              keepCheckpoints: 2
            metrics:
              feedback: false
            pc:
              scheme: jacobi
              steps: 20
              rate: 0.1
              gamma: 1
              gammaLast: 1
              gammaExponent: 0
              weighting: unweighted
              convention: b
              tolerance: 1.0e-6
              maxSteps: 10000
            tp:
              variant: dtp
              activation: linear
              hiddenUnits: 0
              damping: 0.1
              targetStep: 1
              noise: 0.1
              iterations: 5
              warmupEpochs: 0
              feedbackOptimizer: sgd
              feedbackDecay: 0
            gnt:
              damping: 0.001
              targetStep: 1
            pepita:
              variant: modulated
              sign: minus
              projection: uniform
              dropout: 0
              signal: error
              mirrorEvery: 0
              mirrorWarmupEpochs: 0
              mirrorLr: 0.1
              mirrorDecay: 0.5
            ff:
              goodness: sum
              threshold: 0.5
              normalization: rms
              peerNormalization: 0.03
              epochsPerLayer: 0
              prediction: goodness
              labelScale: 10
              probeRate: 1
            backend: auto
            precision: fp32
            seed: 0
            cpu:
              products: auto
            cuda:
              device: 0
              checked: false
            """);
  }

  @Test
  void shortOptions() {
    assertThat(ConfigSchema.OPTIM_LR.options()).containsExactly("--lr", "--optim.lr");
    assertThat(ConfigSchema.PARAM_SCHEME.options()).containsExactly("--scheme", "--param.scheme");
    assertThat(PcFamily.SCHEME.options()).containsExactly("--pc.scheme");
    assertThat(ConfigSchema.SEED.options()).containsExactly("--seed");
  }

  @Test
  void findsKeysByName() {
    assertThat(ConfigSchema.find("net.width")).containsSame(ConfigSchema.NET_WIDTH);
    assertThat(ConfigSchema.find("net")).isEmpty();
  }

  @Test
  void markdownTableHasOneRowPerKey() {
    String table = ConfigSchema.markdownTable();
    assertThat(table.lines()).hasSize(2 + ConfigSchema.KEYS.size());
    assertThat(table.lines()).allMatch(line -> line.chars().filter(c -> c == '|').count() == 6);
    assertThat(table)
        .startsWith("| Key | Option | Value | Default | Meaning |\n")
        .contains(
            "| `net.bias` | `--net.bias` | true or false | false | Whether layers have biases. |\n")
        .contains("| `data.train` | `--data.train` | an integer >= 1 | unset: all |");
  }
}
