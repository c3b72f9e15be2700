package lemniscate.train;

import java.util.function.Consumer;
import lemniscate.backend.Backend;
import lemniscate.backend.CountingBackend;
import lemniscate.backend.MemoryPlan;
import lemniscate.config.BadInputException;
import lemniscate.network.Network;
import lemniscate.optim.ParameterUpdate;
import lemniscate.rule.RuleContext;
import lemniscate.rule.RuleStep;
import lemniscate.tensor.Arena;

/**
 * Everything that a run keeps in a backend's memory.
 *
 * @param network weights and gradients
 * @param update the optimiser's state
 * @param rule buffers of a training step
 * @param evaluator buffers of an evaluation
 * @param diagnostics buffers of what else is measured
 */
public record TrainingBuffers(
    Network network,
    ParameterUpdate update,
    RuleStep rule,
    Evaluator evaluator,
    Diagnostics diagnostics)
    implements AutoCloseable {

  /** Allocates everything but diagnostics and draws the weights. */
  public static TrainingBuffers allocate(Backend backend, Arena arena, TrainingSpec spec) {
    return allocate(backend, arena, spec, DiagnosticsSpec.NONE, _ -> {});
  }

  /**
   * Allocates everything and draws the weights.
   *
   * @param initial puts others in their place, before the rule looks at them
   */
  static TrainingBuffers allocate(
      Backend backend,
      Arena arena,
      TrainingSpec spec,
      DiagnosticsSpec measured,
      Consumer<Network> initial) {
    Network network =
        Network.create(backend, arena, spec.network(), spec.parameterization(), spec.seed());
    initial.accept(network);
    ParameterUpdate update = new ParameterUpdate(backend, arena, network, spec.optimizer());
    RuleContext context =
        new RuleContext(backend, arena, network, spec.loss(), spec.batch(), update, spec.seed());
    RuleStep rule = spec.rule().prepare(context);
    return new TrainingBuffers(
        network,
        update,
        rule,
        new Evaluator(backend, arena, network, spec.rule(), spec.loss(), spec.batch()),
        new Diagnostics(measured, context, spec.optimizer(), rule));
  }

  /** The bytes that a run without diagnostics takes on a backend; nothing is allocated. */
  public static long bytes(Backend backend, TrainingSpec spec) {
    return bytes(backend, spec, DiagnosticsSpec.NONE);
  }

  /** The bytes that a run takes on a backend; nothing is allocated. */
  static long bytes(Backend backend, TrainingSpec spec, DiagnosticsSpec measured) {
    return MemoryPlan.bytes(
        backend,
        counting -> {
          try (Arena arena = counting.newArena();
              TrainingBuffers buffers = allocate(counting, arena, spec, measured, _ -> {})) {
            buffers.rule().run();
            buffers.diagnostics().warmUp();
          }
        });
  }

  /**
   * Floating-point operations of the products of a training step, convolutions among them; nothing
   * is allocated or computed. An inference that looks at what it has found counts as it begins.
   */
  public static double flops(Backend backend, TrainingSpec spec) {
    CountingBackend counting = CountingBackend.ofWork(backend);
    try (Arena arena = counting.newArena();
        TrainingBuffers buffers = allocate(counting, arena, spec, DiagnosticsSpec.NONE, _ -> {})) {
      double before = counting.flops();
      buffers.rule().run();
      return counting.flops() - before;
    }
  }

  /**
   * Refuses a run that does not fit the backend's memory.
   *
   * @throws BadInputException as {@link MemoryPlan#requireFits}
   */
  public static void requireRoom(Backend backend, TrainingSpec spec, DiagnosticsSpec measured) {
    MemoryPlan.requireFits(
        backend.memory(),
        spec.network().size().width(),
        width -> bytes(backend, spec.withHiddenWidth(width), measured));
  }

  /** Frees the recorded plans; the memory belongs to the arena. */
  @Override
  public void close() {
    rule.close();
    evaluator.close();
    diagnostics.close();
  }
}
