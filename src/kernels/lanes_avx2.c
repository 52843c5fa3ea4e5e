/*
 * lanes_avx2.c - lane tests for AVX2
 *
 * There is no comparison but "greater" and "equal", and a result is a vector,
 * whose bits one instruction collects.  Numbers are taken in groups of at
 * most four vectors, which with what is found out about them fit the
 * registers.
 */
#include "kernels/lanes_internal.h"

#ifdef TRL_ARCH_X86_64

#include <immintrin.h>

#define WIDTH 32				/* bytes per vector */
#define GROUP 4					/* vectors taken together */

/* Size of sets up to which comparing with every number was the fastest. */
#define MOST_COMPARED(width) (512 / (width))

static inline TRL_TARGET_AVX2 __m256i
load(const void *x, int i)
{
	return _mm256_loadu_si256((const __m256i *) x + i);
}

static inline TRL_ALWAYS_INLINE TRL_TARGET_AVX2 __m256i
repeat(int64_t number, int width)
{
	switch (width)
	{
		case 1:
			return _mm256_set1_epi8((char) number);
		case 2:
			return _mm256_set1_epi16((short) number);
		case 4:
			return _mm256_set1_epi32((int) number);
		default:
			return _mm256_set1_epi64x(number);
	}
}

static inline TRL_ALWAYS_INLINE TRL_TARGET_AVX2 __m256i
greater(__m256i a, __m256i b, int width)
{
	switch (width)
	{
		case 1:
			return _mm256_cmpgt_epi8(a, b);
		case 2:
			return _mm256_cmpgt_epi16(a, b);
		case 4:
			return _mm256_cmpgt_epi32(a, b);
		default:
			return _mm256_cmpgt_epi64(a, b);
	}
}

static inline TRL_ALWAYS_INLINE TRL_TARGET_AVX2 __m256i
equal(__m256i a, __m256i b, int width)
{
	return width == 4 ? _mm256_cmpeq_epi32(a, b) : _mm256_cmpeq_epi64(a, b);
}

/* A bit per number, of a vector in which each has all bits or none. */
static inline TRL_ALWAYS_INLINE TRL_TARGET_AVX2 uint32_t
collect(__m256i v, int width)
{
	switch (width)
	{
		case 1:
			return (uint32_t) _mm256_movemask_epi8(v);
		case 2:
			/* eight bits twice, from each half */
			v = _mm256_packs_epi16(v, v);
			return (uint32_t) _mm256_movemask_epi8(v) >> 8 & 0xFFFF;
		case 4:
			return (uint32_t) _mm256_movemask_ps(_mm256_castsi256_ps(v));
		default:
			return (uint32_t) _mm256_movemask_pd(_mm256_castsi256_pd(v));
	}
}

static inline TRL_ALWAYS_INLINE TRL_TARGET_AVX2 uint32_t
range(const void *x, int64_t low, int64_t high, int width)
{
	__m256i		least = repeat(low, width);
	__m256i		most = repeat(high, width);
	uint32_t	outside = 0;
	int			i;

#pragma GCC unroll 8
	for (i = 0; i < TRL_LANES * width / WIDTH; i++)
	{
		__m256i		v = load(x, i);
		__m256i		either = _mm256_or_si256(greater(least, v, width),
											 greater(v, most, width));

		outside |= collect(either, width) << (i * WIDTH / width);
	}
	return ~outside;
}

static inline TRL_ALWAYS_INLINE TRL_TARGET_AVX2 uint32_t
collect_group(const __m256i *v, int width)
{
	uint32_t	bits = 0;
	int			i;

#pragma GCC unroll 4
	for (i = 0; i < GROUP; i++)
		bits |= collect(v[i], width) << (i * WIDTH / width);
	return bits;
}

/* Two numbers of the set per turn, the last of an odd count twice. */
static inline TRL_ALWAYS_INLINE TRL_TARGET_AVX2 uint32_t
compare_group(const __m256i *x, const void *set, int n, int width)
{
	__m256i		found[GROUP] = {0};
	int			i;
	int			j;

	for (i = 0; i < n; i += 2)
	{
		int			next = i + (i + 1 < n);
		__m256i		a = repeat(number_at(set, i, width), width);
		__m256i		b = repeat(number_at(set, next, width), width);

#pragma GCC unroll 4
		for (j = 0; j < GROUP; j++)
			found[j] = _mm256_or_si256(found[j],
									   _mm256_or_si256(equal(x[j], a, width),
													   equal(x[j], b, width)));
	}
	return collect_group(found, width);
}

static inline TRL_ALWAYS_INLINE TRL_TARGET_AVX2 __m256i
gather(const void *set, __m256i places, int width)
{
	return width == 4 ? _mm256_i32gather_epi32(set, places, 4) :
		_mm256_i64gather_epi64(set, places, 8);
}

static inline TRL_ALWAYS_INLINE TRL_TARGET_AVX2 __m256i
add(__m256i a, __m256i b, int width)
{
	return width == 4 ? _mm256_add_epi32(a, b) : _mm256_add_epi64(a, b);
}

/*
 * Halves the set, n > 0, as lanes_scalar.c does.  The gathers stand together,
 * or gcc lets each wait for the one before, whose register it takes.
 */
static inline TRL_ALWAYS_INLINE TRL_TARGET_AVX2 uint32_t
search_group(const __m256i *x, const void *set, int n, int width)
{
	__m256i		base[GROUP] = {0};
	int			j;

	for (; n > 1; n -= n / 2)
	{
		__m256i		half = repeat(n / 2, width);
		__m256i		middle[GROUP];

#pragma GCC unroll 4
		for (j = 0; j < GROUP; j++)
			middle[j] = gather(set, add(base[j], half, width), width);
#pragma GCC unroll 4
		for (j = 0; j < GROUP; j++)
			base[j] = _mm256_blendv_epi8(add(base[j], half, width), base[j],
										 greater(middle[j], x[j], width));
	}
#pragma GCC unroll 4
	for (j = 0; j < GROUP; j++)
		base[j] = equal(gather(set, base[j], width), x[j], width);
	return collect_group(base, width);
}

static inline TRL_ALWAYS_INLINE TRL_TARGET_AVX2 uint32_t
any(const void *x, const void *set, int n, int width)
{
	uint32_t	bits = 0;
	int			i;

	for (i = 0; i < TRL_LANES * width / WIDTH; i += GROUP)
	{
		__m256i		group[GROUP] = {
			load(x, i), load(x, i + 1), load(x, i + 2), load(x, i + 3)
		};

		bits |= (n <= MOST_COMPARED(width) ? compare_group(group, set, n, width) :
				 search_group(group, set, n, width)) << (i * WIDTH / width);
	}
	return bits;
}

/* x[i] & bits == wanted */
static inline TRL_TARGET_AVX2 uint32_t
bits_are(const uint64_t *x, __m256i bits, __m256i wanted)
{
	uint32_t	result = 0;
	int			i;

#pragma GCC unroll 8
	for (i = 0; i < TRL_LANES * 8 / WIDTH; i++)
	{
		__m256i		v = _mm256_and_si256(load(x, i), bits);

		result |= collect(equal(v, wanted, 8), 8) << (i * WIDTH / 8);
	}
	return result;
}

static TRL_TARGET_AVX2 uint32_t
overlap(const uint64_t *x, uint64_t bits)
{
	return ~bits_are(x, repeat((int64_t) bits, 8), _mm256_setzero_si256());
}

static TRL_TARGET_AVX2 uint32_t
contains(const uint64_t *x, uint64_t bits)
{
	__m256i		wanted = repeat((int64_t) bits, 8);

	return bits_are(x, wanted, wanted);
}

#define LANES_TARGET TRL_TARGET_AVX2
#define LANES_LEVEL TRL_SIMD_AVX2
#define LANES_TABLE trl_lane_kernels_avx2
#include "kernels/lanes_table.h"

#endif							/* TRL_ARCH_X86_64 */
