package lemniscate.nd4j;

import lemniscate.backend.Backend;
import lemniscate.rule.GoldenRelaxation;
import lemniscate.tensor.DType;

/** The golden vectors of relaxations, on ND4J. */
final class Nd4jGoldenRelaxationTest extends GoldenRelaxation {

  @Override
  public Backend open(DType dtype) {
    return new Nd4jBackend(dtype, 2);
  }

  @Override
  protected boolean relaxesQuickly() {
    return false;
  }
}
