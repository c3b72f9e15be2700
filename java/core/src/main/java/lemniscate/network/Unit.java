package lemniscate.network;

import java.util.List;
import lemniscate.backend.Activation;
import lemniscate.tensor.Arena;

/** A unit of a network in a backend's memory. What it does, it does in a {@link UnitPass}. */
public interface Unit {

  /** l, from 1. */
  int index();

  /** What it was made from. */
  UnitSpec spec();

  /** Its parameters, in the order of files. */
  List<Parameter> parameters();

  /** φ. */
  default Activation activation() {
    return spec().activation();
  }

  /**
   * Binds it to the buffers of a pass.
   *
   * @param arena owner of what the adjoint needs beyond the buffers
   */
  UnitPass pass(Arena arena, UnitBuffers buffers);

  /** The same map in plain double precision. */
  UnitOracle oracle();
}
