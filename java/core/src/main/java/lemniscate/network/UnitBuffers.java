package lemniscate.network;

import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Where a pass of a unit reads and writes, for a batch of B rows. Without a mask or a norm {@code
 * masked} and {@code output} are {@code activated}; where the unit is linear that may be u itself.
 *
 * @param input x of shape (B, inputs), read
 * @param preActivation u of shape (B, outputs)
 * @param activated φ(u), same shape
 * @param mask factors of φ(u), same shape, or null
 * @param masked φ(u) times them
 * @param output that over its norm
 */
public record UnitBuffers(
    Tensor input,
    Tensor preActivation,
    Tensor activated,
    @Nullable Tensor mask,
    Tensor masked,
    Tensor output) {

  /** Those of consecutive rows. */
  public UnitBuffers rows(int first, int count) {
    return new UnitBuffers(
        input.rows(first, count),
        preActivation.rows(first, count),
        activated.rows(first, count),
        mask == null ? null : mask.rows(first, count),
        masked.rows(first, count),
        output.rows(first, count));
  }

  /** Of a unit without mask and norm. */
  public static UnitBuffers of(Tensor input, Tensor preActivation, Tensor output) {
    return new UnitBuffers(input, preActivation, output, null, output, output);
  }

  /** Of a linear unit, whose output is u. */
  public static UnitBuffers linear(Tensor input, Tensor output) {
    return of(input, output, output);
  }
}
