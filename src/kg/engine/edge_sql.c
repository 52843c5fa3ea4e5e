/*
 * edge_sql.c - SQL text that reads edges: output columns and conditions
 *
 * The edge relation is "e" in the query.  Nothing that a user gave becomes
 * text but column names, which are quoted.
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "core/compat.h"
#include "kg/engine/edge_sql.h"

void
trl_edge_sql_output(StringInfo sql, const TrlColumn *column, Oid type)
{
	const char *cast = trl_type_sql_name(type);

	if (column->attnum == 0)
		appendStringInfo(sql, "NULL::%s", cast);
	else
		appendStringInfo(sql, "e.%s::%s", column->name, cast);
}

/* A condition of one parameter on a column. */
static void
append_condition(StringInfo sql, TrlParams *params, const TrlColumn *column,
				 const char *operator, float8 value)
{
	appendStringInfo(sql, " AND e.%s OPERATOR(pg_catalog.%s) $%d",
					 column->name, operator,
					 trl_params_add(params, FLOAT8OID, Float8GetDatum(value)));
}

/*
 * The period [from, to) covers a time; without one, it has no end.  A column
 * that may be NULL is open on that side when it is.  The literal 'infinity'
 * lets partial indexes of open rows be used.
 */
static void
append_period(StringInfo sql, TrlParams *params, const TrlColumn *from,
			  const TrlColumn *to, bool given, TimestampTz at)
{
	int			n = 0;

	if (given)
		n = trl_params_add(params, TIMESTAMPTZOID, TimestampTzGetDatum(at));
	if (given && from->attnum != 0)
	{
		appendStringInfo(sql, " AND (e.%s OPERATOR(pg_catalog.<=) $%d", from->name, n);
		appendStringInfo(sql, from->not_null ? ")" : " OR e.%s IS NULL)", from->name);
	}
	if (to->attnum == 0)
		return;
	if (given)
		appendStringInfo(sql, " AND (e.%s OPERATOR(pg_catalog.>) $%d", to->name, n);
	else
		appendStringInfo(sql, " AND (e.%s OPERATOR(pg_catalog.=) 'infinity'", to->name);
	appendStringInfo(sql, to->not_null ? ")" : " OR e.%s IS NULL)", to->name);
}

void
trl_edge_sql_filter(StringInfo sql, TrlParams *params, const TrlGraph *graph,
					const TrlFilter *filter, ArrayType *rels, Oid rels_type)
{
	const TrlColumn *column = graph->column;
	const TrlColumn *rel = &column[TRL_ROLE_REL];
	bool		cast = rels_type == TEXTOID && rel->type != TEXTOID;

	if (filter->has_rels)
		appendStringInfo(sql, " AND e.%s%s OPERATOR(pg_catalog.=) ANY ($%d)",
						 rel->name, cast ? "::pg_catalog.text" : "",
						 trl_params_add(params, get_array_type(rels_type),
										PointerGetDatum(rels)));
	if (filter->has_min_weight)
		append_condition(sql, params, &column[TRL_ROLE_WEIGHT], ">=",
						 filter->min_weight);
	if (filter->has_min_confidence)
		append_condition(sql, params, &column[TRL_ROLE_CONFIDENCE], ">=",
						 filter->min_confidence);
	append_period(sql, params, &column[TRL_ROLE_VALID_FROM],
				  &column[TRL_ROLE_VALID_TO], filter->has_valid_at,
				  filter->valid_at);
	append_period(sql, params, &column[TRL_ROLE_RECORDED_AT],
				  &column[TRL_ROLE_EXPIRED_AT], filter->has_known_at,
				  filter->known_at);
}
