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
#include "../common/async_copy.cuh"
#include "instruction.cuh"
#include "resident_product.cuh"

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

// Calls body(from, bytes) for the pieces of `elements` neighbours that fall to this lane: 16 bytes where both addresses allow it, or an
// element.
template <typename T, typename Body>
__device__ void each_piece(const T* source, const T* target, long long elements, int lane,
                           int lanes, Body body) {
  constexpr int kAtOnce = 16 / sizeof(T);
  bool aligned = (reinterpret_cast<unsigned long long>(source) |
                  reinterpret_cast<unsigned long long>(target)) %
                     16 ==
                 0;
  long long wide = aligned ? elements / kAtOnce : 0;
  for (long long e = lane; e < wide; e += lanes) {
    body(e * kAtOnce, true);
  }
  for (long long e = wide * kAtOnce + lane; e < elements; e += lanes) {
    body(e, false);
  }
}

template <typename T>
__device__ void begin_copies(const T* source, T* target, long long elements, int lane, int lanes) {
  each_piece(source, target, elements, lane, lanes, [&](long long e, bool wide) {
    if (wide) {
      copy_async<16>(target + e, source + e);
    } else {
      copy_async<sizeof(T)>(target + e, source + e);
    }
  });
}

// Brings a matrix of (height, width) elements, each row by a warp, with zeros around it. What is not converted on the way arrives later.
template <typename Arithmetic>
__device__ void keep(const ResidentInstruction& at) {
  using T = typename Arithmetic::Value;
  using Element = typename Arithmetic::Element;
  const T* source = at.address<const T>(0);
  Element* target = at.place<Element>(1);
  int height = static_cast<int>(at.whole(2)), width = static_cast<int>(at.width());
  int pitch = static_cast<int>(at.whole(3));
  int lane = threadIdx.x % kWarp;
  for (int r = threadIdx.x / kWarp; r < filled(height); r += kResidentWarps) {
    Element* row = target + r * pitch;
    int there = r < height ? width : 0;
    const T* from = source + static_cast<long long>(r) * width;
    if constexpr (sizeof(Element) == sizeof(T)) {
      begin_copies(from, reinterpret_cast<T*>(row), there, lane, kWarp);
    } else {
      for (int l = lane; l < there; l += kWarp) {
        row[l] = Arithmetic::element(from[l]);
      }
    }
    for (int l = there + lane; l < filled(width); l += kWarp) {
      row[l] = Element(0);
    }
  }
  end_copies();
}

// Converts what has arrived, where it lies; every thread what it has brought itself.
template <typename Arithmetic>
__device__ void arrive(const ResidentInstruction& at) {
  using T = typename Arithmetic::Value;
  using Element = typename Arithmetic::Element;
  wait_for_copies<0>();
  if constexpr (sizeof(Element) == sizeof(T) && !std::is_same<Element, T>::value) {
    const T* source = at.address<const T>(0);
    int height = static_cast<int>(at.whole(2)), width = static_cast<int>(at.width());
    for (int r = threadIdx.x / kWarp; r < height; r += kResidentWarps) {
      T* row = at.place<T>(1) + r * at.whole(3);
      each_piece(source + static_cast<long long>(r) * width, row, width, threadIdx.x % kWarp, kWarp,
                 [&](long long e, bool wide) {
                   for (int i = 0; i < (wide ? 16 / static_cast<int>(sizeof(T)) : 1); i++) {
                     reinterpret_cast<Element*>(row)[e + i] = Arithmetic::element(row[e + i]);
                   }
                 });
    }
  }
}

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
  p.b = at.is_kept(5) ? nullptr : at.address<const T>(5);
  p.kept = at.is_kept(5) ? at.place<const Element>(5) : nullptr;
  p.c = at.of_rows<T>(6, p.n);
  p.pitch = static_cast<int>(at.whole(7));
  p.staged = at.place<Element>(8);
  p.columns = static_cast<int>(at.whole(9));
  Arithmetic::multiply(p);
}

template <typename Arithmetic>
__device__ void resident_program(const long long* program, long long count, long long rows) {
  using T = typename Arithmetic::Value;
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
      case kKeep: keep<Arithmetic>(at); break;
      case kLoad:
        begin_copies(at.address<const T>(0) + first * at.width(), at.place<T>(1), elements,
                     static_cast<int>(threadIdx.x), kResidentThreads);
        end_copies();
        break;
      case kArrive: arrive<Arithmetic>(at); break;
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
