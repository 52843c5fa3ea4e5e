/*
 * upsert.c - what the two writers share
 *
 * Everything a writer does is SQL run as the caller: privileges, policies,
 * triggers and constraints hold as for any INSERT and UPDATE.  A batch is one
 * call: an error anywhere leaves nothing behind.
 *
 * Locks: those of the statements; rows.c says in which order.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "core/compat.h"
#include "kg/engine/args.h"
#include "kg/engine/graph.h"
#include "kg/engine/keys.h"
#include "kg/engine/plan.h"
#include "kg/write/graph_sql.h"
#include "kg/write/upsert.h"

TrlTarget
trl_upsert_target(FunctionCallInfo fcinfo)
{
	const char *graph;
	Oid			schema;
	Oid			node = InvalidOid;
	Oid			edge = InvalidOid;
	TrlTarget	target;

	trl_arg_required(fcinfo, 0, "graph");
	graph = NameStr(*PG_GETARG_NAME(0));
	schema = get_namespace_oid(graph, true);
	if (OidIsValid(schema))
	{
		node = get_relname_relid("node", schema);
		edge = get_relname_relid("edge", schema);
	}
	if (!OidIsValid(node) || !OidIsValid(edge))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_SCHEMA_NAME),
				 errmsg("graph \"%s\" does not exist", graph),
				 errhint("Make it with trellis.create_graph.")));
	target.name = pstrdup(graph);
	target.schema = quote_identifier(target.name);
	target.node_size = trl_relation_size_class(node);
	target.edge_size = trl_relation_size_class(edge);
	return target;
}

char *
trl_upsert_sql(const TrlTarget *target, const char *statement)
{
	return psprintf("%s /* size %d, %d */",
					trl_graph_sql(statement, target->schema),
					target->node_size, target->edge_size);
}

TrlRows *
trl_upsert_rows(const TrlBatch *batch, const int *column, const Oid *types,
				int n_columns, int n_keys)
{
	Datum	  **values = palloc(sizeof(Datum *) * n_columns);
	bool	  **nulls = palloc(sizeof(bool *) * n_columns);
	int			i;

	for (i = 0; i < n_columns; i++)
	{
		values[i] = batch->values[column[i]];
		nulls[i] = batch->nulls[column[i]];
	}
	return trl_rows_build(types, n_columns, n_keys, values, nulls, batch->n);
}

static int
first_element(const TrlBatch *batch, const TrlRows *rows, int row)
{
	int			i;

	for (i = 0; i < batch->n; i++)
		if (rows->row_of_element[i] == row)
			return i;
	return 0;
}

void
trl_upsert_write(const TrlBatch *batch, TrlRows *rows, const TrlRowsSql *sql,
				 const TrlTarget *target, const bool *match_first)
{
	TrlRowsSql	filled;
	int			failed;

	filled.insert = trl_upsert_sql(target, sql->insert);
	filled.match = trl_upsert_sql(target, sql->match);
	filled.lock = trl_upsert_sql(target, sql->lock);
	filled.update = trl_upsert_sql(target, sql->update);
	failed = trl_rows_write(rows, &filled, match_first);
	if (failed >= 0)
		trl_batch_error(batch, first_element(batch, rows, failed),
						ERRCODE_INSUFFICIENT_PRIVILEGE,
						"exists, but you may not see or change it",
						"A policy of the table hides it, or forbids to update it.");
}

Datum
trl_upsert_array(const TrlBatch *batch, int key, Oid type,
				 const int *elements, int n)
{
	Datum	   *values = palloc(sizeof(Datum) * Max(n, 1));
	bool	   *nulls = palloc(Max(n, 1));
	int			dims[1] = {n};
	int			lbounds[1] = {1};
	int16		len;
	bool		by_value;
	char		align;
	int			i;

	for (i = 0; i < n; i++)
	{
		values[i] = batch->values[key][elements[i]];
		nulls[i] = batch->nulls[key][elements[i]];
	}
	get_typlenbyvalalign(type, &len, &by_value, &align);
	return PointerGetDatum(construct_md_array(values, nulls, 1, dims, lbounds,
											  type, len, by_value, align));
}

void
trl_upsert_sources(const TrlBatch *batch, const TrlRows *rows,
				   const TrlSourceKeys *keys, const TrlTarget *target)
{
	int		   *elements = palloc(sizeof(int) * Max(batch->n, 1));
	TrlKey	   *ids = palloc(sizeof(TrlKey) * Max(batch->n, 1));
	TrlParams	params = {0};
	int			n = 0;
	int			i;

	for (i = 0; i < batch->n; i++)
	{
		if (batch->nulls[keys->chunk_id][i])
			continue;
		elements[n] = i;
		ids[n++] = (TrlKey) rows->ids[rows->row_of_element[i]];
	}
	if (n == 0)
		return;
	trl_params_add(&params, TEXTARRAYOID,
				   trl_upsert_array(batch, keys->chunk_id, TEXTOID, elements, n));
	trl_params_add(&params, INT8ARRAYOID,
				   PointerGetDatum(trl_key_array(TRL_KEY_INT, ids, n, INT8OID)));
	trl_params_add(&params, TEXTARRAYOID,
				   trl_upsert_array(batch, keys->doc_id, TEXTOID, elements, n));
	trl_sql_write(trl_upsert_sql(target, keys->insert), &params, NULL, NULL);
}
