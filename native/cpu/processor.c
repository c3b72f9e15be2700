// Which instruction sets there are: in this library, and on this processor. Compiled for any processor, since it decides
// what may run on this one.

// BUILT_SETS: those that the other sources were compiled for, as "avx512 avx2".
#ifndef BUILT_SETS
#error "BUILT_SETS is not defined: compile with scripts/build-native.sh"
#endif

#define EXPORT __attribute__((visibility("default")))

EXPORT const char *lemniscate_built_sets(void);
EXPORT const char *lemniscate_instruction_sets(void);

// The instruction sets that this library holds, separated by spaces.
const char *lemniscate_built_sets(void) {
  return BUILT_SETS;
}

// The instruction sets that this processor and its operating system run, the best first, separated by spaces; "" for none.
// Whether the system keeps the registers when it changes threads, the compiler's library asks too.
const char *lemniscate_instruction_sets(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) {
    return "";
  }
  int avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  return avx512 ? "avx512 avx2" : "avx2";
#elif defined(__aarch64__)
  return "neon";
#else
  return "";
#endif
}
