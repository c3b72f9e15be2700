package lemniscate.cuda.kernel;

import lemniscate.tensor.DType;
import lemniscate.tensor.Storage;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A piece of device memory.
 *
 * @param dtype element type
 * @param elements number of elements
 * @param address of the first element
 * @param owner what must be open for the memory to be there
 */
public record DeviceStorage(DType dtype, long elements, long address, Owner owner)
    implements Storage {

  /** Who frees the memory. */
  public interface Owner {

    /**
     * Checks that the memory is still there.
     *
     * @throws IllegalStateException when it has been freed
     */
    void requireOpen();
  }

  /** Storage of a tensor, which must be one of ours and still there. */
  public static DeviceStorage of(Tensor tensor) {
    if (!(tensor.storage() instanceof DeviceStorage storage)) {
      throw new IllegalArgumentException("a tensor of another backend was given to a CUDA device");
    }
    storage.owner.requireOpen();
    return storage;
  }

  /** Address of the first element of a tensor, or 0 for none. */
  static long address(@Nullable Tensor tensor) {
    if (tensor == null) {
      return 0;
    }
    return of(tensor).address + tensor.offset() * tensor.dtype().bytes();
  }
}
