// Runs a launch: fibers for the threads, their barriers, and a refusal of what CUDA leaves undefined.
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <ucontext.h>
#include <vector>

#include "cuda_on_host.h"
#include "fault.h"

namespace host {

Coordinates here;
const Kernel* kernels = nullptr;

namespace {

constexpr unsigned kWarp = 32;
// Kernels keep a few scalars on the stack; the handler of a bad access needs some kilobytes.
constexpr std::size_t kStack = 128 * 1024;

enum class Waits { nothing, block, grid, cluster, warp, ended };

// Where threads run: each has its own from its first wait to its end, and threads that never wait share one.
struct Stack {
  std::unique_ptr<char[]> memory{new char[kStack]};
  ucontext_t start;
  jmp_buf parked;  // between two threads
  bool begun = false;
  bool idle = true;
};

// A piece of shared memory, with a margin behind it.
struct Piece {
  std::unique_ptr<char[]> memory;
  char* begin = nullptr;  // aligned
  std::size_t bytes = 0;
};

// A copy that has been asked for and has not been waited for.
struct Pending {
  void* target;
  const void* source;
  std::size_t bytes;
  unsigned group;
};

struct Thread {
  Coordinates at;
  unsigned number = 0;  // within the block
  Waits waits = Waits::nothing;
  const char* file = nullptr;
  int line = 0;
  Stack* stack = nullptr;
  jmp_buf resume;
  // Of the exchanges with even and odd number: nobody can be more than one ahead of another of the warp.
  std::uint64_t given[2][kGathered / sizeof(std::uint64_t)];
  std::size_t given_bytes[2] = {0, 0};
  unsigned exchanges = 0;
  std::vector<Pending> copies;
  unsigned copy_group = 0;
};

struct Block {
  std::vector<Thread> threads;
  std::vector<unsigned> order;          // in which the threads take their turn
  std::size_t turn = 0;                 // index into the order
  std::size_t left = 0;                 // threads that have not ended
  std::vector<unsigned> lanes_waiting;  // by warp
  bool moved = false;
  std::map<const void*, Piece> shared;
};

struct Launch {
  const Kernel* kernel = nullptr;
  void* const* parameters = nullptr;
  std::uint64_t random = 0;
  std::vector<std::unique_ptr<Block>> blocks;
  std::size_t shared_limit = 0;
  std::size_t dynamic_bytes = 0;
  unsigned cluster = 1;  // blocks
  std::string error;
};

Launch* launch = nullptr;
Block* block = nullptr;
Thread* thread = nullptr;
jmp_buf scheduler;
std::vector<std::unique_ptr<Stack>> stacks;
std::vector<Stack*> idle;

// xorshift64*: any sequence that differs from seed to seed will do.
std::uint64_t next_random() {
  std::uint64_t& x = launch->random;
  x ^= x >> 12;
  x ^= x << 25;
  x ^= x >> 27;
  return x * 0x2545F4914F6CDD1DULL;
}

void shuffle_order(std::vector<unsigned>& items) {
  for (std::size_t i = items.size(); i > 1; i--) {
    std::swap(items[i - 1], items[(next_random() >> 32) * i >> 32]);
  }
}

std::vector<unsigned> shuffled(unsigned count) {
  std::vector<unsigned> order(count);
  for (unsigned i = 0; i < count; i++) {
    order[i] = i;
  }
  shuffle_order(order);
  return order;
}

void fail(const std::string& what) {
  if (launch->error.empty()) {
    launch->error = what;
  }
}

std::string place(const Thread& t) { return std::string(t.file) + ":" + std::to_string(t.line); }

std::string name(const Thread& t) {
  return "thread " + std::to_string(t.number) + " of block (" + std::to_string(t.at.block.x) +
         ", " + std::to_string(t.at.block.y) + ")";
}

Stack* take_stack() {
  if (idle.empty()) {
    stacks.push_back(std::make_unique<Stack>());
    idle.push_back(stacks.back().get());
  }
  Stack* stack = idle.back();
  idle.pop_back();
  stack->idle = false;
  return stack;
}

void give_back(Stack* stack) {
  stack->idle = true;
  idle.push_back(stack);
}

// The next thread of this round that can go on, or none.
Thread* next_turn() {
  while (block->turn < block->order.size()) {
    Thread& t = block->threads[block->order[block->turn++]];
    if (t.waits == Waits::nothing && launch->error.empty()) {
      block->moved = true;
      thread = &t;
      here = t.at;
      return &t;
    }
  }
  return nullptr;
}

void serve();

void begin(Stack& stack) {
  stack.begun = true;
  getcontext(&stack.start);
  stack.start.uc_stack.ss_sp = stack.memory.get();
  stack.start.uc_stack.ss_size = kStack;
  stack.start.uc_link = nullptr;
  makecontext(&stack.start, serve, 0);
  setcontext(&stack.start);
}

// Goes on with another thread, or with the scheduler when all have had their turn.
[[noreturn]] void leave() {
  Thread* next = next_turn();
  if (next == nullptr) {
    _longjmp(scheduler, 1);
  }
  if (next->stack != nullptr) {
    _longjmp(next->resume, 1);
  }
  next->stack = take_stack();
  if (next->stack->begun) {
    _longjmp(next->stack->parked, 1);
  }
  begin(*next->stack);
  std::abort();
}

// What a stack does: one thread after the other.
void serve() {
  for (;;) {
    launch->kernel->run(launch->kernel->function, launch->parameters);
    if (!thread->copies.empty()) {
      fail(name(*thread) + " ends with copies that it has not waited for");
    }
    Stack* mine = thread->stack;
    thread->waits = Waits::ended;
    thread->stack = nullptr;
    block->left--;
    // A thread that has not begun can go on here.
    std::size_t turn = block->turn;
    Thread* next = next_turn();
    if (next != nullptr && next->stack == nullptr) {
      next->stack = mine;
      continue;
    }
    block->turn = turn;
    give_back(mine);
    if (_setjmp(mine->parked) == 0) {
      leave();
    }
  }
}

void wait(Waits what, const char* file, int line) {
  thread->waits = what;
  thread->file = file;
  thread->line = line;
  if (_setjmp(thread->resume) == 0) {
    leave();
  }
}

// One turn for every thread that can go on.
void round(Block& b) {
  block = &b;
  b.turn = 0;
  b.moved = false;
  shuffle_order(b.order);
  if (_setjmp(scheduler) == 0) {
    leave();
  }
}

void check_barrier(const Block& b) {
  const Thread* first = nullptr;
  for (const Thread& t : b.threads) {
    if (t.waits != Waits::block) {
      fail(name(t) + " does not come to the barrier that others of its block wait at");
    } else if (first == nullptr) {
      first = &t;
    } else if (t.line != first->line || std::strcmp(t.file, first->file) != 0) {
      fail("threads of one block wait at different barriers: " + place(*first) + " and " +
           place(t));
    }
  }
}

std::size_t waiting(const Block& b, Waits what) {
  std::size_t count = 0;
  for (const Thread& t : b.threads) {
    count += t.waits == what;
  }
  return count;
}

void release(Block& b) {
  for (Thread& t : b.threads) {
    t.waits = Waits::nothing;
  }
}

// Runs the threads of a block until all have ended or wait for the grid, or nothing can go on.
void run_block(Block& b) {
  while (launch->error.empty() && b.left > 0) {
    round(b);
    if (b.moved) {
      continue;
    }
    if (waiting(b, Waits::block) == 0) {
      for (const Thread& t : b.threads) {
        if (t.waits == Waits::warp) {
          fail(name(t) + " waits in a warp operation that not all 32 lanes have reached");
        }
      }
      return;
    }
    check_barrier(b);
    release(b);
  }
}

std::unique_ptr<Block> new_block(dim3 grid, dim3 size, unsigned index) {
  auto b = std::make_unique<Block>();
  unsigned count = size.x * size.y * size.z;
  b->threads.resize(count);
  b->left = count;
  b->lanes_waiting.assign((count + kWarp - 1) / kWarp, 0);
  for (unsigned i = 0; i < count; i++) {
    b->order.push_back(i);
    Thread& t = b->threads[i];
    t.number = i;
    t.at.thread = {i % size.x, i / size.x % size.y, i / size.x / size.y};
    t.at.block = {index % grid.x, index / grid.x % grid.y, index / grid.x / grid.y};
    t.at.block_size = size;
    t.at.grid_size = grid;
  }
  return b;
}

constexpr std::size_t kSharedAlignment = 128;
constexpr unsigned char kPoison = 0xFF;  // four or eight of them are a NaN
constexpr std::size_t kMargin = 64;

void check_shared_ends(const Block& b) {
  for (const auto& [where, piece] : b.shared) {
    for (std::size_t i = 0; i < kMargin; i++) {
      if (static_cast<unsigned char>(piece.begin[piece.bytes + i]) != kPoison) {
        fail("shared memory of " + std::to_string(piece.bytes) + " bytes was overrun");
        return;
      }
    }
  }
}

// Runs blocks that may wait for each other, by `what`, until all have ended.
void run_all(Waits what, const std::string& of) {
  unsigned count = static_cast<unsigned>(launch->blocks.size());
  bool more = true;
  while (more && launch->error.empty()) {
    for (unsigned index : shuffled(count)) {
      run_block(*launch->blocks[index]);
    }
    std::size_t at_barrier = 0, all = 0;
    for (const auto& b : launch->blocks) {
      at_barrier += waiting(*b, what);
      all += b->threads.size();
    }
    if (at_barrier != 0 && at_barrier != all) {
      fail("not all threads of the " + of + " come to the barrier that others wait at");
    }
    more = at_barrier == all;
    if (more) {
      for (const auto& b : launch->blocks) {
        release(*b);
      }
    }
  }
  for (const auto& b : launch->blocks) {
    check_shared_ends(*b);
  }
}

// Runs the clusters of a grid, of one block each as a rule, one after the other.
void run_separately(dim3 grid, dim3 size) {
  unsigned each = launch->cluster;
  for (unsigned index : shuffled(grid.x * grid.y * grid.z / each)) {
    launch->blocks.clear();
    for (unsigned i = 0; i < each; i++) {
      launch->blocks.push_back(new_block(grid, size, index * each + i));
    }
    run_all(Waits::cluster, "cluster");
    for (const auto& b : launch->blocks) {
      for (const Thread& t : b->threads) {
        if (t.waits == Waits::grid) {
          fail(name(t) + " waits for the grid in a launch that is not cooperative");
        }
      }
    }
    if (!launch->error.empty()) {
      return;
    }
  }
}

void run_together(dim3 grid, dim3 size) {
  unsigned count = grid.x * grid.y * grid.z;
  for (unsigned i = 0; i < count; i++) {
    launch->blocks.push_back(new_block(grid, size, i));
  }
  run_all(Waits::grid, "grid");
}

// Stacks that a failed launch left in the middle of a thread begin anew.
void recover_stacks() {
  for (const auto& stack : stacks) {
    if (!stack->idle) {
      stack->begun = false;
      give_back(stack.get());
    }
  }
}

}  // namespace

void block_barrier(const char* file, int line) { wait(Waits::block, file, line); }

void grid_barrier(const char* file, int line) { wait(Waits::grid, file, line); }

void cluster_barrier(const char* file, int line) { wait(Waits::cluster, file, line); }

unsigned cluster_size() { return launch->cluster; }

unsigned cluster_rank() {
  unsigned rank = 0;
  while (launch->blocks[rank].get() != block) {
    rank++;
  }
  return rank;
}

void refuse(const char* what) { fail(name(*thread) + " " + what); }

unsigned lane() { return thread->number % kWarp; }

void warp_barrier() {
  unsigned warp = thread->number / kWarp;
  if (++block->lanes_waiting[warp] < kWarp) {
    wait(Waits::warp, "", 0);
    return;
  }
  // The last one goes on at once.
  block->lanes_waiting[warp] = 0;
  for (unsigned i = 0; i < kWarp; i++) {
    block->threads[warp * kWarp + i].waits = Waits::nothing;
  }
  block->moved = true;
}

namespace {

// Lays down what this lane gives, waits for the warp, and returns the parity under which all have laid down theirs.
unsigned lay_down(const void* mine, std::size_t bytes) {
  unsigned parity = thread->exchanges++ % 2;
  std::memcpy(thread->given[parity], mine, bytes);
  thread->given_bytes[parity] = bytes;
  warp_barrier();
  const Thread* first = &block->threads[thread->number / kWarp * kWarp];
  for (unsigned i = 0; i < kWarp; i++) {
    if (first[i].given_bytes[parity] != bytes) {
      fail("lanes of one warp have come to different warp operations");
      break;
    }
  }
  return parity;
}

}  // namespace

std::uint64_t exchange(std::uint64_t value, unsigned from) {
  unsigned parity = lay_down(&value, sizeof value);
  return block->threads[thread->number / kWarp * kWarp + from % kWarp].given[parity][0];
}

void gather(const void* mine, std::size_t bytes, void* all) {
  unsigned parity = lay_down(mine, bytes);
  const Thread* first = &block->threads[thread->number / kWarp * kWarp];
  for (unsigned i = 0; i < kWarp; i++) {
    std::memcpy(static_cast<char*>(all) + i * bytes, first[i].given[parity], bytes);
  }
}

namespace {

Piece& shared_piece(Block& of, const void* where, std::size_t bytes) {
  Piece& piece = of.shared[where];
  if (!piece.memory) {
    piece.memory.reset(new char[bytes + kMargin + kSharedAlignment]);
    auto raw = reinterpret_cast<std::uintptr_t>(piece.memory.get());
    piece.begin = piece.memory.get() + (kSharedAlignment - raw % kSharedAlignment) % kSharedAlignment;
    piece.bytes = bytes;
    std::memset(piece.begin, kPoison, bytes + kMargin);
    std::size_t total = 0;
    for (const auto& [other, each] : of.shared) {
      total += each.bytes;
    }
    if (total > launch->shared_limit) {
      fail("a block uses " + std::to_string(total) + " bytes of shared memory, more than " +
           std::to_string(launch->shared_limit));
    }
  }
  return piece;
}

// The place of the shared memory that a block's own holds these bytes of, or null.
const void* place_of(const Block& of, const void* address, std::size_t bytes) {
  auto from = reinterpret_cast<std::uintptr_t>(address);
  for (const auto& [where, piece] : of.shared) {
    auto begin = reinterpret_cast<std::uintptr_t>(piece.begin);
    if (from >= begin && from + bytes <= begin + piece.bytes) {
      return where;
    }
  }
  return nullptr;
}

// Where dynamic shared memory is among the places.
const char dynamic_place = 0;

}  // namespace

void* shared(const void* where, std::size_t bytes) {
  return shared_piece(*block, where, bytes).begin;
}

void* dynamic_shared() { return shared_piece(*block, &dynamic_place, launch->dynamic_bytes).begin; }

bool is_shared(const void* address, std::size_t bytes) {
  return place_of(*block, address, bytes) != nullptr;
}

void* shared_of(void* mine, unsigned rank) {
  const void* where = place_of(*block, mine, 1);
  if (where == nullptr) {
    refuse("maps an address that is not of its shared memory");
    return mine;
  }
  if (rank >= launch->cluster) {
    refuse("maps shared memory of a block that its cluster does not have");
    return mine;
  }
  Block& other = *launch->blocks[rank];
  if (other.left == 0) {
    refuse("maps shared memory of a block that has ended");
    return mine;
  }
  const Piece& piece = block->shared[where];
  return shared_piece(other, where, piece.bytes).begin + (static_cast<char*>(mine) - piece.begin);
}

void begin_copy(void* target, const void* source, std::size_t bytes) {
  if (!is_shared(target, bytes)) {
    refuse("copies to an address that is not of its shared memory");
    return;
  }
  if (reinterpret_cast<std::uintptr_t>(target) % bytes != 0 ||
      reinterpret_cast<std::uintptr_t>(source) % bytes != 0) {
    refuse("copies from or to an address that is no multiple of the copy's size");
    return;
  }
  // Until the copy has been waited for, nobody knows what is there.
  std::memset(target, kPoison, bytes);
  thread->copies.push_back({target, source, bytes, thread->copy_group});
}

void end_copy_group() { thread->copy_group++; }

void wait_for_copies(unsigned but) {
  std::vector<Pending> later;
  for (const Pending& copy : thread->copies) {
    if (copy.group + but >= thread->copy_group) {
      later.push_back(copy);
    } else {
      std::memcpy(copy.target, copy.source, copy.bytes);
    }
  }
  thread->copies.swap(later);
}

}  // namespace host

namespace {

// Of CUDA, compute capability 8.0 to 10.0: threads a block, and shared memory that needs no opting in.
constexpr unsigned kMaxThreads = 1024;
constexpr std::size_t kSharedLimit = 48 * 1024;
// With it, on compute capability 9.0, and what the driver takes of every block for itself is off already.
constexpr std::size_t kSharedLimitOptIn = 227 * 1024;
// Of compute capability 9.0, where a kernel has asked for more than 8.
constexpr unsigned kMaxCluster = 16;
constexpr unsigned kMaxGridYZ = 65535;

const host::Kernel* find(const char* name) {
  for (const host::Kernel* k = host::kernels; k != nullptr; k = k->next) {
    if (std::strcmp(k->name, name) == 0) {
      return k;
    }
  }
  return nullptr;
}

// Bytes of dynamic shared memory that kernels have opted in to.
std::map<std::string, std::size_t> opted_in;

int report(const std::string& text, char* message, std::size_t room) {
  std::snprintf(message, room, "%s", text.c_str());
  return 1;
}

}  // namespace

extern "C" {

// Whether there is a kernel of this name.
int lemniscate_host_has_kernel(const char* name) { return find(name) != nullptr; }

// The names of all kernels, each followed by a newline; returns the bytes needed with the final zero.
std::size_t lemniscate_host_kernels(char* names, std::size_t room) {
  std::string all;
  for (const host::Kernel* k = host::kernels; k != nullptr; k = k->next) {
    all += k->name;
    all += '\n';
  }
  std::snprintf(names, room, "%s", all.c_str());
  return all.size() + 1;
}

// Lets a kernel have so many bytes of dynamic shared memory; returns 0, or 1 where no device has so many.
int lemniscate_host_opt_in(const char* name, std::size_t bytes) {
  if (find(name) == nullptr || bytes > kSharedLimitOptIn) {
    return 1;
  }
  opted_in[name] = bytes;
  return 0;
}

// Runs a kernel with so many bytes of dynamic shared memory, in clusters of so many blocks along x; returns 0, or 1 with a message.
int lemniscate_host_launch(const char* name, unsigned grid_x, unsigned grid_y,
                                unsigned threads, int cooperative, std::size_t shared_bytes,
                                unsigned cluster, void* const* parameters, std::uint64_t seed,
                                char* message, std::size_t room) {
  const host::Kernel* kernel = find(name);
  if (kernel == nullptr) {
    return report("no kernel of this name", message, room);
  }
  if (grid_x == 0 || grid_y == 0 || threads == 0 || threads > kMaxThreads || grid_y > kMaxGridYZ) {
    return report("launch geometry that no device takes", message, room);
  }
  if (cluster == 0 || cluster > kMaxCluster || grid_x % cluster != 0 ||
      (cooperative && cluster != 1)) {
    return report("clusters that no device takes", message, room);
  }
  static std::mutex one_at_a_time;
  std::lock_guard<std::mutex> hold(one_at_a_time);
  auto allowed = opted_in.find(name);
  std::size_t limit = kSharedLimit;
  if (allowed != opted_in.end() && allowed->second > limit) {
    limit = allowed->second;
  }
  if (shared_bytes > limit) {
    return report("dynamic shared memory of " + std::to_string(shared_bytes) +
                      " bytes, and the kernel may have " + std::to_string(limit) +
                      " without opting in to more",
                  message, room);
  }
  host::Launch launch;
  launch.kernel = kernel;
  launch.parameters = parameters;
  launch.random = seed * 2 + 1;
  // What is static and dynamic together; static memory alone cannot opt in.
  launch.shared_limit = shared_bytes > kSharedLimit ? kSharedLimitOptIn : kSharedLimit;
  launch.dynamic_bytes = shared_bytes;
  launch.cluster = cluster;
  host::launch = &launch;
  dim3 grid{grid_x, grid_y, 1};
  dim3 size{threads, 1, 1};
  std::string fault = host::guarded([&] {
    if (cooperative) {
      host::run_together(grid, size);
    } else {
      host::run_separately(grid, size);
    }
  });
  host::recover_stacks();
  host::launch = nullptr;
  if (!fault.empty()) {
    return report(fault, message, room);
  }
  return launch.error.empty() ? 0 : report(launch.error, message, room);
}

}  // extern "C"
