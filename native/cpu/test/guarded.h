/*
 * Memory for tests that ends, or begins, at a page that nobody may touch: a read or write past an operand ends the program.
 */
#ifndef LEMNISCATE_GUARDED_H
#define LEMNISCATE_GUARDED_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct {
  char *mapped;
  size_t length;
  real *data;
} guarded;

static void check(int holds, const char *what) {
  if (!holds) {
    fprintf(stderr, "failed: %s\n", what);
    exit(1);
  }
}

/* Room for n elements that ends at a forbidden page, or begins after one. Filled with NaN. */
static guarded guarded_room(long n, int at_end) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  const size_t bytes = (size_t)n * sizeof(real);
  const size_t body = (bytes + page - 1) / page * page;
  guarded g;
  g.length = body + 2 * page;
  g.mapped = mmap(0, g.length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  check(g.mapped != MAP_FAILED, "mmap");
  check(mprotect(g.mapped, page, PROT_NONE) == 0 && mprotect(g.mapped + page + body, page, PROT_NONE) == 0, "mprotect");
  memset(g.mapped + page, 0xff, body);
  g.data = (real *)(at_end ? g.mapped + page + body - bytes : g.mapped + page);
  return g;
}

static void guarded_free(guarded g) { munmap(g.mapped, g.length); }

/* A number in [-1, 1), the same in every run. */
static real draw(void) {
  static uint64_t state = 88172645463325252u;
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (real)(int32_t)(state >> 32) / (real)2147483648.0;
}

static guarded guarded_draws(long n, int at_end) {
  guarded g = guarded_room(n, at_end);
  for (long i = 0; i < n; i++) g.data[i] = draw();
  return g;
}

#endif
