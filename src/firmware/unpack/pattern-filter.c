#include "firmware/unpack/pattern-filter.h"

#ifdef __x86_64__
#include <immintrin.h>

#define DEPTH AK_PATTERN_DEPTH
#define EACH(i, count) for (guint i = 0; i < (count); i++)

static bool has_avx512(void) {
  return __builtin_cpu_supports("avx512bw");
}

__attribute__((target("avx512bw"))) static void look_avx512(const AkPatternHalves *halves,
                                                            const guint8 *data, guint blocks,
                                                            guint64 *masks) {
  const __m512i half = _mm512_set1_epi8(15);
  __m512i low[DEPTH], high[DEPTH];
  EACH(depth, DEPTH) {
    low[depth] = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i_u *)halves->low[depth]));
    high[depth] = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i_u *)halves->high[depth]));
  }
  EACH(i, blocks) {
    __m512i all = _mm512_set1_epi8(-1);
    EACH(depth, DEPTH) {
      __m512i bytes = _mm512_loadu_si512(data + (gsize)i * AK_PATTERN_BLOCK + depth);
      __m512i lower = _mm512_shuffle_epi8(low[depth], _mm512_and_si512(bytes, half));
      __m512i upper = _mm512_shuffle_epi8(high[depth], _mm512_and_si512(_mm512_srli_epi16(bytes, 4), half));
      all = _mm512_and_si512(all, _mm512_and_si512(lower, upper));
    }
    masks[i] = _mm512_test_epi8_mask(all, all);
  }
}

static bool has_avx2(void) {
  return __builtin_cpu_supports("avx2");
}

__attribute__((target("avx2"))) static void look_avx2(const AkPatternHalves *halves, const guint8 *data,
                                                      guint blocks, guint64 *masks) {
  const __m256i half = _mm256_set1_epi8(15);
  __m256i low[DEPTH], high[DEPTH];
  EACH(depth, DEPTH) {
    low[depth] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i_u *)halves->low[depth]));
    high[depth] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i_u *)halves->high[depth]));
  }
  EACH(i, blocks) {
    masks[i] = 0;
    EACH(part, 2) {
      __m256i all = _mm256_set1_epi8(-1);
      EACH(depth, DEPTH) {
        __m256i bytes = _mm256_loadu_si256(
            (const __m256i_u *)(data + (gsize)i * AK_PATTERN_BLOCK + (gsize)part * 32 + depth));
        __m256i lower = _mm256_shuffle_epi8(low[depth], _mm256_and_si256(bytes, half));
        __m256i upper = _mm256_shuffle_epi8(high[depth], _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half));
        all = _mm256_and_si256(all, _mm256_and_si256(lower, upper));
      }
      guint32 none = (guint32)_mm256_movemask_epi8(_mm256_cmpeq_epi8(all, _mm256_setzero_si256()));
      masks[i] |= (guint64)~none << part * 32;
    }
  }
}

static bool has_ssse3(void) {
  return __builtin_cpu_supports("ssse3");
}

__attribute__((target("ssse3"))) static void look_ssse3(const AkPatternHalves *halves, const guint8 *data,
                                                        guint blocks, guint64 *masks) {
  const __m128i half = _mm_set1_epi8(15);
  __m128i low[DEPTH], high[DEPTH];
  EACH(depth, DEPTH) {
    low[depth] = _mm_loadu_si128((const __m128i_u *)halves->low[depth]);
    high[depth] = _mm_loadu_si128((const __m128i_u *)halves->high[depth]);
  }
  EACH(i, blocks) {
    masks[i] = 0;
    EACH(part, 4) {
      __m128i all = _mm_set1_epi8(-1);
      EACH(depth, DEPTH) {
        __m128i bytes =
            _mm_loadu_si128((const __m128i_u *)(data + (gsize)i * AK_PATTERN_BLOCK + (gsize)part * 16 + depth));
        __m128i lower = _mm_shuffle_epi8(low[depth], _mm_and_si128(bytes, half));
        __m128i upper = _mm_shuffle_epi8(high[depth], _mm_and_si128(_mm_srli_epi16(bytes, 4), half));
        all = _mm_and_si128(all, _mm_and_si128(lower, upper));
      }
      guint none = (guint)_mm_movemask_epi8(_mm_cmpeq_epi8(all, _mm_setzero_si128()));
      masks[i] |= (guint64)(~none & 0xffff) << part * 16;
    }
  }
}
#endif

const AkPatternFilter ak_pattern_filters[] = {
#ifdef __x86_64__
    {"AVX-512", has_avx512, look_avx512},
    {"AVX2", has_avx2, look_avx2},
    {"SSSE3", has_ssse3, look_ssse3},
#endif
    {NULL, NULL, NULL},
};
