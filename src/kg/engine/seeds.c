/*
 * seeds.c - the nodes that a call starts from, and their scores
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/float.h"
#include "utils/lsyscache.h"

#include "core/compat.h"
#include "kg/engine/seeds.h"

/* The scores, one a seed; NaN stands for NULL. */
static float8 *
read_scores(FunctionCallInfo fcinfo, int arg, const char *name, int n_seeds)
{
	Datum	   *values;
	bool	   *nulls;
	float8	   *scores;
	int			n;
	int			i;

	if (PG_ARGISNULL(arg))
		return NULL;
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(arg), FLOAT8OID, sizeof(float8),
					  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &values, &nulls, &n);
	if (n != n_seeds)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("argument \"%s\" has %d elements, but \"seeds\" has %d",
						name, n, n_seeds)));
	scores = palloc(sizeof(float8) * Max(n, 1));
	for (i = 0; i < n; i++)
		scores[i] = nulls[i] ? get_float8_nan() : DatumGetFloat8(values[i]);
	return scores;
}

static void
check_score(float8 score, const char *name, int element)
{
	if (isnan(score) || isinf(score))
		trl_argument_error(name,
						   psprintf("must hold finite numbers, but element %d does not", element),
						   NULL);
}

void
trl_seeds_read(TrlSeeds *seeds, FunctionCallInfo fcinfo, TrlKeyKind kind,
			   int ids_arg, int scores_arg, const char *scores_name)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(ids_arg);
	Oid			type = ARR_ELEMTYPE(array);
	Datum	   *values;
	bool	   *nulls;
	int16		len;
	bool		by_value;
	char		align;
	int			n;
	int			i;

	get_typlenbyvalalign(type, &len, &by_value, &align);
	deconstruct_array(array, type, len, by_value, align, &values, &nulls, &n);
	seeds->scores = read_scores(fcinfo, scores_arg, scores_name, n);
	seeds->keys = palloc(sizeof(TrlKey) * Max(n, 1));
	seeds->n = 0;
	for (i = 0; i < n; i++)
	{
		if (nulls[i])
			continue;
		if (seeds->scores != NULL)
		{
			check_score(seeds->scores[i], scores_name, i + 1);
			seeds->scores[seeds->n] = seeds->scores[i];
		}
		seeds->keys[seeds->n++] = trl_key_from_datum(kind, type, values[i]);
	}
}
