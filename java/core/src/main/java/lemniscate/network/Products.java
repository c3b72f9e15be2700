package lemniscate.network;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import lemniscate.backend.Gemm;
import lemniscate.backend.Operations;

/**
 * Products of several units that do not depend on each other, to be recorded one after the other:
 * members of a slab then make one strided-batched product.
 */
public final class Products {

  private final Operations ops;
  private final List<Gemm> waiting = new ArrayList<>();

  /** Collects for a recording. */
  public Products(Operations ops) {
    this.ops = ops;
  }

  /** Enqueues what {@code asked} leaves, at once. */
  public static void record(Operations ops, Consumer<Products> asked) {
    Products products = new Products(ops);
    asked.accept(products);
    products.record();
  }

  /** The recording, for what need not wait. */
  public Operations operations() {
    return ops;
  }

  /** Adds a product. */
  public void add(Gemm product) {
    waiting.add(product);
  }

  /** Enqueues what was added since the last time. */
  public void record() {
    waiting.forEach(ops::gemm);
    waiting.clear();
  }
}
