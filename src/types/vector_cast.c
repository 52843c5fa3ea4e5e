/*
 * vector_cast.c - casts between vector and PostgreSQL's arrays
 *
 * Locks and WAL: none.  Memory: results in the caller's context.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"

#include "core/compat.h"
#include "types/vector.h"

TRL_FUNCTION(trl_vector_vector);
TRL_FUNCTION(trl_array_to_vector);
TRL_FUNCTION(trl_vector_to_float4);

/* The length coercion behind vector(n). */
Datum
trl_vector_vector(PG_FUNCTION_ARGS)
{
	TrlVector  *v = PG_GETARG_TRL_VECTOR(0);

	trl_vector_check_typmod(v->dim, PG_GETARG_INT32(1));
	PG_RETURN_POINTER(v);
}

/* Raises 22000 unless the array is 1-D, 22004 if it holds a NULL. */
static void
check_array(ArrayType *array)
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
		case INT4OID:
			return (float) DatumGetInt32(element);
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

Datum
trl_array_to_vector(PG_FUNCTION_ARGS)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(0);
	int32		typmod = PG_GETARG_INT32(1);
	Oid			type = ARR_ELEMTYPE(array);
	TrlVector  *result;
	Datum	   *elements;
	int16		typlen;
	bool		typbyval;
	char		typalign;
	int			n;
	int			i;

	check_array(array);
	n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	trl_vector_check_dim(n);
	trl_vector_check_typmod(n, typmod);

	get_typlenbyvalalign(type, &typlen, &typbyval, &typalign);
	deconstruct_array(array, type, typlen, typbyval, typalign,
					  &elements, NULL, &n);
	result = trl_vector_new(n);
	for (i = 0; i < n; i++)
	{
		result->x[i] = element_to_float(elements[i], type);
		trl_vector_check_element(result->x[i]);
	}
	pfree(elements);
	PG_RETURN_POINTER(result);
}

Datum
trl_vector_to_float4(PG_FUNCTION_ARGS)
{
	TrlVector  *v = PG_GETARG_TRL_VECTOR(0);
	Datum	   *elements = palloc(sizeof(Datum) * v->dim);
	ArrayType  *result;
	int			i;

	for (i = 0; i < v->dim; i++)
		elements[i] = Float4GetDatum(v->x[i]);
	result = construct_array(elements, v->dim, FLOAT4OID,
							 sizeof(float4), true, TYPALIGN_INT);
	pfree(elements);
	PG_RETURN_POINTER(result);
}
