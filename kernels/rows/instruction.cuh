// Instructions of programs that carry a few rows of a batch through many operations.
#pragma once

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
  kCrossEntropy,
  kKeep,
  kLoad,
  kArrive,
  kStore
};

constexpr int kInstructionWords = 16;

// Number of the operation, elements of a row, parameters: as words, some of which are addresses.
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
  // Rows of a batch: of all of it.
  template <typename T>
  __device__ Members<T> rows(int i) const {
    return {address<T>(i), 0};
  }
};

// An operation that is no product, on `all` elements, which are those of the rows from `first` to before `end`. Operands say by
// rows<T>(i) where they are.
template <typename T, typename Operands>
__device__ void run_elementwise(const Operands& at, BlockElements all, long long first, long long end) {
  switch (at.operation()) {
    case kFill: fill<T>(at.real(0), at.template rows<T>(1), all); break;
    case kCopy: copy<T>(at.template rows<const T>(0), at.template rows<T>(1), all); break;
    case kAxpy:
      axpy<T>(at.real(0), at.template rows<const T>(1), at.template rows<T>(2), all);
      break;
    case kActivation:
      activation<T>(at.whole(0), at.template rows<const T>(1), at.template rows<T>(2), all);
      break;
    case kActivate:
      activate<T>(at.whole(0), at.whole(1), at.template rows<T>(2),
                  {at.template address<const T>(3), 0}, at.template rows<T>(4), all);
      break;
    case kActivationDifference:
      activation_difference<T>(at.whole(0), at.template rows<const T>(1),
                               at.template rows<const T>(2), at.template rows<const T>(3),
                               at.template rows<T>(4), at.template rows<T>(5), all);
      break;
    case kGate:
      gate<T>(at.whole(0), at.template rows<const T>(1), at.template rows<const T>(2),
              at.template rows<const T>(3), at.template rows<T>(4), all);
      break;
    case kPredictionError:
      pc_prediction_error<T>(at.whole(0), at.template rows<const T>(1),
                             at.template rows<const T>(2), at.template rows<const T>(3),
                             at.template rows<const T>(4), at.template rows<T>(5),
                             at.template rows<T>(6), all);
      break;
    case kRelaxState:
      pc_relax_state<T>(at.real(0), at.template address<const double>(1),
                        at.template rows<const T>(2), at.template rows<const T>(3),
                        at.template rows<const T>(4), at.template rows<T>(5), all);
      break;
    case kRelaxError:
      pc_relax_error<T>(at.real(0), at.template address<const double>(1),
                        at.template rows<const T>(2), at.template rows<const T>(3),
                        at.template rows<T>(4), at.template rows<T>(5), all);
      break;
    case kSquaredError:
      keep_partial(
          squared_error<T>(at.template rows<const T>(0).first, at.template rows<const T>(1).first,
                           at.template rows<const T>(2).first, at.template rows<T>(3).first, all),
          at.template address<double>(4));
      break;
    case kCrossEntropy:
      keep_partial(
          cross_entropy<T>(at.template rows<const T>(0).first, at.template rows<const T>(1).first,
                           at.template rows<const T>(2).first, at.template rows<T>(3).first,
                           Elements::of_warps(first, end), at.width()),
          at.template address<double>(4));
      break;
  }
}

}  // namespace lemniscate
