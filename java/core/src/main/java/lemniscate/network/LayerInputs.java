package lemniscate.network;

import lemniscate.backend.Operations;
import lemniscate.tensor.Tensor;

/** What layers read where that is not the activity of the layer below as it is. */
@FunctionalInterface
public interface LayerInputs {

  /**
   * Enqueues what a layer does before its weights.
   *
   * @param l the layer, from 1
   * @param activity h_{l−1} of shape (B, n_{l−1}), not to be changed
   * @param input what goes into the weights of layer l; same shape, overwritten
   */
  void record(Operations ops, int l, Tensor activity, Tensor input);
}
