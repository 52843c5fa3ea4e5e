/*
 * distances.c - trellis.distances()
 *
 * From each source in turn: breadth-first (walk.c), or by weight (reach.c),
 * until every target is found, nothing is left, or max_nodes nodes are.  What
 * a source needed is forgotten before the next one.
 *
 * By weight and with max_depth, nodes are expanded in rounds instead of by
 * distance: after n of them each label is the best one over n edges (Bellman
 * and Ford).
 *
 * Locks: AccessShareLock on the graph's relations.  WAL: none.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/float.h"
#include "utils/tuplestore.h"

#include "core/compat.h"
#include "kg/engine/call.h"
#include "kg/path/reach.h"

TRL_FUNCTION(trl_distances);
TRL_FUNCTION(trl_distances_all);

/* Nodes expanded at once by weight: few at first, targets may be near. */
#define FIRST_BATCH 8
#define LAST_BATCH 256

#define INITIAL_REACHED 256

/*
 * The two functions differ in their third argument alone, which a polymorphic
 * type lets have no default: options are counted from where they begin.
 */
#define ARG_SOURCES 1
#define ARG_TARGETS 2

enum
{
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
	OUT_SOURCE_ID,
	OUT_TARGET_ID,
	OUT_HOPS,
	OUT_DISTANCE,
	OUT_TRUNCATED,
	OUT_COLUMNS
};

/* A node reached; its key lives as long as the source's search. */
typedef struct Reached
{
	TrlKey		key;
	float8		distance;
	int32		hops;
} Reached;

typedef struct Distances
{
	TrlCall		call;
	TrlSearch	search;
	int			options;		/* the first argument after the end points */
	bool		weighted;
	bool		has_targets;
	TrlNodeSet	targets;
	uint32		n_targets;		/* that the caller may see */
	TrlWalk		walk;
	TrlReach	reach;
	bool		cut;			/* of any source */

	/* the source */
	MemoryContext cxt;
	Reached    *reached;
	uint32		n_reached;
	uint32		capacity;
} Distances;

/* ---- targets ---- */

static bool
is_target(Distances *all, TrlKey key)
{
	uint32		at = trl_nodeset_find(&all->targets, key);

	return at != TRL_NONE &&
		all->targets.nodes[at].visibility != TRL_VISIBILITY_HIDDEN;
}

static bool
is_wanted(Distances *all, TrlKey key)
{
	return !all->has_targets || is_target(all, key);
}

/* A target that is hidden or missing is never found: nobody looks for it. */
static void
drop_hidden_targets(Distances *all)
{
	TrlCall    *call = &all->call;
	uint32	   *numbers = palloc(sizeof(uint32) * Max(all->targets.count, 1));
	TrlHop	   *hop = trl_hop_create(call->graph, &call->filter, &all->targets,
									 call->rels, &call->budget, TRL_NO_LIMIT);
	uint32		i;

	for (i = 0; i < all->targets.count; i++)
		numbers[i] = i;
	if (!trl_hop_knows_nodes(hop))
		return;
	trl_hop_check_nodes(hop, numbers, all->targets.count);
	for (i = 0; i < all->targets.count; i++)
		if (all->targets.nodes[i].visibility == TRL_VISIBILITY_HIDDEN)
			all->n_targets--;
}

static void
read_targets(Distances *all, FunctionCallInfo fcinfo)
{
	TrlKeyKind	kind = all->call.graph->kind;
	TrlKey	   *keys;
	uint32		n;
	uint32		i;

	all->has_targets = all->options > ARG_TARGETS && !PG_ARGISNULL(ARG_TARGETS);
	if (!all->has_targets)
		return;
	keys = trl_arg_keys(fcinfo, ARG_TARGETS, kind, &n);
	trl_nodeset_init(&all->targets, kind, CurrentMemoryContext);
	for (i = 0; i < n; i++)
	{
		bool		is_new;

		trl_nodeset_intern(&all->targets, keys[i], &is_new);
	}
	all->n_targets = all->targets.count;
	drop_hidden_targets(all);
}

/* ---- what a source reaches ---- */

static void
add_reached(Distances *all, TrlKey key, float8 distance, int32 hops)
{
	if (all->n_reached == all->capacity)
	{
		all->capacity *= 2;
		all->reached = repalloc_huge(all->reached,
									 sizeof(Reached) * all->capacity);
		trl_budget_check(&all->call.budget);
	}
	all->reached[all->n_reached].key = key;
	all->reached[all->n_reached].distance = distance;
	all->reached[all->n_reached++].hops = hops;
}

/* Nearest first: distance, then edges, then id. */
static int
compare_reached(const void *left, const void *right, void *arg)
{
	const Reached *a = left;
	const Reached *b = right;
	const Distances *all = arg;
	int			order = float8_cmp_internal(a->distance, b->distance);

	CHECK_FOR_INTERRUPTS();
	if (order != 0)
		return order;
	if (a->hops != b->hops)
		return a->hops < b->hops ? -1 : 1;
	return trl_key_compare(all->call.graph->kind, a->key, b->key);
}

/* ---- by edges ---- */

/* Targets on the newest level. */
static uint32
count_targets(Distances *all)
{
	const TrlWalk *walk = &all->walk;
	uint32		n = 0;
	uint32		i;

	for (i = walk->level; all->has_targets && i < walk->n_visits; i++)
		if (is_target(all, trl_walk_key(walk, &walk->visits[i])))
			n++;
	return n;
}

static void
search_by_edges(Distances *all, TrlKey source)
{
	TrlWalk    *walk = &all->walk;
	uint32		found;
	uint32		i;

	trl_walk_restart(walk, all->cxt);
	trl_walk_start(walk, &source, NULL, 1);
	found = count_targets(all);
	while (walk->depth < all->search.max_depth && !walk->cut &&
		   walk->level < walk->n_visits &&
		   !(all->has_targets && found == all->n_targets))
	{
		CHECK_FOR_INTERRUPTS();
		trl_walk_step(walk, all->search.direction);
		found += count_targets(all);
	}
	for (i = 0; i < walk->n_visits; i++)
	{
		const TrlVisit *visit = &walk->visits[i];
		TrlKey		key = trl_walk_key(walk, visit);

		if (is_wanted(all, key))
			add_reached(all, key, visit->depth, visit->depth);
	}
	if (walk->cut && !(all->has_targets && found == all->n_targets))
		all->cut = true;
}

/* ---- by weight ---- */

/* No way that is still to be found can be better than the label. */
static bool
is_final(const TrlLabel *label, const TrlWaiting *nearest)
{
	if (label->edges < 0)
		return false;
	if (nearest == NULL || label->distance != nearest->distance)
		return nearest == NULL || label->distance < nearest->distance;
	return label->edges <= nearest->edges;
}

static bool
targets_found(Distances *all, const TrlWaiting *nearest)
{
	TrlReach   *reach = &all->reach;
	uint32		i;

	for (i = 0; i < all->targets.count; i++)
	{
		uint32		node;

		if (all->targets.nodes[i].visibility == TRL_VISIBILITY_HIDDEN)
			continue;
		node = trl_nodeset_find(&reach->nodes, all->targets.nodes[i].key);
		if (node == TRL_NONE ||
			!is_final(trl_reach_label(reach, node), nearest))
			return false;
	}
	return true;
}

/* The nodes whose label is final. */
static uint32
count_final(const TrlReach *reach, const TrlWaiting *nearest)
{
	uint32		n = 0;
	uint32		i;

	for (i = 0; i < reach->n_labels; i++)
		if (is_final(&reach->labels[i], nearest))
			n++;
	return n;
}

/* Expands the nearest waiting nodes; returns how many. */
static uint32
expand_batch(TrlReach *reach, uint32 size)
{
	uint32	   *batch;
	uint32		n = 0;

	size = Min(size, reach->n_waiting);
	batch = MemoryContextAllocHuge(CurrentMemoryContext,
								   sizeof(uint32) * Max(size, 1));
	while (n < size && trl_reach_nearest(reach) != NULL)
		batch[n++] = trl_reach_take(reach);
	trl_reach_expand(reach, batch, n);
	pfree(batch);
	return n;
}

/* By distance, until what is wanted is certain. */
static const TrlWaiting *
expand_nearest(Distances *all)
{
	TrlReach   *reach = &all->reach;
	uint32		max_nodes = all->search.max_nodes;
	const TrlWaiting *nearest;
	uint64		taken = 0;
	uint32		size = FIRST_BATCH;

	while ((nearest = trl_reach_nearest(reach)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if (all->has_targets && targets_found(all, nearest))
			break;
		if (reach->n_reached > max_nodes && taken >= max_nodes &&
			count_final(reach, nearest) >= max_nodes)
			break;
		taken += expand_batch(reach, size);
		size = Min(size * 2, LAST_BATCH);
	}
	return nearest;
}

/* In rounds: each takes all that the last one has changed. */
static void
expand_rounds(Distances *all)
{
	TrlReach   *reach = &all->reach;
	int			round;

	for (round = 0; round < all->search.max_depth; round++)
	{
		CHECK_FOR_INTERRUPTS();
		if (trl_reach_nearest(reach) == NULL)
			break;
		expand_batch(reach, reach->n_waiting);
	}
}

/* The nearest within max_nodes; says so if one that is wanted is left out. */
static void
cut_reached(Distances *all)
{
	uint32		kept = Min(all->n_reached, (uint32) all->search.max_nodes);
	uint32		i;

	qsort_arg(all->reached, all->n_reached, sizeof(Reached), compare_reached, all);
	for (i = kept; i < all->n_reached && !all->cut; i++)
		all->cut = is_wanted(all, all->reached[i].key);
	all->n_reached = kept;
}

static void
search_by_weight(Distances *all, TrlKey source)
{
	TrlReach   *reach = &all->reach;
	const TrlWaiting *nearest = NULL;
	uint32		i;

	trl_reach_start(reach, source, all->cxt);
	if (all->search.max_depth == TRL_NO_LIMIT)
		nearest = expand_nearest(all);
	else
		expand_rounds(all);
	if (nearest != NULL && !(all->has_targets && targets_found(all, nearest)))
		all->cut = true;
	for (i = 0; i < reach->n_labels; i++)
		if (is_final(&reach->labels[i], nearest))
			add_reached(all, reach->nodes.nodes[i].key,
						reach->labels[i].distance, reach->labels[i].edges);
	cut_reached(all);
}

/* ---- rows ---- */

static void
put_reached(Distances *all, TrlKey source)
{
	TrlCall    *call = &all->call;
	uint32		i;

	qsort_arg(all->reached, all->n_reached, sizeof(Reached), compare_reached, all);
	for (i = 0; i < all->n_reached; i++)
	{
		const Reached *reached = &all->reached[i];
		Datum		values[OUT_COLUMNS];
		bool		nulls[OUT_COLUMNS] = {false};

		if ((i & 0xFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		if (!is_wanted(all, reached->key))
			continue;
		values[OUT_SOURCE_ID] = trl_call_node(call, source);
		values[OUT_TARGET_ID] = trl_call_node(call, reached->key);
		values[OUT_HOPS] = Int32GetDatum(reached->hops);
		values[OUT_DISTANCE] = Float8GetDatum(reached->distance);
		values[OUT_TRUNCATED] = BoolGetDatum(false);
		tuplestore_putvalues(call->result->setResult, call->result->setDesc,
							 values, nulls);
	}
}

/* ---- the function ---- */

static void
read_search(Distances *all, FunctionCallInfo fcinfo)
{
	TrlCall    *call = &all->call;
	TrlSearch  *search = &all->search;
	int			options = all->options;

	search->graph = call->graph;
	search->filter = &call->filter;
	search->rels = call->rels;
	search->budget = &call->budget;
	search->direction = trl_arg_direction(fcinfo, options + ARG_DIRECTION);
	search->max_depth = trl_arg_limit(fcinfo, options + ARG_MAX_DEPTH,
									  "max_depth", 0);
	search->max_nodes = trl_arg_limit(fcinfo, options + ARG_MAX_NODES,
									  "max_nodes", 1);
	all->weighted = !PG_ARGISNULL(options + ARG_WEIGHTED) &&
		PG_GETARG_BOOL(options + ARG_WEIGHTED);
	if (all->weighted)
		trl_graph_require(call->graph, TRL_ROLE_WEIGHT, "weighted");
}

/* Whichever search it is keeps its hop for all sources. */
static void
prepare(Distances *all)
{
	TrlCall    *call = &all->call;

	if (all->weighted)
		trl_reach_init(&all->reach, &all->search, all->search.direction);
	else
		trl_walk_init(&all->walk, call->graph, &call->filter, call->rels,
					  &call->budget, TRL_NO_LIMIT);
	all->walk.max_visits = all->search.max_nodes;
	/* targets may be near: no word of levels that may not come */
	if (!all->has_targets)
		all->walk.max_depth = all->search.max_depth;
	all->cxt = AllocSetContextCreate(call->cxt, "trellis distances from a node",
									 ALLOCSET_DEFAULT_SIZES);
}

static void
put_source(Distances *all, TrlKey source)
{
	MemoryContext old;

	MemoryContextReset(all->cxt);
	old = MemoryContextSwitchTo(all->cxt);
	all->n_reached = 0;
	all->capacity = INITIAL_REACHED;
	all->reached = palloc(sizeof(Reached) * INITIAL_REACHED);
	if (all->weighted)
		search_by_weight(all, source);
	else
		search_by_edges(all, source);
	put_reached(all, source);
	MemoryContextSwitchTo(old);
}

static void
put_distances(Distances *all, FunctionCallInfo fcinfo)
{
	TrlKeyKind	kind = all->call.graph->kind;
	TrlNodeSet	seen;
	TrlKey	   *sources;
	uint32		n;
	uint32		i;

	read_search(all, fcinfo);
	read_targets(all, fcinfo);
	prepare(all);
	sources = trl_arg_keys(fcinfo, ARG_SOURCES, kind, &n);
	trl_nodeset_init(&seen, kind, CurrentMemoryContext);
	for (i = 0; i < n; i++)
	{
		bool		is_new;

		trl_nodeset_intern(&seen, sources[i], &is_new);
		if (is_new)
			put_source(all, sources[i]);
	}
	if (!all->cut)
		return;
	trl_call_set_truncated(&all->call, OUT_TRUNCATED);
	trl_call_notice("max_nodes", all->search.max_nodes,
					"farther nodes are missing");
}

static void
distances(FunctionCallInfo fcinfo, int options)
{
	Distances  *all;

	InitMaterializedSRF(fcinfo, 0);
	all = palloc0(sizeof(Distances));
	all->options = options;
	trl_call_begin(&all->call, fcinfo, options + ARG_NODES, options + ARG_RELS,
				   options + ARG_MIN_WEIGHT, OUT_SOURCE_ID, "sources");
	put_distances(all, fcinfo);
	trl_call_end(&all->call);
	pfree(all);
}

/* To targets. */
Datum
trl_distances(PG_FUNCTION_ARGS)
{
	distances(fcinfo, ARG_TARGETS + 1);
	return (Datum) 0;
}

/* To all nodes: it has no targets. */
Datum
trl_distances_all(PG_FUNCTION_ARGS)
{
	distances(fcinfo, ARG_TARGETS);
	return (Datum) 0;
}
