package lemniscate.network;

import java.util.List;
import lemniscate.backend.Activation;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Shape;

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

  /** The norm that φ(u) gets where it is normed. */
  double activityNorm();

  /**
   * Binds it to the buffers of a pass.
   *
   * @param arena owner of what it needs beyond the buffers
   * @param use what will be asked of it
   */
  UnitPass pass(Arena arena, UnitBuffers buffers, Use use);

  /** Shapes of what {@link UnitPass#pullbackThrough} puts in the place of its weights, in order. */
  List<Shape> feedbackShapes();

  /** The same map in plain double precision. */
  UnitOracle oracle();
}
