package lemniscate.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import lemniscate.backend.Activation;
import lemniscate.backend.LayerOperation.Activate;
import lemniscate.backend.Operation;
import lemniscate.backend.PrimitiveOperation.AddRow;
import lemniscate.backend.PrimitiveOperation.ApplyActivation;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** That a joined pass gives the bits of its two is shown by {@link ReshapedViewsTest}. */
class BiasedActivationsTest {

  private static final int CHANNELS = 5;
  private static final int PLACES = 7;

  @Test
  void joinsABiasOfPlacesWithTheActivationOfImages() {
    try (CpuBackend backend =
            new CpuBackend(DType.FLOAT32, 1, new JavaProduct("plain Java"), CpuKernels.best());
        Arena arena = backend.newArena()) {
      Tensor u = arena.allocate(new Shape(3, PLACES * CHANNELS));
      Tensor h = arena.allocate(u.shape());
      Tensor row = arena.allocate(new Shape(1, CHANNELS));
      Tensor places = u.reshaped(3 * PLACES, CHANNELS);
      Operation bias = new AddRow(row, places);
      assertThat(BiasedActivations.link(List.of(bias, new ApplyActivation(Activation.TANH, u, h))))
          .singleElement()
          .isInstanceOfSatisfying(
              Activate.class,
              joined -> {
                assertThat(joined.u().isSameView(places)).isTrue();
                assertThat(joined.h().shape()).isEqualTo(places.shape());
              });
    }
  }

  @Test
  void leavesWhatReadsOtherMemoryOrIsInPlace() {
    try (CpuBackend backend =
            new CpuBackend(DType.FLOAT32, 1, new JavaProduct("plain Java"), CpuKernels.best());
        Arena arena = backend.newArena()) {
      Tensor u = arena.allocate(new Shape(4, PLACES * CHANNELS));
      Tensor h = arena.allocate(u.shape());
      Tensor row = arena.allocate(new Shape(1, CHANNELS));
      Tensor some = u.rows(1, 2).reshaped(2 * PLACES, CHANNELS);
      Operation bias = new AddRow(row, some);
      for (Operation activation :
          List.of(
              new ApplyActivation(Activation.TANH, u, h),
              new ApplyActivation(Activation.TANH, u.rows(2, 2), h.rows(2, 2)),
              new ApplyActivation(Activation.TANH, u.rows(1, 2), u.rows(1, 2)))) {
        List<Operation> recording = List.of(bias, activation);
        assertThat(BiasedActivations.link(recording)).isEqualTo(recording);
      }
    }
  }
}
