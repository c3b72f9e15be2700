package lemniscate.cuda.kernel;

import static lemniscate.cuda.kernel.CudaOperations.number;

import lemniscate.backend.LayerOperation;
import lemniscate.backend.LayerOperation.Activate;
import lemniscate.backend.LayerOperation.Gate;

/** Passes of one dense layer. */
final class CudaLayerPasses {

  private final CudaOperations operations;
  private final WorkList work;

  CudaLayerPasses(CudaOperations operations, WorkList work) {
    this.operations = operations;
    this.work = work;
  }

  void lower(LayerOperation operation) {
    switch (operation) {
      case Activate pass when pass.bias() == null -> pass.expansion().forEach(operations::lower);
      case Activate pass ->
          work.elementwise("activate", pass, number(pass.activation()), pass.u().columns());
      case Gate pass -> work.elementwise("gate", pass, number(pass.activation()));
    }
  }
}
