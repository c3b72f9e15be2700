// Products of 16 rows with a matrix that the blocks of a cluster share out, in either direction.
//
// Every extent of a matrix or a row is cut into slices, one a block, of a multiple of kFilled; the last may be shorter or empty. A block
// has its slice of the columns of all rows, and of a matrix its slice of the rows or of the columns. Where that is a slice of the sums,
// blocks make partial sums of all columns and send each block those of its slice; else they send each other their slices of a, and make
// whole sums of their columns. One barrier of the cluster a product: blocks write to each other and read what is their own.
#pragma once

#include "../common/cluster.cuh"
#include "resident_product.cuh"

namespace lemniscate {

struct Slices {
  int rank, blocks;

  __device__ static Slices of_cluster() {
    return {static_cast<int>(cluster_rank()), static_cast<int>(cluster_blocks())};
  }
  __device__ int length(long long extent) const { return filled((extent + blocks - 1) / blocks); }
  // How many there are that are not empty.
  __device__ int count(long long extent) const {
    int each = length(extent);
    return static_cast<int>((extent + each - 1) / each);
  }
  __device__ int begin(long long extent) const { return rank * length(extent); }
  // Elements of this block's.
  __device__ int own(long long extent) const {
    long long left = extent - begin(extent);
    return left < 0 ? 0 : left < length(extent) ? static_cast<int>(left) : length(extent);
  }
};

// Where blocks write to each other: two places in turns, or one.
struct Exchange {
  char* first;
  long long apart;  // of the two, 0 for one
  unsigned turns;

  // The next place that all blocks may write to. Of two, that which was read before the latest barrier.
  template <typename T>
  __device__ T* next() {
    if (apart == 0) {
      LEMNISCATE_CLUSTER_BARRIER();
    }
    return reinterpret_cast<T*>(first + (turns++ & 1u) * apart);
  }
};

// c = alpha a op(b) + beta c by a cluster. a, b, c, kept, rows as in ProductOfRows, from this block's slices on. Where sums are split, k is
// the length of this block's slice of them, n that of all of c and staged memory of the block; else n is the length of its slice
// of c, k that of all of a, and staged memory of the exchange.
template <typename Arithmetic>
struct ClusterProduct : ProductOfRows<Arithmetic> {
  using Base = ProductOfRows<Arithmetic>;
  using T = typename Arithmetic::Value;
  using Element = typename Arithmetic::Element;

  bool splits;
  Slices slices;
  // Of all of c and a.
  int all_columns, all_sums;
  Exchange* exchange;
  T* incoming;

  // The same for all blocks: they meet as often as there are rounds.
  __device__ int most_columns() const {
    return splits ? all_columns : slices.length(all_columns);
  }

  // The place of a partial sum in a block's incoming ones.
  __device__ static int place_of(int source, int row, int column, int length) {
    return (source * kResidentRows + row) * length + column;
  }

  __device__ void store(int row, int column, T sum) const {
    if (row >= this->rows || column >= this->n) {
      return;
    }
    if (splits) {
      int length = slices.length(all_columns);
      int owner = column / length;
      shared_of(incoming, owner)[place_of(slices.rank, row, column - owner * length, length)] = sum;
    } else {
      this->put(row, column, sum);
    }
  }

  // Adds what the blocks have sent, in their order.
  __device__ void add() const {
    int length = slices.length(all_columns), own = slices.own(all_columns);
    int sources = slices.count(all_sums);
    for (int r = threadIdx.x / kWarp; r < this->rows; r += kResidentWarps) {
      for (int column = threadIdx.x % kWarp; column < own; column += kWarp) {
        T sum = incoming[place_of(0, r, column, length)];
        for (int source = 1; source < sources; source++) {
          sum += incoming[place_of(source, r, column, length)];
        }
        this->put(r, column, sum);
      }
    }
  }

  // Sends this block's slice of a to all blocks, as far as it lies in the piece that begins at `from`.
  __device__ void send(int from) const {
    int mine = slices.begin(all_sums), end = mine + slices.length(all_sums);
    int begin = mine < from ? from : mine;
    end = from + this->piece(from) < end ? from + this->piece(from) : end;
    int fours = (end - begin) / 4;
    for (int e = threadIdx.x; e < kResidentRows * fours; e += kResidentThreads) {
      int row = e / fours, l = begin + e % fours * 4;
      Four<Element> values;
      for (int i = 0; i < 4; i++) {
        bool there = row < this->rows && l + i < all_sums;
        values.at[i] =
            Arithmetic::element(there ? this->a[row * this->a_apart + l + i - mine] : T(0));
      }
      Element* at = this->staged + row * this->staged_pitch() + l - from;
      for (int i = 0; i < slices.blocks; i++) {
        // Each begins with another.
        unsigned to = static_cast<unsigned>(slices.rank + i) % slices.blocks;
        *reinterpret_cast<Four<Element>*>(shared_of(at, to)) = values;
      }
    }
  }

  // As of ResidentProduct.
  template <typename Begin, typename Multiply, typename End>
  __device__ void in_pieces(int rounds, Begin begin, Multiply multiply, End end) {
    if (splits) {
      incoming = exchange->template next<T>();
      // Whose slice of the sums is empty has nothing to send.
      rounds = this->k > 0 ? rounds : 0;
    }
    for (int round = 0; round < rounds; round++) {
      begin(round);
      for (int from = 0; from < this->k; from += this->columns) {
        if (round == 0 || this->columns < this->k) {
          bring(from);
        }
        multiply(from, this->piece(from));
      }
      end();
    }
    if (splits) {
      LEMNISCATE_CLUSTER_BARRIER();
      add();
    }
  }

  // Brings a piece of a: of this block's slice, or of all.
  __device__ void bring(int from) {
    if (splits) {
      __syncthreads();
      this->stage(from);
      __syncthreads();
    } else {
      this->staged = exchange->template next<Element>();
      send(from);
      LEMNISCATE_CLUSTER_BARRIER();
    }
  }
};

}  // namespace lemniscate
