// Products of 16 rows with a matrix that lies in shared memory, in either direction, or in global memory; by one block.
#pragma once

#include "../common/tensor_core.cuh"

namespace lemniscate {

// Rows of a block: those of a tensor core's product.
constexpr int kResidentRows = 16;
constexpr int kResidentThreads = 256;
constexpr int kResidentWarps = kResidentThreads / kWarp;
// Rows and columns of a matrix in shared memory are filled up with zeros to a multiple of this.
constexpr int kFilled = 16;
// Rows lie so many bytes further apart than they are long, so that eight of them, 16 bytes each, lie in different banks.
constexpr int kApart = 16;

__device__ inline int filled(long long extent) {
  return static_cast<int>((extent + kFilled - 1) / kFilled * kFilled);
}

// Four neighbours.
template <typename T>
struct alignas(4 * sizeof(T) < 16 ? 4 * sizeof(T) : 16) Four {
  T at[4];
};

// What products of a block have in common: op(b) is (k, n), or the transpose of an (n, k) matrix; it is `kept` in shared memory with rows
// `pitch` elements apart, or else `b` in global memory with rows `b_apart` apart. Rows of a and c are as far apart as they say. staged:
// 16 rows of `columns` and a little, into which pieces of a are brought as the arithmetic wants them.
template <typename Arithmetic>
struct ProductOfRows {
  using T = typename Arithmetic::Value;
  using Element = typename Arithmetic::Element;

  bool transposed;
  int n, k, rows;
  T alpha, beta;
  const T* a;
  long long a_apart;
  const T* b;
  long long b_apart;
  T* c;
  long long c_apart;
  const Element* kept;
  int pitch;
  Element* staged;
  int columns;

  static constexpr int kPad = kApart / static_cast<int>(sizeof(Element));

  __device__ int staged_pitch() const { return columns + kPad; }

  // Length of the piece of the sums that begins at `from`.
  __device__ int piece(int from) const { return k - from < columns ? filled(k - from) : columns; }

  // An element of a, 0 beyond its end.
  __device__ Element left_element(int row, int l) const {
    return Arithmetic::element(row < rows && l < k ? a[row * a_apart + l] : T(0));
  }

  // Brings a's columns from `from` on, as many as there is room for.
  __device__ void stage(int from) const {
    int lane = threadIdx.x % kWarp;
    int length = piece(from);
    for (int r = threadIdx.x / kWarp; r < kResidentRows; r += kResidentWarps) {
      for (int l = lane; l < length; l += kWarp) {
        staged[r * staged_pitch() + l] = left_element(r, from + l);
      }
    }
  }

  // op(b)(l, column) from global memory.
  __device__ Element streamed(int l, int column) const {
    bool there = l < k && column < n;
    long long at = transposed ? column * b_apart + l : l * b_apart + column;
    return Arithmetic::element(there ? b[at] : T(0));
  }

  __device__ void put(int row, int column, T sum) const {
    T* at = c + row * c_apart + column;
    // With beta 0 the former content does not count, not even a NaN.
    *at = alpha * sum + (beta == T(0) ? T(0) : beta * *at);
  }
};

// c = alpha a op(b) + beta c by a block alone. a and c: `rows` <= 16 rows, k and n long, anywhere.
template <typename Arithmetic>
struct ResidentProduct : ProductOfRows<Arithmetic> {
  using T = typename Arithmetic::Value;

  __device__ int most_columns() const { return this->n; }

  __device__ void store(int row, int column, T sum) const {
    if (row < this->rows && column < this->n) {
      this->put(row, column, sum);
    }
  }

  // Calls begin(), then multiply(from, length) for the pieces of the sums with a staged, then end(), in each of the rounds, whose
  // number is the same for all threads.
  template <typename Begin, typename Multiply, typename End>
  __device__ void in_pieces(int rounds, Begin begin, Multiply multiply, End end) const {
    for (int round = 0; round < rounds; round++) {
      begin(round);
      for (int from = 0; from < this->k; from += this->columns) {
        // A single piece serves all rounds.
        if (round == 0 || this->columns < this->k) {
          __syncthreads();
          this->stage(from);
          __syncthreads();
        }
        multiply(from, this->piece(from));
      }
      end();
    }
  }
};

// Multiply-adds of the element type itself. A lane has a column and some rows.
template <typename T>
struct Exact {
  using Value = T;
  using Element = T;

  static __device__ T element(T x) { return x; }

  template <typename P>
  static __device__ void multiply(P& p) {
    int groups = (p.most_columns() + kWarp - 1) / kWarp;
    if (groups == 1) {
      rows_of_a_lane<2>(p, groups);
    } else if (groups == 2) {
      rows_of_a_lane<4>(p, groups);
    } else if (groups <= 4) {
      rows_of_a_lane<8>(p, groups);
    } else {
      rows_of_a_lane<16>(p, groups);
    }
  }

  template <int kRows, typename P>
  static __device__ void rows_of_a_lane(P& p, int groups) {
    constexpr int kSharing = kResidentRows / kRows;
    constexpr int kAtOnce = kResidentWarps / kSharing;
    int warp = threadIdx.x / kWarp;
    int first = warp % kSharing * kRows;
    int column = 0;
    T sums[kRows];
    p.in_pieces(
        (groups + kAtOnce - 1) / kAtOnce,
        [&](int round) {
          column = (round * kAtOnce + warp / kSharing) * kWarp + threadIdx.x % kWarp;
          for (int r = 0; r < kRows; r++) {
            sums[r] = T(0);
          }
        },
        [&](int from, int length) {
          if (column >= p.n) {
            return;
          }
          const T* mine = p.staged + first * p.staged_pitch();
          for (int l = 0; l < length; l += 4) {
            Four<T> factors;
            if (p.kept == nullptr) {
              for (int i = 0; i < 4; i++) {
                factors.at[i] = p.streamed(from + l + i, column);
              }
            } else if (p.transposed) {
              factors = *reinterpret_cast<const Four<T>*>(p.kept + column * p.pitch + from + l);
            } else {
              for (int i = 0; i < 4; i++) {
                factors.at[i] = p.kept[(from + l + i) * p.pitch + column];
              }
            }
            for (int r = 0; r < kRows; r++) {
              Four<T> values =
                  *reinterpret_cast<const Four<T>*>(mine + r * p.staged_pitch() + l);
              for (int i = 0; i < 4; i++) {
                sums[r] += values.at[i] * factors.at[i];
              }
            }
          }
        },
        [&] {
          for (int r = 0; r < kRows; r++) {
            p.store(first + r, column, sums[r]);
          }
        });
  }
};

// What the two precisions of tensor cores share: a warp has pairs of tiles of 8 columns.
template <typename Arithmetic>
struct OnTensorCores {
  static constexpr int kPairs = 2;
  static constexpr int kPairColumns = 16;
  static constexpr int kRound = kPairs * kResidentWarps * kPairColumns;

  template <typename P>
  static __device__ void multiply(P& p) {
    int lane = threadIdx.x % kWarp;
    int column = 0;
    float sums[kPairs][2][4];
    p.in_pieces(
        (p.most_columns() + kRound - 1) / kRound,
        [&](int round) {
          column = round * kRound + threadIdx.x / kWarp * kPairColumns;
          for (int pair = 0; pair < kPairs; pair++) {
            for (int i = 0; i < 8; i++) {
              sums[pair][i / 4][i % 4] = 0;
            }
          }
        },
        [&](int from, int length) {
          for (int l = 0; l < length; l += Arithmetic::kDepth) {
            std::uint32_t left[4];
            Arithmetic::left(p, l, lane, left);
            for (int pair = 0; pair < kPairs; pair++) {
              int at = column + pair * kResidentWarps * kPairColumns;
              // The same for all lanes of the warp.
              if (at < p.n) {
                std::uint32_t right[2][2];
                if (p.kept != nullptr) {
                  Arithmetic::right(p, from + l, at, lane, right);
                } else {
                  Arithmetic::streamed(p, from + l, at, lane, right);
                }
                Arithmetic::mma(sums[pair][0], left, right[0]);
                Arithmetic::mma(sums[pair][1], left, right[1]);
              }
            }
          }
        },
        [&] {
          for (int pair = 0; pair < kPairs; pair++) {
            for (int i = 0; i < 8; i++) {
              p.store(lane / 4 + i % 4 / 2 * 8,
                      column + pair * kResidentWarps * kPairColumns + i / 4 * 8 + lane % 4 * 2 +
                          i % 2,
                      sums[pair][i / 4][i % 4]);
            }
          }
        });
  }
};

struct Tf32 : OnTensorCores<Tf32> {
  using Value = float;
  using Element = std::uint32_t;
  static constexpr int kDepth = 8;

  static __device__ std::uint32_t element(float x) { return to_tf32(x); }

  static __device__ void mma(float (&d)[4], const std::uint32_t (&a)[4],
                             const std::uint32_t (&b)[2]) {
    mma_tf32(d, a, b);
  }

  static __device__ void left(const ProductOfRows<Tf32>& p, int l, int lane,
                              std::uint32_t (&a)[4]) {
    const std::uint32_t* row = p.staged + lane / 4 * p.staged_pitch() + l + lane % 4;
    a[0] = row[0];
    a[1] = row[8 * p.staged_pitch()];
    a[2] = row[4];
    a[3] = row[8 * p.staged_pitch() + 4];
  }

  static __device__ void right(const ProductOfRows<Tf32>& p, int l, int column, int lane,
                               std::uint32_t (&b)[2][2]) {
    for (int tile = 0; tile < 2; tile++) {
      int at = column + tile * 8 + lane / 4;
      for (int i = 0; i < 2; i++) {
        int depth = l + lane % 4 + i * 4;
        b[tile][i] = p.transposed ? p.kept[at * p.pitch + depth] : p.kept[depth * p.pitch + at];
      }
    }
  }

  static __device__ void streamed(const ProductOfRows<Tf32>& p, int l, int column, int lane,
                                  std::uint32_t (&b)[2][2]) {
    for (int tile = 0; tile < 2; tile++) {
      for (int i = 0; i < 2; i++) {
        b[tile][i] = p.streamed(l + lane % 4 + i * 4, column + tile * 8 + lane / 4);
      }
    }
  }
};

struct Bf16 : OnTensorCores<Bf16> {
  using Value = float;
  using Element = std::uint16_t;
  static constexpr int kDepth = 16;

  static __device__ std::uint16_t element(float x) { return to_bf16(x); }

  static __device__ void mma(float (&d)[4], const std::uint32_t (&a)[4],
                             const std::uint32_t (&b)[2]) {
    mma_bf16(d, a, b);
  }

  static __device__ void left(const ProductOfRows<Bf16>& p, int l, int lane,
                              std::uint32_t (&a)[4]) {
    load_matrices(a, p.staged + lane % 16 * p.staged_pitch() + l + lane / 16 * 8);
  }

  static __device__ void right(const ProductOfRows<Bf16>& p, int l, int column, int lane,
                               std::uint32_t (&b)[2][2]) {
    std::uint32_t both[4];
    if (p.transposed) {
      load_matrices(both, p.kept + (column + lane % 8 + lane / 16 * 8) * p.pitch + l +
                              lane / 8 % 2 * 8);
    } else {
      // The same matrix, turned on the way.
      load_matrices_transposed(both,
                               p.kept + (l + lane % 16) * p.pitch + column + lane / 16 * 8);
    }
    for (int i = 0; i < 4; i++) {
      b[i / 2][i % 2] = both[i];
    }
  }

  static __device__ void streamed(const ProductOfRows<Bf16>& p, int l, int column, int lane,
                                  std::uint32_t (&b)[2][2]) {
    for (int tile = 0; tile < 2; tile++) {
      for (int i = 0; i < 2; i++) {
        int depth = l + lane % 4 * 2 + i * 8;
        int at = column + tile * 8 + lane / 4;
        b[tile][i] = p.streamed(depth, at) |
                     static_cast<std::uint32_t>(p.streamed(depth + 1, at)) << 16;
      }
    }
  }
};

}  // namespace lemniscate
