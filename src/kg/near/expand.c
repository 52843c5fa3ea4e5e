/*
 * expand.c - trellis.expand()
 *
 * Node-unique breadth-first walk from seeds, with finite defaults.  The walk
 * itself is walk.c; here are its arguments and its rows.
 *
 * Locks: AccessShareLock on the graph's relations.  WAL: none.  Memory: a
 * context of the call, bounded by budget.c; rows go to a tuplestore.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/tuplestore.h"

#include "core/compat.h"
#include "kg/engine/call.h"
#include "kg/engine/seeds.h"
#include "kg/path/metapath.h"

TRL_FUNCTION(trl_expand);

enum
{
	ARG_EDGES,
	ARG_SEEDS,
	ARG_MAX_DEPTH,
	ARG_MIN_DEPTH,
	ARG_DIRECTION,
	ARG_RELS,
	ARG_METAPATH,
	ARG_MIN_WEIGHT,
	ARG_MIN_CONFIDENCE,
	ARG_VALID_AT,
	ARG_KNOWN_AT,
	ARG_MAX_FANOUT,
	ARG_MAX_NODES,
	ARG_SEED_SCORES,
	ARG_DECAY,
	ARG_NODES
};

enum
{
	OUT_NODE_ID,
	OUT_DEPTH,
	OUT_SEED_ID,
	OUT_PARENT_ID,
	OUT_VIA_EDGE,
	OUT_REL,
	OUT_SCORE,
	OUT_TRUNCATED,
	OUT_EDGE_KEY,
	OUT_COLUMNS
};

typedef struct Expand
{
	TrlCall		call;
	TrlWalk		walk;
	int			max_depth;
	int			min_depth;
	int			max_fanout;
	int			max_nodes;
	float8		decay;
	TrlDirection direction;
	bool		has_metapath;
	TrlMetapath metapath;
	TrlSeeds	seeds;
} Expand;

static void
read_metapath(Expand *ex, FunctionCallInfo fcinfo)
{
	Datum	   *elements;
	int			n;

	ex->has_metapath = !PG_ARGISNULL(ARG_METAPATH);
	if (!ex->has_metapath)
		return;
	if (ex->call.filter.has_rels)
		trl_argument_error("rels", "cannot be combined with \"metapath\"",
						   "The steps of a metapath name its relations.");
	trl_graph_require(ex->call.graph, TRL_ROLE_REL, "metapath");
	elements = trl_arg_texts(fcinfo, ARG_METAPATH, "metapath", &n);
	trl_metapath_parse(&ex->metapath, elements, n, ex->direction, false);
	ex->max_depth = ex->metapath.n;
}

static void
read_limits(Expand *ex, FunctionCallInfo fcinfo)
{
	bool		given;

	ex->direction = trl_arg_direction(fcinfo, ARG_DIRECTION);
	ex->max_depth = trl_arg_limit(fcinfo, ARG_MAX_DEPTH, "max_depth", 0);
	ex->max_fanout = trl_arg_limit(fcinfo, ARG_MAX_FANOUT, "max_fanout", 1);
	ex->max_nodes = trl_arg_limit(fcinfo, ARG_MAX_NODES, "max_nodes", 1);
	read_metapath(ex, fcinfo);
	ex->min_depth = PG_ARGISNULL(ARG_MIN_DEPTH) ? 0
		: trl_arg_limit(fcinfo, ARG_MIN_DEPTH, "min_depth", 0);
	if (ex->min_depth > ex->max_depth)
		trl_argument_error("min_depth",
						   psprintf("must not exceed \"max_depth\": %d > %d",
									ex->min_depth, ex->max_depth),
						   NULL);
	ex->decay = trl_arg_number(fcinfo, ARG_DECAY, "decay", &given);
	if (!given)
		ex->decay = 0.5;
	if (ex->decay < 0 || ex->decay > 1)
		trl_argument_error("decay", "must be between 0 and 1", NULL);
}

/* ---- the walk ---- */

static bool
same_step(const TrlMetapath *path, int step)
{
	return step > 0 && path->class_of[step] == path->class_of[step - 1];
}

static void
run_walk(Expand *ex)
{
	TrlWalk    *walk = &ex->walk;

	trl_walk_init(walk, ex->call.graph, &ex->call.filter, ex->call.rels,
				  &ex->call.budget, ex->max_fanout);
	walk->decay = ex->decay;
	walk->max_visits = ex->max_nodes;
	walk->max_depth = ex->max_depth;
	walk->revisit = ex->has_metapath;
	trl_walk_start(walk, ex->seeds.keys, ex->seeds.scores, ex->seeds.n);

	while (walk->depth < ex->max_depth && !walk->cut &&
		   walk->level < walk->n_visits)
	{
		TrlDirection direction = ex->direction;

		CHECK_FOR_INTERRUPTS();
		if (ex->has_metapath)
		{
			const TrlEdgeClass *class =
			&ex->metapath.classes[ex->metapath.class_of[walk->depth]];

			direction = class->direction;
			if (!same_step(&ex->metapath, walk->depth))
				trl_hop_set_rels(walk->hop, class->rels, class->n_rels);
		}
		trl_walk_step(walk, direction);
	}
}

/* ---- rows ---- */

static void
put_row(Expand *ex, const TrlVisit *visit, bool truncated)
{
	TrlWalk    *walk = &ex->walk;
	Datum		values[OUT_COLUMNS];
	bool		nulls[OUT_COLUMNS] = {false};
	TrlKey		seed = walk->nodes.nodes[walk->seeds[visit->seed].node].key;

	values[OUT_NODE_ID] = trl_call_node(&ex->call, trl_walk_key(walk, visit));
	values[OUT_DEPTH] = Int32GetDatum(visit->depth);
	values[OUT_SEED_ID] = trl_call_node(&ex->call, seed);
	nulls[OUT_PARENT_ID] = visit->parent == TRL_NONE;
	values[OUT_PARENT_ID] = (Datum) 0;
	if (!nulls[OUT_PARENT_ID])
		values[OUT_PARENT_ID] =
			trl_call_node(&ex->call,
						  trl_walk_key(walk, &walk->visits[visit->parent]));
	trl_call_edge(&ex->call, &visit->step, &values[OUT_VIA_EDGE],
				  &nulls[OUT_VIA_EDGE], &values[OUT_EDGE_KEY],
				  &nulls[OUT_EDGE_KEY]);
	values[OUT_REL] = trl_call_rel(&ex->call, &visit->step, &nulls[OUT_REL]);
	values[OUT_SCORE] = Float8GetDatum(trl_walk_score(walk, visit));
	values[OUT_TRUNCATED] = BoolGetDatum(truncated);
	tuplestore_putvalues(ex->call.result->setResult, ex->call.result->setDesc,
						 values, nulls);
}

static void
put_rows(Expand *ex)
{
	TrlWalk    *walk = &ex->walk;
	bool		truncated = walk->cut || trl_hop_truncated(walk->hop);
	uint32		i;

	for (i = 0; i < walk->n_visits; i++)
		if (walk->visits[i].depth >= ex->min_depth)
			trl_rels_note(ex->call.rels, walk->visits[i].step.rel);
	trl_rels_load(ex->call.rels);
	for (i = 0; i < walk->n_visits; i++)
	{
		if ((i & 0xFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		if (walk->visits[i].depth >= ex->min_depth)
			put_row(ex, &walk->visits[i], truncated);
	}
	if (walk->cut)
		trl_call_notice("max_nodes", ex->max_nodes, "nodes are missing");
	if (trl_hop_truncated(walk->hop))
		trl_call_notice("max_fanout", ex->max_fanout,
						"edges of some nodes were not followed");
}

Datum
trl_expand(PG_FUNCTION_ARGS)
{
	Expand	   *ex;

	InitMaterializedSRF(fcinfo, 0);
	ex = palloc0(sizeof(Expand));
	trl_call_begin(&ex->call, fcinfo, ARG_NODES, ARG_RELS, ARG_MIN_WEIGHT,
				   OUT_NODE_ID, "seeds");
	read_limits(ex, fcinfo);
	if (!PG_ARGISNULL(ARG_SEEDS))
	{
		trl_seeds_read(&ex->seeds, fcinfo, ex->call.graph->kind, ARG_SEEDS,
					   ARG_SEED_SCORES, "seed_scores");
		run_walk(ex);
		put_rows(ex);
	}
	trl_call_end(&ex->call);
	pfree(ex);
	return (Datum) 0;
}
