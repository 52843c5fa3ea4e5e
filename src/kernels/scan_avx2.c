/*
 * scan_avx2.c - scan kernels for AVX2
 *
 * scan_codes works as in scan_avx512.c, with two groups per register.
 */
#include "kernels/scan_internal.h"

#ifdef TRL_ARCH_X86_64

#include <immintrin.h>

#define WIDTH 8					/* floats per vector */
#define STEP 2					/* groups per vector */
#define STEP_BYTES (STEP * TRL_GROUP_BYTES)

/* Sums of 16 lanes: all bytes, odd ones 256-fold, and the odd ones alone. */
typedef struct ByteSums
{
	__m256i		all;
	__m256i		odd;
} ByteSums;

static inline TRL_TARGET_AVX2 void
add_bytes(ByteSums *sums, __m256i bytes)
{
	sums->all = _mm256_add_epi16(sums->all, bytes);
	sums->odd = _mm256_add_epi16(sums->odd, _mm256_srli_epi16(bytes, 8));
}

/* Adds the table's entries for the low and for the high halves. */
static inline TRL_TARGET_AVX2 void
add_entries(ByteSums *low, ByteSums *high, __m256i code, __m256i table)
{
	__m256i		half = _mm256_set1_epi8(15);
	__m256i		shifted = _mm256_srli_epi16(code, 4);

	add_bytes(low, _mm256_shuffle_epi8(table, _mm256_and_si256(code, half)));
	add_bytes(high,
			  _mm256_shuffle_epi8(table, _mm256_and_si256(shifted, half)));
}

static inline TRL_TARGET_AVX2 __m256i
load(const void *p)
{
	return _mm256_loadu_si256((const __m256i *) p);
}

/* One group; the other one's table is zero. */
static inline TRL_TARGET_AVX2 __m256i
load_group(const uint8_t *p)
{
	return _mm256_zextsi128_si256(_mm_loadu_si128((const __m128i *) p));
}

static inline TRL_TARGET_AVX2 __m128i
sum_halves(__m256i v)
{
	return _mm_add_epi16(_mm256_castsi256_si128(v),
						 _mm256_extracti128_si256(v, 1));
}

/* Widens 8 lanes and adds them to their sums. */
static inline TRL_TARGET_AVX2 void
flush_eight(__m128i lanes, uint32_t *sums)
{
	__m256i		wide = _mm256_cvtepu16_epi32(lanes);

	_mm256_storeu_si256((__m256i *) sums, _mm256_add_epi32(load(sums), wide));
}

static inline TRL_TARGET_AVX2 void
flush(const ByteSums *acc, uint32_t *sums)
{
	__m128i		odd = sum_halves(acc->odd);
	__m128i		even = _mm_sub_epi16(sum_halves(acc->all),
									 _mm_slli_epi16(odd, 8));

	flush_eight(_mm_unpacklo_epi16(even, odd), sums);
	flush_eight(_mm_unpackhi_epi16(even, odd), sums + 8);
}

/* At most TRL_SCAN_CHUNK groups. */
static inline TRL_TARGET_AVX2 void
scan_chunk(const uint8_t *codes, const uint8_t *tables, size_t n,
		   const uint8_t *ahead, uint32_t *sums)
{
	__m256i		zero = _mm256_setzero_si256();
	ByteSums	low = {zero, zero};
	ByteSums	high = low;
	size_t		i;

#pragma GCC unroll 2
	for (i = 0; n - i >= STEP; i += STEP)
	{
		add_entries(&low, &high, load(codes), load(tables));

		/* a line of the cache is two steps */
		if (i % (2 * STEP) == 0)
			__builtin_prefetch(ahead);
		codes += STEP_BYTES;
		tables += STEP_BYTES;
		ahead += STEP_BYTES;
	}
	if (i < n)
		add_entries(&low, &high, load_group(codes), load_group(tables));
	flush(&low, sums);
	flush(&high, sums + 16);
}

TRL_TARGET_AVX2 void
trl_scan_codes_avx2(const uint8_t *codes, const uint8_t *tables, size_t n,
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

/*
 * Eight sums as floats.  AVX2 converts signed numbers only, so the two
 * halves go one by one; both conversions are exact and one rounding remains.
 */
static inline TRL_TARGET_AVX2 __m256
sums_as_floats(const uint32_t *sums)
{
	__m256i		v = load(sums);
	__m256		high = _mm256_cvtepi32_ps(_mm256_srli_epi32(v, 16));
	__m256i		low = _mm256_and_si256(v, _mm256_set1_epi32(0xFFFF));

	return _mm256_fmadd_ps(high, _mm256_set1_ps(65536.0f),
						   _mm256_cvtepi32_ps(low));
}

static inline TRL_TARGET_AVX2 __m256
load_short(const TrlShortFloat * p)
{
	__m256i		wide = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *) p));

	return _mm256_castsi256_ps(_mm256_slli_epi32(wide, 16));
}

/* Eight lanes from one on. */
static inline TRL_TARGET_AVX2 uint32_t
eight_below(const uint32_t *sums, const TrlLaneFactors *factors, int lane,
			const TrlListTerms *terms, float threshold, float *lower)
{
	__m256		ip = _mm256_fmadd_ps(_mm256_set1_ps(terms->scale),
									 sums_as_floats(sums + lane),
									 _mm256_set1_ps(terms->offset));
	__m256		bound = _mm256_add_ps(_mm256_loadu_ps(factors->add + lane),
									  _mm256_set1_ps(terms->add));
	__m256		below;

	bound = _mm256_fmadd_ps(load_short(factors->rescale + lane), ip,
							bound);
	bound = _mm256_fnmadd_ps(load_short(factors->error + lane),
							 _mm256_set1_ps(terms->error), bound);
	_mm256_storeu_ps(lower + lane, bound);
	below = _mm256_cmp_ps(bound, _mm256_set1_ps(threshold), _CMP_LT_OQ);
	return (uint32_t) _mm256_movemask_ps(below) << lane;
}

TRL_TARGET_AVX2 uint32_t
trl_lanes_below_avx2(const uint32_t *sums, const TrlLaneFactors *factors,
					 const TrlListTerms *terms, float threshold, float *lower)
{
	uint32_t	below = 0;
	int			lane;

	for (lane = 0; lane < TRL_LANES; lane += WIDTH)
		below |= eight_below(sums, factors, lane, terms, threshold, lower);
	return below;
}

static inline TRL_TARGET_AVX2 __m256
u8_step(__m256 acc, const uint8_t *codes, const float *q)
{
	__m128i		bytes = _mm_loadl_epi64((const __m128i *) codes);
	__m256		wide = _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes));

	return _mm256_fmadd_ps(wide, _mm256_loadu_ps(q), acc);
}

/* The last elements go through a copy, filled up with zeros. */
static TRL_TARGET_AVX2 __m256
u8_last_step(__m256 acc, const uint8_t *codes, const float *q, size_t n)
{
	uint8_t		last_codes[WIDTH] = {0};
	float		last_q[WIDTH] = {0.0f};
	size_t		i;

	for (i = 0; i < n; i++)
	{
		last_codes[i] = codes[i];
		last_q[i] = q[i];
	}
	return u8_step(acc, last_codes, last_q);
}

static inline TRL_TARGET_AVX2 float
sum_vector(__m256 v)
{
	__m128		four = _mm_add_ps(_mm256_castps256_ps128(v),
								  _mm256_extractf128_ps(v, 1));
	__m128		two = _mm_add_ps(four, _mm_movehl_ps(four, four));

	return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

TRL_TARGET_AVX2 float
trl_u8_dot_avx2(const uint8_t *codes, const float *q, size_t n)
{
	__m256		acc0 = _mm256_setzero_ps();
	__m256		acc1 = acc0;
	__m256		acc2 = acc0;
	__m256		acc3 = acc0;
	size_t		i;

	for (i = 0; n - i >= 4 * WIDTH; i += 4 * WIDTH)
	{
		acc0 = u8_step(acc0, codes + i, q + i);
		acc1 = u8_step(acc1, codes + i + WIDTH, q + i + WIDTH);
		acc2 = u8_step(acc2, codes + i + 2 * WIDTH, q + i + 2 * WIDTH);
		acc3 = u8_step(acc3, codes + i + 3 * WIDTH, q + i + 3 * WIDTH);
	}
	for (; n - i >= WIDTH; i += WIDTH)
		acc0 = u8_step(acc0, codes + i, q + i);
	if (i < n)
		acc1 = u8_last_step(acc1, codes + i, q + i, n - i);
	return sum_vector(_mm256_add_ps(_mm256_add_ps(acc0, acc1),
									_mm256_add_ps(acc2, acc3)));
}

/* Sixteen codes times sixteen elements, as eight sums of pairs. */
static inline TRL_TARGET_AVX2 __m256i
s16_step(__m256i acc, const uint8_t *codes, const int16_t * q)
{
	__m128i		bytes = _mm_loadu_si128((const __m128i *) codes);

	return _mm256_add_epi32(acc, _mm256_madd_epi16(_mm256_cvtepu8_epi16(bytes),
												   load(q)));
}

static inline TRL_TARGET_AVX2 int32_t
sum_integers(__m256i v)
{
	__m128i		sum = _mm_add_epi32(_mm256_castsi256_si128(v),
									_mm256_extracti128_si256(v, 1));

	sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0x4E));
	sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0xB1));
	return _mm_cvtsi128_si32(sum);
}

TRL_TARGET_AVX2 int32_t
trl_u8_s16_dot_avx2(const uint8_t *codes, const int16_t * q, size_t n)
{
	__m256i		acc0 = _mm256_setzero_si256();
	__m256i		acc1 = acc0;
	int32_t		rest = 0;
	size_t		i;

	for (i = 0; n - i >= 4 * WIDTH; i += 4 * WIDTH)
	{
		acc0 = s16_step(acc0, codes + i, q + i);
		acc1 = s16_step(acc1, codes + i + 2 * WIDTH, q + i + 2 * WIDTH);
	}
	for (; i < n; i++)
		rest += codes[i] * q[i];
	return sum_integers(_mm256_add_epi32(acc0, acc1)) + rest;
}

#endif							/* TRL_ARCH_X86_64 */
