/*
 * pagerank.c - the PageRank of every node
 *
 * Power iteration (Page, Brin, Motwani, Winograd, 1999).  Each round every
 * node pulls what its neighbours pass on, so that sums are made in the order
 * of the edges, whatever the machine.  A node that passes nothing on (no
 * edges, or none with a weight) spreads its score over all nodes.
 *
 * Locks and WAL: none.  No query runs here.
 */
#include "postgres.h"

#include <math.h>

#include "core/compat.h"
#include "kg/engine/pause.h"
#include "kg/whole/pagerank.h"

/* One side that nodes pull from. */
typedef struct Pull
{
	const TrlCsrSide *side;
	float8	   *share;			/* by place: which part of far's score it
								 * passes on; NULL where all edges are alike */
} Pull;

typedef struct Surf
{
	const TrlCsr *csr;
	const TrlPagerank *task;
	Pull		pull[2];
	int			n_pulls;
	float8	   *passes;			/* by node: weight of the edges it leaves by */
	float8	   *score;
	float8	   *next;
	float8	   *part;			/* by node: what one edge passes on */
} Surf;

int
trl_pagerank_sides(TrlDirection direction)
{
	return (direction & TRL_DIRECTION_OUT ? TRL_CSR_IN : 0) |
		(direction & TRL_DIRECTION_IN ? TRL_CSR_OUT : 0);
}

/* Adds up what each node passes on over a side that others pull from. */
static void
add_passes(Surf *surf, const TrlCsrSide *side)
{
	const float8 *weight = surf->task->weight;
	uint32		i;

	for (i = 0; i < surf->csr->n_edges; i++)
	{
		trl_pause_at(i);
		surf->passes[side->far[i]] += weight ? weight[side->edge[i]] : 1;
	}
}

static void
set_shares(Surf *surf, Pull *pull, const TrlBudget *budget)
{
	uint32		n = surf->csr->n_edges;
	uint32		i;

	if (surf->task->weight == NULL)
		return;
	pull->share = trl_budget_array(budget, n, sizeof(float8));
	for (i = 0; i < n; i++)
	{
		float8		weight = surf->task->weight[pull->side->edge[i]];

		trl_pause_at(i);
		pull->share[i] = weight > 0
			? weight / surf->passes[pull->side->far[i]] : 0;
	}
}

static void
prepare(Surf *surf, const TrlBudget *budget)
{
	const TrlCsr *csr = surf->csr;
	uint32		n = csr->n_nodes;
	uint32		i;
	int			p;

	if (surf->task->direction & TRL_DIRECTION_OUT)
		surf->pull[surf->n_pulls++].side = &csr->in;
	if (surf->task->direction & TRL_DIRECTION_IN)
		surf->pull[surf->n_pulls++].side = &csr->out;
	surf->passes = trl_budget_array(budget, n, sizeof(float8));
	surf->score = trl_budget_array(budget, n, sizeof(float8));
	surf->next = trl_budget_array(budget, n, sizeof(float8));
	surf->part = trl_budget_array(budget, n, sizeof(float8));
	for (i = 0; i < n; i++)
	{
		surf->passes[i] = 0;
		surf->score[i] = 1.0 / n;
	}
	for (p = 0; p < surf->n_pulls; p++)
		add_passes(surf, surf->pull[p].side);
	for (p = 0; p < surf->n_pulls; p++)
		set_shares(surf, &surf->pull[p], budget);
}

/* What each node's edges pass on; returns the score of those without. */
static float8
share_out(Surf *surf)
{
	bool		weighted = surf->task->weight != NULL;
	float8		stuck = 0;
	uint32		i;

	for (i = 0; i < surf->csr->n_nodes; i++)
	{
		trl_pause_at(i);
		if (surf->passes[i] > 0)
			surf->part[i] = weighted ? surf->score[i]
				: surf->score[i] / surf->passes[i];
		else
		{
			surf->part[i] = 0;
			stuck += surf->score[i];
		}
	}
	return stuck;
}

static inline float8
pulled(const Pull *pull, const float8 *part, uint32 node)
{
	const uint32 *far = pull->side->far;
	uint32		end = pull->side->start[node + 1];
	float8		sum = 0;
	uint32		i;

	if (pull->share == NULL)
	{
		for (i = pull->side->start[node]; i < end; i++)
			sum += part[far[i]];
		return sum;
	}
	for (i = pull->side->start[node]; i < end; i++)
		sum += part[far[i]] * pull->share[i];
	return sum;
}

/* One round; returns the sum of all changes. */
static float8
iterate(Surf *surf)
{
	uint32		n = surf->csr->n_nodes;
	float8		damping = surf->task->damping;
	float8		base = (1 - damping) / n + damping * share_out(surf) / n;
	float8		change = 0;
	float8	   *swap;
	uint64		steps = 0;
	uint32		i;
	int			p;

	for (i = 0; i < n; i++)
	{
		float8		sum = 0;

		for (p = 0; p < surf->n_pulls; p++)
		{
			const uint32 *start = surf->pull[p].side->start;

			trl_pause_after(&steps, 1 + start[i + 1] - start[i]);
			sum += pulled(&surf->pull[p], surf->part, i);
		}
		surf->next[i] = base + damping * sum;
		change += fabs(surf->next[i] - surf->score[i]);
	}
	swap = surf->score;
	surf->score = surf->next;
	surf->next = swap;
	return change;
}

/* Rounding has moved the sum away from 1 by some 1e-16 a round. */
static void
normalise(Surf *surf)
{
	uint32		n = surf->csr->n_nodes;
	float8		sum = 0;
	uint32		i;

	for (i = 0; i < n; i++)
		sum += surf->score[i];
	for (i = 0; i < n; i++)
		surf->score[i] /= sum;
}

float8 *
trl_pagerank_run(const TrlCsr *csr, TrlPagerank *task, const TrlBudget *budget)
{
	Surf		surf = {0};
	int			round;

	surf.csr = csr;
	surf.task = task;
	prepare(&surf, budget);
	task->settled = csr->n_nodes == 0;
	for (round = 0; round < task->max_iterations && !task->settled; round++)
		task->settled = iterate(&surf) <= task->tolerance;
	normalise(&surf);
	return surf.score;
}
