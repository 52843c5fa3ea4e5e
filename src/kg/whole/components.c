/*
 * components.c - the components of a graph
 *
 * Weak ones by a forest of parents, where the lower node is the root (paths
 * are halved as they are followed).  Strong ones by Tarjan's algorithm (1972)
 * with a stack of its own: a path may be as long as the graph.
 *
 * Locks and WAL: none.  No query runs here.
 */
#include "postgres.h"

#include "core/compat.h"
#include "kg/engine/pause.h"
#include "kg/whole/components.h"

#define UNSEEN PG_UINT32_MAX

/* ---- weak ---- */

uint32
trl_components_root(uint32 *parent, uint32 node)
{
	while (parent[node] != node)
	{
		parent[node] = parent[parent[node]];
		node = parent[node];
	}
	return node;
}

void
trl_components_unite(uint32 *parent, uint32 a, uint32 b)
{
	a = trl_components_root(parent, a);
	b = trl_components_root(parent, b);
	if (a < b)
		parent[b] = a;
	else
		parent[a] = b;
}

uint32 *
trl_components_weak(const TrlCsr *csr, const TrlBudget *budget)
{
	uint32	   *parent = trl_budget_array(budget, csr->n_nodes, sizeof(uint32));
	uint32		node;
	uint32		i;

	for (node = 0; node < csr->n_nodes; node++)
		parent[node] = node;
	for (node = 0; node < csr->n_nodes; node++)
		for (i = csr->out.start[node]; i < csr->out.start[node + 1]; i++)
		{
			trl_pause_at(i);
			trl_components_unite(parent, node, csr->out.far[i]);
		}
	for (node = 0; node < csr->n_nodes; node++)
		parent[node] = trl_components_root(parent, node);
	return parent;
}

/* ---- strong ---- */

/* Nodes in order of discovery; a component is closed at its first node. */
typedef struct Search
{
	const TrlCsr *csr;
	uint32	   *found;			/* by node: when, UNSEEN if not yet */
	uint32	   *lowest;			/* by node: the earliest open node reached */
	uint32	   *label;			/* by node: UNSEEN while open */
	uint32	   *next;			/* by node: the next edge to follow */
	uint32	   *open;			/* stack of nodes without a label */
	uint32		n_open;
	uint32	   *path;			/* stack of nodes being followed */
	uint32		n_path;
	uint32		clock;
	uint32		n_labels;
} Search;

static void
enter(Search *search, uint32 node)
{
	search->found[node] = search->lowest[node] = search->clock++;
	search->next[node] = search->csr->out.start[node];
	search->open[search->n_open++] = node;
	search->path[search->n_path++] = node;
}

/* Follows an edge of the path's last node. */
static void
follow(Search *search, uint32 node)
{
	uint32		far = search->csr->out.far[search->next[node]++];

	if (search->found[far] == UNSEEN)
		enter(search, far);
	else if (search->label[far] == UNSEEN)
		search->lowest[node] = Min(search->lowest[node], search->found[far]);
}

/* Takes the last node off the path; all its edges are done. */
static void
leave(Search *search, uint32 node)
{
	search->n_path--;
	if (search->n_path > 0)
	{
		uint32		parent = search->path[search->n_path - 1];

		search->lowest[parent] = Min(search->lowest[parent],
									 search->lowest[node]);
	}
	if (search->lowest[node] != search->found[node])
		return;
	do
		search->label[search->open[--search->n_open]] = search->n_labels;
	while (search->open[search->n_open] != node);
	search->n_labels++;
}

static void
search_from(Search *search, uint32 start, uint64 *steps)
{
	enter(search, start);
	while (search->n_path > 0)
	{
		uint32		node = search->path[search->n_path - 1];

		trl_pause_after(steps, 1);
		if (search->next[node] < search->csr->out.start[node + 1])
			follow(search, node);
		else
			leave(search, node);
	}
}

uint32 *
trl_components_strong(const TrlCsr *csr, const TrlBudget *budget)
{
	Search		search = {0};
	Size		n = csr->n_nodes;
	uint64		steps = 0;
	uint32		node;

	search.csr = csr;
	search.found = trl_budget_array(budget, n, sizeof(uint32));
	search.lowest = trl_budget_array(budget, n, sizeof(uint32));
	search.label = trl_budget_array(budget, n, sizeof(uint32));
	search.next = trl_budget_array(budget, n, sizeof(uint32));
	search.open = trl_budget_array(budget, n, sizeof(uint32));
	search.path = trl_budget_array(budget, n, sizeof(uint32));
	memset(search.found, 0xFF, sizeof(uint32) * n);
	memset(search.label, 0xFF, sizeof(uint32) * n);
	for (node = 0; node < csr->n_nodes; node++)
		if (search.found[node] == UNSEEN)
			search_from(&search, node, &steps);
	pfree(search.found);
	pfree(search.lowest);
	pfree(search.next);
	pfree(search.open);
	pfree(search.path);
	return search.label;
}
