/*
 * adjacency.c - the edges between two ends, kept for one call
 *
 * Does: read edges through hop.c, number each edge, keep arcs sorted.
 * Does not: decide which nodes to read; that is lengths.c and ball.c.
 *
 * An arc from u to v is read at u from the side of the sources, at v from
 * the side of the targets, and kept the first time: it is there already if
 * the other end was read for the same class from the other side.
 *
 * Locks: those of hop.c.  WAL: none.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "core/compat.h"
#include "kg/path/adjacency.h"

#define INITIAL_ARCS 256

#define BIT(n) (UINT64CONST(1) << (n))

/* One read, as its sink sees it. */
typedef struct Fetch
{
	TrlAdjacency *adj;
	TrlSide		side;
	int			class;
	TrlArcVisitor visitor;
	void	   *state;
} Fetch;

static TrlHop *
new_hop(TrlAdjacency *adj, const TrlEdgeClass *class)
{
	const TrlSearch *search = adj->search;
	TrlHop	   *hop = trl_hop_create(search->graph, search->filter,
									 &adj->nodes, search->rels,
									 search->budget, TRL_NO_LIMIT);

	if (class != NULL)
		trl_hop_set_rels(hop, class->rels, class->n_rels);
	return hop;
}

TrlAdjacency *
trl_adjacency_create(const TrlSearch *search, const TrlMetapath *metapath)
{
	TrlAdjacency *adj = palloc0(sizeof(TrlAdjacency));
	int			i;

	adj->search = search;
	adj->weighted = search->weighted;
	adj->cxt = CurrentMemoryContext;
	trl_nodeset_init(&adj->nodes, search->graph->kind, adj->cxt);
	adj->capacity = INITIAL_ARCS;
	adj->arcs = palloc(sizeof(TrlArc) * INITIAL_ARCS);
	adj->n_classes = metapath ? metapath->n_classes : 1;
	for (i = 0; i < adj->n_classes; i++)
	{
		const TrlEdgeClass *class = metapath ? &metapath->classes[i] : NULL;

		adj->hop[i] = new_hop(adj, class);
		adj->direction[i] = class ? class->direction : search->direction;
	}
	return adj;
}

int
trl_adjacency_compare_nodes(const TrlAdjacency *adj, uint32 a, uint32 b)
{
	if (a == b)
		return 0;
	return trl_key_compare(adj->nodes.kind, adj->nodes.nodes[a].key,
						   adj->nodes.nodes[b].key);
}

static int
compare_ends(const void *left, const void *right, void *arg)
{
	return trl_adjacency_compare_nodes(arg, *(const uint32 *) left,
									   *(const uint32 *) right);
}

uint32 *
trl_adjacency_ends(TrlAdjacency *adj, const TrlKey *keys, uint32 *n)
{
	uint32	   *ends = palloc(sizeof(uint32) * Max(*n, 1));
	uint32		distinct = 0;
	uint32		kept = 0;
	uint32		i;
	bool		is_new;

	for (i = 0; i < *n; i++)
		ends[i] = trl_nodeset_intern(&adj->nodes, keys[i], &is_new);
	qsort_arg(ends, *n, sizeof(uint32), compare_ends, adj);
	for (i = 0; i < *n; i++)
		if (distinct == 0 || ends[i] != ends[distinct - 1])
			ends[distinct++] = ends[i];
	if (trl_hop_knows_nodes(adj->hop[0]))
	{
		trl_hop_check_nodes(adj->hop[0], ends, distinct);
		for (i = 0; i < distinct; i++)
			if (adj->nodes.nodes[ends[i]].visibility == TRL_VISIBILITY_VISIBLE)
				ends[kept++] = ends[i];
		distinct = kept;
	}
	*n = distinct;
	return ends;
}

/* ---- reading ---- */

static void
size_fetched(TrlAdjacency *adj)
{
	uint32		old = adj->fetched_capacity;
	int			side;

	if (adj->nodes.count <= old)
		return;
	adj->fetched_capacity = Max(INITIAL_ARCS, adj->nodes.count + adj->nodes.count / 2);
	for (side = 0; side < 2; side++)
	{
		Size		size = sizeof(uint64) * adj->fetched_capacity;

		if (adj->fetched[side] == NULL)
			adj->fetched[side] = MemoryContextAllocHuge(adj->cxt, size);
		else
			adj->fetched[side] = repalloc_huge(adj->fetched[side], size);
		memset(adj->fetched[side] + old, 0,
			   sizeof(uint64) * (adj->fetched_capacity - old));
	}
}

static TrlArc *
next_arc(TrlAdjacency *adj)
{
	if (adj->n_arcs == adj->capacity)
	{
		adj->capacity *= 2;
		adj->arcs = repalloc_huge(adj->arcs, sizeof(TrlArc) * adj->capacity);
		trl_budget_check(adj->search->budget);
	}
	return &adj->arcs[adj->n_arcs++];
}

static void
keep_arc(const Fetch *fetch, const TrlEdge *edge)
{
	TrlAdjacency *adj = fetch->adj;
	bool		from_target = fetch->side == TRL_SIDE_TARGET;
	TrlArc	   *arc = next_arc(adj);

	arc->step = trl_step_copy(adj->hop[0], &edge->step, adj->cxt);
	arc->classes = BIT(fetch->class);
	arc->near = from_target ? edge->far : edge->near;
	arc->far = from_target ? edge->near : edge->far;
	arc->edge = 0;
	arc->reversed = edge->reversed != from_target;
}

static void
take_edge(void *state, const TrlEdge *edge)
{
	const Fetch *fetch = state;
	TrlAdjacency *adj = fetch->adj;
	TrlSide		side = fetch->side;

	if (adj->weighted)
	{
		if (!edge->step.has_weight)
			return;				/* no cost is known: no way */
		trl_path_check_weight(adj->search->graph, edge->step.weight);
	}
	size_fetched(adj);
	if (!(adj->fetched[side][edge->near] & BIT(fetch->class)) &&
		!(adj->fetched[1 - side][edge->far] & BIT(fetch->class)))
		keep_arc(fetch, edge);
	fetch->visitor(fetch->state, edge->near, edge->far,
				   adj->weighted ? edge->step.weight : 1, fetch->class);
}

void
trl_adjacency_fetch(TrlAdjacency *adj, TrlSide side, int class, uint32 *nodes,
					uint32 n, TrlArcVisitor visitor, void *state)
{
	Fetch		fetch = {adj, side, class, visitor, state};
	TrlDirection direction = adj->direction[class];
	uint32		i;

	if (side == TRL_SIDE_TARGET)
		direction = trl_direction_reversed(direction);
	trl_hop_run(adj->hop[class], nodes, n, direction, take_edge, &fetch);
	size_fetched(adj);
	for (i = 0; i < n; i++)
		adj->fetched[side][nodes[i]] |= BIT(class);
	trl_budget_check(adj->search->budget);
}

/* ---- order ---- */

/* Without classes: equal arcs are one edge, or edges that nothing tells apart. */
static int
compare_arcs(const TrlAdjacency *adj, const TrlArc *a, const TrlArc *b)
{
	int			order;

	if (a->near != b->near)
		return a->near < b->near ? -1 : 1;
	order = trl_adjacency_compare_nodes(adj, a->far, b->far);
	if (order == 0)
		order = trl_step_compare(adj->hop[0], &a->step, &b->step);
	if (order == 0)
		order = (int) a->reversed - (int) b->reversed;
	return order;
}

#define ST_SORT sort_arcs
#define ST_ELEMENT_TYPE TrlArc
#define ST_COMPARE(a, b, adj) compare_arcs(adj, a, b)
#define ST_COMPARE_ARG_TYPE const TrlAdjacency
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DECLARE
#define ST_DEFINE
#include "lib/sort_template.h"

/*
 * An edge that is of two classes was read for both.  Of a run of equal arcs,
 * the n-th of one class and the n-th of another are the same edge.
 */
static void
merge_classes(TrlAdjacency *adj)
{
	uint32		kept = 0;
	uint32		run = 0;		/* first kept arc of the run */
	uint32		i;

	for (i = 0; i < adj->n_arcs; i++)
	{
		const TrlArc *arc = &adj->arcs[i];
		uint32		at;

		CHECK_FOR_INTERRUPTS();
		if (kept == 0 || compare_arcs(adj, &adj->arcs[run], arc) != 0)
			run = kept;
		for (at = run; at < kept; at++)
			if (!(adj->arcs[at].classes & arc->classes))
				break;
		if (at < kept)
			adj->arcs[at].classes |= arc->classes;
		else
			adj->arcs[kept++] = *arc;
	}
	adj->n_arcs = kept;
}

/* The first arc that is not less than the key. */
static uint32
lower_bound(const TrlAdjacency *adj, const TrlArc *key)
{
	uint32		low = adj->start[key->near];
	uint32		high = adj->start[key->near + 1];

	while (low < high)
	{
		uint32		middle = low + (high - low) / 2;

		if (compare_arcs(adj, &adj->arcs[middle], key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * An edge walked against its direction has the number of the same edge
 * walked along it: of equal arcs, the n-th belongs to the n-th.
 */
static void
number_edges(TrlAdjacency *adj)
{
	uint32		nth = 0;
	uint32		i;

	for (i = 0; i < adj->n_arcs; i++)
	{
		TrlArc	   *arc = &adj->arcs[i];
		TrlArc		other = *arc;
		uint32		at;

		arc->edge = i;
		if (!arc->reversed)
			continue;
		nth = i > 0 && compare_arcs(adj, &adj->arcs[i - 1], arc) == 0 ? nth + 1 : 0;
		other.near = arc->far;
		other.far = arc->near;
		other.reversed = false;
		at = lower_bound(adj, &other) + nth;
		if (at < adj->start[other.near + 1] &&
			compare_arcs(adj, &adj->arcs[at], &other) == 0)
			arc->edge = at;
	}
}

/* ---- indexes ---- */

static uint32 *
new_numbers(const TrlAdjacency *adj, uint32 *old, Size n)
{
	if (old != NULL)
		pfree(old);
	return MemoryContextAllocExtended(adj->cxt, sizeof(uint32) * Max(n, 1),
									  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
}

/* Counts become the places where each node's arcs begin. */
static void
make_starts(uint32 *start, uint32 n)
{
	uint32		sum = 0;
	uint32		i;

	for (i = 0; i <= n; i++)
	{
		uint32		count = start[i];

		start[i] = sum;
		sum += count;
	}
}

static void
index_arcs(TrlAdjacency *adj)
{
	uint32		i;

	adj->n_nodes = adj->nodes.count;
	adj->start = new_numbers(adj, adj->start, (Size) adj->n_nodes + 1);
	adj->in_start = new_numbers(adj, adj->in_start, (Size) adj->n_nodes + 1);
	adj->in = new_numbers(adj, adj->in, adj->n_arcs);
	for (i = 0; i < adj->n_arcs; i++)
	{
		adj->start[adj->arcs[i].near]++;
		adj->in_start[adj->arcs[i].far]++;
	}
	make_starts(adj->start, adj->n_nodes);
	make_starts(adj->in_start, adj->n_nodes);
	for (i = 0; i < adj->n_arcs; i++)
		adj->in[adj->in_start[adj->arcs[i].far]++] = i;
	/* each start is the next node's by now */
	memmove(adj->in_start + 1, adj->in_start, sizeof(uint32) * adj->n_nodes);
	adj->in_start[0] = 0;
	trl_budget_check(adj->search->budget);
}

void
trl_adjacency_build(TrlAdjacency *adj)
{
	uint32		i;

	sort_arcs(adj->arcs, adj->n_arcs, adj);
	if (adj->n_classes > 1)
		merge_classes(adj);
	index_arcs(adj);
	number_edges(adj);
	for (i = 0; i < adj->n_arcs; i++)
		trl_rels_note(adj->search->rels, adj->arcs[i].step.rel);
	trl_rels_load(adj->search->rels);
}

void
trl_adjacency_filter(TrlAdjacency *adj,
					 bool (*keep) (void *state, const TrlArc *arc),
					 void *state)
{
	uint32		kept = 0;
	uint32		i;

	for (i = 0; i < adj->n_arcs; i++)
		if (keep(state, &adj->arcs[i]))
			adj->arcs[kept++] = adj->arcs[i];
	adj->n_arcs = kept;
	index_arcs(adj);
	number_edges(adj);
}

uint32
trl_adjacency_group_end(const TrlAdjacency *adj, uint32 arc)
{
	uint32		end = adj->start[adj->arcs[arc].near + 1];
	uint32		far = adj->arcs[arc].far;

	while (arc < end && adj->arcs[arc].far == far)
		arc++;
	return arc;
}

void
trl_adjacency_path(const TrlAdjacency *adj, uint32 source, const uint32 *arcs,
				   int n, TrlPath *path)
{
	int			i;

	trl_path_init(path, n + 1);
	path->node[0] = adj->nodes.nodes[source].key;
	for (i = 0; i < n; i++)
	{
		path->node[i + 1] = adj->nodes.nodes[adj->arcs[arcs[i]].far].key;
		path->step[i + 1] = adj->arcs[arcs[i]].step;
	}
}
