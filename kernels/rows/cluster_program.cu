// c = alpha a op(b) + beta c, and the elementwise functions of other kernels, one after the other for 16 rows of a batch, with weights
// that are too large for a block in the shared memory of a cluster of blocks: the program of resident_program.cu.
//
// program: count instructions of kInstructionWords words, as in resident_program.cu; a block has the places of its slices
// (cluster_product.cuh). Matrices come with whether columns are cut or rows. rows: of the batch, the same for all. exchange: the place
// where blocks write to each other, of pieces of so many columns; apart: distance of the second such place, or 0. What operations share
// (weights, a bias, a rate) is not written by any of them.
// Writes: =. Aliases: as the operations.
// Grid: x over groups of kResidentRows rows, a cluster each; kResidentThreads threads a block; dynamic shared memory as the program asks
// for. _f32, _f64, _tf32 and _bf16 as in resident_program.cu. Clusters wait for nobody. Deterministic. Twin: ReferenceOperations.gemm.
#include "cluster_product.cuh"
#include "instruction.cuh"
#include "resident_copy.cuh"

namespace lemniscate {

// An instruction for this block's slices of the rows of its cluster.
struct ClusterInstruction : Instruction {
  Slices slices;
  long long first;
  char* kept;

  template <typename T>
  __device__ T* place(int i) const {
    return reinterpret_cast<T*>(kept + (-1 - words[2 + i]));
  }
  __device__ bool is_kept(int i) const { return words[2 + i] < 0; }

  // Elements from one row of an operand to the next.
  __device__ long long apart(int i, long long width) const {
    return is_kept(i) ? slices.length(width) : width;
  }
  // This block's slice of the first row.
  template <typename T>
  __device__ T* of_rows(int i, long long width) const {
    if (is_kept(i)) {
      return place<T>(i);
    }
    return words[2 + i] == 0 ? nullptr : address<T>(i) + first * width + slices.begin(width);
  }
};

// The same for one row.
struct ClusterRow {
  const ClusterInstruction& of;
  int row;

  __device__ long long operation() const { return of.operation(); }
  __device__ long long width() const { return of.slices.own(of.width()); }
  __device__ long long whole(int i) const {
    return operation() == kActivate && i == kActivateWidth ? width() : of.whole(i);
  }
  __device__ double real(int i) const { return of.real(i); }
  template <typename T>
  __device__ T* address(int i) const {
    T* shared = of.template address<T>(i);
    return operation() == kActivate && i == kActivateBias ? shared + of.slices.begin(of.width())
                                                          : shared;
  }
  template <typename T>
  __device__ Members<T> rows(int i) const {
    T* at = of.template of_rows<T>(i, of.width());
    return {at == nullptr ? at : at + row * of.apart(i, of.width()), 0};
  }

  static constexpr int kActivateWidth = 1, kActivateBias = 3;
};

// A slice of a matrix of (height, width): where it begins, and its extents.
struct MatrixSlice {
  long long begin;
  int height, width;

  __device__ MatrixSlice(const Slices& slices, long long height, long long width, bool columns)
      : begin(columns ? slices.begin(width) : slices.begin(height) * width),
        height(columns ? static_cast<int>(height) : slices.own(height)),
        width(columns ? slices.own(width) : static_cast<int>(width)) {}
};

template <typename Arithmetic>
__device__ void multiply(const ClusterInstruction& at, int rows, Exchange& exchange,
                         int exchanged) {
  using T = typename Arithmetic::Value;
  using Element = typename Arithmetic::Element;
  long long n = at.width(), k = at.whole(1);
  bool columns = at.whole(8) != 0;
  ClusterProduct<Arithmetic> p;
  p.transposed = at.whole(0) != 0;
  p.splits = p.transposed == columns;
  p.slices = at.slices;
  p.all_columns = static_cast<int>(n);
  p.all_sums = static_cast<int>(k);
  p.n = p.splits ? static_cast<int>(n) : at.slices.own(n);
  p.k = p.splits ? at.slices.own(k) : static_cast<int>(k);
  p.rows = rows;
  p.alpha = static_cast<T>(at.real(2));
  p.beta = static_cast<T>(at.real(3));
  p.a = at.of_rows<const T>(4, k);
  p.a_apart = at.apart(4, k);
  p.b_apart = p.transposed ? k : n;
  MatrixSlice slice(at.slices, p.transposed ? n : k, p.b_apart, columns);
  p.b = at.is_kept(5) ? nullptr : at.address<const T>(5) + slice.begin;
  p.kept = at.is_kept(5) ? at.place<const Element>(5) : nullptr;
  p.c = at.of_rows<T>(6, n);
  p.c_apart = at.apart(6, n);
  p.pitch = static_cast<int>(at.whole(7));
  p.staged = at.place<Element>(9);
  p.columns = p.splits ? static_cast<int>(at.whole(10)) : exchanged;
  p.exchange = &exchange;
  p.incoming = nullptr;
  Arithmetic::multiply(p);
}

// Losses of this block's slices of the rows; those of cross-entropy of whole rows, all of which the first block has.
template <typename T>
__device__ double output_loss(const ClusterInstruction& at, int rows) {
  double sum = 0;
  for (int r = threadIdx.x / kWarp; r < rows; r += kResidentWarps) {
    ClusterRow row{at, r};
    const T* output = row.rows<const T>(0).first;
    const T* shift = row.rows<const T>(1).first;
    const T* target = row.rows<const T>(2).first;
    T* error = row.rows<T>(3).first;
    if (at.operation() == kSquaredError) {
      sum += squared_error<T>(output, shift, target, error, BlockElements::of_warp(row.width()));
    } else if (row.width() > 0) {
      sum += cross_entropy<T>(output, shift, target, error, Elements::one(), row.width());
    }
  }
  return sum;
}

template <typename Arithmetic>
__device__ void run_for_slices(const ClusterInstruction& at, int rows, Exchange& exchange,
                               int exchanged) {
  using T = typename Arithmetic::Value;
  using Element = typename Arithmetic::Element;
  switch (at.operation()) {
    case kProduct: multiply<Arithmetic>(at, rows, exchange, exchanged); return;
    case kKeep:
    case kArrive: {
      MatrixSlice slice(at.slices, at.whole(2), at.width(), at.whole(4) != 0);
      const T* source = at.address<const T>(0) + slice.begin;
      int pitch = static_cast<int>(at.whole(3));
      if (at.operation() == kKeep) {
        keep<Arithmetic>(source, at.width(), at.place<Element>(1), slice.height, slice.width,
                         pitch);
      } else {
        arrive<Arithmetic>(source, at.width(), at.place<Element>(1), slice.height, slice.width,
                           pitch);
      }
      return;
    }
    case kSquaredError:
    case kCrossEntropy: keep_partial(output_loss<T>(at, rows), at.address<double>(4)); return;
  }
  int own = at.slices.own(at.width());
  for (int r = threadIdx.x / kWarp; r < rows && own > 0; r += kResidentWarps) {
    ClusterRow row{at, r};
    int lane = threadIdx.x % kWarp;
    if (at.operation() == kLoad) {
      begin_copies(row.rows<const T>(0).first, row.rows<T>(1).first, own, lane, kWarp);
    } else if (at.operation() == kStore) {
      copy<T>(row.rows<const T>(1), row.rows<T>(0), BlockElements::of_warp(own));
    } else {
      run_elementwise<T>(row, BlockElements::of_warp(own), 0, 1);
    }
  }
  if (at.operation() == kLoad) {
    end_copies();
  }
}

template <typename Arithmetic>
__device__ void cluster_program(const long long* program, long long count, long long rows,
                                long long exchange, long long columns, long long apart) {
  LEMNISCATE_DYNAMIC_SHARED(char, kept);
  Slices slices = Slices::of_cluster();
  long long first = static_cast<long long>(blockIdx.x) / slices.blocks * kResidentRows;
  int mine = static_cast<int>(rows - first < kResidentRows ? rows - first : kResidentRows);
  Exchange between{kept + exchange, apart, 0};
  // Nobody writes to a block that has not begun.
  LEMNISCATE_CLUSTER_BARRIER();
  for (long long i = 0; i < count; i++) {
    ClusterInstruction at;
    at.words = program + i * kInstructionWords;
    at.slices = slices;
    at.first = first;
    at.kept = kept;
    run_for_slices<Arithmetic>(at, mine, between, static_cast<int>(columns));
    // What an operation has left other threads may read in the next.
    __syncthreads();
  }
}

}  // namespace lemniscate

extern "C" __global__ void __launch_bounds__(lemniscate::kResidentThreads, 1)
    cluster_program_f32(const long long* program, long long count, long long rows,
                        long long exchange, long long columns, long long apart) {
  lemniscate::cluster_program<lemniscate::Exact<float>>(program, count, rows, exchange, columns,
                                                        apart);
}
LEMNISCATE_REGISTER(cluster_program_f32)

extern "C" __global__ void __launch_bounds__(lemniscate::kResidentThreads, 1)
    cluster_program_f64(const long long* program, long long count, long long rows,
                        long long exchange, long long columns, long long apart) {
  lemniscate::cluster_program<lemniscate::Exact<double>>(program, count, rows, exchange, columns,
                                                         apart);
}
LEMNISCATE_REGISTER(cluster_program_f64)

extern "C" __global__ void __launch_bounds__(lemniscate::kResidentThreads, 1)
    cluster_program_tf32(const long long* program, long long count, long long rows,
                         long long exchange, long long columns, long long apart) {
  lemniscate::cluster_program<lemniscate::Tf32>(program, count, rows, exchange, columns, apart);
}
LEMNISCATE_REGISTER(cluster_program_tf32)

extern "C" __global__ void __launch_bounds__(lemniscate::kResidentThreads, 1)
    cluster_program_bf16(const long long* program, long long count, long long rows,
                         long long exchange, long long columns, long long apart) {
  lemniscate::cluster_program<lemniscate::Bf16>(program, count, rows, exchange, columns, apart);
}
LEMNISCATE_REGISTER(cluster_program_bf16)
