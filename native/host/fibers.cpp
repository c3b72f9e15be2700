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

enum class Waits { nothing, block, grid, warp, ended };

struct Fiber {
  Coordinates at;
  Waits waits = Waits::nothing;
  const char* file = nullptr;
  int line = 0;
  bool begun = false;
  jmp_buf resume;
  ucontext_t start;
  std::unique_ptr<char[]> stack;
  std::uint64_t given = 0;
  unsigned number = 0;  // within the block
};

struct Block {
  std::vector<Fiber*> fibers;
  std::map<const void*, std::pair<std::unique_ptr<char[]>, std::size_t>> shared;
};

struct Launch {
  const Kernel* kernel = nullptr;
  void* const* parameters = nullptr;
  std::uint64_t random = 0;
  std::vector<std::unique_ptr<Block>> blocks;
  std::size_t shared_limit = 0;
  std::string error;
};

Launch* launch = nullptr;
Block* block = nullptr;
Fiber* fiber = nullptr;
jmp_buf scheduler;
std::vector<std::unique_ptr<Fiber>> idle;

// xorshift64*: any sequence that differs from seed to seed will do.
std::uint64_t next_random() {
  std::uint64_t& x = launch->random;
  x ^= x >> 12;
  x ^= x << 25;
  x ^= x >> 27;
  return x * 0x2545F4914F6CDD1DULL;
}

template <typename T>
void shuffle_order(std::vector<T>& items) {
  for (std::size_t i = items.size(); i > 1; i--) {
    std::swap(items[i - 1], items[next_random() % i]);
  }
}

void fail(const std::string& what) {
  if (launch->error.empty()) {
    launch->error = what;
  }
}

std::string place(const Fiber& f) { return std::string(f.file) + ":" + std::to_string(f.line); }

std::string name(const Fiber& f) {
  return "thread " + std::to_string(f.number) + " of block (" + std::to_string(f.at.block.x) +
         ", " + std::to_string(f.at.block.y) + ")";
}

void body() {
  launch->kernel->run(launch->kernel->function, launch->parameters);
  fiber->waits = Waits::ended;
  _longjmp(scheduler, 1);
}

void wait(Waits what, const char* file, int line) {
  fiber->waits = what;
  fiber->file = file;
  fiber->line = line;
  if (_setjmp(fiber->resume) == 0) {
    _longjmp(scheduler, 1);
  }
}

void turn(Block* of, Fiber* f) {
  block = of;
  fiber = f;
  here = f->at;
  f->waits = Waits::nothing;
  if (_setjmp(scheduler) == 0) {
    if (f->begun) {
      _longjmp(f->resume, 1);
    }
    f->begun = true;
    setcontext(&f->start);
  }
}

std::unique_ptr<Fiber> new_fiber() {
  if (!idle.empty()) {
    std::unique_ptr<Fiber> f = std::move(idle.back());
    idle.pop_back();
    return f;
  }
  auto f = std::make_unique<Fiber>();
  f->stack.reset(new char[kStack]);
  return f;
}

void prepare(Fiber& f) {
  f.begun = false;
  f.waits = Waits::nothing;
  getcontext(&f.start);
  f.start.uc_stack.ss_sp = f.stack.get();
  f.start.uc_stack.ss_size = kStack;
  f.start.uc_link = nullptr;
  makecontext(&f.start, body, 0);
}

// Lets go the warps all of whose living lanes have given their value.
void release_warps(Block& b) {
  for (std::size_t first = 0; first < b.fibers.size(); first += kWarp) {
    std::size_t end = std::min(first + kWarp, b.fibers.size());
    std::size_t waiting = 0;
    for (std::size_t i = first; i < end; i++) {
      waiting += b.fibers[i]->waits == Waits::warp;
    }
    if (waiting == kWarp) {
      for (std::size_t i = first; i < end; i++) {
        b.fibers[i]->waits = Waits::nothing;
      }
    }
  }
}

// Runs the fibers of a block until all have ended or wait for the grid, or nothing can go on.
void run_block(Block& b) {
  std::vector<Fiber*> order = b.fibers;
  while (launch->error.empty()) {
    bool moved = false;
    shuffle_order(order);
    for (Fiber* f : order) {
      if (f->waits == Waits::nothing) {
        turn(&b, f);
        moved = true;
      }
    }
    if (moved) {
      release_warps(b);
      continue;
    }
    std::size_t at_barrier = 0;
    for (Fiber* f : b.fibers) {
      at_barrier += f->waits == Waits::block;
    }
    if (at_barrier == 0) {
      for (Fiber* f : b.fibers) {
        if (f->waits == Waits::warp) {
          fail(name(*f) + " waits in a warp operation that not all 32 lanes have reached");
        }
      }
      return;
    }
    Fiber* first = nullptr;
    for (Fiber* f : b.fibers) {
      if (f->waits != Waits::block) {
        fail(name(*f) + " does not come to the barrier that others of its block wait at");
      } else if (first == nullptr) {
        first = f;
      } else if (f->line != first->line || std::strcmp(f->file, first->file) != 0) {
        fail("threads of one block wait at different barriers: " + place(*first) + " and " +
             place(*f));
      }
    }
    for (Fiber* f : b.fibers) {
      f->waits = Waits::nothing;
    }
  }
}

std::unique_ptr<Block> new_block(dim3 grid, dim3 size, unsigned index) {
  auto b = std::make_unique<Block>();
  unsigned threads = size.x * size.y * size.z;
  for (unsigned t = 0; t < threads; t++) {
    Fiber* f = new_fiber().release();
    f->number = t;
    f->at.thread = {t % size.x, t / size.x % size.y, t / size.x / size.y};
    f->at.block = {index % grid.x, index / grid.x % grid.y, index / grid.x / grid.y};
    f->at.block_size = size;
    f->at.grid_size = grid;
    prepare(*f);
    b->fibers.push_back(f);
  }
  return b;
}

void check_shared_ends(const Block& b);

void end_block(Block& b) {
  check_shared_ends(b);
  for (Fiber* f : b.fibers) {
    idle.emplace_back(f);
  }
  b.fibers.clear();
}

constexpr unsigned char kPoison = 0xFF;  // four or eight of them are a NaN
constexpr std::size_t kMargin = 64;

void check_shared_ends(const Block& b) {
  for (const auto& [where, memory] : b.shared) {
    for (std::size_t i = 0; i < kMargin; i++) {
      if (static_cast<unsigned char>(memory.first[memory.second + i]) != kPoison) {
        fail("shared memory of " + std::to_string(memory.second) + " bytes was overrun");
        return;
      }
    }
  }
}

std::vector<unsigned> block_order(unsigned count) {
  std::vector<unsigned> order(count);
  for (unsigned i = 0; i < count; i++) {
    order[i] = i;
  }
  shuffle_order(order);
  return order;
}

void run_separately(dim3 grid, dim3 size) {
  for (unsigned index : block_order(grid.x * grid.y * grid.z)) {
    std::unique_ptr<Block> b = new_block(grid, size, index);
    run_block(*b);
    for (Fiber* f : b->fibers) {
      if (f->waits == Waits::grid) {
        fail(name(*f) + " waits for the grid in a launch that is not cooperative");
      }
    }
    end_block(*b);
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
  bool more = true;
  while (more && launch->error.empty()) {
    more = false;
    for (unsigned index : block_order(count)) {
      run_block(*launch->blocks[index]);
    }
    std::size_t waiting = 0, all = 0;
    for (const auto& b : launch->blocks) {
      for (Fiber* f : b->fibers) {
        waiting += f->waits == Waits::grid;
        all++;
      }
    }
    if (waiting != 0 && waiting != all) {
      fail("not all threads of the grid come to the barrier that others wait at");
    }
    if (waiting == all) {
      more = true;
      for (const auto& b : launch->blocks) {
        for (Fiber* f : b->fibers) {
          f->waits = Waits::nothing;
        }
      }
    }
  }
  for (const auto& b : launch->blocks) {
    end_block(*b);
  }
}

}  // namespace

void block_barrier(const char* file, int line) { wait(Waits::block, file, line); }

void grid_barrier(const char* file, int line) { wait(Waits::grid, file, line); }

unsigned lane() { return fiber->number % kWarp; }

std::uint64_t exchange(std::uint64_t value, unsigned from) {
  fiber->given = value;
  wait(Waits::warp, "", 0);
  std::uint64_t taken = block->fibers[fiber->number / kWarp * kWarp + from % kWarp]->given;
  // The next exchange may not overwrite what other lanes still have to take.
  wait(Waits::warp, "", 0);
  return taken;
}

void warp_barrier() { wait(Waits::warp, "", 0); }

void* shared(const void* where, std::size_t bytes) {
  auto& memory = block->shared[where];
  if (!memory.first) {
    memory.first.reset(new char[bytes + kMargin]);
    memory.second = bytes;
    std::memset(memory.first.get(), kPoison, bytes + kMargin);
    std::size_t total = 0;
    for (const auto& [other, piece] : block->shared) {
      total += piece.second;
    }
    if (total > launch->shared_limit) {
      fail("a block uses " + std::to_string(total) + " bytes of shared memory, more than " +
           std::to_string(launch->shared_limit));
    }
  }
  return memory.first.get();
}

}  // namespace host

namespace {

// Of CUDA, compute capability 8.0 to 10.0: threads a block, and shared memory that needs no opting in.
constexpr unsigned kMaxThreads = 1024;
constexpr std::size_t kSharedLimit = 48 * 1024;
constexpr unsigned kMaxGridYZ = 65535;

const host::Kernel* find(const char* name) {
  for (const host::Kernel* k = host::kernels; k != nullptr; k = k->next) {
    if (std::strcmp(k->name, name) == 0) {
      return k;
    }
  }
  return nullptr;
}

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

// Runs a kernel; returns 0, or 1 with a message.
int lemniscate_host_launch(const char* name, unsigned grid_x, unsigned grid_y, unsigned threads,
                           int cooperative, void* const* parameters, std::uint64_t seed,
                           char* message, std::size_t room) {
  const host::Kernel* kernel = find(name);
  if (kernel == nullptr) {
    return report("no kernel of this name", message, room);
  }
  if (grid_x == 0 || grid_y == 0 || threads == 0 || threads > kMaxThreads || grid_y > kMaxGridYZ) {
    return report("launch geometry that no device takes", message, room);
  }
  static std::mutex one_at_a_time;
  std::lock_guard<std::mutex> hold(one_at_a_time);
  host::Launch launch;
  launch.kernel = kernel;
  launch.parameters = parameters;
  launch.random = seed * 2 + 1;
  launch.shared_limit = kSharedLimit;
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
  host::launch = nullptr;
  if (!fault.empty()) {
    return report(fault, message, room);
  }
  return launch.error.empty() ? 0 : report(launch.error, message, room);
}

}  // extern "C"
