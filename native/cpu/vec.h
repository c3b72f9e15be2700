/*
 * Vectors of REAL: one source for AVX2, AVX-512 and NEON, float and double. A file that includes it is compiled once for each pair,
 * with -DINSTRUCTION_SET=avx2|avx512|neon and -DREAL_BITS=32|64.
 *
 * Every operation is exact or rounded once (IEEE 754), so that a loop gives the same bits on every instruction set. Nothing reads or
 * writes past an operand: the rest that fills no vector goes through `load_part` and `store_part`, which touch its elements alone.
 */
#ifndef LEMNISCATE_VEC_H
#define LEMNISCATE_VEC_H

#include <stdint.h>
#include <string.h>

#if !defined(INSTRUCTION_SET) || !defined(REAL_BITS)
#error "compile with -DINSTRUCTION_SET=avx2|avx512|neon -DREAL_BITS=32|64 (scripts/build-native.sh does)"
#endif

#define SET_avx2 1
#define SET_avx512 2
#define SET_neon 3
#define SET_JOIN_(set) SET_##set
#define SET_OF(set) SET_JOIN_(set)
#define AVX2 (SET_OF(INSTRUCTION_SET) == SET_avx2)
#define AVX512 (SET_OF(INSTRUCTION_SET) == SET_avx512)
#define NEON (SET_OF(INSTRUCTION_SET) == SET_neon)

/* Functions that Java finds: lemniscate_<instruction set>_<f32|f64>_<name>. */
#define NAME_JOIN_(set, type, name) lemniscate_##set##_##type##_##name
#define NAME_OF(set, type, name) NAME_JOIN_(set, type, name)
#define EXPORT(name) __attribute__((visibility("default"))) NAME_OF(INSTRUCTION_SET, TYPE, name)

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 16")

#if REAL_BITS == 32
#define TYPE f32
typedef float real;
typedef int32_t bits;
#define SIGN_BIT INT32_MIN
#define EXPONENT_SHIFT 23
#elif REAL_BITS == 64
#define TYPE f64
typedef double real;
typedef int64_t bits;
#define SIGN_BIT INT64_MIN
#define EXPONENT_SHIFT 52
#endif

/* With -DEMULATED the geometry of an instruction set on a processor that lacks it: for tests. */
#ifdef EMULATED
#elif AVX2 || AVX512
#include <immintrin.h>
#else
#include <arm_neon.h>
#endif

#if AVX512
#define VECTOR_BYTES 64
#elif AVX2
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif

/* Elements of a vector. */
#define LANES (VECTOR_BYTES / (int)sizeof(real))

/* A vector, and one of integers of the same width; they may lie anywhere and alias anything. */
typedef real vec __attribute__((vector_size(VECTOR_BYTES)));
typedef bits ivec __attribute__((vector_size(VECTOR_BYTES)));
typedef real vec_in_memory __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(real)), may_alias));

/* A vector of double whatever REAL is. */
#define WIDE (VECTOR_BYTES / 8)
typedef double wide __attribute__((vector_size(VECTOR_BYTES)));

INLINE vec load(const real *p) { return *(const vec_in_memory *)p; }
INLINE void store(real *p, vec v) { *(vec_in_memory *)p = v; }
INLINE vec splat(real x) { return x - (vec){0}; } /* x - 0 is x, also for -0 */

/* One rounding for a b + c, and for c - a b. */
#ifdef EMULATED
#define EACH_LANE(result, value)                         \
  vec result;                                            \
  for (int i = 0; i < LANES; i++) result[i] = (real)(value)
#if REAL_BITS == 32
#define SCALAR(function) __builtin_##function##f
#else
#define SCALAR(function) __builtin_##function
#endif
INLINE vec fma_(vec a, vec b, vec c) {
  EACH_LANE(sum, SCALAR(fma)(a[i], b[i], c[i]));
  return sum;
}
INLINE vec fnma_(vec a, vec b, vec c) {
  EACH_LANE(sum, SCALAR(fma)(-a[i], b[i], c[i]));
  return sum;
}
INLINE vec root(vec a) {
  EACH_LANE(value, SCALAR(sqrt)(a[i]));
  return value;
}
#elif AVX512 && REAL_BITS == 32
INLINE vec fma_(vec a, vec b, vec c) { return _mm512_fmadd_ps(a, b, c); }
INLINE vec fnma_(vec a, vec b, vec c) { return _mm512_fnmadd_ps(a, b, c); }
INLINE vec root(vec a) { return _mm512_sqrt_ps(a); }
#elif AVX512
INLINE vec fma_(vec a, vec b, vec c) { return _mm512_fmadd_pd(a, b, c); }
INLINE vec fnma_(vec a, vec b, vec c) { return _mm512_fnmadd_pd(a, b, c); }
INLINE vec root(vec a) { return _mm512_sqrt_pd(a); }
#elif AVX2 && REAL_BITS == 32
INLINE vec fma_(vec a, vec b, vec c) { return _mm256_fmadd_ps(a, b, c); }
INLINE vec fnma_(vec a, vec b, vec c) { return _mm256_fnmadd_ps(a, b, c); }
INLINE vec root(vec a) { return _mm256_sqrt_ps(a); }
#elif AVX2
INLINE vec fma_(vec a, vec b, vec c) { return _mm256_fmadd_pd(a, b, c); }
INLINE vec fnma_(vec a, vec b, vec c) { return _mm256_fnmadd_pd(a, b, c); }
INLINE vec root(vec a) { return _mm256_sqrt_pd(a); }
#elif REAL_BITS == 32
INLINE vec fma_(vec a, vec b, vec c) { return (vec)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b); }
INLINE vec fnma_(vec a, vec b, vec c) { return (vec)vfmsq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b); }
INLINE vec root(vec a) { return (vec)vsqrtq_f32((float32x4_t)a); }
#else
INLINE vec fma_(vec a, vec b, vec c) { return (vec)vfmaq_f64((float64x2_t)c, (float64x2_t)a, (float64x2_t)b); }
INLINE vec fnma_(vec a, vec b, vec c) { return (vec)vfmsq_f64((float64x2_t)c, (float64x2_t)a, (float64x2_t)b); }
INLINE vec root(vec a) { return (vec)vsqrtq_f64((float64x2_t)a); }
#endif

/* A mask has all bits of a lane set or none. Comparisons with NaN are false. */
typedef ivec mask;
INLINE mask less(vec a, vec b) { return a < b; }
INLINE mask greater(vec a, vec b) { return a > b; }
INLINE mask at_least(vec a, vec b) { return a >= b; }

/* yes where the mask is set, else no. */
#ifdef EMULATED
INLINE vec choose(mask m, vec yes, vec no) { return (vec)(((ivec)yes & m) | ((ivec)no & ~m)); }
INLINE int any(mask m) {
  int set = 0;
  for (int i = 0; i < LANES; i++) set |= m[i] != 0;
  return set;
}
#elif AVX2 && REAL_BITS == 32
INLINE vec choose(mask m, vec yes, vec no) { return _mm256_blendv_ps(no, yes, (__m256)m); }
INLINE int any(mask m) { return _mm256_movemask_ps((__m256)m) != 0; }
#elif AVX2
INLINE vec choose(mask m, vec yes, vec no) { return _mm256_blendv_pd(no, yes, (__m256d)m); }
INLINE int any(mask m) { return _mm256_movemask_pd((__m256d)m) != 0; }
#elif AVX512 && REAL_BITS == 32
INLINE vec choose(mask m, vec yes, vec no) { return _mm512_mask_blend_ps(_mm512_movepi32_mask((__m512i)m), no, yes); }
INLINE int any(mask m) { return _mm512_movepi32_mask((__m512i)m) != 0; }
#elif AVX512
INLINE vec choose(mask m, vec yes, vec no) { return _mm512_mask_blend_pd(_mm512_movepi64_mask((__m512i)m), no, yes); }
INLINE int any(mask m) { return _mm512_movepi64_mask((__m512i)m) != 0; }
#else
INLINE vec choose(mask m, vec yes, vec no) { return (vec)(((ivec)yes & m) | ((ivec)no & ~m)); }
INLINE int any(mask m) { return vmaxvq_u32((uint32x4_t)m) != 0; }
#endif

/* Bits: |a|, the sign of b on the positive a, and 2ⁿ for the n that `rounded` carries in its low bits, times 2 to the `scale`. */
INLINE vec magnitude(vec a) { return (vec)((ivec)a & ~((ivec){0} + SIGN_BIT)); }
INLINE vec with_sign(vec a, vec b) { return (vec)((ivec)a | ((ivec)b & ((ivec){0} + SIGN_BIT))); }
INLINE vec power_of_two(vec rounded, real scale) {
  bits offset;
  memcpy(&offset, &scale, sizeof offset);
  return (vec)(((ivec)rounded << EXPONENT_SHIFT) + offset);
}

/* The first n < LANES elements; load_part fills the others with zeros. */
#if !defined(EMULATED) && AVX512 && REAL_BITS == 32
INLINE vec load_part(const real *p, long n) { return _mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p); }
INLINE void store_part(real *p, vec v, long n) { _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), v); }
#elif !defined(EMULATED) && AVX512
INLINE vec load_part(const real *p, long n) { return _mm512_maskz_loadu_pd((__mmask8)((1u << n) - 1), p); }
INLINE void store_part(real *p, vec v, long n) { _mm512_mask_storeu_pd(p, (__mmask8)((1u << n) - 1), v); }
#elif !defined(EMULATED) && AVX2
static const bits PART[2 * LANES] = {
#if REAL_BITS == 32
    -1, -1, -1, -1,
#endif
    -1, -1, -1, -1};
INLINE __m256i part(long n) { return _mm256_loadu_si256((const __m256i *)(PART + LANES - n)); }
#if REAL_BITS == 32
INLINE vec load_part(const real *p, long n) { return _mm256_maskload_ps(p, part(n)); }
INLINE void store_part(real *p, vec v, long n) { _mm256_maskstore_ps(p, part(n), v); }
#else
INLINE vec load_part(const real *p, long n) { return _mm256_maskload_pd(p, part(n)); }
INLINE void store_part(real *p, vec v, long n) { _mm256_maskstore_pd(p, part(n), v); }
#endif
#else
INLINE vec load_part(const real *p, long n) {
  vec v = {0};
  memcpy(&v, p, (size_t)n * sizeof(real));
  return v;
}
INLINE void store_part(real *p, vec v, long n) { memcpy(p, &v, (size_t)n * sizeof(real)); }
#endif

INLINE void prefetch(const void *p) { __builtin_prefetch(p); }

#endif
