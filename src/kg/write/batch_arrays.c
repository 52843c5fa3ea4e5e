/*
 * batch_arrays.c - the elements of a writer's batch, from array arguments
 *
 * Does: turn arrays of one length into the columns that a JSON array of
 * objects would give, with the same limits on values.
 * Does not: know what the keys mean; upsert.c does.
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/lsyscache.h"

#include "core/compat.h"
#include "kg/engine/args.h"
#include "kg/write/batch.h"

static Oid
element_type(TrlBatchType type)
{
	switch (type)
	{
		case TRL_BATCH_ID:
		case TRL_BATCH_TEXT:
			return TEXTOID;
		case TRL_BATCH_INT4:
			return INT4OID;
		case TRL_BATCH_INT8:
			return INT8OID;
		case TRL_BATCH_FLOAT8:
			return FLOAT8OID;
		case TRL_BATCH_TIME:
			return TIMESTAMPTZOID;
		case TRL_BATCH_OBJECT:
			return JSONBOID;
	}
	return InvalidOid;
}

/* The array of an argument; NULL counts as one without elements. */
static ArrayType *
array_argument(FunctionCallInfo fcinfo, int arg, const char *name, int *length)
{
	ArrayType  *array;

	*length = 0;
	if (PG_ARGISNULL(arg))
		return NULL;
	array = PG_GETARG_ARRAYTYPE_P(arg);
	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("argument \"%s\" has %d dimensions, not one",
						name, ARR_NDIM(array))));
	*length = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	return array;
}

/* What JSON could not say is not taken from an array either. */
static void
check_value(const TrlBatch *batch, int element, int key, Datum value)
{
	switch (batch->keys[key].type)
	{
		case TRL_BATCH_FLOAT8:
			if (isnan(DatumGetFloat8(value)) || isinf(DatumGetFloat8(value)))
				trl_batch_value_error(batch, element, key,
									  "is not a finite number");
			break;
		case TRL_BATCH_OBJECT:
			if (!JB_ROOT_IS_OBJECT(DatumGetJsonbP(value)))
				trl_batch_value_error(batch, element, key, "is not an object");
			break;
		default:
			break;
	}
}

static void
fill_key(TrlBatch *batch, int key, ArrayType *array)
{
	Oid			type = element_type(batch->keys[key].type);
	int16		len;
	bool		by_value;
	char		align;
	int			n;
	int			i;

	get_typlenbyvalalign(type, &len, &by_value, &align);
	deconstruct_array(array, type, len, by_value, align, &batch->values[key],
					  &batch->nulls[key], &n);
	for (i = 0; i < n; i++)
		if (!batch->nulls[key][i])
			check_value(batch, i, key, batch->values[key][i]);
}

TrlBatch *
trl_batch_read_arrays(FunctionCallInfo fcinfo, int first_arg,
					  const TrlBatchArray *arrays, int n_arrays,
					  const TrlBatchKey *keys, int n_keys)
{
	TrlBatch   *batch;
	int			n;
	int			i;

	(void) array_argument(fcinfo, first_arg, arrays[0].argument, &n);
	batch = trl_batch_new(arrays[0].argument, keys, n_keys, n);
	batch->arguments = palloc0(sizeof(char *) * n_keys);
	for (i = 0; i < n_arrays; i++)
	{
		const char *name = arrays[i].argument;
		int			length;
		ArrayType  *array = array_argument(fcinfo, first_arg + i, name, &length);

		batch->arguments[arrays[i].key] = name;
		if (array == NULL)
			continue;
		if (length != n)
			ereport(ERROR,
					(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
					 errmsg("argument \"%s\" has %d elements, but \"%s\" has %d",
							name, length, arrays[0].argument, n),
					 errhint("Arrays of one batch are equally long; NULL for an array leaves its key out.")));
		fill_key(batch, arrays[i].key, array);
	}
	return batch;
}
