// jshell -R--enable-native-access=ALL-UNNAMED --class-path CLASS-PATH examples/transfer.jsh
// The same learning rate at three widths, under μP: losses stay comparable, and wider is better.
import lemniscate.backend.*
import lemniscate.data.*
import lemniscate.mup.*
import lemniscate.rule.pc.*
import lemniscate.train.*

var data = Datasets.load(DataRequest.of("fashion-mnist-mini"))

double loss(int width) {
  try (var backend = Backends.open();
      var trainer = Training.on(backend).data(data).hidden(width, 2, Activation.TANH)
          .rule(PredictiveCoding.jacobi(20, 0.1)).parameterization(Scheme.MUP, 64).batch(128).epochs(1).prepare()) {
    return trainer.run().testLoss();
  }
}

for (int width : new int[] {64, 128, 256}) System.out.printf("width %d: test loss %.4f%n", width, loss(width));
/exit
