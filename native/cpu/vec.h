// Names of what the library exports.
#ifndef LEMNISCATE_VEC_H
#define LEMNISCATE_VEC_H

#if REAL_BITS == 32
typedef float real;
#define REAL_NAME f32
#else
typedef double real;
#define REAL_NAME f64
#endif

#define JOIN(set, type, name) lemniscate_##set##_##type##_##name
#define EXPANDED(set, type, name) JOIN(set, type, name)
// The function's name with the instruction set and the element type before it.
#define NAME(name) EXPANDED(INSTRUCTION_SET, REAL_NAME, name)
#define EXPORT __attribute__((visibility("default")))

#endif
