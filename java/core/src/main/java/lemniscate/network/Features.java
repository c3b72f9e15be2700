package lemniscate.network;

import lemniscate.tensor.ExampleShape;

/**
 * What goes from one unit to the next for an example.
 *
 * @param shape extents
 * @param grow whether the channels grow with the width of the network, as those of hidden units do
 */
public record Features(ExampleShape shape, boolean grow) {

  /** Number of numbers. */
  public int size() {
    return shape.size();
  }
}
