/*
 * changes.c - what the writers that end, remove and merge rows share
 *
 * Locks: those of the statements that it is given; trl_change_lock() takes
 * one that has the node table's number but is not the table's.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"

#include "core/compat.h"
#include "kg/engine/keys.h"
#include "kg/write/changes.h"

#define FIRST_CAPACITY 64

/* A part of the node table that only trl_change_lock() ever locks. */
#define REMOVAL_LOCK 1

void
trl_ids_add(TrlIds *ids, int64 id)
{
	if (ids->n == ids->capacity)
	{
		ids->capacity = Max(ids->capacity * 2, FIRST_CAPACITY);
		if (ids->ids == NULL)
			ids->ids = palloc(sizeof(int64) * ids->capacity);
		else
			ids->ids = repalloc_huge(ids->ids, sizeof(int64) * ids->capacity);
	}
	ids->ids[ids->n++] = id;
}

bool
trl_ids_contain(const TrlIds *ids, int64 id)
{
	int			i;

	for (i = 0; i < ids->n; i++)
		if (ids->ids[i] == id)
			return true;
	return false;
}

void
trl_ids_collect(void *ids, const Datum *values, const bool *nulls)
{
	if (!nulls[0])
		trl_ids_add(ids, DatumGetInt64(values[0]));
}

TrlIds
trl_ids_argument(FunctionCallInfo fcinfo, int arg, const char *name)
{
	TrlIds		ids = {0};
	Datum	   *values;
	bool	   *nulls;
	int16		len;
	bool		by_value;
	char		align;
	int			n;
	int			i;

	if (PG_ARGISNULL(arg))
		return ids;
	get_typlenbyvalalign(INT8OID, &len, &by_value, &align);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(arg), INT8OID, len, by_value, align,
					  &values, &nulls, &n);
	for (i = 0; i < n; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("element %d of argument \"%s\" must not be null",
							i + 1, name)));
		trl_ids_add(&ids, DatumGetInt64(values[i]));
	}
	return ids;
}

void
trl_params_add_ids(TrlParams *params, const TrlIds *ids)
{
	trl_params_add(params, INT8ARRAYOID,
				   PointerGetDatum(trl_key_array(TRL_KEY_INT,
												 (const TrlKey *) ids->ids,
												 ids->n, INT8OID)));
}

typedef struct Change
{
	TrlIds	   *ids;
	int64		rows;
} Change;

static void
note_row(void *state, const Datum *values, const bool *nulls)
{
	Change	   *change = state;

	change->rows++;
	if (change->ids != NULL)
		trl_ids_collect(change->ids, values, nulls);
}

int64
trl_change_run(const char *sql, const TrlParams *params, TrlIds *ids)
{
	Change		change = {ids, 0};

	trl_sql_write(sql, params, note_row, &change);
	return change.rows;
}

int64
trl_change(const TrlTarget *target, const char *statement,
		   const TrlParams *params, TrlIds *ids)
{
	return trl_change_run(trl_upsert_sql(target, statement), params, ids);
}

void
trl_change_lock(const TrlTarget *target)
{
	LockDatabaseObject(RelationRelationId, trl_change_table(target, "node"),
					   REMOVAL_LOCK, ExclusiveLock);
}

void
trl_change_report(ReturnSetInfo *result, Oid relation, const char *action,
				  int64 count)
{
	Datum		values[3];
	bool		nulls[3] = {false};

	values[0] = ObjectIdGetDatum(relation);
	values[1] = CStringGetTextDatum(action);
	values[2] = Int64GetDatum(count);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

Oid
trl_change_table(const TrlTarget *target, const char *name)
{
	return get_relname_relid(name, get_namespace_oid(target->name, true));
}
