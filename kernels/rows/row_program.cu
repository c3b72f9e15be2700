// c = alpha a op(b) + beta c, and the elementwise functions of other kernels, one after the other for a few rows of a batch: a program
// of operations none of which takes one row to another, such as all steps of a relaxation, in one launch.
//
// program: count instructions of kInstructionWords words: number of the operation, elements of a row, then the parameters in the
// order of the kernel of that name, with addresses of the first row. rows: of the batch, the same for all. What operations share
// (weights, a bias, a rate) is not written by any of them. Rows of an operand are as far apart as they are long.
// Writes: =. Aliases: as the operations.
// Grid: x over groups of kProgramRows rows; kProgramThreads threads a block. A block carries its rows through the whole program, so
// that it waits for nobody: barriers of the block between operations are enough. Deterministic. Twin: ReferenceOperations.gemm.
#include "instruction.cuh"
#include "row_product.cuh"

namespace lemniscate {

template <typename T>
__device__ void run_instruction(Instruction at, long long first, long long end) {
  if (at.operation() == kProduct) {
    long long n = at.width(), k = at.whole(1);
    row_product<T>(at.whole(0) != 0, n, k, static_cast<T>(at.real(2)), static_cast<T>(at.real(3)),
                   at.address<const T>(4) + first * k, at.address<const T>(5),
                   at.address<T>(6) + first * n, static_cast<int>(end - first));
  } else {
    run_elementwise<T>(at, BlockElements(first * at.width(), end * at.width()), first, end);
  }
}

template <typename T>
__device__ void row_program(const long long* program, long long count, long long rows) {
  long long first = static_cast<long long>(blockIdx.x) * kProgramRows;
  long long end = first + kProgramRows < rows ? first + kProgramRows : rows;
  for (long long i = 0; i < count; i++) {
    run_instruction<T>({program + i * kInstructionWords}, first, end);
    // Between elementwise operations of one width it could go, and products bring their own; nobody is to count on that.
    __syncthreads();
  }
}

}  // namespace lemniscate

#define ROW_PROGRAM_PARAMETERS(T) (const long long* program, long long count, long long rows)
LEMNISCATE_ENTRIES(row_program, ROW_PROGRAM_PARAMETERS, (program, count, rows))
