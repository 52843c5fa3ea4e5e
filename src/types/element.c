/*
 * element.c - the descriptors of the dense types' elements
 *
 * Conversions run in the kernels; a float4 is stored as it is.
 *
 * Locks and WAL: none.  Memory: the caller's context.
 */
#include "postgres.h"

#include <math.h>

#include "kernels/kernels.h"
#include "types/dense.h"
#include "types/element.h"

static void
float4_decode(const void *x, int n, float *out)
{
	memcpy(out, x, sizeof(float) * n);
}

static const float *
float4_load(const void *x, int n)
{
	(void) n;
	return (const float *) x;
}

static void
float4_store(const float *values, int n, void *x)
{
	memcpy(x, values, sizeof(float) * n);
}

static void
half_decode(const void *x, int n, float *out)
{
	trl_kernels->f16_to_f32((const uint16 *) x, n, out);
}

static const float *
half_load(const void *x, int n)
{
	float	   *values = (float *) palloc(sizeof(float) * n);

	half_decode(x, n, values);
	return values;
}

static void
half_store(const float *values, int n, void *x)
{
	trl_kernels->f32_to_f16(values, n, (uint16 *) x);
}

const TrlElement trl_element_float4 = {
	.type_name = "vector",
	.size = sizeof(float),
	.max_dim = TRL_DENSE_MAX_DIM,
	.overflow_from = INFINITY,
	.underflow_to = 0.0f,
	.decode = float4_decode,
	.load = float4_load,
	.store = float4_store,
};

const TrlElement trl_element_half = {
	.type_name = "halfvec",
	.size = sizeof(uint16),
	.max_dim = TRL_DENSE_MAX_DIM,
	.overflow_from = 65520.0f,	/* half way from 65504 to 65536 */
	.underflow_to = 2.98023223876953125e-8f,	/* half of the smallest half */
	.decode = half_decode,
	.load = half_load,
	.store = half_store,
};
