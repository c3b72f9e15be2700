package lemniscate.contract;

import java.util.ArrayList;
import java.util.List;
import lemniscate.tensor.Shape;

/**
 * The sizes of the contract: below, at and above the lane counts and tiles that kernels use, with
 * odd remainders, and never only square.
 */
final class Shapes {

  static final int[] ROWS = {1, 2, 3, 31, 33, 127};
  static final int[] COLUMNS = {1, 3, 10, 65};

  private Shapes() {}

  static List<Shape> all() {
    List<Shape> shapes = new ArrayList<>();
    for (int rows : ROWS) {
      for (int columns : COLUMNS) {
        shapes.add(new Shape(rows, columns));
      }
    }
    return shapes;
  }
}
