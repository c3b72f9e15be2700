package lemniscate.example;

import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Backends;
import lemniscate.data.DataRequest;
import lemniscate.data.DataSplits;
import lemniscate.data.Datasets;
import lemniscate.mup.Scheme;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.train.Trainer;
import lemniscate.train.Training;
import lemniscate.train.TrainingResult;

/** Data, network, rule, width scaling, training, evaluation. */
public final class QuickStart {

  private QuickStart() {}

  /**
   * Trains on the bundled images.
   *
   * @return the test accuracy
   */
  static double train(int width, int epochs) {
    DataSplits data = Datasets.load(DataRequest.of("fashion-mnist-mini"));
    try (Backend backend = Backends.open();
        Trainer trainer =
            Training.on(backend)
                .data(data)
                .hidden(width, 2, Activation.TANH)
                .rule(PredictiveCoding.jacobi(20, 0.1))
                .parameterization(Scheme.MUP, 64)
                .batch(128)
                .epochs(epochs)
                .prepare()) {
      TrainingResult result = trainer.run();
      return result.testAccuracy();
    }
  }

  /** The default run of the command line. */
  public static void main(String[] arguments) {
    System.out.println("test accuracy " + train(256, 5));
  }
}
