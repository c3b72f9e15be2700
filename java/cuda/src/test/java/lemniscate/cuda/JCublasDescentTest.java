package lemniscate.cuda;

import lemniscate.backend.Backend;
import lemniscate.backend.Precision;

/** {@link DescentContract} through cuBLAS 12. */
final class JCublasDescentTest implements DescentContract {

  @Override
  public Backend open(Precision precision) {
    return StandInBackend.open(precision, 12);
  }
}
