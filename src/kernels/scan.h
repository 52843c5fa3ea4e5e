/*
 * scan.h - kernels of the inverted-list index: codes, bounds, rotation, products of matrices
 *
 * A second table beside the one of kernels.h, chosen with it.  The same
 * contract holds: no PostgreSQL, nothing allocated except where said, no
 * access beyond an array, any alignment of an element's size, n = 0 allowed.
 *
 * Codes.  32 vectors ("lanes") form a block.  Dimensions go in groups of
 * four; a group of a block is 16 bytes, byte j holding the four sign bits of
 * lane j in its low half and those of lane j + 16 in its high half; bit d of
 * a half stands for dimension 4 g + d.  A query becomes one table of 16
 * bytes per group, whose entry i is the quantised sum of its elements at the
 * bits set in i, so that adding up the entries that a lane's halves name
 * gives the inner product of the lane's bits with the query (FastScan: André
 * et al., arXiv 1704.07355; with sign codes: RaBitQ, arXiv 2405.12497).
 */
#ifndef TRL_KERNELS_SCAN_H
#define TRL_KERNELS_SCAN_H

#include <string.h>

#include "kernels/kernels.h"

#define TRL_LANES 32			/* vectors of one block */
#define TRL_GROUP_DIMS 4		/* dimensions of one group */
#define TRL_GROUP_BYTES 16		/* bytes of a group's codes, and of its table */

/*
 * A float's upper half: its sign, its exponent and seven bits of its
 * fraction (bfloat16).
 */
typedef uint16_t TrlShortFloat;

static inline float
trl_short_value(TrlShortFloat x)
{
	uint32_t	bits = (uint32_t) x << 16;
	float		value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* The nearest to a finite number; off by 1/256 of it at most. */
static inline TrlShortFloat
trl_short_nearest(float x)
{
	uint32_t	bits;

	memcpy(&bits, &x, sizeof(bits));
	return (TrlShortFloat) ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

/* The least that is not nearer to zero than x. */
static inline TrlShortFloat
trl_short_above(float x)
{
	uint32_t	bits;

	memcpy(&bits, &x, sizeof(bits));
	return (TrlShortFloat) ((bits + 0xFFFF) >> 16);
}

/*
 * What turns a lane's sum into a distance, per lane.  estimate = add +
 * rescale * ip, within error * distance of the query from the centroid.
 */
typedef struct TrlLaneFactors
{
	const float *add;			/* 32 of each */
	const		TrlShortFloat *rescale;
	const		TrlShortFloat *error;
} TrlLaneFactors;

/* What the same query adds for every lane of one list. */
typedef struct TrlListTerms
{
	float		scale;			/* of one unit of a lane's sum */
	float		offset;			/* ip = scale * sum + offset */
	float		add;			/* added to each lane's add */
	float		error;			/* multiplies each lane's error */
} TrlListTerms;

typedef struct TrlScanKernels
{
	TrlSimdLevel level;

	/*
	 * Adds to sums[lane], for each of the 32 lanes, the table entries that
	 * its halves name in n groups.  codes and tables have 16 n bytes.  The
	 * sums do not overflow for n up to 2^24.  Meanwhile the processor is
	 * asked for 16 n bytes from "ahead" on, codes that are soon to be
	 * scanned; it may be any address.
	 */
	void		(*scan_codes) (const uint8_t *codes, const uint8_t *tables,
							   size_t n, const uint8_t *ahead,
							   uint32_t *sums);

	/*
	 * lower[lane] = (factors.add + terms.add) + factors.rescale * ip -
	 * factors.error * terms.error with ip = terms.scale * sums +
	 * terms.offset, to within five roundings of the terms' sizes; returns the
	 * lanes, as bits, whose lower is below the threshold.
	 */
	uint32_t	(*lanes_below) (const uint32_t *sums,
								const TrlLaneFactors *factors,
								const TrlListTerms *terms, float threshold,
								float *lower);

	/* sum of codes[i] * q[i], accuracy as f32_dot's */
	float		(*u8_dot) (const uint8_t *codes, const float *q, size_t n);

	/*
	 * sum of codes[i] * q[i], exact: the caller keeps 255 * sum of |q[i]|
	 * within 31 bits.
	 */
	int32_t		(*u8_s16_dot) (const uint8_t *codes, const int16_t * q,
							   size_t n);

	/*
	 * In place, the unnormalised Walsh-Hadamard transform of n floats, n a
	 * power of two.  Pairs are added at distance 1, 2, 4 and so on: the
	 * result is the same bit for bit at every level.
	 */
	void		(*hadamard) (float *x, size_t n);

	/*
	 * The rotation's other steps.  scale_signs: x[i] *= scale, negated where
	 * bit i % 64 of signs[i / 64] is set.  sum_diff: x[i], y[i] become x[i] +
	 * y[i], x[i] - y[i]; x and y do not overlap.
	 */
	void		(*scale_signs) (float *x, size_t n, const uint64_t *signs,
								float scale);
	void		(*sum_diff) (float *x, float *y, size_t n);

	/*
	 * c[i * ldc + j] = sum over l < k of a[i * lda + l] * b[j * ldb + l], for
	 * i < m and j < n: the inner products of the rows of two matrices. Single
	 * precision, in any order of additions.  Uses at most 512 kB of
	 * stack-free scratch that the caller gives: scratch has TRL_GEMM_SCRATCH
	 * bytes, aligned to 64.
	 */
	void		(*gemm_nt) (const float *a, size_t lda, const float *b,
							size_t ldb, float *c, size_t ldc,
							size_t m, size_t n, size_t k, void *scratch);
} TrlScanKernels;

#define TRL_GEMM_SCRATCH (512 * 1024)

/* The table in use, never NULL; switches together with trl_kernels. */
extern const TrlScanKernels *trl_scan_kernels;

/*
 * Puts 32 sign codes, row by row, into the block layout: rows has 32 *
 * row_bytes bytes, bit d % 8 of byte d / 8 of a row standing for dimension d;
 * codes gets 32 * row_bytes bytes, 2 * row_bytes groups.
 */
extern void trl_codes_pack(const uint8_t *rows, size_t row_bytes,
						   uint8_t *codes);

/* Puts one lane's row into a packed block, leaving the others alone. */
extern void trl_codes_set_lane(uint8_t *codes, size_t row_bytes, int lane,
							   const uint8_t *row);

/* Takes one lane's row out of a packed block. */
extern void trl_codes_get_lane(const uint8_t *codes, size_t row_bytes,
							   int lane, uint8_t *row);

/*
 * A random orthogonal transform, for equal seed and dimensions the same bit
 * for bit on every machine and level: four rounds of random signs, a Hadamard
 * transform over the first or the last power of two elements, and rotations
 * by 45 degrees that mix the halves.  What it returns may be stored; it must
 * never change.  A result depends on every element: one that is not finite
 * makes all of them so.
 */

/* Dimensions after padding: the next multiple of 64. */
extern size_t trl_rotation_padded(size_t dims);

/* in has dims floats, out trl_rotation_padded(dims); they do not overlap. */
extern void trl_rotate(uint64_t seed, const float *in, size_t dims, float *out);

#endif							/* TRL_KERNELS_SCAN_H */
