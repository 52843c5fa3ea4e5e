/*
 * vector_math.c - arithmetic and element functions of vector
 *
 * Element-wise results that float4 cannot hold raise 22003, as float4's own
 * operators do.  Locks and WAL: none.  Memory: results in the caller's
 * context.
 */
#include "postgres.h"

#include <math.h>

#include "utils/float.h"
#include "utils/varbit.h"

#include "core/compat.h"
#include "kernels/kernels.h"
#include "types/vector.h"

TRL_FUNCTION(trl_vector_dims);
TRL_FUNCTION(trl_vector_norm);
TRL_FUNCTION(trl_l2_normalize_vector);
TRL_FUNCTION(trl_vector_add);
TRL_FUNCTION(trl_vector_sub);
TRL_FUNCTION(trl_vector_mul);
TRL_FUNCTION(trl_vector_concat);
TRL_FUNCTION(trl_subvector_vector);
TRL_FUNCTION(trl_binary_quantize_vector);

/* After an operation on finite elements: an infinite result is an overflow. */
static void
check_overflow(const TrlVector *v)
{
	int			i;

	for (i = 0; i < v->dim; i++)
	{
		if (unlikely(isinf(v->x[i])))
			float_overflow_error();
	}
}

Datum
trl_vector_dims(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(PG_GETARG_TRL_VECTOR(0)->dim);
}

Datum
trl_vector_norm(PG_FUNCTION_ARGS)
{
	TrlVector  *v = PG_GETARG_TRL_VECTOR(0);

	PG_RETURN_FLOAT8(sqrt(trl_kernels->f32_sum_squares(v->x, v->dim)));
}

/* The zero vector has no direction and is returned as it is. */
Datum
trl_l2_normalize_vector(PG_FUNCTION_ARGS)
{
	TrlVector  *v = PG_GETARG_TRL_VECTOR(0);
	TrlVector  *result = trl_vector_new(v->dim);
	double		norm = sqrt(trl_kernels->f32_sum_squares(v->x, v->dim));
	int			i;

	if (norm > 0)
	{
		for (i = 0; i < v->dim; i++)
			result->x[i] = (float) (v->x[i] / norm);
		check_overflow(result);
	}
	PG_RETURN_POINTER(result);
}

Datum
trl_vector_add(PG_FUNCTION_ARGS)
{
	TrlVector  *a = PG_GETARG_TRL_VECTOR(0);
	TrlVector  *b = PG_GETARG_TRL_VECTOR(1);
	TrlVector  *result;
	int			i;

	trl_vector_check_same_dim(a, b);
	result = trl_vector_new(a->dim);
	for (i = 0; i < a->dim; i++)
		result->x[i] = a->x[i] + b->x[i];
	check_overflow(result);
	PG_RETURN_POINTER(result);
}

Datum
trl_vector_sub(PG_FUNCTION_ARGS)
{
	TrlVector  *a = PG_GETARG_TRL_VECTOR(0);
	TrlVector  *b = PG_GETARG_TRL_VECTOR(1);
	TrlVector  *result;
	int			i;

	trl_vector_check_same_dim(a, b);
	result = trl_vector_new(a->dim);
	for (i = 0; i < a->dim; i++)
		result->x[i] = a->x[i] - b->x[i];
	check_overflow(result);
	PG_RETURN_POINTER(result);
}

Datum
trl_vector_mul(PG_FUNCTION_ARGS)
{
	TrlVector  *a = PG_GETARG_TRL_VECTOR(0);
	TrlVector  *b = PG_GETARG_TRL_VECTOR(1);
	TrlVector  *result;
	int			i;

	trl_vector_check_same_dim(a, b);
	result = trl_vector_new(a->dim);
	for (i = 0; i < a->dim; i++)
		result->x[i] = a->x[i] * b->x[i];
	check_overflow(result);
	for (i = 0; i < a->dim; i++)
	{
		if (result->x[i] == 0 && a->x[i] != 0 && b->x[i] != 0)
			float_underflow_error();
	}
	PG_RETURN_POINTER(result);
}

Datum
trl_vector_concat(PG_FUNCTION_ARGS)
{
	TrlVector  *a = PG_GETARG_TRL_VECTOR(0);
	TrlVector  *b = PG_GETARG_TRL_VECTOR(1);
	int			dim = a->dim + b->dim;
	TrlVector  *result;

	trl_vector_check_dim(dim);
	result = trl_vector_new(dim);
	memcpy(result->x, a->x, sizeof(float) * a->dim);
	memcpy(result->x + a->dim, b->x, sizeof(float) * b->dim);
	PG_RETURN_POINTER(result);
}

/*
 * Elements start ... start + count - 1 (the first is 1), clipped to those
 * that exist, as substring() does.
 */
Datum
trl_subvector_vector(PG_FUNCTION_ARGS)
{
	TrlVector  *v = PG_GETARG_TRL_VECTOR(0);
	int64		start = PG_GETARG_INT32(1);
	int64		count = PG_GETARG_INT32(2);
	int64		first = Max(start, 1);
	int64		end = Min(start + count, (int64) v->dim + 1);
	TrlVector  *result;

	if (count < 1 || end <= first)
		trl_vector_check_dim(0);
	result = trl_vector_new((int) (end - first));
	memcpy(result->x, v->x + first - 1, sizeof(float) * result->dim);
	PG_RETURN_POINTER(result);
}

/* One bit per element, set where it is positive. */
Datum
trl_binary_quantize_vector(PG_FUNCTION_ARGS)
{
	TrlVector  *v = PG_GETARG_TRL_VECTOR(0);
	Size		size = VARBITTOTALLEN(v->dim);
	VarBit	   *result = (VarBit *) palloc0(size);

	SET_VARSIZE(result, size);
	VARBITLEN(result) = v->dim;
	trl_kernels->f32_sign_bits(v->x, v->dim, VARBITS(result));
	PG_RETURN_VARBIT_P(result);
}
