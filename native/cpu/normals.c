/*
 * Normals of Philox4x32-10 by Box and Muller, bit for bit those of NormalStream. Its log, sin and cos are StrictMath's, that is fdlibm's
 * (Sun Microsystems, version 5.3): here the same operations in the same order for the arguments that occur, branches as choices.
 */
#include "loop.h"

typedef int64_t whole __attribute__((vector_size(VECTOR_BYTES)));
typedef uint64_t words __attribute__((vector_size(VECTOR_BYTES)));

#define LOW_WORD 0xFFFFFFFFu

/* Adding it leaves a whole number in the low bits. */
#define ROUNDING 0x1.8p52

INLINE wide pick(whole m, wide yes, wide no) { return (wide)(((whole)yes & m) | ((whole)no & ~m)); }
INLINE whole high_word(wide x) { return (whole)x >> 32; }

/* Words of the blocks with the counters `low` and, above, the stream's number. */
INLINE void philox(uint64_t key, words low, uint64_t stream, words word[4]) {
  words c0 = low & LOW_WORD, c1 = low >> 32;
  words c2 = (words){0} + (stream & LOW_WORD), c3 = (words){0} + (stream >> 32);
  uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
  for (int round = 0; round < 10; round++) {
    words product0 = c0 * (uint64_t)0xD2511F53u, product1 = c2 * (uint64_t)0xCD9E8D57u;
    c0 = (product1 >> 32) ^ c1 ^ (uint64_t)k0;
    c1 = product1 & LOW_WORD;
    c2 = (product0 >> 32) ^ c3 ^ (uint64_t)k1;
    c3 = product0 & LOW_WORD;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  word[0] = c0;
  word[1] = c1;
  word[2] = c2;
  word[3] = c3;
}

/* (w + 1/2) 2^-32; the number comes to be a double as the low bits of 2^52. */
INLINE wide uniform(words w) { return ((wide)(w | (uint64_t)0x4330000000000000) - 0x1p52 + 0.5) * 0x1p-32; }

/* log x of a normal number below 1. */
INLINE wide log_(wide x) {
  whole hx = high_word(x);
  whole k = (hx >> 20) - 1023;
  hx &= 0xfffff;
  whole i = (hx + 0x95f64) & 0x100000;
  k += i >> 20;
  wide f = (wide)(((hx | (i ^ 0x3ff00000)) << 32) | ((whole)x & LOW_WORD)) - 1.0;
  wide dk = (wide)(k + (int64_t)0x4338000000000000) - ROUNDING;
  wide high = dk * 6.93147180369123816490e-01, low = dk * 1.90821492927058770002e-10;
  wide s = f / (2.0 + f);
  wide z = s * s, w = z * z;
  wide t1 = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
  wide t2 = z * (6.666666666666735130e-01 +
                 w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
  wide r = t2 + t1;
  wide half = 0.5 * f * f;
  whole middle = ((hx - 0x6147a) | (0x6b851 - hx)) > 0;
  whole near = (0xfffff & (2 + hx)) < 3;
  wide rest = pick(middle, half - (s * (half + r) + low), s * (f - r) - low);
  return high - (pick(near, f * f * (0.5 - 0.33333333333333333 * f) - low, rest) - f);
}

#define PIO2_1 1.57079632673412561417e+00
#define PIO2_1T 6.07710050650619224932e-11
#define PIO2_2 6.07710050630396597660e-11
#define PIO2_2T 2.02226624879595063154e-21
#define PIO2_3 2.02226624871116645580e-21
#define PIO2_3T 8.47842766036889956997e-32

static int exponent_of(double x) {
  int64_t at;
  memcpy(&at, &x, sizeof at);
  return (int)(at >> 52) & 0x7ff;
}

/* x - n pi/2 of an x next to that, where more of pi's digits count. */
static void remainder_near(double x, double n, double *y0, double *y1) {
  double r = x - n * PIO2_1, w, t;
  if (n == 1) {
    r -= PIO2_2;
    w = PIO2_2T;
    *y0 = r - w;
  } else {
    w = n * PIO2_1T;
    *y0 = r - w;
    if (exponent_of(x) - exponent_of(*y0) > 16) {
      t = r;
      w = n * PIO2_2;
      r = t - w;
      w = n * PIO2_2T - ((t - r) - w);
      *y0 = r - w;
      if (exponent_of(x) - exponent_of(*y0) > 49) {
        t = r;
        w = n * PIO2_3;
        r = t - w;
        w = n * PIO2_3T - ((t - r) - w);
        *y0 = r - w;
      }
    }
  }
  *y1 = (r - *y0) - w;
}

/* sin x and cos x for 0 < x <= 2 pi. */
INLINE void sin_and_cos(wide x, wide *sine, wide *cosine) {
  whole hx = high_word(x);
  wide quarters = x * 6.36619772367581382433e-01 + 0.5;
  wide n = (quarters + ROUNDING) - ROUNDING;
  n -= pick(n > quarters, (wide){0} + 1.0, (wide){0});
  whole first = hx <= 0x3fe921fb;
  n = pick(first, (wide){0}, n);
  wide r = x - n * PIO2_1, w = n * PIO2_1T;
  wide y0 = r - w;
  wide y1 = (r - y0) - w;
  whole close = (hx == 0x3ff921fb) | (hx == 0x400921fb) | (hx == 0x4012d97c) | (hx == 0x401921fb);
  for (int lane = 0; lane < WIDE; lane++) {
    if (close[lane]) {
      double a, b;
      remainder_near(x[lane], n[lane], &a, &b);
      y0[lane] = a;
      y1[lane] = b;
    }
  }
  wide z = y0 * y0;
  wide v = z * y0;
  wide p = 8.33333333332248946124e-03 +
           z * (-1.98412698298579493134e-04 +
                z * (2.75573137070700676789e-06 + z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10)));
  wide s = pick(first, y0 + v * (-1.66666666666666324348e-01 + z * p),
                y0 - ((z * (0.5 * y1 - v * p) - y1) - v * -1.66666666666666324348e-01));
  wide q = z * (4.16666666666666019037e-02 +
                z * (-1.38888888888741095749e-03 +
                     z * (2.48015872894767294178e-05 +
                          z * (-2.75573143513906633035e-07 + z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11)))));
  whole size = high_word(y0) & 0x7fffffff;
  wide part = pick(size > 0x3fe90000, (wide){0} + 0.28125, (wide)((size - 0x00200000) << 32));
  part = pick(size < 0x3fd33333, (wide){0}, part);
  wide c = (1.0 - part) - ((0.5 * z - part) - (z * q - y0 * y1));
  words quadrant = (words)(n + ROUNDING);
  whole odd = -(whole)(quadrant & 1);
  *sine = (wide)((words)pick(odd, c, s) ^ ((quadrant & 2) << 62));
  *cosine = (wide)((words)pick(odd, s, c) ^ (((quadrant + 1) & 2) << 62));
}

/* The normals 4 block and following of a stream, four for each lane. */
INLINE void normals_of(uint64_t key, uint64_t stream, long block, double *normals) {
  words low;
  for (int lane = 0; lane < WIDE; lane++) {
    low[lane] = (uint64_t)(block + lane);
  }
  words word[4];
  philox(key, low, stream, word);
  for (int pair = 0; pair < 2; pair++) {
    wide sine, cosine;
    sin_and_cos(6.283185307179586 * uniform(word[2 * pair + 1]), &sine, &cosine);
    wide square = -2.0 * log_(uniform(word[2 * pair]));
    wide radius;
    for (int lane = 0; lane < WIDE; lane++) {
      radius[lane] = __builtin_sqrt(square[lane]);
    }
    cosine *= radius;
    sine *= radius;
    for (int lane = 0; lane < WIDE; lane++) {
      normals[4 * lane + 2 * pair] = cosine[lane];
      normals[4 * lane + 2 * pair + 1] = sine[lane];
    }
  }
}

/* x0 = s0 times the normals of the stream `columns` of the seed `rows`. */
double EXPORT(normals)(PARAMETERS) {
  for (long block = from / 4; 4 * block < to; block += WIDE) {
    double normals[4 * WIDE];
    normals_of((uint64_t)rows, (uint64_t)columns, block, normals);
    long begin = 4 * block < from ? from : 4 * block;
    long end = 4 * (block + WIDE) < to ? 4 * (block + WIDE) : to;
    for (long i = begin; i < end; i++) {
      x0[i] = (real)(s0 * normals[i - 4 * block]);
    }
  }
  return 0;
}
