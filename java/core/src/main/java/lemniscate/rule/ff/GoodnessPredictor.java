package lemniscate.rule.ff;

import lemniscate.backend.Backend;
import lemniscate.backend.Gemm;
import lemniscate.backend.Operations;
import lemniscate.network.ForwardPass;
import lemniscate.network.Network;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Use;
import lemniscate.rule.Predictor;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;

/**
 * Tries every label: the score of a class is the mean square of the activities under its label,
 * added over the hidden layers. The output is that of the readout under the neutral label.
 */
final class GoodnessPredictor implements Predictor {

  private final NetworkSpec spec;
  private final int batch;
  // A block of B rows for each class, and one for the neutral label.
  private final Tensor allLabels;
  private final Tensor labels;
  private final ForwardPass pass;
  private final Tensor goodness;
  private final Tensor identity;
  private final Tensor scores;

  GoodnessPredictor(ForwardForward rule, Backend backend, Arena arena, Network network, int batch) {
    this.spec = network.spec();
    this.batch = batch;
    int classes = spec.outputs();
    this.allLabels = arena.allocate(new Shape((classes + 1) * batch, classes));
    this.labels = arena.allocate(new Shape(batch, classes));
    this.pass = rule.labelledPass(arena, network, labels, Use.PREDICTION);
    this.goodness = arena.allocate(new Shape(classes * batch, 1));
    this.identity = arena.allocate(new Shape(classes, classes));
    this.scores = arena.allocate(new Shape(batch, classes));
    float[] rows = new float[Math.toIntExact(allLabels.elements())];
    float[] unit = new float[classes * classes];
    for (int i = 0; i < rows.length; i++) {
      int block = i / (batch * classes);
      boolean named = block == i % classes;
      rows[i] =
          (float) (block == classes ? rule.neutralLabel(classes) : named ? rule.labelScale() : 0);
    }
    for (int c = 0; c < classes; c++) {
      unit[c * classes + c] = 1;
    }
    backend.upload(rows, allLabels);
    backend.upload(unit, identity);
  }

  @Override
  public void record(Operations ops) {
    int classes = spec.outputs();
    int last = spec.layers() - 1;
    for (int c = 0; c < classes; c++) {
      ops.copy(allLabels.rows(c * batch, batch), labels);
      pass.record(ops, last);
      for (int l = 1; l <= last; l++) {
        ops.goodness()
            .measure(1.0 / spec.width(l), pass.activity(l), l > 1, goodness.rows(c * batch, batch));
      }
    }
    Tensor byClass = new Tensor(goodness.storage(), goodness.offset(), new Shape(classes, batch));
    ops.gemm(new Gemm(1, byClass, true, identity, false, 0, scores));
    ops.copy(allLabels.rows(classes * batch, batch), labels);
    pass.record(ops);
  }

  @Override
  public ForwardPass forward() {
    return pass;
  }

  @Override
  public Tensor scores() {
    return scores;
  }
}
