/*
 * source.c - whether a walk probes the edges' index or reads them all
 *
 * A probe costs about as much as thirty rows of a scan, so that a walk over
 * a small part of the graph probes, and one over a large part scans.  How far
 * a walk will go is not known beforehand: from level to level it is expected
 * to grow as it grew last, for four levels at most.  Nothing is read at once
 * before the next level alone costs a sixteenth of that, so that a walk which
 * ends sooner than it seemed has not lost much.
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"
#include "utils/rls.h"
#include "utils/syscache.h"

#include "core/compat.h"
#include "core/guc.h"
#include "kg/engine/bulk.h"
#include "kg/engine/source.h"

/*
 * Microseconds, measured on a graph of 400,000 edges in memory.  Only their
 * ratios matter.
 */
#define PROBE_COST 2.0
#define PROBED_EDGE_COST 0.15
#define SCANNED_EDGE_COST 0.07

/* Before anything is known. */
#define EDGES_PER_NODE 4

#define LEVELS_AHEAD 4
#define LEAST_EVIDENCE 16

/* From one seed, all that the first level has is growth. */
#define MOST_GROWTH 8.0

/* Rows as of the last ANALYZE; 0 where nobody knows. */
static double
estimated_rows(Oid rel)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(rel));
	double		rows = 0;

	if (!HeapTupleIsValid(tuple))
		return 0;
	rows = Max(((Form_pg_class) GETSTRUCT(tuple))->reltuples, 0);
	ReleaseSysCache(tuple);
	return rows;
}

void
trl_source_init(TrlSource *source, const TrlGraph *graph)
{
	memset(source, 0, sizeof(*source));
	source->levels = 1;
	if (trl_guc_graph_source == TRL_GRAPH_PROBE || !trl_bulk_possible(graph))
		return;
	source->table_edges = estimated_rows(graph->rel);
	if (OidIsValid(graph->nodes))
		source->table_nodes = estimated_rows(graph->nodes);
	if (source->table_nodes == 0)
		source->table_nodes = source->table_edges;
	source->policies =
		check_enable_rls(graph->rel, InvalidOid, true) == RLS_ENABLED;
	source->possible = source->table_edges > 0 ||
		trl_guc_graph_source == TRL_GRAPH_SCAN;
}

void
trl_source_note(TrlSource *source, uint32 n)
{
	source->n_expanded += n;
	source->last_level = n;
}

/* Nodes that the next level and those after it will expand. */
static double
expected_nodes(const TrlSource *source, uint32 n)
{
	double		growth = source->last_level > 0
	? Min(n / source->last_level, MOST_GROWTH) : 1;
	double		level = n;
	double		nodes = n;
	int			i;

	for (i = 1; i < Min(source->levels, LEVELS_AHEAD); i++)
	{
		level *= growth;
		nodes += level;
	}
	return Min(nodes, Max(source->table_nodes - source->n_expanded, n));
}

bool
trl_source_prefers_bulk(TrlSource *source, const TrlBudget *budget, uint32 n,
						TrlDirection direction)
{
	int			probes = direction == TRL_DIRECTION_BOTH ? 2 : 1;
	double		edges_per_node = EDGES_PER_NODE;
	double		per_node;
	double		nodes;
	double		scan = source->table_edges * SCANNED_EDGE_COST;

	if (!source->possible)
		return false;
	if (!trl_budget_allows(budget, trl_bulk_size(source->table_edges, source->table_nodes)))
		return false;
	if (trl_guc_graph_source == TRL_GRAPH_SCAN)
		return true;
	if (source->n_expanded > 0)
		edges_per_node = source->n_edges / source->n_expanded;
	per_node = probes * PROBE_COST + edges_per_node * PROBED_EDGE_COST;
	if (n * per_node < scan / LEAST_EVIDENCE)
		return false;
	nodes = expected_nodes(source, n);
	/* a policy's conditions may cost more than all else: count rows alone */
	if (source->policies &&
		nodes * edges_per_node < source->table_edges / 2)
		return false;
	return nodes * per_node > scan;
}
