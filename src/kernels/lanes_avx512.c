/*
 * lanes_avx512.c - lane tests for AVX-512
 *
 * A comparison's result is a mask of bits, a bit per number, and a mask put
 * in front of a comparison is the "and" of the two.
 */
#include "kernels/lanes_internal.h"

#ifdef TRL_ARCH_X86_64

#include <immintrin.h>

#define WIDTH 64				/* bytes per vector */

/* Size of sets up to which comparing with every number was the fastest. */
#define MOST_COMPARED 192

/* Vectors that 32 lanes fill, or one that they fill half. */
#define VECTORS(width) ((TRL_LANES * (width) + WIDTH - 1) / WIDTH)

/*
 * What every loop over them counts to: clang unrolls a loop by exactly the
 * number of its turns or not at all.
 */
#define MAX_VECTORS VECTORS(8)

/* The lanes that stand in front of a vector's first. */
#define LANES_BEFORE(i, width) ((i) * WIDTH / (width))

static inline TRL_ALWAYS_INLINE TRL_TARGET_AVX512 __m512i
load(const void *x, int i, int width)
{
	if (width == 1)
		return _mm512_zextsi256_si512(_mm256_loadu_si256(x));
	return _mm512_loadu_si512((const __m512i *) x + i);
}

static inline TRL_ALWAYS_INLINE TRL_TARGET_AVX512 __m512i
repeat(int64_t number, int width)
{
	switch (width)
	{
		case 1:
			return _mm512_set1_epi8((char) number);
		case 2:
			return _mm512_set1_epi16((short) number);
		case 4:
			return _mm512_set1_epi32((int) number);
		default:
			return _mm512_set1_epi64(number);
	}
}

/* The numbers not above others, among those of a mask. */
static inline TRL_ALWAYS_INLINE TRL_TARGET_AVX512 __mmask64
not_above(__mmask64 among, __m512i a, __m512i b, int width)
{
	switch (width)
	{
		case 1:
			return _mm512_mask_cmple_epi8_mask(among, a, b);
		case 2:
			return _mm512_mask_cmple_epi16_mask((__mmask32) among, a, b);
		case 4:
			return _mm512_mask_cmple_epi32_mask((__mmask16) among, a, b);
		default:
			return _mm512_mask_cmple_epi64_mask((__mmask8) among, a, b);
	}
}

static inline TRL_ALWAYS_INLINE TRL_TARGET_AVX512 __mmask16
nonzero(__m512i v, int width)
{
	return width == 4 ? _mm512_test_epi32_mask(v, v) :
		_mm512_test_epi64_mask(v, v);
}

/* Of unsigned numbers. */
static inline TRL_ALWAYS_INLINE TRL_TARGET_AVX512 __m512i
lesser(__m512i a, __m512i b, int width)
{
	return width == 4 ? _mm512_min_epu32(a, b) : _mm512_min_epu64(a, b);
}

static inline TRL_ALWAYS_INLINE TRL_TARGET_AVX512 uint32_t
range(const void *x, int64_t low, int64_t high, int width)
{
	__m512i		least = repeat(low, width);
	__m512i		most = repeat(high, width);
	uint32_t	bits = 0;
	int			i;

#pragma GCC unroll 4
	for (i = 0; i < MAX_VECTORS; i++)
	{
		if (i < VECTORS(width))
		{
			__m512i		v = load(x, i, width);
			__mmask64	inside = not_above(~(__mmask64) 0, least, v, width);

			inside = not_above(inside, v, most, width);
			bits |= (uint32_t) inside << LANES_BEFORE(i, width);
		}
	}
	return bits;
}

/* The lanes that a mask per vector leaves out. */
static inline TRL_ALWAYS_INLINE TRL_TARGET_AVX512 uint32_t
all_but(const __mmask16 *masks, int width)
{
	uint32_t	bits = 0;
	int			i;

#pragma GCC unroll 4
	for (i = 0; i < MAX_VECTORS; i++)
	{
		if (i < VECTORS(width))
			bits |= (uint32_t) masks[i] << LANES_BEFORE(i, width);
	}
	return ~bits;
}

/*
 * Two numbers of the set per turn, the last of an odd count twice.  What is
 * kept is the least, unsigned, of the differing bits: zero where a number was
 * found.  Comparisons under a mask would be a third of the instructions, but
 * were measured to take four to eight times the time on Zen 5.
 */
static inline TRL_ALWAYS_INLINE TRL_TARGET_AVX512 uint32_t
compare(const __m512i *x, const void *set, int n, int width)
{
	__m512i		every = repeat(-1, width);
	__m512i		least[MAX_VECTORS] = {every, every, every, every};
	__mmask16	missing[MAX_VECTORS];
	int			i;
	int			j;

	for (i = 0; i < n; i += 2)
	{
		int			next = i + (i + 1 < n);
		__m512i		a = repeat(number_at(set, i, width), width);
		__m512i		b = repeat(number_at(set, next, width), width);

#pragma GCC unroll 4
		for (j = 0; j < MAX_VECTORS; j++)
		{
			if (j < VECTORS(width))
				least[j] = lesser(least[j],
								  lesser(_mm512_xor_si512(x[j], a),
										 _mm512_xor_si512(x[j], b), width), width);
		}
	}
#pragma GCC unroll 4
	for (j = 0; j < MAX_VECTORS; j++)
	{
		if (j < VECTORS(width))
			missing[j] = nonzero(least[j], width);
	}
	return all_but(missing, width);
}

/*
 * The numbers of 64 bits at eight places.  Zeros are the source and gathers
 * stand together, else gcc would let them wait for each other.
 */
static inline TRL_TARGET_AVX512 __m512i
gather(const void *set, __m512i places)
{
	return _mm512_mask_i64gather_epi64(_mm512_setzero_si512(), 0xFF, places,
									   set, 8);
}

/*
 * Halves the set, n > 0, as lanes_scalar.c does.  Only for 64 bits: AVX2's
 * gathers of 32 take less time than those of twice the width.
 */
static inline TRL_TARGET_AVX512 uint32_t
search(const __m512i *x, const int64_t *set, int n)
{
	__m512i		base[VECTORS(8)] = {0};
	__mmask16	missing[VECTORS(8)];
	int			j;

	for (; n > 1; n -= n / 2)
	{
		__m512i		half = repeat(n / 2, 8);
		__m512i		middle[VECTORS(8)];

#pragma GCC unroll 4
		for (j = 0; j < VECTORS(8); j++)
			middle[j] = gather(set, _mm512_add_epi64(base[j], half));
#pragma GCC unroll 4
		for (j = 0; j < VECTORS(8); j++)
			base[j] = _mm512_mask_add_epi64
				(base[j], _mm512_cmple_epi64_mask(middle[j], x[j]), base[j],
				 half);
	}
#pragma GCC unroll 4
	for (j = 0; j < VECTORS(8); j++)
		missing[j] = nonzero(_mm512_xor_si512(gather(set, base[j]), x[j]), 8);
	return all_but(missing, 8);
}

static inline TRL_ALWAYS_INLINE TRL_TARGET_AVX512 uint32_t
any(const void *x, const void *set, int n, int width)
{
	__m512i		v[MAX_VECTORS];
	int			i;

	if (width == 4 && n > MOST_COMPARED)
		return trl_lane_kernels_avx2.any_i32(x, set, n);
#pragma GCC unroll 4
	for (i = 0; i < MAX_VECTORS; i++)
	{
		if (i < VECTORS(width))
			v[i] = load(x, i, width);
	}
	return n <= MOST_COMPARED ? compare(v, set, n, width) : search(v, set, n);
}

static TRL_TARGET_AVX512 uint32_t
overlap(const uint64_t *x, uint64_t bits)
{
	__m512i		common = repeat((int64_t) bits, 8);
	uint32_t	result = 0;
	int			i;

#pragma GCC unroll 4
	for (i = 0; i < VECTORS(8); i++)
		result |= (uint32_t) _mm512_test_epi64_mask(load(x, i, 8), common) <<
			LANES_BEFORE(i, 8);
	return result;
}

static TRL_TARGET_AVX512 uint32_t
contains(const uint64_t *x, uint64_t bits)
{
	__m512i		wanted = repeat((int64_t) bits, 8);
	__mmask16	missing[VECTORS(8)];
	int			i;

#pragma GCC unroll 4
	for (i = 0; i < VECTORS(8); i++)
		missing[i] = nonzero(_mm512_andnot_si512(load(x, i, 8), wanted), 8);
	return all_but(missing, 8);
}

#define LANES_TARGET TRL_TARGET_AVX512
#define LANES_LEVEL TRL_SIMD_AVX512
#define LANES_TABLE trl_lane_kernels_avx512
#include "kernels/lanes_table.h"

#endif							/* TRL_ARCH_X86_64 */
