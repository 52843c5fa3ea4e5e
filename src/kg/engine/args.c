/*
 * args.c - reading the arguments that graph functions share
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "core/compat.h"
#include "kg/engine/args.h"

void
trl_argument_error(const char *name, const char *message, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("argument \"%s\" %s", name, message),
			 hint ? errhint("%s", hint) : 0));
}

void
trl_arg_required(FunctionCallInfo fcinfo, int arg, const char *name)
{
	if (PG_ARGISNULL(arg))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", name)));
}

int
trl_arg_limit(FunctionCallInfo fcinfo, int arg, const char *name, int min)
{
	int			value;

	if (PG_ARGISNULL(arg))
		return TRL_NO_LIMIT;
	value = PG_GETARG_INT32(arg);
	if (value < min)
		trl_argument_error(name, psprintf("must be at least %d, not %d", min, value),
						   "NULL means no limit.");
	return value;
}

TrlDirection
trl_arg_direction(FunctionCallInfo fcinfo, int arg)
{
	char	   *name;

	if (PG_ARGISNULL(arg))
		return TRL_DIRECTION_BOTH;
	name = text_to_cstring(PG_GETARG_TEXT_PP(arg));
	if (strcmp(name, "out") == 0)
		return TRL_DIRECTION_OUT;
	if (strcmp(name, "in") == 0)
		return TRL_DIRECTION_IN;
	if (strcmp(name, "both") != 0)
		trl_argument_error("direction", psprintf("must not be \"%s\"", name),
						   "It is \"out\" (src to dst), \"in\" (dst to src) or \"both\".");
	return TRL_DIRECTION_BOTH;
}

float8
trl_arg_number(FunctionCallInfo fcinfo, int arg, const char *name, bool *given)
{
	float8		value;

	*given = !PG_ARGISNULL(arg);
	if (!*given)
		return 0;
	value = PG_GETARG_FLOAT8(arg);
	if (isnan(value))
		trl_argument_error(name, "must not be NaN", NULL);
	return value;
}

Datum *
trl_arg_texts(FunctionCallInfo fcinfo, int arg, const char *name, int *n)
{
	Datum	   *values;
	bool	   *nulls;
	int			i;

	*n = 0;
	if (PG_ARGISNULL(arg))
		return NULL;
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(arg), TEXTOID, -1, false,
					  TYPALIGN_INT, &values, &nulls, n);
	for (i = 0; i < *n; i++)
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("element %d of argument \"%s\" must not be null",
							i + 1, name)));
	return values;
}

TrlKey *
trl_arg_keys(FunctionCallInfo fcinfo, int arg, TrlKeyKind kind,
			 uint32 *n)
{
	ArrayType  *array;
	TrlKey	   *keys;
	Datum	   *values;
	bool	   *nulls;
	int16		len;
	bool		by_value;
	char		align;
	int			n_values;
	int			i;

	*n = 0;
	if (PG_ARGISNULL(arg))
		return NULL;
	array = PG_GETARG_ARRAYTYPE_P(arg);
	get_typlenbyvalalign(ARR_ELEMTYPE(array), &len, &by_value, &align);
	deconstruct_array(array, ARR_ELEMTYPE(array), len, by_value, align,
					  &values, &nulls, &n_values);
	keys = palloc(sizeof(TrlKey) * Max(n_values, 1));
	for (i = 0; i < n_values; i++)
		if (!nulls[i])
			keys[(*n)++] = trl_key_from_datum(kind, ARR_ELEMTYPE(array),
											  values[i]);
	pfree(values);
	pfree(nulls);
	return keys;
}
