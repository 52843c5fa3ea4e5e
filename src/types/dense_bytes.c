/*
 * dense_bytes.c - dense vectors as the raw bytes of other programs' arrays
 *
 * bytea of little-endian float32 or float16, as numpy and embedding services
 * send them, and of int8 with a scale, as quantised embeddings come.
 *
 * Locks and WAL: none.  Memory: results in the caller's context.
 */
#include "postgres.h"

#include <math.h>

#include "port/pg_bswap.h"

#include "core/compat.h"
#include "types/dense.h"

TRL_FUNCTION(trl_vector_from_int8);
TRL_FUNCTION(trl_vector_to_int8);

/* Turns n elements from little-endian to the machine's order or back. */
static void
little_endian(const TrlElement *element, void *x, int n)
{
#ifdef WORDS_BIGENDIAN
	int			i;

	if (element->size == sizeof(uint32))
	{
		for (i = 0; i < n; i++)
			((uint32 *) x)[i] = pg_bswap32(((uint32 *) x)[i]);
	}
	else
	{
		for (i = 0; i < n; i++)
			((uint16 *) x)[i] = pg_bswap16(((uint16 *) x)[i]);
	}
#else
	(void) element;
	(void) x;
	(void) n;
#endif
}

static void
check_length(const TrlElement *element, Size length, Size size)
{
	if (length % size != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("cannot read %zu bytes as numbers of %zu bytes each",
						length, size),
				 errdetail("The length must be a multiple of %zu.", size)));
	trl_dense_check_dim(element, (int64) (length / size));
}

static Datum
dense_from_bytes(FunctionCallInfo fcinfo, const TrlElement *element)
{
	bytea	   *input = PG_GETARG_BYTEA_PP(0);
	Size		length = VARSIZE_ANY_EXHDR(input);
	TrlDense   *result;
	const float *values;
	int			i;

	check_length(element, length, element->size);
	result = trl_dense_new(element, (int) (length / element->size));
	memcpy(result->x, VARDATA_ANY(input), length);
	little_endian(element, result->x, result->dim);
	values = trl_dense_floats(element, result);
	for (i = 0; i < result->dim; i++)
		trl_check_finite(element->type_name, values[i]);
	PG_RETURN_POINTER(result);
}

TRL_DENSE_FUNCTION(trl_vector_from_float32, dense_from_bytes, &trl_element_float4);
TRL_DENSE_FUNCTION(trl_halfvec_from_float16, dense_from_bytes, &trl_element_half);

static Datum
dense_to_bytes(FunctionCallInfo fcinfo, const TrlElement *element)
{
	TrlDense   *v = PG_GETARG_TRL_DENSE(0);
	Size		length = element->size * v->dim;
	bytea	   *result = (bytea *) palloc(VARHDRSZ + length);

	SET_VARSIZE(result, VARHDRSZ + length);
	memcpy(VARDATA(result), v->x, length);
	little_endian(element, VARDATA(result), v->dim);
	PG_RETURN_BYTEA_P(result);
}

TRL_DENSE_FUNCTION(trl_vector_to_float32, dense_to_bytes, &trl_element_float4);
TRL_DENSE_FUNCTION(trl_halfvec_to_float16, dense_to_bytes, &trl_element_half);

static float
check_scale(float scale)
{
	if (!(scale > 0) || isinf(scale))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("scale must be a positive number, not %g", scale)));
	return scale;
}

/* Each byte, signed, times the scale. */
Datum
trl_vector_from_int8(PG_FUNCTION_ARGS)
{
	bytea	   *input = PG_GETARG_BYTEA_PP(0);
	float		scale = check_scale(PG_GETARG_FLOAT4(1));
	Size		n = VARSIZE_ANY_EXHDR(input);
	const int8 *bytes = (const int8 *) VARDATA_ANY(input);
	TrlDense   *result;
	float	   *values;
	Size		i;

	check_length(&trl_element_float4, n, sizeof(int8));
	values = (float *) palloc(sizeof(float) * n);
	for (i = 0; i < n; i++)
		values[i] = bytes[i] * scale;
	result = trl_dense_new(&trl_element_float4, (int) n);
	trl_dense_set_computed(&trl_element_float4, result, values);
	PG_RETURN_POINTER(result);
}

/* Each element divided by the scale and rounded, ties to even. */
Datum
trl_vector_to_int8(PG_FUNCTION_ARGS)
{
	TrlDense   *v = PG_GETARG_TRL_DENSE(0);
	float		scale = check_scale(PG_GETARG_FLOAT4(1));
	const float *x = trl_dense_floats(&trl_element_float4, v);
	bytea	   *result = (bytea *) palloc(VARHDRSZ + v->dim);
	int			i;

	SET_VARSIZE(result, VARHDRSZ + v->dim);
	for (i = 0; i < v->dim; i++)
	{
		double		quantum = rint((double) x[i] / scale);

		if (quantum < PG_INT8_MIN || quantum > PG_INT8_MAX)
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("element %d, %g, is out of range for int8 with scale %g",
							i + 1, x[i], scale),
					 errhint("A scale of the largest magnitude divided by 127 fits.")));
		((int8 *) VARDATA(result))[i] = (int8) quantum;
	}
	PG_RETURN_BYTEA_P(result);
}
