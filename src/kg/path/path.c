/*
 * path.c - trellis.shortest_path(), and the search by number of edges
 *
 * Breadth-first from both ends, always from the one with fewer nodes to
 * expand.  The first level on which the two meet holds a shortest path: the
 * meeting node of lowest id is taken, and walk.c has settled ties on either
 * side, so that the path does not depend on the order in which rows come.
 *
 * Locks: AccessShareLock on the graph's relations.  WAL: none.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/tuplestore.h"

#include "core/compat.h"
#include "kg/path/path.h"

TRL_FUNCTION(trl_shortest_path);

enum
{
	ARG_EDGES,
	ARG_SOURCE,
	ARG_TARGET,
	ARG_WEIGHTED,
	ARG_MAX_DEPTH,
	ARG_DIRECTION,
	ARG_RELS,
	ARG_MIN_WEIGHT,
	ARG_MIN_CONFIDENCE,
	ARG_VALID_AT,
	ARG_KNOWN_AT,
	ARG_MAX_NODES,
	ARG_NODES
};

enum
{
	OUT_PATH_ID,
	OUT_SEQ,
	OUT_NODE_ID = TRL_PATH_NODE_COLUMN,
	OUT_EDGE_ID,
	OUT_REL,
	OUT_COST,
	OUT_AGG_COST,
	OUT_EDGE_KEY,
	OUT_COLUMNS
};

TrlDirection
trl_direction_reversed(TrlDirection direction)
{
	switch (direction)
	{
		case TRL_DIRECTION_OUT:
			return TRL_DIRECTION_IN;
		case TRL_DIRECTION_IN:
			return TRL_DIRECTION_OUT;
		case TRL_DIRECTION_BOTH:
			break;
	}
	return TRL_DIRECTION_BOTH;
}

void
trl_path_init(TrlPath *path, int n)
{
	path->n = n;
	path->node = palloc0(sizeof(TrlKey) * Max(n, 1));
	path->step = palloc0(sizeof(TrlStep) * Max(n, 1));
	path->step[0].rel = TRL_REL_NONE;
}

/* ---- the search ---- */

/* The two walks, from the source and from the target. */
typedef struct Search
{
	TrlWalk		walk[2];
	uint32		visit[2];		/* where they met */
	bool		met;
} Search;

static uint32
frontier_size(const TrlWalk *walk)
{
	return walk->n_visits - walk->level;
}

/* Takes a meeting that is shorter, or at a node of lower id. */
static void
note_meeting(Search *search, int side, uint32 visit, uint32 other_visit)
{
	TrlWalk    *walk = &search->walk[side];
	TrlWalk    *other = &search->walk[1 - side];

	if (search->met)
	{
		const TrlVisit *best = &walk->visits[search->visit[side]];
		const TrlVisit *best_other = &other->visits[search->visit[1 - side]];
		int			best_length = best->depth + best_other->depth;
		int			length = walk->visits[visit].depth +
		other->visits[other_visit].depth;

		if (length > best_length ||
			(length == best_length &&
			 trl_key_compare(walk->nodes.kind,
							 trl_walk_key(walk, &walk->visits[visit]),
							 trl_walk_key(walk, best)) >= 0))
			return;
	}
	search->met = true;
	search->visit[side] = visit;
	search->visit[1 - side] = other_visit;
}

/* Looks for the nodes of a side's newest level on the other side. */
static void
find_meetings(Search *search, int side)
{
	TrlWalk    *walk = &search->walk[side];
	TrlWalk    *other = &search->walk[1 - side];
	uint32		i;

	for (i = walk->level; i < walk->n_visits; i++)
	{
		uint32		node = trl_nodeset_find(&other->nodes,
											trl_walk_key(walk, &walk->visits[i]));

		if (node != TRL_NONE && other->nodes.nodes[node].visit != TRL_NONE)
			note_meeting(search, side, i, other->nodes.nodes[node].visit);
	}
}

/* The path through the node where the two sides met. */
static void
build_path(const Search *search, TrlPath *path)
{
	const TrlWalk *from = &search->walk[0];
	const TrlWalk *to = &search->walk[1];
	int			at = from->visits[search->visit[0]].depth;
	uint32		visit;

	trl_path_init(path, at + to->visits[search->visit[1]].depth + 1);
	for (visit = search->visit[0]; visit != TRL_NONE;
		 visit = from->visits[visit].parent, at--)
	{
		path->node[at] = trl_walk_key(from, &from->visits[visit]);
		path->step[at] = from->visits[visit].step;
	}
	at = from->visits[search->visit[0]].depth;
	for (visit = search->visit[1]; to->visits[visit].parent != TRL_NONE;
		 visit = to->visits[visit].parent)
	{
		/* an edge of this side leads from the visit to its parent */
		at++;
		path->step[at] = to->visits[visit].step;
		path->node[at] = trl_walk_key(to, &to->visits[to->visits[visit].parent]);
	}
}

void
trl_path_by_edges(TrlSearch *task, TrlPath *path)
{
	Search	   *search = palloc0(sizeof(Search));
	TrlWalk    *from = &search->walk[0];
	TrlWalk    *to = &search->walk[1];

	trl_walk_init(from, task->graph, task->filter, task->rels, task->budget,
				  TRL_NO_LIMIT);
	trl_walk_init(to, task->graph, task->filter, task->rels, task->budget,
				  TRL_NO_LIMIT);
	trl_walk_start(from, &task->source, NULL, 1);
	trl_walk_start(to, &task->target, NULL, 1);
	find_meetings(search, 0);

	while (!search->met && from->depth + to->depth < task->max_depth &&
		   frontier_size(from) > 0 && frontier_size(to) > 0)
	{
		int			side = frontier_size(to) < frontier_size(from) ? 1 : 0;

		CHECK_FOR_INTERRUPTS();
		trl_walk_step(&search->walk[side],
					  side == 0 ? task->direction
					  : trl_direction_reversed(task->direction));
		find_meetings(search, side);
		if (!search->met &&
			from->n_visits + to->n_visits > (uint32) task->max_nodes)
		{
			task->stopped = true;
			break;
		}
	}
	path->n = 0;
	if (search->met)
		build_path(search, path);
}

/* ---- the function ---- */

void
trl_path_put(TrlCall *call, const TrlPath *path, int path_id, bool weighted)
{
	float8		sum = 0;
	int			i;

	for (i = 0; i < path->n; i++)
	{
		const TrlStep *step = &path->step[i];
		float8		cost = i == 0 ? 0 : weighted ? step->weight : 1;
		Datum		values[OUT_COLUMNS];
		bool		nulls[OUT_COLUMNS] = {false};

		sum += cost;
		values[OUT_PATH_ID] = Int32GetDatum(path_id);
		values[OUT_SEQ] = Int32GetDatum(i);
		values[OUT_NODE_ID] = trl_call_node(call, path->node[i]);
		trl_call_edge(call, step, &values[OUT_EDGE_ID], &nulls[OUT_EDGE_ID],
					  &values[OUT_EDGE_KEY], &nulls[OUT_EDGE_KEY]);
		values[OUT_REL] = trl_call_rel(call, step, &nulls[OUT_REL]);
		values[OUT_COST] = Float8GetDatum(cost);
		values[OUT_AGG_COST] = Float8GetDatum(sum);
		tuplestore_putvalues(call->result->setResult, call->result->setDesc,
							 values, nulls);
	}
}

bool
trl_path_read_search(TrlSearch *search, TrlCall *call, FunctionCallInfo fcinfo,
					 int source_arg, int weighted_arg, int max_nodes_arg)
{
	TrlKeyKind	kind = call->graph->kind;
	int			target_arg = source_arg + 1;

	memset(search, 0, sizeof(*search));
	search->graph = call->graph;
	search->filter = &call->filter;
	search->rels = call->rels;
	search->budget = &call->budget;
	search->direction = trl_arg_direction(fcinfo, weighted_arg + 2);
	search->max_depth = trl_arg_limit(fcinfo, weighted_arg + 1, "max_depth", 0);
	search->max_nodes = trl_arg_limit(fcinfo, max_nodes_arg, "max_nodes", 1);
	search->weighted = !PG_ARGISNULL(weighted_arg) && PG_GETARG_BOOL(weighted_arg);
	if (search->weighted)
		trl_graph_require(call->graph, TRL_ROLE_WEIGHT, "weighted");
	if (PG_ARGISNULL(source_arg) || PG_ARGISNULL(target_arg))
		return false;
	search->source = trl_key_from_datum(kind, call->node_type,
										PG_GETARG_DATUM(source_arg));
	search->target = trl_key_from_datum(kind, call->node_type,
										PG_GETARG_DATUM(target_arg));
	return true;
}

/* A limit on edges matters only if the cheapest path is too long for it. */
static void
find_path(TrlSearch *search, TrlPath *path)
{
	if (!search->weighted)
	{
		trl_path_by_edges(search, path);
		return;
	}
	trl_path_by_weight(search, path);
	if (path->n - 1 > search->max_depth)
		trl_path_within_depth(search, path);
}

static void
run_search(TrlCall *call, FunctionCallInfo fcinfo)
{
	TrlSearch	search;
	TrlPath		path;
	int			i;

	if (!trl_path_read_search(&search, call, fcinfo, ARG_SOURCE, ARG_WEIGHTED,
							  ARG_MAX_NODES))
		return;
	find_path(&search, &path);
	if (search.stopped)
		trl_call_notice("max_nodes", search.max_nodes,
						"the search ended before it was certain of a path");
	for (i = 1; i < path.n; i++)
		trl_rels_note(call->rels, path.step[i].rel);
	trl_rels_load(call->rels);
	trl_path_put(call, &path, 1, search.weighted);
}

Datum
trl_shortest_path(PG_FUNCTION_ARGS)
{
	TrlCall		call;

	InitMaterializedSRF(fcinfo, 0);
	trl_call_begin(&call, fcinfo, ARG_NODES, ARG_RELS, ARG_MIN_WEIGHT,
				   OUT_NODE_ID, "source");
	run_search(&call, fcinfo);
	trl_call_end(&call);
	return (Datum) 0;
}
