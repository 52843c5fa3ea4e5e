/*
 * push.c - personalised PageRank around seeds, by forward push
 *
 * Works in rounds: the nodes that have too much mass get their edges, all in
 * one hop, then push one after the other in order of their ids.  What a node
 * receives in a round is therefore summed up in one order only; the arcs of a
 * node are put in order where their weights differ.  An answer does not
 * depend on the order of rows.
 *
 * A hub has too many edges to be pushed unless very much waits there.  So
 * no more edges of a node are read than could be pushed along, and one more:
 * if it has that, they need not be known.
 *
 * Mass that still waits at the end has been spread no further, but what its
 * node would keep of it is known, and counted: without it a hub, which never
 * has enough for all its edges, would have no score.
 *
 * Memory: 12 bytes an arc, 60 a node, under the call's budget.
 * Locks: those of the hop.  WAL: none.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/compat.h"
#include "kg/engine/pause.h"
#include "kg/whole/push.h"

#define FIRST_NODES 256
#define FIRST_ARCS 1024

/* Of a node. */
#define MAX_ARCS (PG_INT32_MAX / 2)

/*
 * Mass is divided by a node's weight, then multiplied by an arc's: beyond
 * these the first would be infinite, or nothing.
 */
#define LEAST_WEIGHT 1e-200
#define GREATEST_WEIGHT 1e200

/* Rows more than arcs that are asked for where some may be hidden. */
#define SPARE_ROWS 16

typedef struct Arc
{
	float8		weight;
	uint32		far;
} Arc;

/* What is known of a node beside its score. */
typedef struct Place
{
	float8		waiting;		/* mass that is to be pushed */
	float8		restart;		/* share of the seeds' mass */
	float8		weight;			/* of its arcs */
	uint64		first;			/* its arcs */
	uint32		n_arcs;			/* if not known, there are more */
	bool		known;			/* arcs have been read */
	bool		queued;
	bool		reached;		/* has got mass */
} Place;

typedef struct Push
{
	TrlPush    *task;
	MemoryContext cxt;
	TrlHop	   *hop;
	Place	   *places;			/* by node number */
	uint32		n_places;
	uint32		n_reached;
	uint32		capacity;
	Arc		   *arcs;
	uint64		n_arcs;
	uint64		arc_capacity;
	uint32	   *arc_near;		/* of the arcs just read */
	uint64		near_capacity;
	uint64		first_new;		/* arcs from here on are just read */
	uint32	   *queue;			/* nodes that may have too much */
	uint32		n_queue;
	uint32		queue_capacity;
	TrlRowLimit *limits;		/* by node number; NULL: read all arcs */
	uint32	   *seeds;
	int			n_seeds;
	uint64		steps;			/* since the last look at interrupts */
} Push;

/* ---- nodes ---- */

/* Places for every node known. */
static void
make_places(Push *push)
{
	TrlPush    *task = push->task;
	uint32		n = task->nodes.count;

	if (n > push->capacity)
	{
		uint32		capacity = Max(n, 2 * push->capacity);

		trl_budget_reserve(&task->call->budget,
						   (sizeof(Place) + sizeof(float8) + sizeof(TrlRowLimit)) *
						   (Size) capacity);
		if (push->limits != NULL)
			push->limits = repalloc_huge(push->limits,
										 sizeof(TrlRowLimit) * (Size) capacity);
		push->places = repalloc_huge(push->places, sizeof(Place) * (Size) capacity);
		task->score = repalloc_huge(task->score, sizeof(float8) * (Size) capacity);
		push->capacity = capacity;
	}
	for (; push->n_places < n; push->n_places++)
	{
		Place	   *place = &push->places[push->n_places];

		memset(place, 0, sizeof(*place));
		task->score[push->n_places] = 0;
	}
}

/*
 * True if the node has more mass than may wait there: for as many arcs as it
 * is known to have at least.
 */
static bool
has_too_much(const Push *push, const Place *place)
{
	uint32		least = place->known ? place->n_arcs : place->n_arcs + 1;

	return place->waiting > push->task->eps * Max(least, 1);
}

/* So many arcs, at most, can the node's mass be pushed along. */
static uint32
most_arcs(const Push *push, const Place *place)
{
	return (uint32) Min(place->waiting / push->task->eps, MAX_ARCS);
}

static void
receive_mass(Push *push, uint32 node, float8 mass)
{
	Place	   *place = &push->places[node];

	place->waiting += mass;
	if (!place->reached)
		push->n_reached++;
	place->reached = true;
	if (place->queued || !has_too_much(push, place))
		return;
	if (push->n_queue == push->queue_capacity)
	{
		push->queue_capacity *= 2;
		trl_budget_reserve(&push->task->call->budget,
						   sizeof(uint32) * (Size) push->queue_capacity);
		push->queue = repalloc_huge(push->queue,
									sizeof(uint32) * (Size) push->queue_capacity);
	}
	place->queued = true;
	push->queue[push->n_queue++] = node;
}

/* ---- arcs ---- */

static float8
arc_weight(const Push *push, const TrlStep *step)
{
	if (!push->task->weighted || !step->has_weight)
		return 1;
	if (!(step->weight >= 0) || isinf(step->weight))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("weight %g of an edge in %s is negative or not a finite number",
						step->weight, push->task->call->graph->name),
				 errdetail("A ranking needs weights of 0 or more."),
				 step->weight < 0 ? errhint("Leave such edges out with min_weight => 0.") : 0));
	return step->weight;
}

static void
receive_arc(void *state, const TrlEdge *edge)
{
	Push	   *push = state;
	TrlBudget  *budget = &push->task->call->budget;
	uint64		at = push->n_arcs - push->first_new;

	if (push->n_arcs == push->arc_capacity)
	{
		trl_budget_reserve(budget, 2 * sizeof(Arc) * push->arc_capacity);
		push->arc_capacity *= 2;
		push->arcs = repalloc_huge(push->arcs, sizeof(Arc) * push->arc_capacity);
	}
	if (at == push->near_capacity)
	{
		trl_budget_reserve(budget, 2 * sizeof(uint32) * push->near_capacity);
		push->near_capacity *= 2;
		push->arc_near = repalloc_huge(push->arc_near,
									   sizeof(uint32) * push->near_capacity);
	}
	push->arcs[push->n_arcs].far = edge->far;
	push->arcs[push->n_arcs++].weight = arc_weight(push, &edge->step);
	push->arc_near[at] = edge->near;
}

static int
compare_arcs(const void *left, const void *right, void *arg)
{
	const Arc  *a = left;
	const Arc  *b = right;
	const TrlNodeSet *nodes = arg;

	if (a->far != b->far)
		return trl_key_compare(nodes->kind, nodes->nodes[a->far].key,
							   nodes->nodes[b->far].key);
	return a->weight < b->weight ? -1 : a->weight > b->weight;
}

/* Adds the weights of a node's arcs up, always in the same order. */
static void
weigh(Push *push, Place *place)
{
	Arc		   *arcs = push->arcs + place->first;
	bool		equal = true;
	uint32		i;

	place->weight = 0;
	for (i = 1; i < place->n_arcs && equal; i++)
		equal = arcs[i].weight == arcs[0].weight;
	if (!equal)
		qsort_arg(arcs, place->n_arcs, sizeof(Arc), compare_arcs,
				  &push->task->nodes);
	for (i = 0; i < place->n_arcs; i++)
		place->weight += arcs[i].weight;
	if (isinf(place->weight))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("weights of a node's edges in %s add up to more than a number can be",
						push->task->call->graph->name)));
	if (place->weight >= LEAST_WEIGHT && place->weight <= GREATEST_WEIGHT)
		return;
	if (!(place->weight > 0))
		return;
	for (i = 0; i < place->n_arcs; i++)
		arcs[i].weight /= place->weight;
	place->weight = 1;
}

/*
 * Sorts the nodes out whose arcs have just been read, and those arcs; the
 * number of nodes is returned that must be read again, which come first.  A
 * node is known if no arc is missing.  One that has more arcs than it could
 * be pushed along is left as it is: that it has so many is all that matters.
 */
static uint32
sort_out(Push *push, uint32 *nodes, uint32 n)
{
	uint64		n_new = push->n_arcs - push->first_new;
	uint32		again = 0;
	uint64		i;

	for (i = 0; i < n; i++)
		push->places[nodes[i]].n_arcs = 0;
	for (i = 0; i < n_new; i++)
		push->places[push->arc_near[i]].n_arcs++;
	for (i = 0; i < n; i++)
	{
		Place	   *place = &push->places[nodes[i]];
		uint32		most = most_arcs(push, place);

		if (push->limits != NULL && place->n_arcs > most)
			place->n_arcs--;	/* and one more, see has_too_much() */
		else if (push->limits != NULL && push->limits[nodes[i]].hit)
			nodes[again++] = nodes[i];
		else
			place->known = true;
	}
	return again;
}

/* Moves the arcs of known nodes, so that those of a node lie together. */
static void
group_arcs(Push *push, const uint32 *nodes, uint32 n)
{
	uint64		n_new = push->n_arcs - push->first_new;
	Arc		   *read;
	uint64		i;

	trl_budget_reserve(&push->task->call->budget, sizeof(Arc) * n_new);
	read = MemoryContextAllocHuge(push->cxt, sizeof(Arc) * Max(n_new, 1));
	memcpy(read, push->arcs + push->first_new, sizeof(Arc) * n_new);
	push->n_arcs = push->first_new;
	for (i = 0; i < n; i++)
	{
		Place	   *place = &push->places[nodes[i]];

		if (!place->known)
			continue;
		place->first = push->n_arcs;
		push->n_arcs += place->n_arcs;
		place->n_arcs = 0;
	}
	for (i = 0; i < n_new; i++)
	{
		Place	   *place = &push->places[push->arc_near[i]];

		if (place->known)
			push->arcs[place->first + place->n_arcs++] = read[i];
	}
	pfree(read);
	for (i = 0; i < n; i++)
		if (push->places[nodes[i]].known)
			weigh(push, &push->places[nodes[i]]);
}

/* Limits for nodes that are read for the first time, or once more. */
static void
set_limits(Push *push, const uint32 *nodes, uint32 n, int attempt)
{
	uint32		i;

	if (push->limits == NULL)
		return;
	for (i = 0; i < n; i++)
	{
		uint64		rows = (uint64) most_arcs(push, &push->places[nodes[i]]) + 1;
		TrlRowLimit *limit = &push->limits[nodes[i]];

		/* a hub that gets more and more is not looked at for each bit of it */
		if (push->places[nodes[i]].n_arcs > 0)
			rows *= 2;
		/* rows that are no arcs: to hidden nodes, self-loops */
		if (trl_hop_may_hide(push->hop))
			rows = 2 * rows + SPARE_ROWS;
		limit->limit = (uint32) Min(rows << Min(2 * attempt, 30), PG_INT32_MAX);
		limit->rows = 0;
		limit->hit = false;
	}
	trl_hop_limit_rows(push->hop, push->limits);
}

/* Reads the arcs of queued nodes that have none yet. */
static void
read_arcs(Push *push)
{
	uint32	   *nodes = MemoryContextAllocHuge(push->cxt,
											   sizeof(uint32) * Max((Size) push->n_queue, 1));
	uint32	   *read = MemoryContextAllocHuge(push->cxt,
											  sizeof(uint32) * Max((Size) push->n_queue, 1));
	uint32		n = 0;
	int			attempt;
	uint32		i;

	for (i = 0; i < push->n_queue; i++)
		if (!push->places[push->queue[i]].known &&
			has_too_much(push, &push->places[push->queue[i]]))
			nodes[n++] = push->queue[i];
	for (attempt = 0; n > 0; attempt++)
	{
		uint32		n_read = n;

		memcpy(read, nodes, sizeof(uint32) * n);
		set_limits(push, nodes, n, attempt);
		push->first_new = push->n_arcs;
		trl_hop_run(push->hop, nodes, n, push->task->direction, receive_arc, push);
		make_places(push);
		n = sort_out(push, nodes, n);
		group_arcs(push, read, n_read);
	}
	pfree(read);
	pfree(nodes);
}

/* ---- pushing ---- */

static void
push_node(Push *push, uint32 node)
{
	TrlPush    *task = push->task;
	Place	   *place = &push->places[node];
	float8		mass = place->waiting;
	const Arc  *arc = push->arcs + place->first;
	uint32		n = place->n_arcs;
	uint32		i;

	place->waiting = 0;
	task->score[node] += (1 - task->damping) * mass;
	mass *= task->damping;
	trl_pause_after(&push->steps, n + 1);
	if (!(place->weight > 0))	/* also if all weights are 0 */
	{
		/* no way on: back to the seeds */
		for (i = 0; i < (uint32) push->n_seeds; i++)
			receive_mass(push, push->seeds[i],
						 mass * push->places[push->seeds[i]].restart);
		return;
	}
	mass /= place->weight;
	for (i = 0; i < n; i++)
		receive_mass(push, arc[i].far, mass * arc[i].weight);
}

/* One round: the queue as it is now; pushing makes the next one. */
static void
run_round(Push *push)
{
	uint32		n = push->n_queue;
	uint32	   *round = push->queue;
	uint32		i;

	qsort_arg(round, n, sizeof(uint32), trl_nodeset_compare, &push->task->nodes);
	push->queue = MemoryContextAllocHuge(push->cxt,
										 sizeof(uint32) * (Size) push->queue_capacity);
	push->n_queue = 0;
	for (i = 0; i < n; i++)
		push->places[round[i]].queued = false;
	for (i = 0; i < n; i++)
		if (push->places[round[i]].known &&
			has_too_much(push, &push->places[round[i]]))
			push_node(push, round[i]);
	pfree(round);
}

/* ---- seeds ---- */

static float8
seed_score(const TrlSeeds *seeds, int i)
{
	if (seeds->scores == NULL)
		return 1;
	if (seeds->scores[i] < 0)
		trl_argument_error("seed_weights",
						   psprintf("must not hold negative numbers, but has %g",
									seeds->scores[i]), NULL);
	return seeds->scores[i];
}

/* Numbers the visible seeds, each once; a seed given twice counts twice. */
static void
take_seeds(Push *push, const TrlSeeds *seeds)
{
	TrlNodeSet *set = &push->task->nodes;
	uint32	   *numbers = palloc(sizeof(uint32) * Max(seeds->n, 1));
	bool		is_new;
	int			i;

	for (i = 0; i < seeds->n; i++)
		numbers[i] = trl_nodeset_intern(set, seeds->keys[i], &is_new);
	make_places(push);
	for (i = 0; i < (int) set->count; i++)
		push->queue[i] = i;
	if (trl_hop_knows_nodes(push->hop))
		trl_hop_check_nodes(push->hop, push->queue, set->count);
	for (i = 0; i < seeds->n; i++)
		push->places[numbers[i]].restart += seed_score(seeds, i);
	pfree(numbers);
}

/* Each seed's share, in the order of their ids. */
static void
start(Push *push, const TrlSeeds *seeds)
{
	TrlNodeSet *set = &push->task->nodes;
	uint32		n;
	float8		sum = 0;
	uint32		i;

	take_seeds(push, seeds);
	n = set->count;
	push->seeds = palloc(sizeof(uint32) * Max(n, 1));
	for (i = 0; i < n; i++)
		if (!trl_hop_knows_nodes(push->hop) ||
			set->nodes[i].visibility == TRL_VISIBILITY_VISIBLE)
			push->seeds[push->n_seeds++] = i;
	qsort_arg(push->seeds, push->n_seeds, sizeof(uint32), trl_nodeset_compare, set);
	for (i = 0; i < (uint32) push->n_seeds; i++)
		sum += push->places[push->seeds[i]].restart;
	if (isinf(sum))
		trl_argument_error("seed_weights", "add up to more than a number can be", NULL);
	if (sum == 0)
		push->n_seeds = 0;
	for (i = 0; i < (uint32) push->n_seeds; i++)
	{
		Place	   *place = &push->places[push->seeds[i]];

		place->restart /= sum;
		receive_mass(push, push->seeds[i], place->restart);
	}
}

/* ---- all of it ---- */

static void
init(Push *push, TrlPush *task, int n_seeds)
{
	TrlCall    *call = task->call;

	memset(push, 0, sizeof(*push));
	push->task = task;
	push->cxt = CurrentMemoryContext;
	trl_nodeset_init(&task->nodes, call->graph->kind, push->cxt);
	push->hop = trl_hop_create(call->graph, &call->filter, &task->nodes,
							   call->rels, &call->budget, task->max_fanout);
	push->capacity = FIRST_NODES;
	push->places = palloc(sizeof(Place) * FIRST_NODES);
	task->score = palloc(sizeof(float8) * FIRST_NODES);
	push->arc_capacity = FIRST_ARCS;
	push->arcs = palloc(sizeof(Arc) * FIRST_ARCS);
	push->near_capacity = FIRST_ARCS;
	push->arc_near = palloc(sizeof(uint32) * FIRST_ARCS);
	if (task->max_fanout == TRL_NO_LIMIT)
		push->limits = palloc(sizeof(TrlRowLimit) * FIRST_NODES);
	push->queue_capacity = Max(FIRST_NODES, n_seeds);
	push->queue = MemoryContextAllocHuge(push->cxt,
										 sizeof(uint32) * (Size) push->queue_capacity);
}

void
trl_push_run(TrlPush *task, const TrlSeeds *seeds)
{
	Push		push;
	uint32		i;

	init(&push, task, seeds->n);
	start(&push, seeds);
	while (push.n_queue > 0)
	{
		CHECK_FOR_INTERRUPTS();
		if (push.n_reached > (uint32) task->max_nodes)
		{
			task->stopped = true;
			break;
		}
		read_arcs(&push);
		run_round(&push);
	}
	for (i = 0; i < push.n_places; i++)
		task->score[i] += (1 - task->damping) * push.places[i].waiting;
	task->cut = trl_hop_truncated(push.hop);
}
