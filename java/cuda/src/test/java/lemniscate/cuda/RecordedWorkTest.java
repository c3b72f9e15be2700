package lemniscate.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.Backends;
import lemniscate.backend.Precision;
import lemniscate.cuda.driver.Launch;
import lemniscate.cuda.driver.ListingDevice;
import lemniscate.cuda.kernel.Relaxations;
import lemniscate.timing.RecordedSteps;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said of how relaxations run. */
final class RecordedWorkTest {

  private static Launch launch(String kernel, int blocks, int sharedBytes, int cluster) {
    return new Launch(kernel, blocks, 1, 32, false, sharedBytes, cluster, List.of(), List.of());
  }

  @Test
  void programsAreNamedAndTheRestCounted() {
    Launch program = launch("resident_program_f32", 4, 100_000, 1);
    assertThat(RecordedWork.described(List.of())).isEqualTo("0 nodes");
    assertThat(RecordedWork.described(List.of(launch("fill_f32", 1, 0, 1))))
        .isEqualTo("1 node: 1 launch");
    assertThat(
            RecordedWork.described(
                List.of(
                    program,
                    launch("fill_f32", 1, 0, 1),
                    program,
                    launch("copy_f32", 1, 0, 1),
                    launch("some_program_bf16", 8, 2048, 8))))
        .isEqualTo(
            "5 nodes: 2 x resident_program_f32 (4 blocks, 98 KiB of shared memory each),"
                + " some_program_bf16 (8 blocks in clusters of 8, 2 KiB of shared memory each),"
                + " 2 launches");
  }

  /** Steps of 784-W-W-10, as {@code doctor} shows them. */
  @ParameterizedTest
  @CsvSource({
    "ORDINARY, FP32, 128, 14 nodes: row_program_f32 (8 blocks)",
    "ORDINARY, TF32, 512, 154 nodes: 84 products",
    "RESIDENT, FP32, 128, 'resident_program_f32 (4 blocks, '",
    "RESIDENT, TF32, 128, 'resident_program_tf32 (4 blocks, '",
    "RESIDENT, BF16, 256, 'resident_program_bf16 (4 blocks, '",
  })
  void aStepSaysHowItsRelaxationRuns(
      Relaxations relaxations, Precision precision, int width, String expected) {
    try (Backend backend = new CudaBackend(new ListingDevice(132), precision, relaxations)) {
      Map<Integer, String> texts = RecordedSteps.of(backend);
      assertThat(texts.keySet()).containsExactlyElementsOf(RecordedSteps.WIDTHS);
      assertThat(texts.get(width)).contains(expected);
      assertThat(backend.recordings()).as("those of closed plans").isEmpty();
    }
  }

  /** A backend that does all within its calls has nothing to choose. */
  @Test
  void othersSayNothing() {
    try (Backend backend = Backends.open("cpu", BackendOptions.defaults())) {
      assertThat(RecordedSteps.of(backend)).isEmpty();
      assertThat(backend.recordings()).isEmpty();
    }
  }
}
