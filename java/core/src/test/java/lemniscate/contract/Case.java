package lemniscate.contract;

import lemniscate.backend.Backend;
import lemniscate.tensor.DType;
import lemniscate.tensor.Shape;

/** One comparison at one shape. */
@FunctionalInterface
interface Case {

  void check(Twins twins, Shape shape, Tolerance tolerance);

  /** Runs a case at every shape. */
  static void each(OpensBackend source, DType dtype, Case body) {
    try (Backend backend = source.open(dtype)) {
      for (Shape shape : Shapes.all()) {
        try (Twins twins = new Twins(backend, shape.hashCode())) {
          body.check(twins, shape, Tolerance.of(dtype));
        }
      }
    }
  }
}
