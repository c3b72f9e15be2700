package lemniscate.cuda.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import lemniscate.backend.Backend;
import lemniscate.backend.Precision;
import lemniscate.config.Config;
import lemniscate.cuda.CudaBackend;
import lemniscate.train.Experiment;
import lemniscate.train.StopSignal;
import lemniscate.train.Trainer;
import lemniscate.train.TrainingListener;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Factorisations that do not wait for each other share their launches, however many layers. */
final class SharedFactorizationTest {

  private static final int STEPS = 2;

  /**
   * A matrix of 48 rows has two columns of tiles, one of 10, that of the last layer, has one. Where
   * dampings differ, neighbours with the same one are damped together.
   */
  @ParameterizedTest
  @CsvSource({
    "rule=tp, 2, 3, 1, 0",
    "rule=tp, 5, 3, 1, 0",
    "rule=tp train.batch=100, 5, 3, 1, 0",
    "rule=tp tp.feedback=pinv, 5, 3, 1, 0",
    "'rule=tp tp.damping=[0.1,0.1,0.2,0.3,0.1]', 5, 3, 1, 3",
  })
  void launchesOfAStep(String choices, int depth, int columns, int panels, int diagonals) {
    Map<String, Integer> launched = train(choices + " net.depth=" + depth);
    assertThat(launched)
        .containsEntry("cholesky_column_f32", STEPS * columns)
        .containsEntry("cholesky_panel_f32", STEPS * panels);
    assertThat(launched.getOrDefault("add_diagonal_f32", 0)).isEqualTo(STEPS * diagonals);
  }

  private static Map<String, Integer> train(String choices) {
    Config config = Config.defaults();
    String all =
        "data.name=synthetic data.train=200 data.test=20 train.batch=48 net.width=48 train.steps="
            + STEPS
            + " "
            + choices;
    for (String assignment : all.split(" ")) {
      config = config.withAssignment(assignment, "test");
    }
    Experiment experiment = Experiment.of(config);
    HostDevice device = new HostDevice(HostExecution.library(), 4);
    try (Backend backend = new CudaBackend(device, Precision.FP32);
        Trainer trainer = new Trainer(backend, experiment.spec(), experiment.data())) {
      trainer.evaluateOnlyAtTheEnd();
      trainer.run(new TrainingListener() {}, new StopSignal());
      return device.launched();
    }
  }
}
