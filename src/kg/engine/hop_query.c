/*
 * hop_query.c - the queries of a hop: edges of a batch of nodes
 *
 * Does: build the query of a direction, run it, read its rows.
 * Does not: drop edges (hop_settle.c).
 *
 * Locks: those of the queries.  WAL: none.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/lsyscache.h"

#include "core/compat.h"
#include "kg/engine/edge_sql.h"
#include "kg/engine/hop_parts.h"

/* Columns of the edge query. */
enum
{
	COL_NEAR,
	COL_FAR,
	COL_EDGE_ID,
	COL_WEIGHT,
	COL_REL
};

/* ---- the edge query ---- */

/* Ids keep their type, relations become text unless they are numbers. */
static void
append_select(StringInfo sql, const TrlHop *hop, const TrlColumn *near,
			  const TrlColumn *far)
{
	const TrlColumn *edge_id = &hop->graph->column[TRL_ROLE_EDGE_ID];
	const TrlColumn *rel = &hop->graph->column[TRL_ROLE_REL];

	appendStringInfoString(sql, "SELECT ");
	trl_edge_sql_output(sql, near, near->type);
	appendStringInfoString(sql, ", ");
	trl_edge_sql_output(sql, far, far->type);
	appendStringInfoString(sql, ", ");
	trl_edge_sql_output(sql, edge_id, edge_id->attnum == 0 ? INT8OID : edge_id->type);
	appendStringInfoString(sql, ", ");
	trl_edge_sql_output(sql, &hop->graph->column[TRL_ROLE_WEIGHT], FLOAT8OID);
	appendStringInfoString(sql, ", ");
	trl_edge_sql_output(sql, rel, rel->type == INT2OID || rel->type == INT4OID
						? rel->type : TEXTOID);
}

/*
 * The query for one direction; $1 is the array of near keys.  With limits, $2
 * has one for each, and each is looked up by itself.
 */
static char *
edge_query(const TrlHop *hop, bool near_is_dst, TrlParams *params)
{
	const TrlColumn *near = &hop->graph->column[near_is_dst ? TRL_ROLE_DST : TRL_ROLE_SRC];
	const TrlColumn *far = &hop->graph->column[near_is_dst ? TRL_ROLE_SRC : TRL_ROLE_DST];
	bool		limited = hop->planned_limits;
	StringInfoData sql;

	initStringInfo(&sql);
	if (limited)
		appendStringInfoString(&sql,
							   "SELECT x.* FROM ROWS FROM (pg_catalog.unnest($1),"
							   " pg_catalog.unnest($2)) u (k, m) CROSS JOIN LATERAL (");
	append_select(&sql, hop, near, far);
	appendStringInfo(&sql, " FROM %s e WHERE e.%s OPERATOR(pg_catalog.=) %s",
					 hop->graph->name, near->name, limited ? "u.k" : "ANY ($1)");
	trl_edge_sql_filter(&sql, params, hop->graph, &hop->filter,
						hop->rels_parameter, hop->rels_type);
	if (limited)
		appendStringInfoString(&sql, " LIMIT u.m) x");
	appendStringInfo(&sql, " /* size %d */",
					 trl_relation_size_class(hop->graph->rel));
	return sql.data;
}

/* ---- its rows ---- */

/*
 * The number of a row's near node; TRL_NONE if it is none of the batch, which
 * a view whose functions are not as stable as they say may well return.
 */
static uint32
near_node(TrlHop *hop, TrlKey key)
{
	TrlNodeSet *nodes = hop->nodes;

	if (hop->last_near == TRL_NONE ||
		!trl_key_equal(nodes->kind, nodes->nodes[hop->last_near].key, key))
		hop->last_near = trl_nodeset_find(nodes, key);
	if (hop->last_near >= hop->fanout_capacity ||
		hop->fanout[hop->last_near] == TRL_NOT_IN_BATCH)
		return TRL_NONE;
	return hop->last_near;
}

static void
read_step(TrlHop *hop, TrlStep *step, const Datum *values, const bool *nulls)
{
	Oid			type = hop->graph->column[TRL_ROLE_EDGE_ID].type;

	step->has_edge_id = !nulls[COL_EDGE_ID];
	step->edge_id = 0;
	if (step->has_edge_id)
		step->edge_id = trl_key_from_datum(hop->edge_kind, type,
										   values[COL_EDGE_ID]);
	step->has_weight = !nulls[COL_WEIGHT];
	step->weight = step->has_weight ? DatumGetFloat8(values[COL_WEIGHT]) : 0;
	step->rel = nulls[COL_REL] ? TRL_REL_NONE
		: trl_rels_number(hop->rels, values[COL_REL]);
}

static void
receive_edge(void *state, const Datum *values, const bool *nulls)
{
	TrlHop	   *hop = state;
	const TrlColumn *column = hop->graph->column;
	TrlRole		near_role = hop->near_is_dst ? TRL_ROLE_DST : TRL_ROLE_SRC;
	TrlRole		far_role = hop->near_is_dst ? TRL_ROLE_SRC : TRL_ROLE_DST;
	TrlKeyKind	kind = hop->nodes->kind;
	TrlEdge		edge;

	if (nulls[COL_NEAR] || nulls[COL_FAR])
		return;
	edge.near = near_node(hop, trl_key_from_datum(kind, column[near_role].type,
												  values[COL_NEAR]));
	if (edge.near == TRL_NONE)
		return;
	if (hop->limits != NULL)
		hop->limits[edge.near].rows++;
	edge.far = TRL_NONE;
	edge.far_key = trl_key_from_datum(kind, column[far_role].type,
									  values[COL_FAR]);
	edge.reversed = hop->near_is_dst;
	read_step(hop, &edge.step, values, nulls);
	trl_hop_take(hop, &edge);
}

/* ---- running it ---- */

static ArrayType *
batch_keys(TrlHop *hop, const uint32 *numbers, uint32 n, Oid column_type)
{
	TrlKey	   *keys = palloc(sizeof(TrlKey) * n);
	ArrayType  *array;
	uint32		i;

	for (i = 0; i < n; i++)
		keys[i] = hop->nodes->nodes[numbers[i]].key;
	array = trl_key_array(hop->nodes->kind, keys, n,
						  trl_key_param_type(column_type));
	pfree(keys);
	return array;
}

static Datum
batch_limits(const TrlHop *hop, const uint32 *numbers, uint32 n)
{
	TrlKey	   *limits = palloc(sizeof(TrlKey) * n);
	uint32		i;

	for (i = 0; i < n; i++)
		limits[i] = hop->limits[numbers[i]].limit;
	return PointerGetDatum(trl_key_array(TRL_KEY_INT, limits, n, INT8OID));
}

/* Notes which nodes had as many rows as they may. */
static void
note_hits(TrlHop *hop, const uint32 *numbers, uint32 n)
{
	uint32		i;

	for (i = 0; i < n; i++)
	{
		TrlRowLimit *limit = &hop->limits[numbers[i]];

		limit->hit |= limit->rows >= limit->limit;
		limit->rows = 0;
	}
}

static void
prepare_query(TrlHop *hop, TrlHopQuery *query, bool near_is_dst, Datum keys,
			  Oid column_type)
{
	MemoryContext old = MemoryContextSwitchTo(hop->cxt);
	char	   *sql;

	query->params.n = 0;
	trl_params_add(&query->params,
				   get_array_type(trl_key_param_type(column_type)), keys);
	if (hop->limits != NULL)
		trl_params_add(&query->params, INT8ARRAYOID, (Datum) 0);
	sql = edge_query(hop, near_is_dst, &query->params);
	query->run = trl_run_create(trl_plan_get(sql, &query->params),
								&query->params, hop->budget->cxt);
	pfree(sql);
	MemoryContextSwitchTo(old);
}

void
trl_hop_query(TrlHop *hop, const uint32 *numbers, uint32 n,
			  bool near_is_dst)
{
	TrlHopQuery *query = near_is_dst ? &hop->in : &hop->out;
	Oid			type = hop->graph->column[near_is_dst ? TRL_ROLE_DST : TRL_ROLE_SRC].type;
	Datum		keys = PointerGetDatum(batch_keys(hop, numbers, n, type));

	if (query->run == NULL)
		prepare_query(hop, query, near_is_dst, keys, type);
	query->params.values[0] = keys;
	if (hop->limits != NULL)
		query->params.values[1] = batch_limits(hop, numbers, n);
	hop->near_is_dst = near_is_dst;
	hop->last_near = TRL_NONE;
	trl_run_execute(query->run, &query->params, receive_edge, hop);
	if (hop->limits != NULL)
		note_hits(hop, numbers, n);
}
