package lemniscate.cuda;

import lemniscate.backend.Backend;
import lemniscate.backend.Precision;

/** {@link DescentContract} through cuBLAS 13. */
final class ForeignCublasDescentTest implements DescentContract {

  @Override
  public Backend open(Precision precision) {
    return StandInBackend.open(precision, 13);
  }
}
