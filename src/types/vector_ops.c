/*
 * vector_ops.c - distances and comparisons of vector
 *
 * The distance functions are the hot path of exact search: they check the
 * dimensions, call the kernel that trl_kernels points at and do no more.
 * Sums are accumulated in float4, as the field's usual vector type does.
 *
 * Locks and WAL: none.  Memory: nothing kept; a toasted argument's copy
 * stays in the caller's (per-tuple) context.
 */
#include "postgres.h"

#include <math.h>

#include "core/compat.h"
#include "kernels/kernels.h"
#include "types/vector.h"

TRL_FUNCTION(trl_l2_distance_vector);
TRL_FUNCTION(trl_l1_distance_vector);
TRL_FUNCTION(trl_inner_product_vector);
TRL_FUNCTION(trl_cosine_distance_vector);
TRL_FUNCTION(trl_vector_l2_squared_distance);
TRL_FUNCTION(trl_vector_negative_inner_product);
TRL_FUNCTION(trl_vector_lt);
TRL_FUNCTION(trl_vector_le);
TRL_FUNCTION(trl_vector_eq);
TRL_FUNCTION(trl_vector_ne);
TRL_FUNCTION(trl_vector_ge);
TRL_FUNCTION(trl_vector_gt);
TRL_FUNCTION(trl_vector_cmp);

static inline float
l2_squared(FunctionCallInfo fcinfo)
{
	TrlVector  *a = PG_GETARG_TRL_VECTOR(0);
	TrlVector  *b = PG_GETARG_TRL_VECTOR(1);

	trl_vector_check_same_dim(a, b);
	return trl_kernels->f32_l2_squared(a->x, b->x, a->dim);
}

static inline float
dot(FunctionCallInfo fcinfo)
{
	TrlVector  *a = PG_GETARG_TRL_VECTOR(0);
	TrlVector  *b = PG_GETARG_TRL_VECTOR(1);

	trl_vector_check_same_dim(a, b);
	return trl_kernels->f32_dot(a->x, b->x, a->dim);
}

Datum
trl_l2_distance_vector(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(sqrt((double) l2_squared(fcinfo)));
}

Datum
trl_vector_l2_squared_distance(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8((double) l2_squared(fcinfo));
}

Datum
trl_inner_product_vector(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8((double) dot(fcinfo));
}

Datum
trl_vector_negative_inner_product(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8((double) -dot(fcinfo));
}

Datum
trl_l1_distance_vector(PG_FUNCTION_ARGS)
{
	TrlVector  *a = PG_GETARG_TRL_VECTOR(0);
	TrlVector  *b = PG_GETARG_TRL_VECTOR(1);

	trl_vector_check_same_dim(a, b);
	PG_RETURN_FLOAT8((double) trl_kernels->f32_l1(a->x, b->x, a->dim));
}

/*
 * 1 - cos(angle).  NaN when a norm is zero: such rows sort after all others
 * but before NULL.
 */
Datum
trl_cosine_distance_vector(PG_FUNCTION_ARGS)
{
	TrlVector  *a = PG_GETARG_TRL_VECTOR(0);
	TrlVector  *b = PG_GETARG_TRL_VECTOR(1);
	float		ab;
	float		aa;
	float		bb;
	double		similarity;

	trl_vector_check_same_dim(a, b);
	trl_kernels->f32_dot_norms(a->x, b->x, a->dim, &ab, &aa, &bb);

	/* the product of two large float4 norms needs the range of a double */
	similarity = (double) ab / sqrt((double) aa * (double) bb);

	/* rounding must not push it out of range; a NaN stays one */
	if (similarity > 1)
		similarity = 1;
	else if (similarity < -1)
		similarity = -1;
	PG_RETURN_FLOAT8(1 - similarity);
}

static inline int
compare_args(FunctionCallInfo fcinfo)
{
	return trl_vector_compare(PG_GETARG_TRL_VECTOR(0),
							  PG_GETARG_TRL_VECTOR(1));
}

Datum
trl_vector_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_args(fcinfo) < 0);
}

Datum
trl_vector_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_args(fcinfo) <= 0);
}

Datum
trl_vector_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_args(fcinfo) == 0);
}

Datum
trl_vector_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_args(fcinfo) != 0);
}

Datum
trl_vector_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_args(fcinfo) >= 0);
}

Datum
trl_vector_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_args(fcinfo) > 0);
}

Datum
trl_vector_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare_args(fcinfo));
}
