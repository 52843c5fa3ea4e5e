/*
 * merge.c - trellis.merge_nodes()
 *
 * Edges, sources and properties of the dropped nodes go over to the one that
 * is kept.  Edges between the nodes, which would become self-loops, are
 * deleted.  Of edges that would then have one key, one is kept: that of the
 * kept node, or else the oldest; it takes the greater weight and confidence,
 * the sources, and the properties that it lacks.
 *
 * Locks: one forget or merge at a time in a graph; then the nodes, in order of
 * their ids, so that nobody can add an edge to them, then the edges, likewise.
 * A batch of new edges locks its end points in the order of the edges, by
 * their foreign keys: of such a batch and a merge of the same nodes, one can
 * fail with a deadlock and must be tried again.
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "core/compat.h"
#include "kg/engine/args.h"
#include "kg/engine/nodeset.h"
#include "kg/write/changes.h"
#include "kg/write/graph_sql.h"

TRL_FUNCTION(trl_merge_nodes);

/* Parameters: $1 dropped nodes, $2 the kept one, $3 edges, $4 more edges. */
#define DROPPED(column) column TRL_EQ "ANY ($1)"
#define MOVED(column) "CASE WHEN " DROPPED(column) " THEN $2 ELSE " column " END"
#define TOUCHED(t) "(" DROPPED(t ".src") " OR " DROPPED(t ".dst") ")"
#define PAIRS "ROWS FROM (" TRL_U(3) ", " TRL_U(4) ") AS x (loser, survivor)"

/* Properties that are no object count as none. */
#define PROPERTIES(props) \
	"pg_catalog.jsonb_each(CASE WHEN pg_catalog.jsonb_typeof(" props ")" \
	TRL_EQ "'object' THEN " props " ELSE '{}' END)"

static const char *const lock_nodes_sql =
"SELECT t.node_id" TRL_AS_INT8 ", t.tenant_id" TRL_AS_INT4 " FROM @graph@.node t"
" WHERE " DROPPED("t.node_id") " OR t.node_id" TRL_EQ "$2"
" ORDER BY t.node_id FOR UPDATE";

static const char *const delete_between_sql =
"DELETE FROM @graph@.edge t WHERE t.src" TRL_NE "t.dst"
" AND (" DROPPED("t.src") " OR t.src" TRL_EQ "$2)"
" AND (" DROPPED("t.dst") " OR t.dst" TRL_EQ "$2) RETURNING 1";

/* Edges that move, and edges of the kept node that they may be the same as. */
static const char *const find_edges_sql =
"SELECT e.edge_id" TRL_AS_INT8 " FROM @graph@.edge e WHERE " TOUCHED("e")
" UNION"
" SELECT t.edge_id" TRL_AS_INT8 " FROM @graph@.edge e JOIN @graph@.edge t"
" ON t.src" TRL_EQ MOVED("e.src") " AND t.rel" TRL_EQ "e.rel"
" AND t.dst" TRL_EQ MOVED("e.dst") " AND t.tenant_id" TRL_EQ "e.tenant_id"
" AND t.ukey" TRL_EQ "e.ukey AND t.valid_to" TRL_EQ "e.valid_to"
" AND t.expired_at" TRL_EQ "'infinity'"
" WHERE " TOUCHED("e") " AND e.expired_at" TRL_EQ "'infinity'";

static const char *const lock_edges_sql =
"SELECT t.edge_id" TRL_AS_INT8 " FROM @graph@.edge t"
" WHERE t.edge_id" TRL_EQ "ANY ($3)"
" ORDER BY t.edge_id FOR UPDATE";

/* Edges that would have the key of another: the id, and the other's. */
static const char *const find_pairs_sql =
"SELECT p.edge_id" TRL_AS_INT8 ", p.survivor" TRL_AS_INT8 " FROM"
" (SELECT e.edge_id, pg_catalog.first_value(e.edge_id) OVER"
" (PARTITION BY " MOVED("e.src") ", e.rel, " MOVED("e.dst") ", e.tenant_id, e.ukey,"
" e.valid_to, CASE WHEN e.valid_to" TRL_LT "'infinity' THEN e.valid_from END"
" ORDER BY " TOUCHED("e") ", e.edge_id) AS survivor"
" FROM @graph@.edge e WHERE e.edge_id" TRL_EQ "ANY ($3)"
" AND e.expired_at" TRL_EQ "'infinity') p"
" WHERE p.edge_id" TRL_NE "p.survivor";

/* The survivor's own properties come last, and so win. */
static const char *const combine_sql =
"UPDATE @graph@.edge t SET weight = GREATEST(t.weight, a.weight),"
" confidence = GREATEST(t.confidence, a.confidence),"
" props = CASE WHEN pg_catalog.jsonb_typeof(t.props)" TRL_EQ "'object'"
" THEN COALESCE(a.props, '{}') OPERATOR(pg_catalog.||) t.props ELSE t.props END"
" FROM (SELECT x.survivor, pg_catalog.max(l.weight) AS weight,"
" pg_catalog.max(l.confidence) AS confidence,"
" (SELECT pg_catalog.jsonb_object_agg(p.key, p.value ORDER BY o.edge_id DESC)"
" FROM ROWS FROM (" TRL_U(3) ", " TRL_U(4) ") AS y (loser, survivor)"
" JOIN @graph@.edge o ON o.edge_id" TRL_EQ "y.loser"
" CROSS JOIN LATERAL " PROPERTIES("o.props") " AS p (key, value)"
" WHERE y.survivor" TRL_EQ "x.survivor) AS props"
" FROM " PAIRS " JOIN @graph@.edge l ON l.edge_id" TRL_EQ "x.loser"
" GROUP BY x.survivor) a"
" WHERE t.edge_id" TRL_EQ "a.survivor"
" RETURNING 1";

static const char *const move_edge_sources_sql =
"INSERT INTO @graph@.edge_source (chunk_id, edge_id, doc_id, run_id)"
" SELECT s.chunk_id, x.survivor, s.doc_id, s.run_id FROM " PAIRS
" JOIN @graph@.edge_source s ON s.edge_id" TRL_EQ "x.loser"
" ORDER BY s.chunk_id, x.survivor, x.loser"
" ON CONFLICT (chunk_id, edge_id) DO NOTHING RETURNING 1";

static const char *const delete_losers_sql =
"DELETE FROM @graph@.edge t WHERE t.edge_id" TRL_EQ "ANY ($3)"
" RETURNING 1";

static const char *const move_edges_sql =
"UPDATE @graph@.edge t SET src = " MOVED("t.src") ", dst = " MOVED("t.dst")
" WHERE " TOUCHED("t") " RETURNING 1";

static const char *const left_edges_sql =
"SELECT t.edge_id" TRL_AS_INT8 " FROM @graph@.edge t"
" WHERE " TOUCHED("t") " ORDER BY t.edge_id LIMIT 1";

static const char *const move_node_sources_sql =
"INSERT INTO @graph@.node_source (chunk_id, node_id, doc_id, run_id)"
" SELECT s.chunk_id, $2, s.doc_id, s.run_id FROM @graph@.node_source s"
" WHERE " DROPPED("s.node_id") " ORDER BY s.chunk_id, s.node_id"
" ON CONFLICT (chunk_id, node_id) DO NOTHING RETURNING 1";

/* What the kept node lacks, from the dropped ones, those of low ids first. */
static const char *const fill_node_sql =
"UPDATE @graph@.node t SET kind = a.kind, name = a.name, props = a.props"
" FROM (SELECT CASE WHEN k.kind" TRL_NE "'' THEN k.kind ELSE COALESCE("
"(SELECT d.kind FROM @graph@.node d WHERE " DROPPED("d.node_id")
" AND d.kind" TRL_NE "'' ORDER BY d.node_id LIMIT 1), k.kind) END AS kind,"
" COALESCE(k.name, (SELECT d.name FROM @graph@.node d WHERE " DROPPED("d.node_id")
" AND d.name IS NOT NULL ORDER BY d.node_id LIMIT 1)) AS name,"
" CASE WHEN pg_catalog.jsonb_typeof(k.props)" TRL_EQ "'object' THEN"
" COALESCE((SELECT pg_catalog.jsonb_object_agg(p.key, p.value ORDER BY d.node_id DESC)"
" FROM @graph@.node d CROSS JOIN LATERAL " PROPERTIES("d.props") " AS p (key, value)"
" WHERE " DROPPED("d.node_id") "), '{}') OPERATOR(pg_catalog.||) k.props"
" ELSE k.props END AS props"
" FROM @graph@.node k WHERE k.node_id" TRL_EQ "$2) a"
" WHERE t.node_id" TRL_EQ "$2 AND (a.kind" TRL_NE "t.kind"
" OR (a.name" TRL_NE "t.name) IS NOT FALSE AND a.name IS NOT NULL"
" OR a.props" TRL_NE "t.props) RETURNING 1";

static const char *const delete_nodes_sql =
"DELETE FROM @graph@.node t WHERE " DROPPED("t.node_id")
" RETURNING 1";

typedef struct Merge
{
	TrlTarget	target;
	int64		keep;
	TrlIds		drops;			/* asked for, then those that are there */
	TrlIds		locked;			/* nodes */
	TrlIds		tenants;		/* of these */
	TrlIds		losers;
	TrlIds		survivors;
	ReturnSetInfo *result;
} Merge;

static TrlParams
node_params(const Merge *merge)
{
	TrlParams	params = {0};

	trl_params_add_ids(&params, &merge->drops);
	trl_params_add(&params, INT8OID, Int64GetDatum(merge->keep));
	return params;
}

/* Runs a statement on the nodes and reports how many rows it changed. */
static int64
change_and_report(const Merge *merge, const char *statement,
				  const TrlParams *params, const char *table, const char *action)
{
	int64		count = trl_change(&merge->target, statement, params, NULL);

	trl_change_report(merge->result, trl_change_table(&merge->target, table),
					  action, count);
	return count;
}

static void
forbidden(const char *what, int64 id)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("%s %lld belongs to the merge, but you may not change it",
					what, (long long) id),
			 errhint("A policy or a trigger of the table forbids to update or delete it.")));
}

/* ---- nodes ---- */

static void
note_node(void *state, const Datum *values, const bool *nulls)
{
	Merge	   *merge = state;

	if (nulls[0] || nulls[1])
		return;
	trl_ids_add(&merge->locked, DatumGetInt64(values[0]));
	trl_ids_add(&merge->tenants, DatumGetInt32(values[1]));
}

static void
check_tenants(const Merge *merge)
{
	const int64 *tenants = merge->tenants.ids;
	int			i;

	for (i = 1; i < merge->locked.n; i++)
		if (tenants[i] != tenants[0])
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("nodes %lld and %lld in arguments \"keep\" and \"drop_ids\" belong to tenants %lld and %lld",
							(long long) merge->locked.ids[0],
							(long long) merge->locked.ids[i],
							(long long) tenants[0], (long long) tenants[i]),
					 errhint("Only nodes of one tenant can be merged.")));
}

/* Leaves in drops those that the caller may see and change. */
static void
lock_nodes(Merge *merge)
{
	TrlParams	params = node_params(merge);
	TrlIds		drops = {0};
	TrlNodeSet	wanted;
	bool		is_new;
	int			i;

	trl_nodeset_init(&wanted, TRL_KEY_INT, CurrentMemoryContext);
	for (i = 0; i < merge->drops.n; i++)
		trl_nodeset_intern(&wanted, (TrlKey) merge->drops.ids[i], &is_new);
	trl_sql_write(trl_upsert_sql(&merge->target, lock_nodes_sql), &params,
				  note_node, merge);
	if (!trl_ids_contain(&merge->locked, merge->keep))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("node %lld in argument \"keep\" does not exist",
						(long long) merge->keep)));
	check_tenants(merge);
	for (i = 0; i < merge->locked.n; i++)
		if (trl_nodeset_find(&wanted, (TrlKey) merge->locked.ids[i]) != TRL_NONE)
			trl_ids_add(&drops, merge->locked.ids[i]);
	merge->drops = drops;
}

static void
merge_nodes(Merge *merge)
{
	TrlParams	params = node_params(merge);

	change_and_report(merge, move_node_sources_sql, &params, "node_source", "moved");
	change_and_report(merge, fill_node_sql, &params, "node", "updated");
	if (change_and_report(merge, delete_nodes_sql, &params, "node", "deleted") !=
		merge->drops.n)
		forbidden("node", merge->drops.ids[0]);
}

/* ---- edges ---- */

static void
note_pair(void *state, const Datum *values, const bool *nulls)
{
	Merge	   *merge = state;

	if (nulls[0] || nulls[1])
		return;
	trl_ids_add(&merge->losers, DatumGetInt64(values[0]));
	trl_ids_add(&merge->survivors, DatumGetInt64(values[1]));
}

static void
find_pairs(Merge *merge)
{
	TrlParams	nodes = node_params(merge);
	TrlParams	params = node_params(merge);
	TrlParams	locked_params = node_params(merge);
	TrlIds		ids = {0};
	TrlIds		locked = {0};

	trl_change(&merge->target, find_edges_sql, &nodes, &ids);
	trl_params_add_ids(&params, &ids);
	trl_change(&merge->target, lock_edges_sql, &params, &locked);
	trl_params_add_ids(&locked_params, &locked);
	trl_sql_write(trl_upsert_sql(&merge->target, find_pairs_sql), &locked_params,
				  note_pair, merge);
}

static void
merge_pairs(Merge *merge)
{
	TrlParams	pairs = node_params(merge);
	TrlParams	losers = node_params(merge);

	trl_params_add_ids(&pairs, &merge->losers);
	trl_params_add_ids(&losers, &merge->losers);
	trl_params_add_ids(&pairs, &merge->survivors);
	trl_change(&merge->target, combine_sql, &pairs, NULL);
	change_and_report(merge, move_edge_sources_sql, &pairs, "edge_source", "moved");
	if (change_and_report(merge, delete_losers_sql, &losers, "edge", "merged") !=
		merge->losers.n)
		forbidden("edge", merge->losers.ids[0]);
}

static void
merge_edges(Merge *merge)
{
	TrlParams	params = node_params(merge);
	TrlIds		left = {0};

	change_and_report(merge, delete_between_sql, &params, "edge", "deleted");
	find_pairs(merge);
	merge_pairs(merge);
	change_and_report(merge, move_edges_sql, &params, "edge", "moved");
	/* what was not moved would go with its node, unseen */
	if (trl_change(&merge->target, left_edges_sql, &params, &left) > 0)
		forbidden("edge", left.n > 0 ? left.ids[0] : 0);
}

Datum
trl_merge_nodes(PG_FUNCTION_ARGS)
{
	Merge		merge = {.target = trl_upsert_target(fcinfo)};

	InitMaterializedSRF(fcinfo, 0);
	merge.result = (ReturnSetInfo *) fcinfo->resultinfo;
	trl_arg_required(fcinfo, 1, "keep");
	merge.keep = PG_GETARG_INT64(1);
	merge.drops = trl_ids_argument(fcinfo, 2, "drop_ids");
	if (trl_ids_contain(&merge.drops, merge.keep))
		trl_argument_error("drop_ids", psprintf("names the node to keep: %lld",
												(long long) merge.keep), NULL);
	trl_change_lock(&merge.target);
	lock_nodes(&merge);
	merge_edges(&merge);
	merge_nodes(&merge);
	return (Datum) 0;
}
