/*
 * dense_math.c - arithmetic and element functions of dense vectors
 *
 * Computed in float4 and rounded once to the element; a result that the
 * element cannot hold raises 22003, as the operators of real do.
 *
 * Locks and WAL: none.  Memory: results in the caller's context.
 */
#include "postgres.h"

#include <math.h>

#include "utils/float.h"
#include "utils/varbit.h"

#include "core/compat.h"
#include "kernels/kernels.h"
#include "types/dense.h"

static Datum
dense_dims(FunctionCallInfo fcinfo, const TrlElement *element)
{
	(void) element;
	PG_RETURN_INT32(PG_GETARG_TRL_DENSE(0)->dim);
}

TRL_DENSE_FUNCTION(trl_vector_dims_vector, dense_dims, &trl_element_float4);
TRL_DENSE_FUNCTION(trl_vector_dims_halfvec, dense_dims, &trl_element_half);

static double
norm(const TrlElement *element, const TrlDense *v)
{
	if (element->size == sizeof(float))
		return sqrt(trl_kernels->f32_sum_squares((const float *) v->x, v->dim));
	return sqrt(trl_kernels->f16_sum_squares((const uint16 *) v->x, v->dim));
}

static Datum
dense_norm(FunctionCallInfo fcinfo, const TrlElement *element)
{
	PG_RETURN_FLOAT8(norm(element, PG_GETARG_TRL_DENSE(0)));
}

TRL_DENSE_FUNCTION(trl_vector_norm, dense_norm, &trl_element_float4);
TRL_DENSE_FUNCTION(trl_l2_norm_vector, dense_norm, &trl_element_float4);
TRL_DENSE_FUNCTION(trl_l2_norm_halfvec, dense_norm, &trl_element_half);

/* The zero vector has no direction and is returned as it is. */
static Datum
dense_l2_normalize(FunctionCallInfo fcinfo, const TrlElement *element)
{
	TrlDense   *v = PG_GETARG_TRL_DENSE(0);
	TrlDense   *result = trl_dense_new(element, v->dim);
	double		length = norm(element, v);
	const float *x = trl_dense_floats(element, v);
	float	   *values;
	int			i;

	if (length > 0)
	{
		values = (float *) palloc(sizeof(float) * v->dim);
		for (i = 0; i < v->dim; i++)
			values[i] = (float) (x[i] / length);
		trl_dense_set_computed(element, result, values);
	}
	PG_RETURN_POINTER(result);
}

TRL_DENSE_FUNCTION(trl_l2_normalize_vector, dense_l2_normalize, &trl_element_float4);
TRL_DENSE_FUNCTION(trl_l2_normalize_halfvec, dense_l2_normalize, &trl_element_half);

typedef enum Arithmetic
{
	ADD,
	SUBTRACT,
	MULTIPLY
} Arithmetic;

static void
calculate(Arithmetic operation, const float *a, const float *b, int n,
		  float *out)
{
	int			i;

	switch (operation)
	{
		case ADD:
			for (i = 0; i < n; i++)
				out[i] = a[i] + b[i];
			break;
		case SUBTRACT:
			for (i = 0; i < n; i++)
				out[i] = a[i] - b[i];
			break;
		case MULTIPLY:
			for (i = 0; i < n; i++)
				out[i] = a[i] * b[i];
			break;
	}
}

/* A product of numbers that are not 0 must not become 0. */
static void
check_underflow(const TrlElement *element, const float *a, const float *b,
				const float *product, int n)
{
	int			i;

	for (i = 0; i < n; i++)
	{
		if (fabsf(product[i]) <= element->underflow_to &&
			a[i] != 0 && b[i] != 0)
			float_underflow_error();
	}
}

static Datum
dense_arithmetic(FunctionCallInfo fcinfo, const TrlElement *element,
				 Arithmetic operation)
{
	TrlDense   *a = PG_GETARG_TRL_DENSE(0);
	TrlDense   *b = PG_GETARG_TRL_DENSE(1);
	const float *ax;
	const float *bx;
	float	   *values;
	TrlDense   *result;

	trl_dense_check_same_dim(element, a, b);
	ax = trl_dense_floats(element, a);
	bx = trl_dense_floats(element, b);
	values = (float *) palloc(sizeof(float) * a->dim);
	calculate(operation, ax, bx, a->dim, values);
	result = trl_dense_new(element, a->dim);
	trl_dense_set_computed(element, result, values);
	if (operation == MULTIPLY)
		check_underflow(element, ax, bx, values, a->dim);
	pfree(values);
	PG_RETURN_POINTER(result);
}

static Datum
dense_add(FunctionCallInfo fcinfo, const TrlElement *element)
{
	return dense_arithmetic(fcinfo, element, ADD);
}

TRL_DENSE_FUNCTION(trl_vector_add, dense_add, &trl_element_float4);
TRL_DENSE_FUNCTION(trl_halfvec_add, dense_add, &trl_element_half);

static Datum
dense_sub(FunctionCallInfo fcinfo, const TrlElement *element)
{
	return dense_arithmetic(fcinfo, element, SUBTRACT);
}

TRL_DENSE_FUNCTION(trl_vector_sub, dense_sub, &trl_element_float4);
TRL_DENSE_FUNCTION(trl_halfvec_sub, dense_sub, &trl_element_half);

static Datum
dense_mul(FunctionCallInfo fcinfo, const TrlElement *element)
{
	return dense_arithmetic(fcinfo, element, MULTIPLY);
}

TRL_DENSE_FUNCTION(trl_vector_mul, dense_mul, &trl_element_float4);
TRL_DENSE_FUNCTION(trl_halfvec_mul, dense_mul, &trl_element_half);

/* Every element times one number, rounded once. */
static TrlDense *
scale(const TrlElement *element, const TrlDense *v, double factor)
{
	TrlDense   *result = trl_dense_new(element, v->dim);
	const float *x = trl_dense_floats(element, v);
	float	   *values = (float *) palloc(sizeof(float) * v->dim);
	int			i;

	if (isnan(factor))
		trl_check_finite(element->type_name, (float) factor);
	if (isinf(factor))
		float_overflow_error();
	for (i = 0; i < v->dim; i++)
	{
		values[i] = (float) (x[i] * factor);
		if (fabsf(values[i]) <= element->underflow_to &&
			x[i] != 0 && factor != 0)
			float_underflow_error();
	}
	trl_dense_set_computed(element, result, values);
	pfree(values);
	return result;
}

static Datum
dense_scale(FunctionCallInfo fcinfo, const TrlElement *element)
{
	PG_RETURN_POINTER(scale(element, PG_GETARG_TRL_DENSE(0),
							PG_GETARG_FLOAT8(1)));
}

TRL_DENSE_FUNCTION(trl_vector_scale, dense_scale, &trl_element_float4);
TRL_DENSE_FUNCTION(trl_halfvec_scale, dense_scale, &trl_element_half);

static Datum
dense_scale_by(FunctionCallInfo fcinfo, const TrlElement *element)
{
	PG_RETURN_POINTER(scale(element, PG_GETARG_TRL_DENSE(1),
							PG_GETARG_FLOAT8(0)));
}

TRL_DENSE_FUNCTION(trl_scale_vector, dense_scale_by, &trl_element_float4);
TRL_DENSE_FUNCTION(trl_scale_halfvec, dense_scale_by, &trl_element_half);

static Datum
dense_concat(FunctionCallInfo fcinfo, const TrlElement *element)
{
	TrlDense   *a = PG_GETARG_TRL_DENSE(0);
	TrlDense   *b = PG_GETARG_TRL_DENSE(1);
	int			dim = a->dim + b->dim;
	TrlDense   *result;

	trl_dense_check_dim(element, dim);
	result = trl_dense_new(element, dim);
	memcpy(result->x, a->x, element->size * a->dim);
	memcpy(result->x + element->size * a->dim, b->x, element->size * b->dim);
	PG_RETURN_POINTER(result);
}

TRL_DENSE_FUNCTION(trl_vector_concat, dense_concat, &trl_element_float4);
TRL_DENSE_FUNCTION(trl_halfvec_concat, dense_concat, &trl_element_half);

/*
 * Elements start ... start + count - 1 (the first is 1), clipped to those
 * that exist, as substring() does.
 */
static Datum
dense_subvector(FunctionCallInfo fcinfo, const TrlElement *element)
{
	TrlDense   *v = PG_GETARG_TRL_DENSE(0);
	int64		start = PG_GETARG_INT32(1);
	int64		count = PG_GETARG_INT32(2);
	int64		first = Max(start, 1);
	int64		end = Min(start + count, (int64) v->dim + 1);
	TrlDense   *result;

	if (count < 1 || end <= first)
		trl_dense_check_dim(element, 0);
	result = trl_dense_new(element, (int) (end - first));
	memcpy(result->x, v->x + element->size * (first - 1),
		   element->size * result->dim);
	PG_RETURN_POINTER(result);
}

TRL_DENSE_FUNCTION(trl_subvector_vector, dense_subvector, &trl_element_float4);
TRL_DENSE_FUNCTION(trl_subvector_halfvec, dense_subvector, &trl_element_half);

/* Element i, the first is 1; NULL where there is none, as in arrays. */
static Datum
dense_get(FunctionCallInfo fcinfo, const TrlElement *element)
{
	TrlDense   *v = PG_GETARG_TRL_DENSE(0);
	int32		i = PG_GETARG_INT32(1);
	float		value;

	if (i < 1 || i > v->dim)
		PG_RETURN_NULL();
	element->decode(v->x + element->size * (i - 1), 1, &value);
	PG_RETURN_FLOAT4(value);
}

TRL_DENSE_FUNCTION(trl_vector_get_vector, dense_get, &trl_element_float4);
TRL_DENSE_FUNCTION(trl_vector_get_halfvec, dense_get, &trl_element_half);

/* One bit per element, set where it is positive. */
static Datum
dense_binary_quantize(FunctionCallInfo fcinfo, const TrlElement *element)
{
	TrlDense   *v = PG_GETARG_TRL_DENSE(0);
	Size		size = VARBITTOTALLEN(v->dim);
	VarBit	   *result = (VarBit *) palloc0(size);

	SET_VARSIZE(result, size);
	VARBITLEN(result) = v->dim;
	if (element->size == sizeof(float))
		trl_kernels->f32_sign_bits((const float *) v->x, v->dim,
								   VARBITS(result));
	else
		trl_kernels->f16_sign_bits((const uint16 *) v->x, v->dim,
								   VARBITS(result));
	PG_RETURN_VARBIT_P(result);
}

TRL_DENSE_FUNCTION(trl_binary_quantize_vector, dense_binary_quantize, &trl_element_float4);
TRL_DENSE_FUNCTION(trl_binary_quantize_halfvec, dense_binary_quantize, &trl_element_half);
