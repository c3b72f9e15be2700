package lemniscate.backend;

import java.util.Locale;
import lemniscate.tensor.DType;

/** Arithmetic asked of a backend. Nothing falls to a lower precision by itself. */
public enum Precision {
  /** float32 throughout. */
  FP32(DType.FLOAT32),
  /** float64 throughout. */
  FP64(DType.FLOAT64),
  /** float32 storage, TensorFloat-32 products: CUDA only. */
  TF32(DType.FLOAT32),
  /** float32 master weights, bfloat16 products with float32 accumulation: CUDA only. */
  BF16(DType.FLOAT32);

  private final DType dtype;

  Precision(DType dtype) {
    this.dtype = dtype;
  }

  /** Element type of stored tensors. */
  public DType dtype() {
    return dtype;
  }

  /** Name in configurations. */
  public String configName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
