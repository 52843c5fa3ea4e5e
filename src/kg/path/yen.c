/*
 * yen.c - paths without loops, the cheapest first
 *
 * The cheapest way on from a node is searched for backwards from the target.
 * The search stops when it has reached the node: then all nodes on such ways
 * have their labels, and from the node on the lowest id is taken among the
 * arcs that the labels account for exactly.  A label is (cost, edges); since
 * each step takes one from the second, edges of cost 0 make no loop.
 *
 * Under a limit on edges a node has a label for each number of edges with
 * which it is cheaper than with fewer (they come in order of cost).
 *
 * Memory: a context of its own, counted with the call's.
 * Locks and WAL: none.
 */
#include "postgres.h"

#include "lib/pairingheap.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/compat.h"
#include "kg/path/queue.h"
#include "kg/path/yen.h"

#define INITIAL_LABELS 64

/* Arcs that were taken from a node after the same beginning. */
typedef struct Taken
{
	uint32		arc;
	const struct Taken *others;
} Taken;

typedef struct Candidate
{
	pairingheap_node link;
	float8		cost;
	int			n;				/* arcs */
	int			left_at;		/* where it leaves the path it came from */
	const Taken *taken;			/* there, by paths before */
	uint32		arcs[FLEXIBLE_ARRAY_MEMBER];
} Candidate;

typedef struct Label
{
	float8		cost;
	int32		edges;
	uint32		node;
	uint32		before;			/* label of the same node, or TRL_NONE */
} Label;

typedef struct Yen
{
	const TrlAdjacency *adj;
	MemoryContext cxt;
	uint32		source;
	uint32		target;
	int			max_edges;
	pairingheap *candidates;
	bool	   *passed;			/* by node: before the one that is left */
	bool	   *banned;			/* by arc: taken */
	Label	   *labels;			/* of one search */
	uint32		n_labels;
	uint32		capacity;
	uint32	   *last_label;		/* by node, TRL_NONE if it has none */
	TrlQueue	queue;
	uint32	   *way;			/* arcs of the way on */
	int			way_capacity;
} Yen;

/* ---- candidates ---- */

/* As the sink gets them: below 0 if a comes first. */
static int
compare_paths(const TrlAdjacency *adj, const Candidate *a, const Candidate *b)
{
	int			order = 0;
	int			i;

	if (a->cost != b->cost)
		return a->cost < b->cost ? -1 : 1;
	if (a->n != b->n)
		return a->n < b->n ? -1 : 1;
	for (i = 0; i < a->n && order == 0; i++)
		order = trl_adjacency_compare_nodes(adj, adj->arcs[a->arcs[i]].far,
											adj->arcs[b->arcs[i]].far);
	/* between the same nodes arcs stand in order */
	for (i = 0; i < a->n && order == 0; i++)
		if (a->arcs[i] != b->arcs[i])
			order = a->arcs[i] < b->arcs[i] ? -1 : 1;
	return order;
}

static int
compare_candidates(const pairingheap_node * a, const pairingheap_node * b,
				   void *arg)
{
	const Yen  *yen = arg;

	return -compare_paths(yen->adj, (const Candidate *) a, (const Candidate *) b);
}

/* ---- the cheapest way on ---- */

static void
clear_labels(Yen *yen)
{
	uint32		i;

	for (i = 0; i < yen->n_labels; i++)
		yen->last_label[yen->labels[i].node] = TRL_NONE;
	yen->n_labels = 0;
	yen->queue.n = 0;
}

/* False if the node has a label already that is as good in everything. */
static bool
add_label(Yen *yen, const TrlWaiting *found)
{
	uint32		last = yen->last_label[found->node];
	Label	   *label;

	if (last != TRL_NONE &&
		(yen->max_edges == TRL_NO_LIMIT || yen->labels[last].edges <= found->edges))
		return false;
	if (yen->n_labels == yen->capacity)
	{
		yen->capacity *= 2;
		yen->labels = repalloc_huge(yen->labels, sizeof(Label) * yen->capacity);
		trl_budget_check(yen->adj->search->budget);
	}
	label = &yen->labels[yen->n_labels];
	label->cost = found->cost;
	label->edges = found->edges;
	label->node = found->node;
	label->before = last;
	yen->last_label[found->node] = yen->n_labels++;
	return true;
}

/* Labels nodes back from the target until `start` has one of at most edges. */
static bool
search_back(Yen *yen, uint32 start, int max_edges)
{
	const TrlAdjacency *adj = yen->adj;

	clear_labels(yen);
	trl_queue_push(&yen->queue, yen->target, 0, 0);
	while (yen->queue.n > 0)
	{
		TrlWaiting	found = trl_queue_pop(&yen->queue);
		uint32		i;

		CHECK_FOR_INTERRUPTS();
		if (!add_label(yen, &found))
			continue;
		if (found.node == start)
			return true;
		if (found.edges >= max_edges)
			continue;
		for (i = adj->in_start[found.node]; i < adj->in_start[found.node + 1]; i++)
		{
			const TrlArc *arc = &adj->arcs[adj->in[i]];

			if (!yen->passed[arc->near] && !yen->banned[adj->in[i]])
				trl_queue_push(&yen->queue, arc->near,
							   found.cost + trl_arc_cost(adj, arc),
							   found.edges + 1);
		}
	}
	return false;
}

/* The node's label of exactly these edges, if it has one. */
static const Label *
label_of(const Yen *yen, uint32 node, int32 edges)
{
	uint32		at;

	for (at = yen->last_label[node]; at != TRL_NONE; at = yen->labels[at].before)
		if (yen->labels[at].edges == edges)
			return &yen->labels[at];
	return NULL;
}

/* The arc from the label's node that accounts for it; then the next label. */
static uint32
next_arc(const Yen *yen, const Label **label)
{
	const TrlAdjacency *adj = yen->adj;
	uint32		i;

	for (i = adj->start[(*label)->node]; i < adj->start[(*label)->node + 1]; i++)
	{
		const TrlArc *arc = &adj->arcs[i];
		const Label *next = label_of(yen, arc->far, (*label)->edges - 1);

		if (next == NULL || yen->passed[arc->far] || yen->banned[i] ||
			next->cost + trl_arc_cost(adj, arc) != (*label)->cost)
			continue;
		*label = next;
		return i;
	}
	elog(ERROR, "a path of the graph has no next edge");
	return 0;
}

/* The arcs from start to the target, in yen->way; returns their number. */
static int
follow_labels(Yen *yen, uint32 start)
{
	const Label *label = &yen->labels[yen->last_label[start]];
	int			n = label->edges;
	int			i;

	if (n > yen->way_capacity)
	{
		yen->way_capacity = n * 2;
		yen->way = repalloc_huge(yen->way, sizeof(uint32) * yen->way_capacity);
	}
	for (i = 0; i < n; i++)
		yen->way[i] = next_arc(yen, &label);
	return n;
}

/* The first arcs of a path, then the cheapest way on, as a candidate. */
static void
add_candidate(Yen *yen, const uint32 *arcs, int n, uint32 start,
			  const Taken *taken)
{
	Candidate  *candidate;
	int			more;
	int			i;

	if (!search_back(yen, start, yen->max_edges == TRL_NO_LIMIT
					 ? TRL_NO_LIMIT : yen->max_edges - n))
		return;
	more = follow_labels(yen, start);
	candidate = MemoryContextAllocHuge(yen->cxt, offsetof(Candidate, arcs) +
									   sizeof(uint32) * ((Size) n + more));
	candidate->n = n + more;
	candidate->left_at = n;
	candidate->taken = taken;
	if (n > 0)
		memcpy(candidate->arcs, arcs, sizeof(uint32) * n);
	memcpy(candidate->arcs + n, yen->way, sizeof(uint32) * more);
	candidate->cost = 0;
	for (i = 0; i < candidate->n; i++)
		candidate->cost += trl_arc_cost(yen->adj, &yen->adj->arcs[candidate->arcs[i]]);
	pairingheap_add(yen->candidates, &candidate->link);
}

/* ---- the paths ---- */

static void
ban(Yen *yen, const Taken *taken, bool on)
{
	for (; taken != NULL; taken = taken->others)
		yen->banned[taken->arc] = on;
}

/* The node where a path's arc number i leaves. */
static uint32
node_at(const Yen *yen, const Candidate *path, int i)
{
	return yen->adj->arcs[path->arcs[i]].near;
}

/* Candidates that leave the path at each of its nodes from left_at on. */
static void
leave_path(Yen *yen, const Candidate *path)
{
	int			i;

	for (i = 0; i < path->left_at; i++)
		yen->passed[node_at(yen, path, i)] = true;
	for (i = path->left_at; i < path->n; i++)
	{
		Taken	   *taken = MemoryContextAlloc(yen->cxt, sizeof(Taken));
		uint32		start = node_at(yen, path, i);

		taken->arc = path->arcs[i];
		taken->others = i == path->left_at ? path->taken : NULL;
		ban(yen, taken, true);
		add_candidate(yen, path->arcs, i, start, taken);
		ban(yen, taken, false);
		yen->passed[start] = true;
	}
	for (i = 0; i < path->n; i++)
		yen->passed[node_at(yen, path, i)] = false;
	trl_budget_check(yen->adj->search->budget);
}

static void
init_yen(Yen *yen, const TrlAdjacency *adj)
{
	Size		n = Max(adj->n_nodes, 1);

	memset(yen, 0, sizeof(*yen));
	yen->adj = adj;
	yen->cxt = CurrentMemoryContext;
	trl_budget_claim(adj->search->budget, n * 5 + adj->n_arcs);
	yen->passed = MemoryContextAllocExtended(yen->cxt, n,
											 MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	yen->banned = MemoryContextAllocExtended(yen->cxt, Max(adj->n_arcs, 1),
											 MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	yen->last_label = MemoryContextAllocHuge(yen->cxt, sizeof(uint32) * n);
	memset(yen->last_label, 0xFF, sizeof(uint32) * n);
	yen->capacity = INITIAL_LABELS;
	yen->labels = palloc(sizeof(Label) * INITIAL_LABELS);
	yen->way_capacity = INITIAL_LABELS;
	yen->way = palloc(sizeof(uint32) * INITIAL_LABELS);
	trl_queue_init(&yen->queue, &adj->nodes);
	yen->candidates = pairingheap_allocate(compare_candidates, yen);
}

void
trl_yen(const TrlAdjacency *adj, uint32 source, uint32 target, int max_edges,
		uint32 most, TrlYenSink sink, void *state)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext,
											  "trellis k shortest paths",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	Yen			yen;
	uint32		n;

	init_yen(&yen, adj);
	yen.source = source;
	yen.target = target;
	yen.max_edges = max_edges;
	add_candidate(&yen, NULL, 0, source, NULL);
	for (n = 0; n < most && !pairingheap_is_empty(yen.candidates); n++)
	{
		Candidate  *path = (Candidate *) pairingheap_remove_first(yen.candidates);

		if (!sink(state, path->arcs, path->n, path->cost))
			break;
		if (n + 1 < most)
			leave_path(&yen, path);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(cxt);
}
