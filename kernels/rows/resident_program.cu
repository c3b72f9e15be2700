// c = alpha a op(b) + beta c, and the elementwise functions of other kernels, one after the other for 16 rows of a batch, with weights
// and rows in the block's shared memory: the program of row_program.cu, of which a block reads each weight that it keeps once,
// whatever the number of steps, and multiplies by it in both directions.
//
// program: count instructions of kInstructionWords words, as in row_program.cu. Addresses below 0 are places in shared memory, -1 less
// the offset. Besides: kKeep brings a matrix, kLoad rows, kArrive waits for both, kStore takes rows back. rows: of the batch, the same for
// all. What operations share (weights, a bias, a rate) is not written by any of them.
// Writes: =. Aliases: as the operations.
// Grid: x over groups of kResidentRows rows; kResidentThreads threads a block; dynamic shared memory as the program asks for. _f32 and
// _f64 multiply in the element type, _tf32 and _bf16 round the operands of products to nearest and add up in float32 on tensor
// cores. Blocks wait for nobody. Deterministic. Twin: ReferenceOperations.gemm.
#include "instruction.cuh"
#include "resident_copy.cuh"

namespace lemniscate {

// An instruction for the rows of this block.
struct ResidentInstruction : Instruction {
  long long first;
  char* kept;

  template <typename T>
  __device__ T* place(int i) const {
    return reinterpret_cast<T*>(kept + (-1 - words[2 + i]));
  }
  __device__ bool is_kept(int i) const { return words[2 + i] < 0; }

  template <typename T>
  __device__ T* of_rows(int i, long long width) const {
    if (is_kept(i)) {
      return place<T>(i);
    }
    return words[2 + i] == 0 ? nullptr : address<T>(i) + first * width;
  }
  template <typename T>
  __device__ Members<T> rows(int i) const {
    return {of_rows<T>(i, width()), 0};
  }
};

template <typename Arithmetic>
__device__ void multiply(const ResidentInstruction& at, int rows) {
  using T = typename Arithmetic::Value;
  using Element = typename Arithmetic::Element;
  ResidentProduct<Arithmetic> p;
  p.transposed = at.whole(0) != 0;
  p.n = static_cast<int>(at.width());
  p.k = static_cast<int>(at.whole(1));
  p.rows = rows;
  p.alpha = static_cast<T>(at.real(2));
  p.beta = static_cast<T>(at.real(3));
  p.a = at.of_rows<const T>(4, p.k);
  p.a_apart = p.k;
  p.b = at.is_kept(5) ? nullptr : at.address<const T>(5);
  p.kept = at.is_kept(5) ? at.place<const Element>(5) : nullptr;
  p.b_apart = p.transposed ? p.k : p.n;
  p.c = at.of_rows<T>(6, p.n);
  p.c_apart = p.n;
  p.pitch = static_cast<int>(at.whole(7));
  p.staged = at.place<Element>(8);
  p.columns = static_cast<int>(at.whole(9));
  Arithmetic::multiply(p);
}

template <typename Arithmetic>
__device__ void resident_program(const long long* program, long long count, long long rows) {
  using T = typename Arithmetic::Value;
  using Element = typename Arithmetic::Element;
  LEMNISCATE_DYNAMIC_SHARED(char, kept);
  long long first = static_cast<long long>(blockIdx.x) * kResidentRows;
  int mine = static_cast<int>(rows - first < kResidentRows ? rows - first : kResidentRows);
  for (long long i = 0; i < count; i++) {
    ResidentInstruction at;
    at.words = program + i * kInstructionWords;
    at.first = first;
    at.kept = kept;
    long long elements = mine * at.width();
    switch (at.operation()) {
      case kProduct: multiply<Arithmetic>(at, mine); break;
      case kKeep:
        keep<Arithmetic>(at.address<const T>(0), at.width(), at.place<Element>(1),
                         static_cast<int>(at.whole(2)), static_cast<int>(at.width()),
                         static_cast<int>(at.whole(3)));
        break;
      case kLoad:
        begin_copies(at.address<const T>(0) + first * at.width(), at.place<T>(1), elements,
                     static_cast<int>(threadIdx.x), kResidentThreads);
        end_copies();
        break;
      case kArrive:
        arrive<Arithmetic>(at.address<const T>(0), at.width(), at.place<Element>(1),
                           static_cast<int>(at.whole(2)), static_cast<int>(at.width()),
                           static_cast<int>(at.whole(3)));
        break;
      case kStore:
        copy<T>({at.place<const T>(1), 0}, {at.address<T>(0) + first * at.width(), 0},
                BlockElements(0, elements));
        break;
      default: run_elementwise<T>(at, BlockElements(0, elements), 0, mine); break;
    }
    // What an operation has left in shared memory other threads may read in the next.
    __syncthreads();
  }
}

}  // namespace lemniscate

extern "C" __global__ void __launch_bounds__(lemniscate::kResidentThreads, 1)
    resident_program_f32(const long long* program, long long count, long long rows) {
  lemniscate::resident_program<lemniscate::Exact<float>>(program, count, rows);
}
LEMNISCATE_REGISTER(resident_program_f32)

extern "C" __global__ void __launch_bounds__(lemniscate::kResidentThreads, 1)
    resident_program_f64(const long long* program, long long count, long long rows) {
  lemniscate::resident_program<lemniscate::Exact<double>>(program, count, rows);
}
LEMNISCATE_REGISTER(resident_program_f64)

extern "C" __global__ void __launch_bounds__(lemniscate::kResidentThreads, 1)
    resident_program_tf32(const long long* program, long long count, long long rows) {
  lemniscate::resident_program<lemniscate::Tf32>(program, count, rows);
}
LEMNISCATE_REGISTER(resident_program_tf32)

extern "C" __global__ void __launch_bounds__(lemniscate::kResidentThreads, 1)
    resident_program_bf16(const long long* program, long long count, long long rows) {
  lemniscate::resident_program<lemniscate::Bf16>(program, count, rows);
}
LEMNISCATE_REGISTER(resident_program_bf16)
