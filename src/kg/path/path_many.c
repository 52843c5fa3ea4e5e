/*
 * path_many.c - trellis.all_shortest_paths(), trellis.k_shortest_paths(), and
 * the cheapest path of a limited number of edges
 *
 * All read the edges that matter once (ball.c, or lengths.c where the number of
 * edges is limited but cost is not), then search in memory: shortest paths are
 * all paths that are left once the other edges have gone (enumerate.c); the k
 * shortest and those of few edges come from yen.c.
 *
 * Locks: AccessShareLock on the graph's relations.  WAL: none.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/compat.h"
#include "kg/path/ball.h"
#include "kg/path/enumerate.h"
#include "kg/path/yen.h"

TRL_FUNCTION(trl_all_shortest_paths);
TRL_FUNCTION(trl_k_shortest_paths);

enum
{
	ALL_EDGES,
	ALL_SOURCE,
	ALL_TARGET,
	ALL_WEIGHTED,
	ALL_MAX_DEPTH,
	ALL_DIRECTION,
	ALL_RELS,
	ALL_MIN_WEIGHT,
	ALL_MIN_CONFIDENCE,
	ALL_VALID_AT,
	ALL_KNOWN_AT,
	ALL_MAX_PATHS,
	ALL_MAX_NODES,
	ALL_NODES
};

enum
{
	K_EDGES,
	K_SOURCE,
	K_TARGET,
	K_K,
	K_WEIGHTED,
	K_MAX_DEPTH,
	K_DIRECTION,
	K_RELS,
	K_MIN_WEIGHT,
	K_MIN_CONFIDENCE,
	K_VALID_AT,
	K_KNOWN_AT,
	K_MAX_NODES,
	K_NODES
};

/* Arcs to read before it is looked again whether there are k paths. */
#define FIRST_GROWTH 512

/* A search for several paths, and what became of them. */
typedef struct Many
{
	TrlCall    *call;			/* NULL: paths are not put */
	TrlSearch  *search;
	TrlAdjacency *adj;
	uint32		source;
	uint32		target;
	TrlBall		ball;
	MemoryContext row_cxt;		/* reset per path */
	int			most;			/* paths wanted */
	int			n_paths;		/* found so far */
	float8		cost;			/* of the last one */
	float8		max_cost;		/* none above that is put */
	bool		cut;			/* there are more than wanted */
} Many;

/* False if an end is hidden or missing. */
static bool
open_search(Many *many, TrlSearch *search)
{
	uint32		n_sources = 1;
	uint32		n_targets = 1;
	uint32	   *sources;
	uint32	   *targets;

	many->search = search;
	many->adj = trl_adjacency_create(search, NULL);
	sources = trl_adjacency_ends(many->adj, &search->source, &n_sources);
	targets = trl_adjacency_ends(many->adj, &search->target, &n_targets);
	if (n_sources == 0 || n_targets == 0)
		return false;
	many->source = sources[0];
	many->target = targets[0];
	return true;
}

static void
put_path(Many *many, uint32 source, const uint32 *arcs, int n)
{
	MemoryContext old = MemoryContextSwitchTo(many->row_cxt);
	TrlPath		path;

	trl_adjacency_path(many->adj, source, arcs, n, &path);
	trl_path_put(many->call, &path, many->n_paths, many->search->weighted);
	MemoryContextSwitchTo(old);
	MemoryContextReset(many->row_cxt);
}

/* The most that a path may cost where cost is the number of edges. */
static float8
cost_limit(const TrlSearch *search)
{
	return search->weighted || search->max_depth == TRL_NO_LIMIT
		? INFINITY : search->max_depth;
}

/* Reads all paths of up to max_depth edges; false if there are none. */
static bool
read_within_depth(Many *many)
{
	TrlLengths *reach = trl_lengths_create(many->adj, trl_automaton_create(NULL),
										   &many->source, 1, &many->target, 1);

	if (!trl_lengths_read(reach, many->search->max_depth))
		many->search->stopped = true;
	if (many->search->stopped || !reach->met)
		return false;
	trl_adjacency_build(many->adj);
	return true;
}

/* ---- the cheapest path of a limited number of edges ---- */

typedef struct FirstPath
{
	const Many *many;
	TrlPath    *path;
	MemoryContext cxt;			/* where it is to live */
} FirstPath;

static bool
keep_first(void *state, const uint32 *arcs, int n, float8 cost)
{
	FirstPath  *first = state;
	MemoryContext old = MemoryContextSwitchTo(first->cxt);

	(void) cost;
	trl_adjacency_path(first->many->adj, first->many->source, arcs, n, first->path);
	MemoryContextSwitchTo(old);
	return false;
}

void
trl_path_within_depth(TrlSearch *search, TrlPath *path)
{
	Many		many = {0};
	FirstPath	first = {&many, path, CurrentMemoryContext};

	path->n = 0;
	if (!open_search(&many, search) || !read_within_depth(&many))
		return;
	trl_yen(many.adj, many.source, many.target, search->max_depth, 1,
			keep_first, &first);
}

/* ---- all shortest paths ---- */

static bool
put_shortest(void *state, uint32 source, const uint32 *arcs, int length)
{
	Many	   *many = state;

	if (many->n_paths == many->most)
	{
		many->cut = true;
		return false;
	}
	many->n_paths++;
	put_path(many, source, arcs, length);
	return true;
}

/* The paths that are left when only edges of shortest paths are. */
static void
enumerate_shortest(Many *many)
{
	TrlLengths *reach = trl_lengths_create(many->adj, trl_automaton_create(NULL),
										   &many->source, 1, &many->target, 1);
	TrlEnumeration task = {0};
	int			length;

	trl_lengths_measure(reach, many->search->max_depth);
	task.reach = reach;
	task.mode = TRL_PATH_ACYCLIC;
	task.sink = put_shortest;
	task.state = many;
	task.further = true;
	for (length = 0; task.further; length++)
	{
		CHECK_FOR_INTERRUPTS();
		task.further = false;
		if (!trl_enumerate(&task, many->source, length) ||
			length == many->search->max_depth)
			return;
	}
}

/* Those that cost as little as the first one. */
static bool
put_as_cheap(void *state, const uint32 *arcs, int n, float8 cost)
{
	Many	   *many = state;

	if (many->n_paths == 0)
		many->max_cost = cost * (1 + TRL_COST_TOLERANCE);
	return cost <= many->max_cost && put_shortest(many, many->source, arcs, n);
}

/*
 * Where the cheapest paths have too many edges for the limit, cheapest are
 * the first of those that have not.
 */
static void
all_within_depth(Many *many)
{
	if (open_search(many, many->search) && read_within_depth(many))
		trl_yen(many->adj, many->source, many->target, many->search->max_depth,
				PG_UINT32_MAX, put_as_cheap, many);
}

static void
find_all_shortest(Many *many)
{
	TrlSearch  *search = many->search;
	float8		limit = cost_limit(search);

	trl_ball_init(&many->ball, many->adj, many->source, many->target);
	trl_ball_meet(&many->ball, limit);
	search->stopped = many->ball.stopped;
	if (search->stopped || !many->ball.met || many->ball.best > limit)
		return;
	trl_adjacency_build(many->adj);
	trl_ball_trim(&many->ball, many->ball.best);
	enumerate_shortest(many);
	if (many->n_paths == 0 && search->weighted && search->max_depth != TRL_NO_LIMIT)
		all_within_depth(many);
}

/* ---- k shortest paths ---- */

static bool
count_path(void *state, const uint32 *arcs, int n, float8 cost)
{
	Many	   *many = state;

	(void) arcs;
	(void) n;
	many->n_paths++;
	many->cost = cost;
	return true;
}

static bool
put_certain(void *state, const uint32 *arcs, int n, float8 cost)
{
	Many	   *many = state;

	if (cost > many->max_cost ||
		(many->search->stopped && !trl_ball_covers(&many->ball, cost)))
		return false;
	many->n_paths++;
	put_path(many, many->source, arcs, n);
	return true;
}

/*
 * Reads until as many paths as are wanted are within what has been read.
 * What k paths cost that have been found already bounds what is to be read.
 */
static void
read_k_shortest(Many *many)
{
	TrlBall    *ball = &many->ball;

	for (;;)
	{
		float8		cost = many->max_cost;
		bool		enough;

		CHECK_FOR_INTERRUPTS();
		trl_adjacency_build(many->adj);
		many->n_paths = 0;
		trl_yen(many->adj, many->source, many->target, many->search->max_depth,
				many->most, count_path, many);
		enough = many->n_paths == many->most;
		if (enough)
			cost = Min(cost, many->cost);
		if (trl_ball_covers(ball, cost))
		{
			trl_ball_trim(ball, cost);
			return;
		}
		trl_ball_grow(ball, cost, enough ? PG_UINT32_MAX
					  : Max(many->adj->n_arcs, FIRST_GROWTH) * 2);
		if (ball->stopped)
		{
			trl_adjacency_build(many->adj);
			return;
		}
	}
}

static void
find_k_shortest(Many *many)
{
	TrlSearch  *search = many->search;

	many->max_cost = cost_limit(search);
	if (search->weighted && search->max_depth != TRL_NO_LIMIT)
	{
		if (read_within_depth(many))
			trl_yen(many->adj, many->source, many->target, search->max_depth,
					many->most, put_certain, many);
		return;
	}
	trl_ball_init(&many->ball, many->adj, many->source, many->target);
	trl_ball_meet(&many->ball, many->max_cost);
	search->stopped = many->ball.stopped;
	if (search->stopped || !many->ball.met || many->ball.best > many->max_cost)
		return;
	/* without loops, there is one path from a node to itself */
	if (many->source == many->target)
		many->most = 1;
	read_k_shortest(many);
	search->stopped = many->ball.stopped;
	many->n_paths = 0;
	trl_yen(many->adj, many->source, many->target, search->max_depth,
			many->most, put_certain, many);
}

/* ---- the functions ---- */

/* Begins the call; the arguments from `weighted` on are alike. */
static bool
begin(Many *many, TrlCall *call, TrlSearch *search, FunctionCallInfo fcinfo,
	  int weighted_arg, int max_nodes_arg)
{
	memset(many, 0, sizeof(*many));
	trl_call_begin(call, fcinfo, max_nodes_arg + 1, weighted_arg + 3,
				   weighted_arg + 4, TRL_PATH_NODE_COLUMN, "source");
	many->call = call;
	many->search = search;
	many->row_cxt = AllocSetContextCreate(CurrentMemoryContext,
										  "trellis path rows",
										  ALLOCSET_DEFAULT_SIZES);
	return trl_path_read_search(search, call, fcinfo, ALL_SOURCE, weighted_arg,
								max_nodes_arg);
}

Datum
trl_all_shortest_paths(PG_FUNCTION_ARGS)
{
	TrlCall		call;
	TrlSearch	search;
	Many		many;
	bool		has_ends;

	InitMaterializedSRF(fcinfo, 0);
	has_ends = begin(&many, &call, &search, fcinfo, ALL_WEIGHTED, ALL_MAX_NODES);
	many.most = trl_arg_limit(fcinfo, ALL_MAX_PATHS, "max_paths", 1);
	if (has_ends && open_search(&many, &search))
		find_all_shortest(&many);
	if (search.stopped)
		trl_call_notice("max_nodes", search.max_nodes,
						"the search ended before it was certain of a path");
	if (many.cut)
		trl_call_notice("max_paths", many.most, "paths are missing");
	trl_call_end(&call);
	return (Datum) 0;
}

Datum
trl_k_shortest_paths(PG_FUNCTION_ARGS)
{
	TrlCall		call;
	TrlSearch	search;
	Many		many;
	bool		has_ends;

	InitMaterializedSRF(fcinfo, 0);
	has_ends = begin(&many, &call, &search, fcinfo, K_WEIGHTED, K_MAX_NODES);
	many.most = trl_arg_limit(fcinfo, K_K, "k", 1);
	if (has_ends && open_search(&many, &search))
		find_k_shortest(&many);
	if (search.stopped)
		trl_call_notice("max_nodes", search.max_nodes,
						"the search ended before it was certain of all paths");
	trl_call_end(&call);
	return (Datum) 0;
}
