/*
 * steps_neon.h - one step of each sum at AArch64, for floats and halfs alike
 *
 * Halfs become floats when they are loaded; what is added up then, and how
 * four chains become one number, does not depend on the type.  The loops
 * around these steps stand in f32_neon.c and f16_neon.c.
 */
#ifndef TRL_KERNELS_STEPS_NEON_H
#define TRL_KERNELS_STEPS_NEON_H

#include "kernels/internal.h"

#ifdef TRL_ARCH_AARCH64

#include <arm_neon.h>

#define WIDTH 4					/* elements per vector */
#define BLOCK (4 * WIDTH)		/* elements per turn of the unrolled loops */

static inline float
sum_four(float32x4_t v0, float32x4_t v1, float32x4_t v2, float32x4_t v3)
{
	return vaddvq_f32(vaddq_f32(vaddq_f32(v0, v1), vaddq_f32(v2, v3)));
}

static inline float32x4_t
add_squared_diff(float32x4_t acc, float32x4_t a, float32x4_t b)
{
	float32x4_t diff = vsubq_f32(a, b);

	return vfmaq_f32(acc, diff, diff);
}

static inline float32x4_t
add_product(float32x4_t acc, float32x4_t a, float32x4_t b)
{
	return vfmaq_f32(acc, a, b);
}

/* The three sums of dot_norms along one of its chains. */
typedef struct DotNorms
{
	float32x4_t dot;
	float32x4_t aa;
	float32x4_t bb;
} DotNorms;

static inline void
dot_norms_add(DotNorms *acc, float32x4_t a, float32x4_t b)
{
	acc->aa = vfmaq_f32(acc->aa, a, a);
	acc->bb = vfmaq_f32(acc->bb, b, b);
	acc->dot = vfmaq_f32(acc->dot, a, b);
}

/* The sums of four chains. */
static inline void
dot_norms_sum(const DotNorms *acc0, const DotNorms *acc1, const DotNorms *acc2,
			  const DotNorms *acc3, float *dot, float *aa, float *bb)
{
	*dot = sum_four(acc0->dot, acc1->dot, acc2->dot, acc3->dot);
	*aa = sum_four(acc0->aa, acc1->aa, acc2->aa, acc3->aa);
	*bb = sum_four(acc0->bb, acc1->bb, acc2->bb, acc3->bb);
}

static inline float32x4_t
add_absolute_diff(float32x4_t acc, float32x4_t a, float32x4_t b)
{
	return vaddq_f32(acc, vabdq_f32(a, b));
}

#endif							/* TRL_ARCH_AARCH64 */

#endif							/* TRL_KERNELS_STEPS_NEON_H */
