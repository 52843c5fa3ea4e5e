/*
 * walk.c - breadth-first, level by level
 *
 * Does: seeds, levels, ties, the limit on nodes.
 * Does not: read edges (hop.c), emit rows (expand.c, path.c).
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"

#include "core/compat.h"
#include "kg/engine/walk.h"

#define INITIAL_VISITS 128
#define INITIAL_LEVELS 16

void
trl_walk_init(TrlWalk *walk, const TrlGraph *graph, const TrlFilter *filter,
			  TrlRels *rels, TrlBudget *budget, int max_fanout)
{
	memset(walk, 0, sizeof(*walk));
	walk->cxt = CurrentMemoryContext;
	walk->budget = budget;
	trl_nodeset_init(&walk->nodes, graph->kind, walk->cxt);
	walk->hop = trl_hop_create(graph, filter, &walk->nodes, rels, budget,
							   max_fanout);
	walk->capacity = INITIAL_VISITS;
	walk->visits = palloc(sizeof(TrlVisit) * INITIAL_VISITS);
	walk->decay = 1;
	walk->factor = 1;
	walk->n_factors = INITIAL_LEVELS;
	walk->factors = palloc(sizeof(float8) * INITIAL_LEVELS);
	walk->factors[0] = 1;
	walk->max_visits = TRL_NO_LIMIT;
	walk->max_depth = 0;
}

void
trl_walk_restart(TrlWalk *walk, MemoryContext cxt)
{
	walk->cxt = cxt;
	trl_nodeset_init(&walk->nodes, walk->nodes.kind, cxt);
	walk->capacity = INITIAL_VISITS;
	walk->visits = MemoryContextAlloc(cxt, sizeof(TrlVisit) * INITIAL_VISITS);
	walk->seeds = NULL;
	walk->n_visits = 0;
	walk->level = 0;
	walk->depth = 0;
	walk->factor = 1;
	walk->cut = false;
}

TrlKey
trl_walk_key(const TrlWalk *walk, const TrlVisit *visit)
{
	return walk->nodes.nodes[visit->node].key;
}

float8
trl_walk_score(const TrlWalk *walk, const TrlVisit *visit)
{
	return walk->seeds[visit->seed].score * walk->factors[visit->depth];
}

/* A new visit on the level being built. */
static TrlVisit *
add_visit(TrlWalk *walk, uint32 node)
{
	TrlVisit   *visit;

	if (walk->n_visits == walk->capacity)
	{
		walk->capacity *= 2;
		walk->visits = repalloc_huge(walk->visits,
									 sizeof(TrlVisit) * walk->capacity);
		trl_budget_check(walk->budget);
	}
	visit = &walk->visits[walk->n_visits];
	memset(visit, 0, sizeof(*visit));
	visit->node = node;
	visit->depth = walk->depth;
	visit->parent = TRL_NONE;
	visit->step.rel = TRL_REL_NONE;
	walk->nodes.nodes[node].candidate = walk->n_visits++;
	return visit;
}

/* ---- the end of a level ---- */

/* Best first: higher score, then lower id. */
static int
compare_visits(const void *left, const void *right, void *arg)
{
	const TrlVisit *a = left;
	const TrlVisit *b = right;
	const TrlWalk *walk = arg;
	float8		a_score = walk->seeds[a->seed].score * walk->factor;
	float8		b_score = walk->seeds[b->seed].score * walk->factor;

	if (a_score != b_score)
		return a_score > b_score ? -1 : 1;
	return trl_key_compare(walk->nodes.kind, trl_walk_key(walk, a),
						   trl_walk_key(walk, b));
}

/* Keeps the best of the level within the limit on nodes. */
static void
cut_level(TrlWalk *walk)
{
	uint32		i;

	if (walk->n_visits <= walk->max_visits)
		return;
	qsort_arg(walk->visits + walk->level, walk->n_visits - walk->level,
			  sizeof(TrlVisit), compare_visits, walk);
	for (i = walk->max_visits; i < walk->n_visits; i++)
		walk->nodes.nodes[walk->visits[i].node].candidate = TRL_NO_CANDIDATE;
	walk->n_visits = walk->max_visits;
	walk->cut = true;
}

static void
close_level(TrlWalk *walk)
{
	uint32		i;

	cut_level(walk);
	for (i = walk->level; i < walk->n_visits; i++)
	{
		TrlNode    *node = &walk->nodes.nodes[walk->visits[i].node];

		node->visit = i;
		node->candidate = TRL_NO_CANDIDATE;
	}
	trl_budget_check(walk->budget);
}

/* ---- seeds ---- */

static void
add_seed(TrlWalk *walk, TrlKey key, float8 score)
{
	bool		is_new;
	uint32		node = trl_nodeset_intern(&walk->nodes, key, &is_new);
	TrlVisit   *visit;

	if (!is_new)
	{
		TrlSeed    *seed = &walk->seeds[walk->visits[walk->nodes.nodes[node].candidate].seed];

		seed->score = Max(seed->score, score);
		return;
	}
	visit = add_visit(walk, node);
	visit->seed = walk->n_visits - 1;
	walk->seeds[visit->seed].node = node;
	walk->seeds[visit->seed].score = score;
}

static void
drop_hidden_seeds(TrlWalk *walk)
{
	uint32	   *numbers = palloc(sizeof(uint32) * Max(walk->n_visits, 1));
	uint32		kept = 0;
	uint32		i;

	for (i = 0; i < walk->n_visits; i++)
		numbers[i] = walk->visits[i].node;
	trl_hop_check_nodes(walk->hop, numbers, walk->n_visits);
	for (i = 0; i < walk->n_visits; i++)
	{
		TrlNode    *node = &walk->nodes.nodes[numbers[i]];

		/* an edge may lead here later: a foreign key may be deferred */
		node->candidate = TRL_NO_CANDIDATE;
		if (node->visibility == TRL_VISIBILITY_VISIBLE)
			walk->visits[kept++] = walk->visits[i];
	}
	walk->n_visits = kept;
	pfree(numbers);
}

void
trl_walk_start(TrlWalk *walk, const TrlKey *keys, const float8 *scores, int n)
{
	int			i;

	walk->seeds = MemoryContextAllocHuge(walk->cxt, sizeof(TrlSeed) * Max(n, 1));
	for (i = 0; i < n; i++)
		add_seed(walk, keys[i], scores ? scores[i] : 1);
	if (trl_hop_knows_nodes(walk->hop))
		drop_hidden_seeds(walk);
	close_level(walk);
}

/* ---- steps ---- */

/* True if the edge is a better way to the visit's node than the one it has. */
static bool
is_better(const TrlWalk *walk, const TrlEdge *edge, const TrlVisit *parent,
		  const TrlVisit *visit)
{
	const TrlVisit *rival = &walk->visits[visit->parent];
	float8		score = walk->seeds[parent->seed].score * walk->factor;
	float8		rival_score = walk->seeds[rival->seed].score * walk->factor;
	int			order;

	if (score != rival_score)
		return score > rival_score;
	order = trl_key_compare(walk->nodes.kind, trl_walk_key(walk, parent),
							trl_walk_key(walk, rival));
	if (order != 0)
		return order < 0;
	return trl_step_compare(walk->hop, &edge->step, &visit->step) < 0;
}

static void
take_edge(void *state, const TrlEdge *edge)
{
	TrlWalk    *walk = state;
	TrlNode    *far = &walk->nodes.nodes[edge->far];
	uint32		parent = walk->nodes.nodes[edge->near].visit;
	TrlVisit   *visit;

	if (far->visit != TRL_NONE && !walk->revisit)
		return;
	if (far->candidate == TRL_NO_CANDIDATE)
		visit = add_visit(walk, edge->far);
	else
	{
		visit = &walk->visits[far->candidate];
		if (!is_better(walk, edge, &walk->visits[parent], visit))
			return;
	}
	visit->parent = parent;
	visit->seed = walk->visits[parent].seed;
	visit->step = trl_step_copy(walk->hop, &edge->step, walk->cxt);
}

uint32
trl_walk_step(TrlWalk *walk, TrlDirection direction)
{
	uint32		first = walk->level;
	uint32		n = walk->n_visits - first;
	uint32	   *frontier = MemoryContextAllocHuge(walk->cxt,
												  sizeof(uint32) * Max(n, 1));
	uint32		i;

	for (i = 0; i < n; i++)
		frontier[i] = walk->visits[first + i].node;
	walk->level = walk->n_visits;
	if (++walk->depth == walk->n_factors)
	{
		walk->n_factors *= 2;
		walk->factors = repalloc_huge(walk->factors,
									  sizeof(float8) * walk->n_factors);
	}
	walk->factor = pow(walk->decay, walk->depth);
	walk->factors[walk->depth] = walk->factor;
	trl_hop_expect(walk->hop, walk->max_depth - walk->depth + 1);
	trl_hop_run(walk->hop, frontier, n, direction, take_edge, walk);
	pfree(frontier);
	close_level(walk);
	return walk->n_visits - walk->level;
}
