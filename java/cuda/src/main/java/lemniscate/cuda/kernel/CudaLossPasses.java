package lemniscate.cuda.kernel;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.LossOperation;
import lemniscate.cuda.driver.Launch.Role;
import lemniscate.tensor.Tensor;

/** Losses and output errors, with the sum over the batch in two stages. */
final class CudaLossPasses {

  private final WorkList work;
  private final PartialSums sums;

  CudaLossPasses(WorkList work, PartialSums sums) {
    this.work = work;
    this.sums = sums;
  }

  // The last is the address of partial sums, or of none.
  private static List<Role> rowRoles(LossOperation operation) {
    List<Role> roles = new ArrayList<>(WorkList.roles(WorkList.matrices(operation)));
    roles.add(Role.VALUE);
    return roles;
  }

  void lower(LossOperation operation) {
    switch (operation) {
      case LossOperation.OutputError pass -> {
        Tensor output = pass.output();
        Tensor total = pass.total();
        String kernel =
            switch (pass.loss()) {
              case MSE -> "squared_error";
              case CROSS_ENTROPY -> "cross_entropy";
            };
        Geometry geometry =
            switch (pass.loss()) {
              case MSE -> sums.geometry(output.elements());
              case CROSS_ENTROPY -> sums.rows(output.rows());
            };
        work.launch(
            WorkList.entry(kernel, output.dtype()),
            geometry,
            rowRoles(operation),
            WorkList.address(output),
            WorkList.address(pass.shift()),
            WorkList.address(pass.target()),
            WorkList.address(pass.error()),
            sums.address(total),
            output.rows(),
            output.columns());
        if (total != null) {
          sums.total(geometry, 1, false, total);
        }
      }
    }
  }
}
