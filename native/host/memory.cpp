// Global memory of the host execution: every allocation ends at a page that cannot be touched and begins after one.
#include <csetjmp>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <mutex>
#include <sys/mman.h>
#include <unistd.h>

#include "fault.h"

namespace {

struct Piece {
  char* mapping;
  std::size_t length;
  std::size_t bytes;
};

std::map<std::uintptr_t, Piece> pieces;
std::mutex lock;

// The kernels load at most 16 bytes at a time, so the end of an allocation is aligned to this much.
constexpr std::size_t kAlignment = 16;

sigjmp_buf escape;
volatile sig_atomic_t watching = 0;
char fault_text[200];
struct sigaction previous;
pthread_t watched;

// No lock: the thread that faults is the one that launches, and nobody allocates meanwhile.
bool explain(std::uintptr_t address) {
  for (const auto& [begin, piece] : pieces) {
    std::uintptr_t from = reinterpret_cast<std::uintptr_t>(piece.mapping);
    if (address >= from && address < from + piece.length) {
      long long offset = static_cast<long long>(address) - static_cast<long long>(begin);
      std::snprintf(fault_text, sizeof fault_text,
                    "touches byte %lld of an allocation of %zu bytes", offset, piece.bytes);
      return true;
    }
  }
  return false;
}

void on_fault(int signal, siginfo_t* info, void* context) {
  if (watching && pthread_equal(pthread_self(), watched) &&
      explain(reinterpret_cast<std::uintptr_t>(info->si_addr))) {
    siglongjmp(escape, 1);
  }
  if (previous.sa_flags & SA_SIGINFO) {
    previous.sa_sigaction(signal, info, context);
  } else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
    previous.sa_handler(signal);
  } else {
    sigaction(signal, &previous, nullptr);
  }
}

}  // namespace

namespace host {

std::string guarded(const std::function<void()>& body) {
  struct sigaction action;
  std::memset(&action, 0, sizeof action);
  action.sa_sigaction = on_fault;
  // On the stack of the handler where the process has set one: a fiber's own is small.
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  sigaction(SIGSEGV, &action, &previous);
  watched = pthread_self();
  std::string problem;
  if (sigsetjmp(escape, 1) == 0) {
    watching = 1;
    body();
  } else {
    problem = fault_text;
  }
  watching = 0;
  sigaction(SIGSEGV, &previous, nullptr);
  return problem;
}

}  // namespace host

extern "C" {

// Memory of zeros; null when there is none.
void* lemniscate_host_allocate(std::size_t bytes) {
  std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  std::size_t padded = (bytes + kAlignment - 1) / kAlignment * kAlignment;
  std::size_t inner = (padded + page - 1) / page * page;
  std::size_t length = inner + 2 * page;
  void* mapping = mmap(nullptr, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED) {
    return nullptr;
  }
  char* first = static_cast<char*>(mapping) + page;
  if (mprotect(first, inner, PROT_READ | PROT_WRITE) != 0) {
    munmap(mapping, length);
    return nullptr;
  }
  char* begin = first + inner - padded;
  std::lock_guard<std::mutex> hold(lock);
  pieces[reinterpret_cast<std::uintptr_t>(begin)] = {static_cast<char*>(mapping), length, bytes};
  return begin;
}

// Returns 0, or 1 for an address that is no allocation.
int lemniscate_host_free(void* memory) {
  std::lock_guard<std::mutex> hold(lock);
  auto found = pieces.find(reinterpret_cast<std::uintptr_t>(memory));
  if (found == pieces.end()) {
    return 1;
  }
  munmap(found->second.mapping, found->second.length);
  pieces.erase(found);
  return 0;
}

}  // extern "C"
