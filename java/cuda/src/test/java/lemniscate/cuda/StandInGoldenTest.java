package lemniscate.cuda;

import lemniscate.backend.Backend;
import lemniscate.rule.GoldenRules;
import lemniscate.tensor.DType;

/** The golden vectors of every rule, through JCuda and the foreign-function binding of cuBLAS. */
final class StandInGoldenTest extends GoldenRules {

  @Override
  public Backend open(DType dtype) {
    return StandInBackend.open(dtype, 13);
  }
}
