/*
 * kernels.h - distance kernels over plain arrays of floats, chosen once per process
 *
 * Every room that computes a distance calls it through the table that
 * trl_kernels points to.  This is the only header of the room that others
 * include.  It knows nothing of PostgreSQL: no palloc, no ereport, no Datum.
 *
 * Arguments.  a and b are arrays of n elements: floats in the f32 kernels,
 * halfs (IEEE 754 binary16, in uint16_t) in the f16 kernels, bytes in those
 * of bits; the bits that a kernel writes are (n + 7) / 8 bytes.  An array
 * needs the alignment of its element and no more.  a and b may be the same
 * array; an output array overlaps no input.  n may be 0: then nothing is
 * read or written and every sum is +0.  No kernel reads or writes beyond its
 * arrays, not even within the same page, and none allocates, fails or keeps
 * state.
 *
 * Values.  Subnormal numbers count in full and -0 equals +0.  A sum beyond
 * the range of its type is infinity, as IEEE 754 says; in dot and in the dot
 * of dot_norms, terms that overflow in both directions give NaN, so
 * check with isfinite() where that matters.  A NaN in the input makes the
 * sums that it enters NaN; nothing traps.
 *
 * Accuracy.  The terms are added in several chains, in an order that depends
 * on the level and on n alone (not on addresses).  With S the sum of the
 * terms' absolute values and no overflow, every level keeps
 *
 *		|result - exact| <= (n / 8 + 16) * 2^-24 * S + n * 2^-149
 *
 * where the last term covers products that underflow, and n is, for sparse
 * arrays, the number of places where either has an element.  The kernels
 * sum_squares keep the same with 2^-53, without the last term.  Results of
 * two levels may differ within these bounds; counts of bits and conversions
 * are exact and do not.  At one level, bit for bit, in all types:
 * l2_squared, dot and l1 are symmetric; l2_squared(a, a) and l1(a, a) are 0;
 * dot_norms(a, a) returns three equal numbers, so that the cosine of a
 * vector with itself comes out as 1.
 *
 * Threads.  The kernels may run in any number of threads.  trl_kernels_init
 * and trl_kernels_select write trl_kernels without a lock: call them from
 * the main thread of a process, while no other thread uses the table.
 */
#ifndef TRL_KERNELS_H
#define TRL_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Instruction sets that have a table; AUTO stands for the best available. */
typedef enum TrlSimdLevel
{
	TRL_SIMD_AUTO,
	TRL_SIMD_SCALAR,
	TRL_SIMD_AVX2,				/* x86-64 with AVX2 and FMA */
	TRL_SIMD_AVX512,			/* x86-64 with AVX-512 F, BW, DQ and VL */
	TRL_SIMD_NEON				/* AArch64 */
} TrlSimdLevel;

/* Elements that are not zero, with their places in strictly ascending order. */
typedef struct TrlSparseArray
{
	const int32_t *index;		/* n of them, none negative */
	const float *value;			/* n of them */
	size_t		n;
} TrlSparseArray;

typedef struct TrlKernels
{
	TrlSimdLevel level;			/* never TRL_SIMD_AUTO */
	const char *name;			/* as trl_simd_level_name(level) */

	/* sum of (a[i] - b[i])^2 */
	float		(*f32_l2_squared) (const float *a, const float *b, size_t n);

	/* sum of a[i] * b[i] */
	float		(*f32_dot) (const float *a, const float *b, size_t n);

	/* sums of a[i] * b[i], a[i]^2 and b[i]^2 in one pass, for the cosine */
	void		(*f32_dot_norms) (const float *a, const float *b, size_t n,
								  float *dot, float *aa, float *bb);

	/* sum of |a[i] - b[i]| */
	float		(*f32_l1) (const float *a, const float *b, size_t n);

	/* sum of a[i]^2, squared and added as doubles: finite for finite input */
	double		(*f32_sum_squares) (const float *a, size_t n);

	/*
	 * Bit i is a[i] > 0, so it is 0 for -0 and NaN.  Bit 0 is the most
	 * significant bit of bits[0]; unused bits of the last byte become zero.
	 */
	void		(*f32_sign_bits) (const float *a, size_t n, uint8_t *bits);

	/* The same over halfs: converted exactly to floats, then as above. */
	float		(*f16_l2_squared) (const uint16_t *a, const uint16_t *b,
								   size_t n);
	float		(*f16_dot) (const uint16_t *a, const uint16_t *b, size_t n);
	void		(*f16_dot_norms) (const uint16_t *a, const uint16_t *b,
								  size_t n, float *dot, float *aa, float *bb);
	float		(*f16_l1) (const uint16_t *a, const uint16_t *b, size_t n);
	double		(*f16_sum_squares) (const uint16_t *a, size_t n);
	void		(*f16_sign_bits) (const uint16_t *a, size_t n, uint8_t *bits);

	/* Exact; a NaN stays a NaN, of the same bits at every level. */
	void		(*f16_to_f32) (const uint16_t *a, size_t n, float *out);

	/*
	 * To the nearest half, ties to even: subnormal halfs count, magnitudes of
	 * 65520 and more become infinity, a NaN stays a NaN as above.
	 */
	void		(*f32_to_f16) (const float *a, size_t n, uint16_t *out);

	/* Number of bits that differ, in n bytes. */
	uint64_t	(*bits_hamming) (const uint8_t *a, const uint8_t *b, size_t n);

	/* Numbers of bits set in both and in at least one, in n bytes. */
	void		(*bits_overlap) (const uint8_t *a, const uint8_t *b, size_t n,
								 uint64_t *both, uint64_t *either);

	/* Sums as the f32 kernels' over arrays whose other elements are zero. */
	float		(*sparse_l2_squared) (const TrlSparseArray *a,
									  const TrlSparseArray *b);
	float		(*sparse_dot) (const TrlSparseArray *a,
							   const TrlSparseArray *b);
	float		(*sparse_l1) (const TrlSparseArray *a,
							  const TrlSparseArray *b);
} TrlKernels;

/* The table in use, never NULL: the scalar one until another is selected. */
extern const TrlKernels *trl_kernels;

/* Selects the best level; to be called once, when the library is loaded. */
extern void trl_kernels_init(void);

/* Whether build and machine have the level; AUTO and SCALAR always. */
extern bool trl_kernels_available(TrlSimdLevel level);

/* Switches to the level; false, and no change, where it is not available. */
extern bool trl_kernels_select(TrlSimdLevel level);

/* The level that AUTO stands for on this machine. */
extern TrlSimdLevel trl_kernels_best(void);

/* Lower-case name, as the GUC trellis.simd spells it; "unknown" for others. */
extern const char *trl_simd_level_name(TrlSimdLevel level);

#endif							/* TRL_KERNELS_H */
