/*
 * lanes_neon.c - lane tests for AArch64
 *
 * A comparison's result is a vector of numbers with all bits or none.  Such
 * vectors are narrowed, two into one, until 32 lanes are the bytes of two;
 * weighting these and adding them up gives the bits.
 */
#include "kernels/lanes_internal.h"

#ifdef TRL_ARCH_AARCH64

#include <arm_neon.h>

#define WIDTH 16				/* bytes per vector */
#define GROUP 8					/* vectors compared with a set together */

/*
 * Size of sets up to which every number is compared.  Not measured, but by
 * count of instructions; there is no gathering here, so that the search is
 * the scalar one.
 */
#define MOST_COMPARED 64

/*
 * Vectors that 32 lanes fill, and what loops over them count to: as in
 * lanes_avx512.c.
 */
#define VECTORS(width) (TRL_LANES * (width) / WIDTH)
#define MAX_VECTORS VECTORS(8)

static inline TRL_ALWAYS_INLINE int64x2_t
load(const void *x, int i)
{
	return vreinterpretq_s64_u8(vld1q_u8((const uint8_t *) x + i * WIDTH));
}

static inline TRL_ALWAYS_INLINE int64x2_t
repeat(int64_t number, int width)
{
	switch (width)
	{
		case 1:
			return vreinterpretq_s64_s8(vdupq_n_s8((int8_t) number));
		case 2:
			return vreinterpretq_s64_s16(vdupq_n_s16((int16_t) number));
		case 4:
			return vreinterpretq_s64_s32(vdupq_n_s32((int32_t) number));
		default:
			return vdupq_n_s64(number);
	}
}

static inline TRL_ALWAYS_INLINE uint64x2_t
not_above(int64x2_t a, int64x2_t b, int width)
{
	switch (width)
	{
		case 1:
			return vreinterpretq_u64_u8(vcleq_s8(vreinterpretq_s8_s64(a),
												 vreinterpretq_s8_s64(b)));
		case 2:
			return vreinterpretq_u64_u16(vcleq_s16(vreinterpretq_s16_s64(a),
												   vreinterpretq_s16_s64(b)));
		case 4:
			return vreinterpretq_u64_u32(vcleq_s32(vreinterpretq_s32_s64(a),
												   vreinterpretq_s32_s64(b)));
		default:
			return vcleq_s64(a, b);
	}
}

static inline TRL_ALWAYS_INLINE uint64x2_t
equal(int64x2_t a, int64x2_t b, int width)
{
	if (width == 4)
		return vreinterpretq_u64_u32(vceqq_s32(vreinterpretq_s32_s64(a),
											   vreinterpretq_s32_s64(b)));
	return vceqq_s64(a, b);
}

/* The lower halves of the numbers of a, then of those of b. */
static inline TRL_ALWAYS_INLINE uint64x2_t
narrow(uint64x2_t a, uint64x2_t b, int width)
{
	switch (width)
	{
		case 2:
			return vreinterpretq_u64_u8(vuzp1q_u8(vreinterpretq_u8_u64(a),
												  vreinterpretq_u8_u64(b)));
		case 4:
			return vreinterpretq_u64_u16(vuzp1q_u16(vreinterpretq_u16_u64(a),
													vreinterpretq_u16_u64(b)));
		default:
			return vreinterpretq_u64_u32(vuzp1q_u32(vreinterpretq_u32_u64(a),
													vreinterpretq_u32_u64(b)));
	}
}

/*
 * Narrows the vectors from the width given, and of the count that 32 lanes
 * fill then, to half of it.
 */
static inline TRL_ALWAYS_INLINE void
halve(uint64x2_t *v, int width)
{
	int			i;

#pragma GCC unroll 8
	for (i = 0; i < MAX_VECTORS / 2; i++)
	{
		if (i < VECTORS(width) / 2)
			v[i] = narrow(v[2 * i], v[2 * i + 1], width);
	}
}

/* A bit per lane, of 32 numbers with all bits or none; spoils v. */
static inline TRL_ALWAYS_INLINE uint32_t
collect(uint64x2_t *v, int width)
{
	uint8x16_t	weights = vreinterpretq_u8_u64
	(vdupq_n_u64(UINT64_C(0x8040201008040201)));
	uint8x16_t	sums;

	if (width >= 8)
		halve(v, 8);
	if (width >= 4)
		halve(v, 4);
	if (width >= 2)
		halve(v, 2);
	sums = vpaddq_u8(vandq_u8(vreinterpretq_u8_u64(v[0]), weights),
					 vandq_u8(vreinterpretq_u8_u64(v[1]), weights));
	sums = vpaddq_u8(sums, sums);
	sums = vpaddq_u8(sums, sums);
	return vgetq_lane_u32(vreinterpretq_u32_u8(sums), 0);
}

static inline TRL_ALWAYS_INLINE uint32_t
range(const void *x, int64_t low, int64_t high, int width)
{
	uint64x2_t	inside[MAX_VECTORS];
	int64x2_t	least = repeat(low, width);
	int64x2_t	most = repeat(high, width);
	int			i;

#pragma GCC unroll 16
	for (i = 0; i < MAX_VECTORS; i++)
	{
		if (i < VECTORS(width))
		{
			int64x2_t	v = load(x, i);

			inside[i] = vandq_u64(not_above(least, v, width),
								  not_above(v, most, width));
		}
	}
	return collect(inside, width);
}

/* By groups, which with what is found of them fit the registers. */
static inline TRL_ALWAYS_INLINE uint32_t
compare(const void *x, const void *set, int n, int width)
{
	uint64x2_t	found[MAX_VECTORS];
	int			first;
	int			i;
	int			j;

#pragma GCC unroll 2
	for (first = 0; first < VECTORS(width); first += GROUP)
	{
		uint64x2_t	group[GROUP];

#pragma GCC unroll 8
		for (j = 0; j < GROUP; j++)
			group[j] = vdupq_n_u64(0);
		for (i = 0; i < n; i++)
		{
			int64x2_t	number = repeat(number_at(set, i, width), width);

#pragma GCC unroll 8
			for (j = 0; j < GROUP; j++)
				group[j] = vorrq_u64(group[j], equal(load(x, first + j),
													 number, width));
		}
#pragma GCC unroll 8
		for (j = 0; j < GROUP; j++)
			found[first + j] = group[j];
	}
	return collect(found, width);
}

/* x[i] & bits == wanted */
static inline TRL_ALWAYS_INLINE uint32_t
bits_are(const uint64_t *x, uint64_t bits, uint64_t wanted)
{
	uint64x2_t	equal_to[MAX_VECTORS];
	int			i;

#pragma GCC unroll 16
	for (i = 0; i < VECTORS(8); i++)
		equal_to[i] = vceqq_u64(vandq_u64(vld1q_u64(x + 2 * i),
										  vdupq_n_u64(bits)),
								vdupq_n_u64(wanted));
	return collect(equal_to, 8);
}

static inline TRL_ALWAYS_INLINE uint32_t
any(const void *x, const void *set, int n, int width)
{
	if (n <= MOST_COMPARED)
		return compare(x, set, n, width);
	return width == 4 ? trl_lane_kernels_scalar.any_i32(x, set, n) :
		trl_lane_kernels_scalar.any_i64(x, set, n);
}

static uint32_t
overlap(const uint64_t *x, uint64_t bits)
{
	return ~bits_are(x, bits, 0);
}

static uint32_t
contains(const uint64_t *x, uint64_t bits)
{
	return bits_are(x, bits, bits);
}

#define LANES_TARGET
#define LANES_LEVEL TRL_SIMD_NEON
#define LANES_TABLE trl_lane_kernels_neon
#include "kernels/lanes_table.h"

#endif							/* TRL_ARCH_AARCH64 */
