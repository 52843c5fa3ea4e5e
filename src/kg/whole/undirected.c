/*
 * undirected.c - a graph without directions: between two nodes one edge
 *
 * Locks and WAL: none.  No query runs here.
 */
#include "postgres.h"

#include "core/compat.h"
#include "kg/engine/nodeset.h"
#include "kg/engine/pause.h"
#include "kg/whole/partition.h"
#include "kg/whole/undirected.h"

static TrlUndirected *
new_graph(uint32 n, uint64 n_places, const TrlBudget *budget)
{
	TrlUndirected *graph = palloc0(sizeof(TrlUndirected));

	graph->n = n;
	graph->start = trl_budget_array(budget, (uint64) n + 1, sizeof(uint32));
	graph->far = trl_budget_array(budget, n_places, sizeof(uint32));
	graph->weight = trl_budget_array(budget, n_places, sizeof(float8));
	graph->strength = trl_budget_array(budget, n, sizeof(float8));
	graph->start[0] = 0;
	return graph;
}

void
trl_undirected_free(TrlUndirected *graph)
{
	pfree(graph->start);
	pfree(graph->far);
	pfree(graph->weight);
	pfree(graph->strength);
	if (graph->within != NULL)
		pfree(graph->within);
	pfree(graph);
}

/* Once all edges and within are there. */
static void
add_strengths(TrlUndirected *graph)
{
	uint64		steps = 0;
	uint32		node;
	uint32		i;

	graph->total = 0;
	for (node = 0; node < graph->n; node++)
	{
		float8		sum = graph->within ? graph->within[node] : 0;

		for (i = graph->start[node]; i < graph->start[node + 1]; i++)
			sum += graph->weight[i];
		graph->strength[node] = sum;
		graph->total += sum;
		trl_pause_after(&steps, 1 + graph->start[node + 1] - graph->start[node]);
	}
}

/* ---- from directed edges ---- */

/* The edges of one node and side, read in order. */
typedef struct Reader
{
	const TrlCsrSide *side;
	const float8 *weight;
	uint32		at;
	uint32		end;
} Reader;

static Reader
reader_of(const TrlCsrSide *side, const float8 *weight, uint32 node)
{
	Reader		reader = {side, weight, side->start[node], side->start[node + 1]};

	return reader;
}

static inline uint32
next_far(const Reader *reader)
{
	return reader->at < reader->end ? reader->side->far[reader->at] : TRL_NONE;
}

/* The sum of the weights of the edges to far, which come next if there are any. */
static inline float8
sum_to(Reader *reader, uint32 far)
{
	float8		sum = 0;

	for (; next_far(reader) == far; reader->at++)
		sum += reader->weight ? reader->weight[reader->side->edge[reader->at]] : 1;
	return sum;
}

/*
 * Adds the edges of a node.  The sum of two floating point numbers does not
 * depend on their order, so that both ends come to the same weight.
 */
static uint32
add_node(TrlUndirected *graph, uint32 node, Reader out, Reader in)
{
	uint32		at = graph->start[node];

	for (;;)
	{
		uint32		far = Min(next_far(&out), next_far(&in));
		float8		weight;

		if (far == TRL_NONE)
			return at;
		weight = sum_to(&out, far);
		weight += sum_to(&in, far);
		if (weight > 0 && far != node)
		{
			graph->far[at] = far;
			graph->weight[at++] = weight;
		}
	}
}

TrlUndirected *
trl_undirected_make(const TrlCsr *csr, const float8 *weight,
					const TrlBudget *budget)
{
	TrlUndirected *graph = new_graph(csr->n_nodes, 2 * (uint64) csr->n_edges,
									 budget);
	uint64		steps = 0;
	uint32		node;

	for (node = 0; node < csr->n_nodes; node++)
	{
		graph->start[node + 1] =
			add_node(graph, node, reader_of(&csr->out, weight, node),
					 reader_of(&csr->in, weight, node));
		trl_pause_after(&steps, csr->out.start[node + 1] - csr->out.start[node] +
						csr->in.start[node + 1] - csr->in.start[node]);
	}
	add_strengths(graph);
	return graph;
}

/* ---- from another one ---- */

/* Weights by far node, and which have one. */
typedef struct Sums
{
	float8	   *weight;			/* by node; 0 for those not met */
	uint32	   *met;
	uint32		n_met;
} Sums;

static inline void
add_weight(Sums *sums, uint32 node, float8 weight)
{
	if (sums->weight[node] == 0)
		sums->met[sums->n_met++] = node;
	sums->weight[node] += weight;
}

/* The edges of a group's members become those of a node. */
static void
merge_group(const TrlUndirected *graph, const uint32 *group,
			const uint32 *members, uint32 n, TrlUndirected *result,
			uint32 node, Sums *sums, uint64 *steps)
{
	uint32		at = result->start[node];
	uint32		m;
	uint32		i;

	result->within[node] = 0;
	for (m = 0; m < n; m++)
	{
		uint32		member = members[m];

		if (graph->within != NULL)
			result->within[node] += graph->within[member];
		for (i = graph->start[member]; i < graph->start[member + 1]; i++)
		{
			if (group[graph->far[i]] == node)
				result->within[node] += graph->weight[i];
			else
				add_weight(sums, group[graph->far[i]], graph->weight[i]);
		}
		trl_pause_after(steps, 1 + graph->start[member + 1] - graph->start[member]);
	}
	for (i = 0; i < sums->n_met; i++)
	{
		result->far[at] = sums->met[i];
		result->weight[at++] = sums->weight[sums->met[i]];
		sums->weight[sums->met[i]] = 0;
	}
	sums->n_met = 0;
	result->start[node + 1] = at;
}

/* The nodes, group after group; start (n_groups + 1): where each begins. */
static uint32 *
group_members(const uint32 *group, uint32 n, uint32 n_groups, uint32 *start,
			  const TrlBudget *budget)
{
	uint32	   *members = trl_budget_array(budget, n, sizeof(uint32));
	uint32		i;

	memset(start, 0, sizeof(uint32) * ((Size) n_groups + 1));
	for (i = 0; i < n; i++)
		start[group[i] + 1]++;
	for (i = 0; i < n_groups; i++)
		start[i + 1] += start[i];
	for (i = n; i-- > 0;)
		members[--start[group[i] + 1]] = i;
	/* each has moved to its own beginning, one place late */
	for (i = 0; i < n_groups; i++)
		start[i] = start[i + 1];
	start[n_groups] = n;
	return members;
}

TrlUndirected *
trl_undirected_merge(const TrlUndirected *graph, const uint32 *group,
					 uint32 n_groups, const TrlBudget *budget)
{
	TrlUndirected *result = new_graph(n_groups, graph->start[graph->n], budget);
	uint32	   *start = trl_budget_array(budget, (uint64) n_groups + 1, sizeof(uint32));
	uint32	   *members = group_members(group, graph->n, n_groups, start, budget);
	Sums		sums;
	uint64		steps = 0;
	uint32		node;

	result->within = trl_budget_array(budget, n_groups, sizeof(float8));
	sums.weight = trl_budget_array(budget, n_groups, sizeof(float8));
	sums.met = trl_budget_array(budget, n_groups, sizeof(uint32));
	sums.n_met = 0;
	memset(sums.weight, 0, sizeof(float8) * (Size) n_groups);
	for (node = 0; node < n_groups; node++)
		merge_group(graph, group, members + start[node],
					start[node + 1] - start[node], result, node, &sums, &steps);
	pfree(start);
	pfree(members);
	pfree(sums.weight);
	pfree(sums.met);
	add_strengths(result);
	return result;
}

TrlUndirected *
trl_undirected_part(const TrlUndirected *graph, const uint32 *members,
					uint32 n, uint32 *place, const TrlBudget *budget)
{
	TrlUndirected *result;
	uint64		n_places = 0;
	uint32		at = 0;
	uint32		m;
	uint32		i;

	for (m = 0; m < n; m++)
	{
		place[members[m]] = m;
		n_places += graph->start[members[m] + 1] - graph->start[members[m]];
	}
	result = new_graph(n, n_places, budget);
	for (m = 0; m < n; m++)
	{
		uint32		member = members[m];

		trl_pause_at(m);
		for (i = graph->start[member]; i < graph->start[member + 1]; i++)
			if (place[graph->far[i]] != TRL_NONE)
			{
				result->far[at] = place[graph->far[i]];
				result->weight[at++] = graph->weight[i];
			}
		result->start[m + 1] = at;
	}
	for (m = 0; m < n; m++)
		place[members[m]] = TRL_NONE;
	add_strengths(result);
	return result;
}
