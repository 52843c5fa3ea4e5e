/*
 * scan_avx512.c - scan kernels for AVX-512
 *
 * scan_codes looks up four groups at once, one in each quarter of a
 * register.  The entries found are bytes; added as 16-bit numbers they give,
 * in one addition, the even bytes' sum plus 256 times the odd bytes' sum,
 * modulo 2^16.  A second accumulator takes the odd bytes alone, and what it
 * holds, taken 256-fold from the first, leaves the even bytes' sum: exact,
 * since neither sum exceeds 16 bits within TRL_SCAN_CHUNK groups.
 */
#include "kernels/scan_internal.h"

#ifdef TRL_ARCH_X86_64

#include <immintrin.h>

#define WIDTH 16				/* floats per vector */
#define STEP 4					/* groups per vector */
#define STEP_BYTES (STEP * TRL_GROUP_BYTES)

/* Sums of 16 lanes: all bytes, odd ones 256-fold, and the odd ones alone. */
typedef struct ByteSums
{
	__m512i		all;
	__m512i		odd;
} ByteSums;

static inline TRL_TARGET_AVX512 void
add_bytes(ByteSums *sums, __m512i bytes)
{
	sums->all = _mm512_add_epi16(sums->all, bytes);
	sums->odd = _mm512_add_epi16(sums->odd, _mm512_srli_epi16(bytes, 8));
}

/* Adds the table's entries for the low and for the high halves. */
static inline TRL_TARGET_AVX512 void
add_entries(ByteSums *low, ByteSums *high, __m512i code, __m512i table)
{
	__m512i		half = _mm512_set1_epi8(15);
	__m512i		shifted = _mm512_srli_epi16(code, 4);

	add_bytes(low, _mm512_shuffle_epi8(table, _mm512_and_si512(code, half)));
	add_bytes(high,
			  _mm512_shuffle_epi8(table, _mm512_and_si512(shifted, half)));
}

/* Adds the quarters of a register of 16-bit numbers. */
static inline TRL_TARGET_AVX512 __m128i
sum_quarters(__m512i v)
{
	__m256i		pair = _mm256_add_epi16(_mm512_castsi512_si256(v),
										_mm512_extracti64x4_epi64(v, 1));

	return _mm_add_epi16(_mm256_castsi256_si128(pair),
						 _mm256_extracti128_si256(pair, 1));
}

/* Widens 16 lanes and adds them to their sums. */
static inline TRL_TARGET_AVX512 void
flush(const ByteSums *acc, uint32_t *sums)
{
	__m128i		odd = sum_quarters(acc->odd);
	__m128i		even = _mm_sub_epi16(sum_quarters(acc->all),
									 _mm_slli_epi16(odd, 8));
	__m256i		both = _mm256_set_m128i(_mm_unpackhi_epi16(even, odd),
										_mm_unpacklo_epi16(even, odd));
	__m512i		before = _mm512_loadu_si512(sums);

	_mm512_storeu_si512(sums, _mm512_add_epi32(before,
											   _mm512_cvtepu16_epi32(both)));
}

/* Mask of the bytes of the first n groups, n below STEP. */
static inline TRL_TARGET_AVX512 __mmask64
first_groups(size_t n)
{
	return ((__mmask64) 1 << (n * TRL_GROUP_BYTES)) - 1;
}

/* At most TRL_SCAN_CHUNK groups. */
static inline TRL_TARGET_AVX512 void
scan_chunk(const uint8_t *codes, const uint8_t *tables, size_t n,
		   const uint8_t *ahead, uint32_t *sums)
{
	__m512i		zero = _mm512_setzero_si512();
	ByteSums	low = {zero, zero};
	ByteSums	high = low;
	size_t		i;

#pragma GCC unroll 2
	for (i = 0; n - i >= STEP; i += STEP)
	{
		add_entries(&low, &high, _mm512_loadu_si512(codes),
					_mm512_loadu_si512(tables));
		__builtin_prefetch(ahead);
		codes += STEP_BYTES;
		tables += STEP_BYTES;
		ahead += STEP_BYTES;
	}
	if (i < n)
	{
		__mmask64	mask = first_groups(n - i);

		add_entries(&low, &high, _mm512_maskz_loadu_epi8(mask, codes),
					_mm512_maskz_loadu_epi8(mask, tables));
	}
	flush(&low, sums);
	flush(&high, sums + 16);
}

TRL_TARGET_AVX512 void
trl_scan_codes_avx512(const uint8_t *codes, const uint8_t *tables, size_t n,
					  const uint8_t *ahead, uint32_t *sums)
{
	while (n > 0)
	{
		size_t		count = n < TRL_SCAN_CHUNK ? n : TRL_SCAN_CHUNK;

		scan_chunk(codes, tables, count, ahead, sums);
		codes += count * TRL_GROUP_BYTES;
		tables += count * TRL_GROUP_BYTES;
		ahead += count * TRL_GROUP_BYTES;
		n -= count;
	}
}

static inline TRL_TARGET_AVX512 __m512
load_short(const TrlShortFloat * p)
{
	__m512i		wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *) p));

	return _mm512_castsi512_ps(_mm512_slli_epi32(wide, 16));
}

/* Sixteen lanes from one on. */
static inline TRL_TARGET_AVX512 uint32_t
half_below(const uint32_t *sums, const TrlLaneFactors *factors, int lane,
		   const TrlListTerms *terms, float threshold, float *lower)
{
	__m512		sum = _mm512_cvtepu32_ps(_mm512_loadu_si512(sums + lane));
	__m512		ip = _mm512_fmadd_ps(_mm512_set1_ps(terms->scale), sum,
									 _mm512_set1_ps(terms->offset));
	__m512		bound = _mm512_add_ps(_mm512_loadu_ps(factors->add + lane),
									  _mm512_set1_ps(terms->add));

	bound = _mm512_fmadd_ps(load_short(factors->rescale + lane), ip,
							bound);
	bound = _mm512_fnmadd_ps(load_short(factors->error + lane),
							 _mm512_set1_ps(terms->error), bound);
	_mm512_storeu_ps(lower + lane, bound);
	return _mm512_cmp_ps_mask(bound, _mm512_set1_ps(threshold), _CMP_LT_OQ);
}

TRL_TARGET_AVX512 uint32_t
trl_lanes_below_avx512(const uint32_t *sums, const TrlLaneFactors *factors,
					   const TrlListTerms *terms, float threshold,
					   float *lower)
{
	uint32_t	low = half_below(sums, factors, 0, terms, threshold, lower);
	uint32_t	high = half_below(sums, factors, 16, terms, threshold, lower);

	return low | high << 16;
}

static inline TRL_TARGET_AVX512 __m512
u8_step(__m512 acc, __m128i codes, __m512 q)
{
	__m512		wide = _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(codes));

	return _mm512_fmadd_ps(wide, q, acc);
}

static inline TRL_TARGET_AVX512 __m512
u8_load_step(__m512 acc, const uint8_t *codes, const float *q)
{
	return u8_step(acc, _mm_loadu_si128((const __m128i *) codes),
				   _mm512_loadu_ps(q));
}

TRL_TARGET_AVX512 float
trl_u8_dot_avx512(const uint8_t *codes, const float *q, size_t n)
{
	__m512		acc0 = _mm512_setzero_ps();
	__m512		acc1 = acc0;
	__m512		acc2 = acc0;
	__m512		acc3 = acc0;
	size_t		i;

	for (i = 0; n - i >= 4 * WIDTH; i += 4 * WIDTH)
	{
		acc0 = u8_load_step(acc0, codes + i, q + i);
		acc1 = u8_load_step(acc1, codes + i + WIDTH, q + i + WIDTH);
		acc2 = u8_load_step(acc2, codes + i + 2 * WIDTH, q + i + 2 * WIDTH);
		acc3 = u8_load_step(acc3, codes + i + 3 * WIDTH, q + i + 3 * WIDTH);
	}
	for (; i < n; i += WIDTH)
	{
		__mmask16	mask = n - i >= WIDTH ? 0xFFFF :
		(__mmask16) ((1u << (n - i)) - 1);

		acc0 = u8_step(acc0, _mm_maskz_loadu_epi8(mask, codes + i),
					   _mm512_maskz_loadu_ps(mask, q + i));
	}
	return _mm512_reduce_add_ps(_mm512_add_ps(_mm512_add_ps(acc0, acc1),
											  _mm512_add_ps(acc2, acc3)));
}

static inline TRL_TARGET_AVX512 __m512i
s16_step(__m512i acc, __m256i codes, __m512i q)
{
	return _mm512_add_epi32(acc,
							_mm512_madd_epi16(_mm512_cvtepu8_epi16(codes), q));
}

static inline TRL_TARGET_AVX512 __m512i
s16_load_step(__m512i acc, const uint8_t *codes, const int16_t * q)
{
	return s16_step(acc, _mm256_loadu_si256((const __m256i *) codes),
					_mm512_loadu_si512(q));
}

TRL_TARGET_AVX512 int32_t
trl_u8_s16_dot_avx512(const uint8_t *codes, const int16_t * q, size_t n)
{
	__m512i		acc0 = _mm512_setzero_si512();
	__m512i		acc1 = acc0;
	size_t		i;

	for (i = 0; n - i >= 4 * WIDTH; i += 4 * WIDTH)
	{
		acc0 = s16_load_step(acc0, codes + i, q + i);
		acc1 = s16_load_step(acc1, codes + i + 2 * WIDTH, q + i + 2 * WIDTH);
	}
	for (; i < n; i += 2 * WIDTH)
	{
		__mmask32	mask = n - i >= 2 * WIDTH ? 0xFFFFFFFF :
		((__mmask32) 1 << (n - i)) - 1;

		acc0 = s16_step(acc0, _mm256_maskz_loadu_epi8(mask, codes + i),
						_mm512_maskz_loadu_epi16(mask, q + i));
	}
	return _mm512_reduce_add_epi32(_mm512_add_epi32(acc0, acc1));
}

#endif							/* TRL_ARCH_X86_64 */
