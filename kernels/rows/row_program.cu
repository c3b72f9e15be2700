// c = alpha a op(b) + beta c, and the elementwise functions of other kernels, one after the other for a few rows of a batch: a program
// of operations none of which takes one row to another, such as all steps of a relaxation, in one launch.
//
// program: count instructions of kInstructionWords words: number of the operation, elements of a row, then the parameters in the
// order of the kernel of that name, with addresses of the first row. rows: of the batch, the same for all. What operations share
// (weights, a bias, a rate) is not written by any of them. Rows of an operand are as far apart as they are long.
// Writes: =. Aliases: as the operations.
// Grid: x over groups of kProgramRows rows; kProgramThreads threads a block. A block carries its rows through the whole program, so
// that it waits for nobody: barriers of the block between operations are enough. Deterministic. Twin: ReferenceOperations.gemm.
#include "../layer/activate.cu"
#include "../layer/activation.cu"
#include "../layer/activation_difference.cu"
#include "../layer/gate.cu"
#include "../elementwise/axpy.cu"
#include "../elementwise/copy.cu"
#include "../elementwise/fill.cu"
#include "../loss/output_error.cu"
#include "../pc/pc_prediction_error.cu"
#include "../pc/pc_relax_error.cu"
#include "../pc/pc_relax_state.cu"
#include "row_product.cuh"

namespace lemniscate {

// As the constants of lemniscate.cuda.kernel.RowOperation.
enum RowOperation {
  kProduct,
  kFill,
  kCopy,
  kAxpy,
  kActivation,
  kActivate,
  kActivationDifference,
  kGate,
  kPredictionError,
  kRelaxState,
  kRelaxError,
  kSquaredError,
  kCrossEntropy
};

constexpr int kInstructionWords = 16;

struct Instruction {
  const long long* words;

  __device__ long long operation() const { return words[0]; }
  __device__ long long width() const { return words[1]; }
  __device__ long long whole(int i) const { return words[2 + i]; }
  __device__ double real(int i) const { return __longlong_as_double(words[2 + i]); }
  template <typename T>
  __device__ T* address(int i) const {
    return reinterpret_cast<T*>(words[2 + i]);
  }
  template <typename T>
  __device__ Members<T> rows(int i) const {
    return {address<T>(i), 0};
  }
};

template <typename T>
__device__ void run_instruction(Instruction at, long long first, long long end) {
  BlockElements all(first * at.width(), end * at.width());
  switch (at.operation()) {
    case kProduct: {
      long long n = at.width(), k = at.whole(1);
      row_product<T>(at.whole(0) != 0, n, k, static_cast<T>(at.real(2)), static_cast<T>(at.real(3)),
                     at.address<const T>(4) + first * k, at.address<const T>(5),
                     at.address<T>(6) + first * n, static_cast<int>(end - first));
      break;
    }
    case kFill: fill<T>(at.real(0), at.rows<T>(1), all); break;
    case kCopy: copy<T>(at.rows<const T>(0), at.rows<T>(1), all); break;
    case kAxpy: axpy<T>(at.real(0), at.rows<const T>(1), at.rows<T>(2), all); break;
    case kActivation: activation<T>(at.whole(0), at.rows<const T>(1), at.rows<T>(2), all); break;
    case kActivate:
      activate<T>(at.whole(0), at.whole(1), at.rows<T>(2), at.rows<const T>(3), at.rows<T>(4), all);
      break;
    case kActivationDifference:
      activation_difference<T>(at.whole(0), at.rows<const T>(1), at.rows<const T>(2),
                               at.rows<const T>(3), at.rows<T>(4), at.rows<T>(5), all);
      break;
    case kGate:
      gate<T>(at.whole(0), at.rows<const T>(1), at.rows<const T>(2), at.rows<const T>(3),
              at.rows<T>(4), all);
      break;
    case kPredictionError:
      pc_prediction_error<T>(at.whole(0), at.rows<const T>(1), at.rows<const T>(2),
                             at.rows<const T>(3), at.rows<const T>(4), at.rows<T>(5), at.rows<T>(6),
                             all);
      break;
    case kRelaxState:
      pc_relax_state<T>(at.real(0), at.address<const double>(1), at.rows<const T>(2),
                        at.rows<const T>(3), at.rows<const T>(4), at.rows<T>(5), all);
      break;
    case kRelaxError:
      pc_relax_error<T>(at.real(0), at.address<const double>(1), at.rows<const T>(2),
                        at.rows<const T>(3), at.rows<T>(4), at.rows<T>(5), all);
      break;
    case kSquaredError:
      squared_error<T>(at.address<const T>(0), at.address<const T>(1), at.address<const T>(2),
                       at.address<T>(3), all);
      break;
    case kCrossEntropy:
      cross_entropy<T>(at.address<const T>(0), at.address<const T>(1), at.address<const T>(2),
                       at.address<T>(3), Elements::of_warps(first, end), at.width());
      break;
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
