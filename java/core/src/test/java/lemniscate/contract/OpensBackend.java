package lemniscate.contract;

import lemniscate.backend.Backend;
import lemniscate.tensor.DType;

/** Source of the backend under test. */
public interface OpensBackend {

  /** A new backend of an element type; the test closes it. */
  Backend open(DType dtype);
}
