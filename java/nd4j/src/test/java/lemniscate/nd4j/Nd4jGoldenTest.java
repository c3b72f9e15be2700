package lemniscate.nd4j;

import lemniscate.backend.Backend;
import lemniscate.rule.GoldenRules;
import lemniscate.tensor.DType;

/** Every rule against the golden vectors on ND4J. */
final class Nd4jGoldenTest extends GoldenRules {

  @Override
  public Backend open(DType dtype) {
    return new Nd4jBackend(dtype, 2);
  }
}
