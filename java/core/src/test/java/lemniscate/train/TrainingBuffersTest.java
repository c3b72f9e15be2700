package lemniscate.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendMemory;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.tensor.Arena;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TrainingBuffersTest {

  private static final int STEPS = 2;

  /** The backend, keeping the arenas that it hands out. */
  private static Backend watching(Backend backend, List<Arena> arenas) {
    return (Backend)
        Proxy.newProxyInstance(
            Backend.class.getClassLoader(),
            new Class<?>[] {Backend.class},
            (_, method, arguments) -> {
              Object result = method.invoke(backend, arguments);
              if (result instanceof Arena arena) {
                arenas.add(arena);
              }
              return result;
            });
  }

  @ParameterizedTest
  @CsvSource({
    "rule=bp, optim.name=sgd, precision=fp32",
    "rule=bp, optim.name=adam, net.bias=true",
    "rule=pc, optim.name=momentum, pc.scheme=jacobi",
    "rule=pc, net.depth=3, pc.scheme=si",
    "rule=pc, net.depth=4, pc.scheme=fpa",
    "rule=pc, net.bias=true, pc.scheme=zil",
    "rule=pc, precision=fp64, pc.scheme=ipc",
    "rule=pc, pc.maxSteps=5, pc.scheme=equilibrium",
    "rule=pc, pc.convention=a, pc.scheme=jacobi",
    "rule=pc, pc.rate=auto, pc.momentum=auto, net.depth=3",
    "rule=pc, pc.nudge=clamped, pc.nudgePhase=centred, loss=mse",
    "rule=pc, pc.maxSteps=5, pc.scheme=equilibrium, pc.nudge=weak, pc.nudgePhase=centred",
    "rule=pc, pc.precision=spiking, pc.update=forward",
    "rule=gnt, net.depth=3, net.bias=true",
    "rule=tp, optim.name=momentum, net.depth=3",
    "rule=tp, tp.variant=ldrl, precision=fp32",
    "rule=tp, tp.variant=ddtp, precision=fp64",
    "rule=dfa, optim.name=adam, net.depth=3",
    "rule=pepita, pepita.variant=hebbian, pepita.dropout=0.1",
    "rule=pepita, pepita.projection=normal, pepita.mirrorEvery=1, net.norm=batch",
    "rule=pepita, metrics.feedback=true, 'metrics.angleTo=bp,gnt,tp'",
    "rule=ff, ff.peerNormalization=0.3, net.depth=3",
    "rule=ff, ff.epochsPerLayer=1, ff.prediction=probe",
  })
  void planIsWhatTrainingAllocates(String first, String second, String third) {
    Config config =
        SmallRuns.with(
            SmallRuns.config(),
            "backend=cpu",
            "threads=1",
            // What recordings pack is held in no arena of the trainer's; PlannedPanelsTest has it.
            "cpu.products=blas",
            "train.steps=" + STEPS,
            "net.width=19",
            first,
            second,
            third);
    Experiment experiment = Experiment.of(config);
    List<Arena> arenas = new ArrayList<>();
    try (Backend backend = Experiment.openBackend(config, line -> {})) {
      long planned = TrainingBuffers.bytes(backend, experiment.spec(), experiment.diagnostics());
      try (Trainer trainer =
          new Trainer(
              watching(backend, arenas),
              experiment.spec(),
              experiment.data(),
              experiment.diagnostics())) {
        assertThat(trainer.run().steps()).isEqualTo(STEPS);
        long allocated = arenas.stream().mapToLong(Arena::allocatedBytes).sum();
        assertThat(planned).isEqualTo(allocated).isPositive();
      }
    }
  }

  /** Direct feedback has but one kernel, where difference targets have one a layer, all at once. */
  @Test
  void kernelsOfAllLayersAreCounted() {
    long kernel = 16 * 16 * Float.BYTES;
    long[] beyondDirect = new long[2];
    for (int further = 0; further < 2; further++) {
      int depth = 4 + further;
      beyondDirect[further] = bytes("dtp", depth) - bytes("ddtp", depth);
    }
    // Of four hidden layers, those of 2 to 4; the output has its own in either.
    assertThat(beyondDirect[0]).isEqualTo(3 * kernel);
    assertThat(beyondDirect[1]).isEqualTo(4 * kernel);
  }

  private static long bytes(String variant, int depth) {
    Config config =
        SmallRuns.with(
            SmallRuns.config(),
            "backend=cpu",
            "threads=1",
            "precision=fp32",
            "rule=tp",
            "tp.feedback=ridge",
            "tp.variant=" + variant,
            "train.batch=16",
            "net.width=19",
            "net.depth=" + depth);
    try (Backend backend = Experiment.openBackend(config, line -> {})) {
      return TrainingBuffers.bytes(backend, Experiment.of(config).spec());
    }
  }

  @Test
  void wideNetworksAreRefusedAtOnce() {
    Config config =
        SmallRuns.with(SmallRuns.config(), "backend=cpu", "threads=1", "net.width=4000000");
    Experiment experiment = Experiment.of(config);
    try (Backend backend = Experiment.openBackend(config, line -> {})) {
      // Weights and gradients of 4·10⁶ × 4·10⁶ in float32: 128 TB.
      assertThat(TrainingBuffers.bytes(backend, experiment.spec()))
          .isBetween(128_000_000_000_000L, 129_000_000_000_000L);
      assertThatThrownBy(
              () -> TrainingBuffers.requireRoom(backend, experiment.spec(), DiagnosticsSpec.NONE))
          .isInstanceOf(BadInputException.class)
          .hasMessageContainingAll("net.width is 4000000", "128.0 TB", "are free", "at most");
    }
  }

  @Test
  void theLargestWidthThatIsNamedFits() {
    Config config = SmallRuns.with(SmallRuns.config(), "net.width=512");
    Experiment experiment = Experiment.of(config);
    try (Backend backend = Experiment.openBackend(config, line -> {})) {
      long room = TrainingBuffers.bytes(backend, experiment.spec().withHiddenWidth(300));
      BackendMemory memory = new BackendMemory("memory", OptionalLong.of(room), 1);
      Backend small =
          (Backend)
              Proxy.newProxyInstance(
                  Backend.class.getClassLoader(),
                  new Class<?>[] {Backend.class},
                  (_, method, arguments) ->
                      method.getName().equals("memory")
                          ? memory
                          : method.invoke(backend, arguments));
      assertThatThrownBy(
              () -> TrainingBuffers.requireRoom(small, experiment.spec(), DiagnosticsSpec.NONE))
          .hasMessageContaining("at most 300,");
    }
  }
}
