package lemniscate.cuda.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import lemniscate.backend.Backend;
import lemniscate.backend.Precision;
import lemniscate.config.Config;
import lemniscate.cuda.CudaBackend;
import lemniscate.cuda.driver.Device;
import lemniscate.cuda.kernel.Relaxations;
import lemniscate.train.Experiment;
import lemniscate.train.StepMetrics;
import lemniscate.train.StopSignal;
import lemniscate.train.Trainer;
import lemniscate.train.TrainingListener;

/**
 * A small network after some steps of predictive coding on the host execution, and what was
 * launched for them.
 *
 * @param losses of the steps
 * @param tensors of the trainer, by name
 * @param launched how often, by kernel
 * @param recorded what the recordings enqueue
 */
record TrainedOnHost(
    List<Double> losses,
    Map<String, double[]> tensors,
    Map<String, Integer> launched,
    List<Device.Work> recorded) {

  private static final String SIZES =
      "data.name=synthetic data.train=63 data.test=21 train.batch=21 train.steps=3 net.depth=3"
          + " param.baseWidth=16 seed=4 rule=pc ";

  /**
   * Trains.
   *
   * @param choices assignments of keys, over those of a batch of 21 for three steps
   */
  static TrainedOnHost by(
      String choices, Precision precision, Relaxations relaxations, HostDevice device) {
    try (Backend backend = new CudaBackend(device, precision, relaxations)) {
      return train(choices, backend, device.launched(), device.recorded());
    }
  }

  /** The losses of the same training on another backend, which is closed. */
  static List<Double> losses(String choices, Backend backend) {
    try (backend) {
      return train(choices, backend, Map.of(), List.of()).losses();
    }
  }

  private static TrainedOnHost train(
      String choices, Backend backend, Map<String, Integer> launched, List<Device.Work> recorded) {
    Config config = Config.defaults();
    for (String assignment : (SIZES + choices).split(" ")) {
      config = config.withAssignment(assignment, "test");
    }
    Experiment experiment = Experiment.of(config);
    List<Double> losses = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void onStep(StepMetrics metrics) {
            losses.add(metrics.loss());
          }
        };
    try (Trainer trainer = new Trainer(backend, experiment.spec(), experiment.data())) {
      trainer.evaluateOnlyAtTheEnd();
      trainer.run(listener, new StopSignal());
      Map<String, double[]> tensors = new TreeMap<>();
      trainer.tensors().forEach((name, tensor) -> tensors.put(name, backend.read(tensor)));
      return new TrainedOnHost(losses, tensors, Map.copyOf(launched), recorded);
    }
  }

  /**
   * How far programs may be from single launches, of the largest element: sums of at most 784 terms
   * in another order are 28 ulps of each product, of which three steps of seven relaxations chain
   * some dozens, and tanh and softmax pass on no more than they get. Of what is rounded to fewer
   * digits, four such roundings: two in each product, and a gradient is a product of products.
   */
  static double bound(Precision precision) {
    return switch (precision) {
      case FP64 -> 1e-12;
      case FP32 -> 5e-4;
      case TF32 -> 4 * 0x1p-11;
      case BF16 -> 4 * 0x1p-8;
    };
  }

  /** The largest distance of two tensors, in units of the largest element of the other's. */
  double farthestFrom(TrainedOnHost expected) {
    double farthest = 0;
    assertThat(tensors.keySet()).isEqualTo(expected.tensors.keySet()).isNotEmpty();
    for (Map.Entry<String, double[]> entry : expected.tensors.entrySet()) {
      double[] left = tensors.getOrDefault(entry.getKey(), new double[0]);
      double[] right = entry.getValue();
      double scale = 0;
      double distance = 0;
      for (int i = 0; i < right.length; i++) {
        scale = Math.max(scale, Math.abs(right[i]));
        double apart = Math.abs(left[i] - right[i]);
        assertThat(apart).as(entry.getKey()).isNotNaN();
        distance = Math.max(distance, apart);
      }
      farthest = Math.max(farthest, scale == 0 ? distance : distance / scale);
    }
    return farthest;
  }

  /** The same bits as another's. */
  void requireSameAs(TrainedOnHost expected) {
    assertThat(losses).isEqualTo(expected.losses);
    assertThat(tensors.keySet()).isEqualTo(expected.tensors.keySet()).isNotEmpty();
    expected.tensors.forEach((name, values) -> assertThat(tensors.get(name)).isEqualTo(values));
  }

  /**
   * Rounded like the library's products: as good as the library, which rounds to nearest, too; here
   * and there another number is next to a tie.
   *
   * @param exact of float64
   */
  void requireRoundedLike(TrainedOnHost library, TrainedOnHost exact, double unit) {
    assertThat(farthestFrom(exact)).isBetween(unit / 100, 4 * unit);
    assertThat(farthestFrom(exact)).isLessThan(1.25 * library.farthestFrom(exact));
    assertThat(farthestFrom(library)).isLessThan(2 * unit);
  }
}
