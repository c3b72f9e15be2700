package lemniscate.train;

import static lemniscate.train.SmallRuns.config;
import static lemniscate.train.SmallRuns.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import lemniscate.backend.Activation;
import lemniscate.backend.Loss;
import lemniscate.backend.UpdatePasses.AdamCoefficients;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.data.Augmentation;
import lemniscate.data.DataOptions;
import lemniscate.data.SplitOptions;
import lemniscate.data.TableOptions;
import lemniscate.network.ActivityNorm;
import lemniscate.optim.LearningRateSchedule;
import lemniscate.optim.Muon;
import lemniscate.optim.Optimizer;
import lemniscate.rule.LearningRule;
import lemniscate.rule.TrainingSetting;
import lemniscate.rule.pc.Inference;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.tensor.ExampleShape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ExperimentTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "train.batch=54; examples",
        "data.name=synthetic-regression and loss=ce; regression targets",
        "pc.gamma=[1, 2, 3]; lists 3 numbers",
        "pc.scheme=zil and pc.gammaLast=2; zil needs",
        "pc.gammaExponent=-2; at least -1",
        "optim.schedule=step; optim.stepEvery",
        "optim.schedule=linear-warmup; optim.warmupSteps",
        "optim.schedule=cosine and optim.warmupSteps=20; shorter rise",
        "optim.warmupSteps=5; has no rise",
        "rule=pepita and pepita.variant=tl and optim.name=adam; nearly cancel",
        "rule=pepita and pepita.mirrorEvery=2; has no factors",
        "rule=pepita and pepita.mirrorLr=0.2; nothing mirrors",
        "rule=pepita and pepita.projection=normal and pepita.mirrorWarmupEpochs=2; never learn",
        "rule=pepita and pepita.projection=normal and pepita.mirrorEvery=1 and pepita.mirrorLr=3;"
            + " at most 1/pepita.mirrorLr",
        "rule=pepita and pepita.variant=afa and net.norm=batch; first order",
        "rule=bp and net.norm=example; does not differentiate",
        "rule=pepita and net.norm=batch and metrics.angleTo=bp; does not differentiate",
        "optim.name=adam and optim.decay=coupled; decoupled",
        "optim.name=adamw and optim.decay=coupled; independent or decoupled",
        "optim.name=muon and optim.decay=coupled; independent or decoupled",
        "optim.name=muon and muon.outerRate=0.1; add muon.weights hidden",
        "optim.schedule=wsd and optim.warmupSteps=19; overlap",
        "rule=pepita and pepita.variant=tl and optim.name=muon; nearly cancel",
        "rule=tp and tp.variant=ldrl and tp.feedbackOptimizer=muon; no width exponent",
        "optim.schedule=step and optim.stepEvery=3 and optim.stepEpochs=[1, 2]; one of them",
        "optim.schedule=step and optim.stepEpochs=[2, 2]; growing",
        "rule=tp and tp.variant=ldrl and tp.feedback=ridge; tp.feedback must be learned",
        "rule=tp and tp.variant=fixed and tp.feedback=pinv; tp.feedback must be random",
        "rule=tp and tp.variant=tp and tp.feedback=transpose; must invert",
        "rule=tp and tp.variant=tp and tp.feedback=random; must invert",
        "rule=tp and tp.variant=tp and tp.feedback=pinv; no width exponent",
        "rule=tp and tp.variant=ddtp and tp.feedback=transpose; use rule bp or gnt",
        "rule=tp and tp.activation=tanh; maps are linear",
        "rule=tp and tp.hiddenUnits=5; maps are linear",
        "rule=tp and tp.variant=drl and tp.hiddenUnits=5; only the maps of tp.variant ddtp",
        "rule=tp and tp.damping=[0.1, 0.1, 0.1]; one for each of the layers 2 to 3",
        "rule=tp and tp.feedback=pinv and tp.damping=[0.1, 0.2]; one number for all layers",
        "rule=tp and tp.variant=ldrl and tp.feedbackOptimizer=adam; no width exponent",
        "rule=tp and tp.variant=drl and tp.warmupEpochs=2; would never learn",
        "rule=ff and data.name=synthetic-regression; class labels",
        "rule=ff and ff.threshold=1; stays below 1",
        "rule=ff and metrics.angleTo=bp; no angle",
        "rule=ff and ff.epochsPerLayer=2 and optim.name=adam; ff.epochsPerLayer",
        "rule=ff and ff.probeRate=2 and optim.name=adam; ff.probeRate",
        "data.name=nowhere; unknown",
        "data.train=100000000 and data.name=fashion-mnist-mini; data.train",
      })
  void refusesWhatDoesNotGoTogether(String assignments, String reason) {
    Config config = with(config(), assignments.split(" and "));
    assertThatThrownBy(() -> Experiment.of(config))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining(reason.strip());
  }

  @Test
  void turnsKeysIntoObjects() {
    Experiment experiment =
        Experiment.of(
            with(
                config(),
                "pc.scheme=equilibrium",
                "pc.rate=0.25",
                "pc.tolerance=1e-3",
                "pc.maxSteps=44",
                "net.depth=3",
                "net.bias=true",
                "optim.schedule=cosine",
                "optim.warmupSteps=2",
                "optim.finalFactor=0.5"));
    TrainingSpec spec = experiment.spec();
    assertThat(((PredictiveCoding) spec.rule()).inference())
        .isEqualTo(new Inference.Equilibrium(44, 0.25, 1e-3));
    assertThat(spec.network().widths()).containsExactly(32, 7, 7, 7, 10);
    assertThat(spec.network().bias()).isTrue();
    // 53 / 5 full batches in each of two epochs.
    assertThat(spec.steps()).isEqualTo(20);
    assertThat(spec.schedule()).isEqualTo(new LearningRateSchedule.Cosine(20, 2, 0.5));
    assertThat(Experiment.of(with(config(), "train.steps=7")).spec().steps()).isEqualTo(7);
  }

  @Test
  void fillsInTheLearningRate() {
    Config unset = config().with("optim.lr", "unset", "test");
    double rate =
        PredictiveCoding.jacobi(3, 0.1)
            .usualLearningRate(
                new TrainingSetting(
                    new Optimizer.Adam(), Loss.CROSS_ENTROPY, Activation.TANH, ActivityNorm.NONE));
    assertThat(
            Experiment.completed(with(unset, "optim.name=adam", "loss=ce"))
                .get(ConfigSchema.OPTIM_LR))
        .hasValue(rate);
    assertThat(Experiment.completed(config()).get(ConfigSchema.OPTIM_LR)).hasValue(0.03);
  }

  // T updates of a batch move the weights about as far as one.
  @Test
  void sharesTheLearningRateAmongTheUpdatesOfABatch() {
    double once = ofSgd(PredictiveCoding.jacobi(20, 0.1));
    PredictiveCoding incremental = PredictiveCoding.of(new Inference.Incremental(20, 0.1));
    assertThat(ofSgd(incremental)).isEqualTo(once / 20);
  }

  private static double ofSgd(LearningRule rule) {
    return rule.usualLearningRate(
        new TrainingSetting(new Optimizer.Sgd(), Loss.MSE, Activation.TANH, ActivityNorm.NONE));
  }

  @Test
  void resolvesPathsThatDependOnTheDirectory() {
    Experiment experiment = Experiment.of(config());
    for (String prefix : List.of("npz:", "idx:")) {
      Config relative = with(config(), "data.name=" + prefix + "some/file");
      Experiment other =
          new Experiment(
              relative, experiment.data(), experiment.spec(), DiagnosticsSpec.NONE, List.of());
      assertThat(other.resolved("cpu").get(ConfigSchema.DATA_NAME))
          .isEqualTo(prefix + Path.of("some/file").toAbsolutePath());
      assertThat(other.resolved("cpu").get(ConfigSchema.BACKEND)).isEqualTo("cpu");
    }
  }

  @Test
  void changesTrainingImagesAsItsKeysSay() {
    assertThat(Experiment.of(config()).spec().augmentation()).isEqualTo(Augmentation.NONE);
    Config images = with(config(), "data.name=fashion-mnist-mini");
    assertThat(Experiment.of(with(images, "data.augment=flip")).spec().augmentation())
        .isEqualTo(new Augmentation(0, true));
    assertThat(Experiment.of(with(images, "data.augment=[crop, flip]")).spec().augmentation())
        .isEqualTo(new Augmentation(4, true));
    Config wide = with(images, "data.augment=crop", "data.cropPadding=6");
    assertThat(Experiment.of(wide).spec().augmentation()).isEqualTo(new Augmentation(6, false));
    assertThat(wide.hash()).isNotEqualTo(images.hash());
    for (String[] keys :
        new String[][] {
          {"data.augment=flip", "data.cropPadding=6", "data.augment has no crop"},
          {"data.augment=crop", "data.cropPadding=28", "are 28 x 28 x 1"},
          {"data.augment=flip", "data.name=synthetic", "rows of 32 numbers"},
        }) {
      assertThatThrownBy(() -> Experiment.of(with(images, keys[0], keys[1])))
          .isInstanceOf(BadInputException.class)
          .hasMessageContaining(keys[2]);
    }
  }

  @Test
  void asksForTheDataThatItsKeysDescribe() {
    Config config =
        with(
            config(),
            "data.files=[a, b/c, d, e]",
            "data.classes=7",
            "data.shape=[4, 5]",
            "data.labels=coarse");
    assertThat(Experiment.dataRequest(config).options())
        .isEqualTo(
            new DataOptions(
                Stream.of("a", "b/c", "d", "e").map(Path::of).toList(),
                7,
                new ExampleShape(4, 5, 1),
                "coarse"));
    assertThat(Experiment.dataRequest(config()).options()).isEqualTo(DataOptions.NONE);
    Config table =
        with(
            config(),
            "data.label=species",
            "data.drop=[id, 2]",
            "data.header=true",
            "data.task=classification",
            "data.testFraction=0.25",
            "data.splitSeed=3");
    assertThat(Experiment.dataRequest(table).options())
        .isEqualTo(
            new DataOptions(
                null,
                null,
                null,
                null,
                new SplitOptions(null, 0.25, 3L),
                new TableOptions("species", List.of("id", "2"), true, "classification")));
    assertThatThrownBy(() -> Experiment.of(with(config(), "data.files=[a, b]")))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("data.files is [a, b], expected four files");
  }

  /** Invariant V81, first half: independent decay of η λ is decoupled decay of λ. */
  @Test
  void independentDecayIsThatOfTheStep() {
    Config adamw = with(config(), "optim.name=adamw", "optim.lr=0.02", "optim.weightDecay=0.003");
    assertThat(Experiment.optimizer(adamw).weightDecay()).isEqualTo(0.003 / 0.02);
    assertThat(Experiment.completed(adamw).get(ConfigSchema.OPTIM_DECAY)).isEqualTo("independent");
    Config decoupled = with(adamw, "optim.decay=decoupled");
    assertThat(Experiment.optimizer(decoupled).weightDecay()).isEqualTo(0.003);
    assertThat(Experiment.completed(decoupled).get(ConfigSchema.OPTIM_DECAY))
        .isEqualTo("decoupled");
    // As before for the others, unless it is asked for; then over the usual rate where none is set.
    Config adam = with(adamw, "optim.name=adam", "optim.lr=unset");
    assertThat(Experiment.optimizer(adam).weightDecay()).isEqualTo(0.003);
    double usual = Experiment.completed(adam).get(ConfigSchema.OPTIM_LR).orElseThrow();
    assertThat(Experiment.optimizer(with(adam, "optim.decay=independent")).weightDecay())
        .isEqualTo(0.003 / usual);
  }

  @Test
  void namesMuonsScaleAndRate() {
    Config muon = with(config(), "optim.name=muon", "optim.lr=unset");
    assertThat(Experiment.optimizer(muon)).isEqualTo(new Muon());
    double adam =
        Experiment.completed(with(muon, "optim.name=adam"))
            .get(ConfigSchema.OPTIM_LR)
            .orElseThrow();
    assertThat(Experiment.completed(muon).get(ConfigSchema.OPTIM_LR)).hasValue(20 * adam);
    assertThat(Experiment.optimizer(with(muon, "muon.weights=hidden")))
        .isEqualTo(new Muon().ofHiddenWeights());
    assertThat(Experiment.optimizer(with(muon, "muon.weights=hidden", "muon.outerRate=0.3")))
        .isEqualTo(new Muon().ofHiddenWeights(0.3));
    Config moonshot = with(muon, "muon.scale=moonshot", "muon.vectorRate=0.5", "optim.beta1=0.8");
    assertThat(Experiment.completed(moonshot).get(ConfigSchema.OPTIM_LR)).hasValue(adam);
    assertThat(Experiment.optimizer(moonshot))
        .isEqualTo(
            new Muon(0.95, Muon.Scale.MOONSHOT, 0.5, new AdamCoefficients(0.8, 0.999, 1e-8), 0));
  }

  @Test
  void namesSchedulesThatFall() {
    Config wsd = with(config(), "optim.schedule=wsd", "optim.warmupSteps=3", "wsd.shape=sqrt");
    assertThat(Experiment.of(wsd).spec().schedule())
        .isEqualTo(new LearningRateSchedule.WarmupStableDecay(20, 3, 4, true, 0));
    assertThat(
            Experiment.of(with(config(), "optim.schedule=linear", "optim.finalFactor=0.1"))
                .spec()
                .schedule())
        .isEqualTo(new LearningRateSchedule.Linear(20, 0, 0.1));
    assertThat(Experiment.of(with(config(), "optim.schedule=pcx")).spec().schedule())
        .isEqualTo(new LearningRateSchedule.RiseAndCosine(20));
  }
}
