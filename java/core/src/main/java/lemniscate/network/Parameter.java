package lemniscate.network;

import lemniscate.mup.ParameterScaling;
import lemniscate.tensor.Tensor;

/**
 * A trainable tensor with its gradient and what the parameterisation says of it.
 *
 * @param name as in checkpoints: {@code layer1.weight}, {@code layer1.bias}, …
 * @param value the parameter w, before its forward multiplier
 * @param gradient the rule's gradient with respect to w, mean over the batch; same shape
 * @param scaling multiplier, initial standard deviation and learning-rate factors
 * @param decays whether weight decay applies (weights yes, biases no)
 */
public record Parameter(
    String name, Tensor value, Tensor gradient, ParameterScaling scaling, boolean decays) {}
