package lemniscate.cuda.kernel;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongUnaryOperator;
import lemniscate.backend.Descent;
import lemniscate.backend.Gemm;
import lemniscate.tensor.DType;

/**
 * Factors of products that take a step of descent: alpha = −s·g and beta = 1 − s·decay follow from
 * a rate in device memory, so that they lie there, too, and a kernel makes them before the products
 * run. A captured graph then follows the rate.
 */
final class DescentFactors {

  /** kMostDescents of {@code kernels/update/descent_factors.cu}. */
  private static final int MOST = 16;

  /** Words of a descent: address of the rate, rate factor, decay, factor of the gradient. */
  private static final int WORDS = 4;

  private final WorkList work;
  private final DType dtype;
  private final LongUnaryOperator memory;

  DescentFactors(WorkList work, DType dtype, LongUnaryOperator memory) {
    this.work = work;
    this.dtype = dtype;
    this.memory = memory;
  }

  private record Key(long rate, long rateFactor, long decay, long alpha) {}

  /** Has the factors of a group made, and says where: the same address for the same factors. */
  Map<Gemm, Long> of(Descent.Group group) {
    Map<Key, List<Gemm>> alike = new LinkedHashMap<>();
    group
        .descents()
        .forEach(
            (product, descent) ->
                alike.computeIfAbsent(key(descent), _ -> new ArrayList<>()).add(product));
    Map<Gemm, Long> addresses = new IdentityHashMap<>();
    if (alike.isEmpty()) {
      return addresses;
    }
    long pair = 2L * dtype.bytes();
    long address = memory.applyAsLong(alike.size() * pair);
    long at = address;
    for (List<Gemm> products : alike.values()) {
      for (Gemm product : products) {
        addresses.put(product, at);
      }
      at += pair;
    }
    List<Key> keys = List.copyOf(alike.keySet());
    for (int from = 0; from < keys.size(); from += MOST) {
      launch(keys.subList(from, Math.min(from + MOST, keys.size())), address + from * pair);
    }
    return addresses;
  }

  private static Key key(Descent descent) {
    return new Key(
        WorkList.address(descent.step().rate()),
        CudaOperations.bits(descent.step().rateFactor()),
        CudaOperations.bits(descent.step().decay()),
        CudaOperations.bits(descent.gradient().alpha()));
  }

  private void launch(List<Key> keys, long factors) {
    long[] words = new long[MOST * WORDS];
    for (int i = 0; i < keys.size(); i++) {
      Key key = keys.get(i);
      words[i * WORDS] = key.rate();
      words[i * WORDS + 1] = key.rateFactor();
      words[i * WORDS + 2] = key.decay();
      words[i * WORDS + 3] = key.alpha();
    }
    work.launch(
        WorkList.entry("descent_factors", dtype),
        Geometry.single(),
        List.of(words, new long[] {keys.size()}, new long[] {factors}));
  }
}
