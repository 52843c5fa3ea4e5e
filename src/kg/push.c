/*
 * push.c - personalised PageRank around seeds, by forward push
 *
 * Works in rounds: the nodes that have too much mass get their edges, all in
 * one hop, then push one after the other in order of their ids.  What a node
 * receives in a round is therefore summed up in one order only; the arcs of a
 * node are put in order where their weights differ.  An answer does not
 * depend on the order of rows.
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
#include "kg/pause.h"
#include "kg/push.h"

#define FIRST_NODES 256
#define FIRST_ARCS 1024

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
	float8		weight;			/* of its arcs; negative: not read yet */
	uint64		first;			/* its arcs */
	uint32		n_arcs;
	bool		queued;
} Place;

typedef struct Push
{
	TrlPush    *task;
	MemoryContext cxt;
	TrlHop	   *hop;
	Place	   *places;			/* by node number */
	uint32		n_places;
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
						   (sizeof(Place) + sizeof(float8)) * (Size) capacity);
		push->places = repalloc_huge(push->places, sizeof(Place) * (Size) capacity);
		task->score = repalloc_huge(task->score, sizeof(float8) * (Size) capacity);
		push->capacity = capacity;
	}
	for (; push->n_places < n; push->n_places++)
	{
		Place	   *place = &push->places[push->n_places];

		memset(place, 0, sizeof(*place));
		place->weight = -1;
		task->score[push->n_places] = 0;
	}
}

/* True if the node has more mass than may wait there. */
static bool
has_too_much(const Push *push, const Place *place)
{
	float8		weight = place->weight;

	/* as far as is known: the least that a node can have */
	if (weight < 0)
		weight = 1;
	return place->waiting > push->task->eps * weight;
}

static void
receive_mass(Push *push, uint32 node, float8 mass)
{
	Place	   *place = &push->places[node];

	place->waiting += mass;
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
}

/* The arcs just read, moved so that those of a node lie together. */
static void
group_arcs(Push *push, const uint32 *nodes, uint32 n)
{
	uint64		n_new = push->n_arcs - push->first_new;
	Arc		   *grouped;
	uint64		first = push->first_new;
	uint64		i;

	trl_budget_reserve(&push->task->call->budget, sizeof(Arc) * n_new);
	grouped = MemoryContextAllocHuge(push->cxt, sizeof(Arc) * Max(n_new, 1));
	for (i = 0; i < n_new; i++)
		push->places[push->arc_near[i]].n_arcs++;
	for (i = 0; i < n; i++)
	{
		Place	   *place = &push->places[nodes[i]];

		place->first = first;
		first += place->n_arcs;
		place->n_arcs = 0;
	}
	for (i = 0; i < n_new; i++)
	{
		Place	   *place = &push->places[push->arc_near[i]];

		grouped[place->first - push->first_new + place->n_arcs++] =
			push->arcs[push->first_new + i];
	}
	memcpy(push->arcs + push->first_new, grouped, sizeof(Arc) * n_new);
	pfree(grouped);
	for (i = 0; i < n; i++)
		weigh(push, &push->places[nodes[i]]);
}

/* Reads the arcs of queued nodes that have none yet. */
static void
read_arcs(Push *push)
{
	uint32	   *nodes = MemoryContextAllocHuge(push->cxt,
											   sizeof(uint32) * Max((Size) push->n_queue, 1));
	uint32		n = 0;
	uint32		i;

	for (i = 0; i < push->n_queue; i++)
		if (push->places[push->queue[i]].weight < 0)
			nodes[n++] = push->queue[i];
	if (n > 0)
	{
		push->first_new = push->n_arcs;
		trl_hop_run(push->hop, nodes, n, push->task->direction, receive_arc, push);
		make_places(push);
		group_arcs(push, nodes, n);
	}
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
	if (!(place->weight > 0))
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

static int
compare_numbers(const void *left, const void *right, void *arg)
{
	const TrlNodeSet *set = arg;

	return trl_key_compare(set->kind, set->nodes[*(const uint32 *) left].key,
						   set->nodes[*(const uint32 *) right].key);
}

/* One round: the queue as it is now; pushing makes the next one. */
static void
run_round(Push *push)
{
	uint32		n = push->n_queue;
	uint32	   *round = push->queue;
	uint32		i;

	qsort_arg(round, n, sizeof(uint32), compare_numbers, &push->task->nodes);
	push->queue = MemoryContextAllocHuge(push->cxt,
										 sizeof(uint32) * (Size) push->queue_capacity);
	push->n_queue = 0;
	for (i = 0; i < n; i++)
		push->places[round[i]].queued = false;
	for (i = 0; i < n; i++)
		if (has_too_much(push, &push->places[round[i]]))
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
	qsort_arg(push->seeds, push->n_seeds, sizeof(uint32), compare_numbers, set);
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
		if (task->nodes.count > (uint32) task->max_nodes)
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
