/*
 * ball.c - the edges on paths of up to some cost between two nodes
 *
 * Dijkstra's search from both ends, in batches as in dijkstra.c, but it keeps
 * what it reads and does not end at the first path.  Why that is all: on a
 * path that costs less than the radii together, take the last node nearer to
 * the source than its radius.  It and those before were expanded; the nodes
 * behind it are nearer to the target than the other radius, and were expanded
 * from there.
 *
 * Locks: those of hop.c.  WAL: none.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "core/compat.h"
#include "kg/path/ball.h"

#define FIRST_BATCH 8
#define LAST_BATCH 256

#define INITIAL_LABELS 64

static TrlBallLabel *
label_of(TrlBallSide *side, uint32 node)
{
	uint32		i;

	if (node >= side->capacity)
	{
		uint32		old = side->capacity;

		side->capacity = node + node / 2 + 1;
		side->labels = repalloc_huge(side->labels,
									 sizeof(TrlBallLabel) * side->capacity);
		for (i = old; i < side->capacity; i++)
			side->labels[i].cost = -1;
	}
	return &side->labels[node];
}

static void
reach_node(TrlBall *ball, TrlSide number, uint32 node, float8 cost)
{
	TrlBallLabel *label = label_of(&ball->side[number], node);
	const TrlBallLabel *other = label_of(&ball->side[1 - number], node);

	if (label->cost >= 0 && cost >= label->cost)
		return;
	if (label->cost < 0)
		ball->n_reached++;
	label->cost = cost;
	trl_queue_push(&ball->side[number].queue, node, cost, 0);
	if (other->cost >= 0 && (!ball->met || cost + other->cost < ball->best))
	{
		ball->met = true;
		ball->best = cost + other->cost;
	}
}

void
trl_ball_init(TrlBall *ball, TrlAdjacency *adj, uint32 source, uint32 target)
{
	int			i;

	memset(ball, 0, sizeof(*ball));
	ball->adj = adj;
	ball->source = source;
	ball->target = target;
	ball->batch = FIRST_BATCH;
	for (i = 0; i < 2; i++)
	{
		ball->side[i].labels = palloc(sizeof(TrlBallLabel) * INITIAL_LABELS);
		trl_queue_init(&ball->side[i].queue, &adj->nodes);
	}
	reach_node(ball, TRL_SIDE_SOURCE, source, 0);
	reach_node(ball, TRL_SIDE_TARGET, target, 0);
}

/* Cost of the nearest waiting node; false if none waits. */
static bool
nearest(TrlBallSide *side, float8 *cost)
{
	while (side->queue.n > 0)
	{
		const TrlWaiting *top = &side->queue.heap[0];

		*cost = top->cost;
		if (*cost == side->labels[top->node].cost)
			return true;
		trl_queue_pop(&side->queue);
	}
	return false;
}

static void
visit_arc(void *state, uint32 node, uint32 other, float8 weight, int class)
{
	TrlBall    *ball = state;
	TrlSide		number = ball->reading;

	(void) class;
	reach_node(ball, number, other,
			   ball->side[number].labels[node].batch_cost + weight);
}

/* Reads the edges of a side's nearest nodes. */
static void
expand_batch(TrlBall *ball, TrlSide number)
{
	TrlBallSide *side = &ball->side[number];
	uint32		batch[LAST_BATCH];
	uint32		n = 0;
	float8		cost;

	while (n < ball->batch && nearest(side, &cost))
	{
		uint32		node = trl_queue_pop(&side->queue).node;

		side->labels[node].batch_cost = side->labels[node].cost;
		batch[n++] = node;
	}
	ball->reading = number;
	trl_adjacency_fetch(ball->adj, number, 0, batch, n, visit_arc, ball);
	ball->batch = Min(ball->batch * 2, LAST_BATCH);
}

/* False if there is no more to read, or max_nodes forbids it. */
static bool
take_step(TrlBall *ball)
{
	const TrlBallSide *from = &ball->side[TRL_SIDE_SOURCE];
	const TrlBallSide *to = &ball->side[TRL_SIDE_TARGET];

	CHECK_FOR_INTERRUPTS();
	if (ball->exhausted)
		return false;
	if (ball->n_reached > (uint32) ball->adj->search->max_nodes)
	{
		ball->stopped = true;
		return false;
	}
	expand_batch(ball, to->queue.n < from->queue.n
				 ? TRL_SIDE_TARGET : TRL_SIDE_SOURCE);
	return true;
}

/* Sets the radius as far as the sides have come. */
static void
measure(TrlBall *ball)
{
	float8		cost[2];

	if (nearest(&ball->side[0], &cost[0]) && nearest(&ball->side[1], &cost[1]))
		ball->radius = cost[0] + cost[1];
	else
		ball->exhausted = true;
}

bool
trl_ball_covers(const TrlBall *ball, float8 cost)
{
	if (ball->exhausted)
		return true;
	/* an edge of cost 0 may lie right on the border */
	return ball->adj->weighted ?
		cost * (1 + TRL_COST_TOLERANCE) < ball->radius : cost <= ball->radius;
}

void
trl_ball_meet(TrlBall *ball, float8 max_cost)
{
	measure(ball);
	while (!trl_ball_covers(ball, ball->met ? Min(ball->best, max_cost) : max_cost) &&
		   take_step(ball))
		measure(ball);
}

void
trl_ball_grow(TrlBall *ball, float8 cost, uint32 arcs)
{
	measure(ball);
	while (!trl_ball_covers(ball, cost) && ball->adj->n_arcs < arcs &&
		   take_step(ball))
		measure(ball);
}

/* ---- trimming ---- */

/* The least cost from a node, or to it, within the arcs; below 0: none. */
static float8 *
least_costs(const TrlAdjacency *adj, uint32 start, TrlSide side)
{
	float8	   *costs;
	TrlQueue	queue;
	uint32		i;

	trl_budget_claim(adj->search->budget, sizeof(float8) * adj->n_nodes);
	costs = MemoryContextAllocHuge(CurrentMemoryContext,
								   sizeof(float8) * adj->n_nodes);
	for (i = 0; i < adj->n_nodes; i++)
		costs[i] = -1;
	trl_queue_init(&queue, &adj->nodes);
	trl_queue_push(&queue, start, 0, 0);
	while (queue.n > 0)
	{
		TrlWaiting	top = trl_queue_pop(&queue);
		const uint32 *starts = side == TRL_SIDE_SOURCE ? adj->start : adj->in_start;

		CHECK_FOR_INTERRUPTS();
		if (costs[top.node] >= 0)
			continue;
		costs[top.node] = top.cost;
		for (i = starts[top.node]; i < starts[top.node + 1]; i++)
		{
			const TrlArc *arc = &adj->arcs[side == TRL_SIDE_SOURCE ? i : adj->in[i]];
			uint32		other = side == TRL_SIDE_SOURCE ? arc->far : arc->near;

			if (costs[other] < 0)
				trl_queue_push(&queue, other, top.cost + trl_arc_cost(adj, arc), 0);
		}
	}
	pfree(queue.heap);
	return costs;
}

typedef struct Trim
{
	const TrlAdjacency *adj;
	const float8 *from_source;
	const float8 *to_target;
	float8		limit;
} Trim;

static bool
is_useful(void *state, const TrlArc *arc)
{
	const Trim *trim = state;
	float8		before = trim->from_source[arc->near];
	float8		after = trim->to_target[arc->far];

	return before >= 0 && after >= 0 &&
		before + trl_arc_cost(trim->adj, arc) + after <= trim->limit;
}

void
trl_ball_trim(TrlBall *ball, float8 cost)
{
	Trim		trim;

	trim.adj = ball->adj;
	trim.from_source = least_costs(ball->adj, ball->source, TRL_SIDE_SOURCE);
	trim.to_target = least_costs(ball->adj, ball->target, TRL_SIDE_TARGET);
	trim.limit = cost * (1 + TRL_COST_TOLERANCE);
	trl_adjacency_filter(ball->adj, is_useful, &trim);
	pfree((void *) trim.from_source);
	pfree((void *) trim.to_target);
}
