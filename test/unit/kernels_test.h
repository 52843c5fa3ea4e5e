/*
 * kernels_test.h - what the tests of the kernels share
 *
 * One table after the other is put into now.kernels, and each family's check
 * runs all of its kernels from there.  Results are compared with references
 * in long double; arrays stand flush before or behind an inaccessible page,
 * or at odd offsets between neighbours that would spoil the result.
 */
#ifndef KERNELS_TEST_H
#define KERNELS_TEST_H

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels/kernels.h"

#define MAX_DIMS 2100

/* Half a unit in the last place of 1: what one rounding may err by. */
#define FLOAT_ROUNDOFF (0.5L * FLT_EPSILON)
#define DOUBLE_ROUNDOFF (0.5L * DBL_EPSILON)

typedef enum Placement
{
	PLACE_BEFORE_GUARD,
	PLACE_BEHIND_GUARD,
	PLACE_ODD_OFFSETS,
	NUM_PLACEMENTS
} Placement;

/* A sum with the sum of its terms' absolute values, its condition. */
typedef struct Reference
{
	long double sum;
	long double magnitude;
} Reference;

/* Writable memory between two inaccessible pages. */
typedef struct Arena
{
	void	   *start;
	void	   *end;
} Arena;

/* What is being tested, for messages and for the fault handler. */
typedef struct Subject
{
	const TrlKernels *kernels;
	const char *kernel;
	const char *regime;
	size_t		n;				/* number of terms, for the bound */
	Placement	placement;
} Subject;

extern Subject now;

/* Counts a success or a failure; the first failures are printed. */
extern void check(bool ok, const char *what);

/* Runs it; a fault ends it and counts as a failure. */
extern void guarded(void (*run) (void));

extern Arena arena_create(size_t size);

/*
 * Puts count elements of a size into the arena, at now.placement.  Around
 * those at odd offsets stand copies of *poison; shift makes operands differ
 * in alignment.  The arena has room for 32 elements more.
 */
extern void *place(const Arena *arena, const void *values, size_t count,
				   size_t size, const void *poison, size_t shift);

/* A number of the xorshift generator, the same on every machine. */
extern uint64_t random_bits(void);

/* Uniform in [-1, 1). */
extern float random_unit(void);

/* The sum with one more term. */
extern Reference reference_add(Reference before, long double term);

/* Rounding errors that now.n terms may gather, by kernels.h. */
extern long double bound_factor(void);

/* Checks the result: equal where exact is demanded, else within the bound. */
extern void check_sum(float result, const Reference *reference, bool exact,
					  const char *what);

/* Equal bit for bit; two NaNs count as equal. */
extern bool same(float x, float y);

/*
 * One series of pairs, the values of floats or of halfs, and for each length
 * what the kernels of that type should say of the prefix.
 */
typedef struct DenseSeries
{
	float		a[MAX_DIMS];
	float		b[MAX_DIMS];
	Reference	l2_squared[MAX_DIMS + 1];
	Reference	dot[MAX_DIMS + 1];
	Reference	aa[MAX_DIMS + 1];
	Reference	bb[MAX_DIMS + 1];
	Reference	l1[MAX_DIMS + 1];
	bool		half;			/* the kernels f16_*, else f32_* */
	bool		exact;			/* demand equality, not the bound */
} DenseSeries;

/* Fills the references from the values. */
extern void dense_references(DenseSeries *series);

/* Runs it guarded for each length to MAX_DIMS and each placement. */
extern void dense_prefixes(void (*run) (void));

/*
 * Checks what floats and halfs have both: the sums and the sign bits, of
 * now.n elements at a and b that are the series' first.  The bits end with
 * the arena out.
 */
extern void check_dense(const DenseSeries *series, const void *a,
						const void *b, const Arena *out);

/* Of now.n elements, the last of which is NaN and the others infinite. */
extern void check_dense_not_finite(bool half, const void *a);

/* The families: every kernel of now.kernels. */
extern void check_f32(void);
extern void check_f16(void);
extern void check_f16_conversions(void);
extern void check_bits(void);
extern void check_sparse(void);

/* Those of the other table, trl_scan_kernels, and what builds on it. */
extern void check_scan(void);
extern void check_rotation(void);
extern void check_gemm(void);

/* Those of the third, trl_lane_kernels. */
extern void check_lanes(void);

#endif							/* KERNELS_TEST_H */
