/*
 * dense_cast.c - casts between dense vectors, PostgreSQL's arrays, text and jsonb
 *
 * All take (value, typmod, explicit) and check the typmod themselves.  Those
 * from arrays, text and jsonb remember the last constant or parameter that
 * they converted (memo.h).
 *
 * Locks and WAL: none.  Memory: results in the caller's context.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"

#include "core/compat.h"
#include "types/dense.h"
#include "types/memo.h"

/* The length coercion behind vector(n). */
static Datum
dense_coerce(FunctionCallInfo fcinfo, const TrlElement *element)
{
	TrlDense   *v = PG_GETARG_TRL_DENSE(0);

	(void) element;
	trl_check_typmod(v->dim, PG_GETARG_INT32(1));
	PG_RETURN_POINTER(v);
}

TRL_DENSE_FUNCTION(trl_vector_vector, dense_coerce, &trl_element_float4);
TRL_DENSE_FUNCTION(trl_halfvec_halfvec, dense_coerce, &trl_element_half);

/* From one dense type to the other. */
static Datum
convert(FunctionCallInfo fcinfo, const TrlElement *from, const TrlElement *to)
{
	TrlDense   *v = PG_GETARG_TRL_DENSE(0);

	trl_check_typmod(v->dim, PG_GETARG_INT32(1));
	PG_RETURN_POINTER(trl_dense_from_floats(to, trl_dense_floats(from, v),
											v->dim));
}

static Datum
from_float4(FunctionCallInfo fcinfo, const TrlElement *element)
{
	return convert(fcinfo, &trl_element_float4, element);
}

TRL_DENSE_FUNCTION(trl_vector_to_halfvec, from_float4, &trl_element_half);

static Datum
to_float4(FunctionCallInfo fcinfo, const TrlElement *element)
{
	return convert(fcinfo, element, &trl_element_float4);
}

TRL_DENSE_FUNCTION(trl_halfvec_to_vector, to_float4, &trl_element_half);

void
trl_check_number_array(ArrayType *array)
{
	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("array must be 1-D"),
				 errdetail("The array has %d dimensions.",
						   ARR_NDIM(array))));
	if (ARR_HASNULL(array) && array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("array must not contain nulls")));
}

static float
element_to_float(Datum element, Oid type)
{
	switch (type)
	{
		case INT2OID:
			return (float) DatumGetInt16(element);
		case INT4OID:
			return (float) DatumGetInt32(element);
		case INT8OID:
			return (float) DatumGetInt64(element);
		case FLOAT4OID:
			return DatumGetFloat4(element);
		case FLOAT8OID:
			return (float) DatumGetFloat8(element);
		case NUMERICOID:
			return DatumGetFloat4(DirectFunctionCall1(numeric_float4,
													  element));
		default:
			ereport(ERROR,
					(errcode(ERRCODE_DATA_EXCEPTION),
					 errmsg("unsupported array type")));
	}
	return 0;					/* not reached */
}

float *
trl_number_array_floats(ArrayType *array, int *n)
{
	Oid			type = ARR_ELEMTYPE(array);
	Datum	   *elements;
	float	   *values;
	int16		typlen;
	bool		typbyval;
	char		typalign;
	int			i;

	get_typlenbyvalalign(type, &typlen, &typbyval, &typalign);
	deconstruct_array(array, type, typlen, typbyval, typalign,
					  &elements, NULL, n);
	values = (float *) palloc(sizeof(float) * Max(*n, 1));
	for (i = 0; i < *n; i++)
		values[i] = element_to_float(elements[i], type);
	pfree(elements);
	return values;
}

static Datum
array_to_dense(FunctionCallInfo fcinfo, const TrlElement *element)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(0);
	int32		typmod = PG_GETARG_INT32(1);
	struct varlena *result;
	float	   *values;
	int			n;

	result = trl_memo_find(fcinfo, (struct varlena *) array, typmod);
	if (result != NULL)
		PG_RETURN_POINTER(result);

	trl_check_number_array(array);
	n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	trl_dense_check_dim(element, n);
	trl_check_typmod(n, typmod);
	values = trl_number_array_floats(array, &n);
	result = (struct varlena *) trl_dense_from_floats(element, values, n);
	pfree(values);
	PG_RETURN_POINTER(trl_memo_keep(fcinfo, (struct varlena *) array, typmod,
									result));
}

TRL_DENSE_FUNCTION(trl_array_to_vector, array_to_dense, &trl_element_float4);
TRL_DENSE_FUNCTION(trl_array_to_halfvec, array_to_dense, &trl_element_half);

static Datum
dense_to_float4_array(FunctionCallInfo fcinfo, const TrlElement *element)
{
	TrlDense   *v = PG_GETARG_TRL_DENSE(0);
	const float *x = trl_dense_floats(element, v);
	Datum	   *elements = palloc(sizeof(Datum) * v->dim);
	int			i;

	for (i = 0; i < v->dim; i++)
		elements[i] = Float4GetDatum(x[i]);
	PG_RETURN_ARRAYTYPE_P(construct_array(elements, v->dim, FLOAT4OID,
										  sizeof(float4), true, TYPALIGN_INT));
}

TRL_DENSE_FUNCTION(trl_vector_to_float4, dense_to_float4_array, &trl_element_float4);
TRL_DENSE_FUNCTION(trl_halfvec_to_float4, dense_to_float4_array, &trl_element_half);

static Datum
dense_to_float8_array(FunctionCallInfo fcinfo, const TrlElement *element)
{
	TrlDense   *v = PG_GETARG_TRL_DENSE(0);
	const float *x = trl_dense_floats(element, v);
	Datum	   *elements = palloc(sizeof(Datum) * v->dim);
	int			i;

	for (i = 0; i < v->dim; i++)
		elements[i] = Float8GetDatum((double) x[i]);
	PG_RETURN_ARRAYTYPE_P(construct_array(elements, v->dim, FLOAT8OID,
										  sizeof(float8), FLOAT8PASSBYVAL,
										  TYPALIGN_DOUBLE));
}

TRL_DENSE_FUNCTION(trl_vector_to_float8, dense_to_float8_array, &trl_element_float4);
TRL_DENSE_FUNCTION(trl_halfvec_to_float8, dense_to_float8_array, &trl_element_half);

static Datum
text_to_dense(FunctionCallInfo fcinfo, const TrlElement *element)
{
	text	   *input = PG_GETARG_TEXT_P(0);
	int32		typmod = PG_GETARG_INT32(1);
	struct varlena *result;

	result = trl_memo_find(fcinfo, input, typmod);
	if (result == NULL)
	{
		result = (struct varlena *)
			trl_dense_parse(element, text_to_cstring(input), typmod);
		result = trl_memo_keep(fcinfo, input, typmod, result);
	}
	PG_RETURN_POINTER(result);
}

TRL_DENSE_FUNCTION(trl_text_to_vector, text_to_dense, &trl_element_float4);
TRL_DENSE_FUNCTION(trl_text_to_halfvec, text_to_dense, &trl_element_half);

static void
jsonb_error(const TrlElement *element, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("cannot cast jsonb %s to type %s",
					what, element->type_name),
			 errdetail("A vector is an array of numbers.")));
}

/* The numbers of a JSON array. */
static float *
jsonb_floats(Jsonb *input, const TrlElement *element, int *n)
{
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	value;
	float	   *values;

	if (!JB_ROOT_IS_ARRAY(input) || JB_ROOT_IS_SCALAR(input))
		jsonb_error(element, JB_ROOT_IS_ARRAY(input) ? "scalar" : "object");
	trl_dense_check_dim(element, JB_ROOT_COUNT(input));

	values = (float *) palloc(sizeof(float) * JB_ROOT_COUNT(input));
	*n = 0;
	it = JsonbIteratorInit(&input->root);
	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
	{
		if (token != WJB_ELEM)
			continue;
		if (value.type != jbvNumeric)
			jsonb_error(element, "array with elements that are no numbers");
		values[(*n)++] =
			DatumGetFloat4(DirectFunctionCall1(numeric_float4,
											   NumericGetDatum(value.val.numeric)));
	}
	return values;
}

static Datum
jsonb_to_dense(FunctionCallInfo fcinfo, const TrlElement *element)
{
	Jsonb	   *input = PG_GETARG_JSONB_P(0);
	int32		typmod = PG_GETARG_INT32(1);
	struct varlena *result;
	float	   *values;
	int			n;

	result = trl_memo_find(fcinfo, (struct varlena *) input, typmod);
	if (result != NULL)
		PG_RETURN_POINTER(result);

	values = jsonb_floats(input, element, &n);
	trl_check_typmod(n, typmod);
	result = (struct varlena *) trl_dense_from_floats(element, values, n);
	PG_RETURN_POINTER(trl_memo_keep(fcinfo, (struct varlena *) input, typmod,
									result));
}

TRL_DENSE_FUNCTION(trl_jsonb_to_vector, jsonb_to_dense, &trl_element_float4);
TRL_DENSE_FUNCTION(trl_jsonb_to_halfvec, jsonb_to_dense, &trl_element_half);
