package lemniscate.cuda.host;

import lemniscate.backend.Backend;
import lemniscate.backend.Precision;
import lemniscate.cuda.DescentContract;

/** {@link DescentContract} on the host execution. */
final class DescentTest implements DescentContract {

  @Override
  public Backend open(Precision precision) {
    return HostExecution.open(precision, 8);
  }
}
