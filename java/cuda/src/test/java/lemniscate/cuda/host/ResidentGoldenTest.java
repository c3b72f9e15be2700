package lemniscate.cuda.host;

import lemniscate.backend.Backend;
import lemniscate.rule.GoldenRules;
import lemniscate.tensor.DType;
import org.junit.jupiter.api.AfterAll;

/** The golden vectors of every rule, with resident relaxations. */
final class ResidentGoldenTest extends GoldenRules {

  private static final ResidentDevices DEVICES = ResidentDevices.ofBlocks();

  @Override
  public Backend open(DType dtype) {
    return DEVICES.open(dtype);
  }

  @AfterAll
  static void someWereResident() {
    DEVICES.requireResident();
  }
}
