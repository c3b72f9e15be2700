///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//DEPS io.github.lemniscate:lemniscate-core:0.1.0-SNAPSHOT
//RUNTIME_OPTIONS --enable-native-access=ALL-UNNAMED

import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Backends;
import lemniscate.data.DataRequest;
import lemniscate.data.Datasets;
import lemniscate.mup.Scheme;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.train.Trainer;
import lemniscate.train.Training;

/** Two hidden layers by predictive coding on the bundled images: {@code jbang examples/Train.java [WIDTH [EPOCHS]]}. */
void main(String[] arguments) {
  int width = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 64;
  int epochs = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1;
  try (Backend backend = Backends.open();
      Trainer trainer =
          Training.on(backend)
              .data(Datasets.load(DataRequest.of("fashion-mnist-mini")))
              .hidden(width, 2, Activation.TANH)
              .rule(PredictiveCoding.jacobi(20, 0.1))
              .parameterization(Scheme.MUP, 64)
              .batch(128)
              .epochs(epochs)
              .prepare()) {
    IO.println("test accuracy " + trainer.run().testAccuracy());
  }
}
