package lemniscate.nd4j;

import lemniscate.backend.Backend;
import lemniscate.rule.GoldenArchitectures;
import lemniscate.tensor.DType;

/** The golden vectors of convolutional and residual networks, on ND4J. */
final class Nd4jGoldenArchitecturesTest extends GoldenArchitectures {

  @Override
  public Backend open(DType dtype) {
    return new Nd4jBackend(dtype, 2);
  }

  @Override
  protected boolean relaxesQuickly() {
    return false;
  }
}
