package lemniscate.contract;

import lemniscate.backend.Operations;

/** Which form of a pass runs on the backend under test. */
enum Form {
  /** The backend's own. */
  OVERRIDE,
  /** The default of the interface, made of the backend's primitives. */
  DEFAULT;

  Operations of(Operations ops) {
    return this == OVERRIDE ? ops : new DefaultPasses(ops);
  }
}
