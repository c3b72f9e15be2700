package lemniscate.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DefaultThreadsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        // OMP_NUM_THREADS | SLURM_CPUS_PER_TASK | threads of 8 processors | left aside
        "- | - | 8 | 0",
        "3 | - | 3 | 0",
        "- | 5 | 5 | 0",
        "3 | 5 | 3 | 0",
        "4,2 | - | 4 | 0",
        "64 | - | 8 | 0",
        "'' | 5 | 5 | 0",
        "0 | 5 | 5 | 1",
        "-2 | - | 8 | 1",
        "many | 1.5 | 8 | 2",
        "99999999999 | 5 | 5 | 1",
      })
  void whatIsNamedDecides(String openMp, String slurm, int threads, int warnings) {
    Map<String, String> environment = new HashMap<>();
    if (openMp != null) {
      environment.put("OMP_NUM_THREADS", openMp);
    }
    if (slurm != null) {
      environment.put("SLURM_CPUS_PER_TASK", slurm);
    }
    DefaultThreads found = DefaultThreads.of(environment, 8);
    assertThat(found.threads()).isEqualTo(threads);
    assertThat(found.warnings()).hasSize(warnings).allMatch(line -> line.contains("expected"));
  }
}
