/*
 * adjacency.h - the edges between two ends, kept for one call
 *
 * Searches for several paths look at the same edges again and again.  Those
 * of a batch of nodes are read once, from the side that a search starts from
 * or from the side of its targets, and kept as arcs in the direction of the
 * walk, whichever side they were read from.  After trl_adjacency_build() the
 * arcs of a node stand together, by id of the far node and then as
 * trl_step_compare() says, so that walking them in order finds paths in
 * order.
 *
 * Everything lives in the memory context of trl_adjacency_create() and counts
 * against the call's budget.
 */
#ifndef TRL_KG_ADJACENCY_H
#define TRL_KG_ADJACENCY_H

#include "kg/path/automaton.h"
#include "kg/path/path.h"

typedef enum TrlSide
{
	TRL_SIDE_SOURCE,			/* arcs that leave a node */
	TRL_SIDE_TARGET				/* arcs that lead to it */
} TrlSide;

typedef struct TrlArc
{
	TrlStep		step;
	uint64		classes;		/* that the edge is of, one bit each */
	uint32		near;			/* nodes, by number */
	uint32		far;
	uint32		edge;			/* equal in both arcs of one edge */
	bool		reversed;		/* the edge leads from far to near */
} TrlArc;

typedef struct TrlAdjacency
{
	const TrlSearch *search;
	TrlNodeSet	nodes;
	bool		weighted;		/* no arc without a weight, none below 0 */
	int			n_classes;
	TrlHop	   *hop[TRL_METAPATH_MAX_STEPS];	/* by class */
	TrlDirection direction[TRL_METAPATH_MAX_STEPS];
	MemoryContext cxt;

	TrlArc	   *arcs;
	uint32		n_arcs;
	uint32		capacity;
	uint64	   *fetched[2];		/* by side and node: classes that were read */
	uint32		fetched_capacity;

	/* since the last build */
	uint32		n_nodes;
	uint32	   *start;			/* arcs that leave node i: from start[i] up to
								 * start[i + 1] */
	uint32	   *in_start;		/* the same of those that lead to it, */
	uint32	   *in;				/* by their place in arcs */
} TrlAdjacency;

/* Told of each arc of the nodes that are read; node is one of these. */
typedef void (*TrlArcVisitor) (void *state, uint32 node, uint32 other,
							   float8 weight, int class);

/* metapath NULL: one class, of the search's filter and direction. */
extern TrlAdjacency *trl_adjacency_create(const TrlSearch *search,
										  const TrlMetapath *metapath);

/*
 * The numbers of the nodes with these ids, each once, in order of id, without
 * those that are hidden or missing; n becomes how many are left.
 */
extern uint32 *trl_adjacency_ends(TrlAdjacency *adj, const TrlKey *keys,
								  uint32 *n);

/*
 * Reads the edges of a class at the nodes.  The visitor sees all of them,
 * those that were read before are not kept again.
 */
extern void trl_adjacency_fetch(TrlAdjacency *adj, TrlSide side, int class,
								uint32 *nodes, uint32 n,
								TrlArcVisitor visitor, void *state);

extern void trl_adjacency_build(TrlAdjacency *adj);

/* Drops the arcs that keep() does not want; what is left stays built. */
extern void trl_adjacency_filter(TrlAdjacency *adj,
								 bool (*keep) (void *state, const TrlArc *arc),
								 void *state);

/* The first arc after arc i that leads to another node. */
extern uint32 trl_adjacency_group_end(const TrlAdjacency *adj, uint32 arc);

/* A path's nodes and steps; adj must be as it was when it was found. */
extern void trl_adjacency_path(const TrlAdjacency *adj, uint32 source,
							   const uint32 *arcs, int n, TrlPath *path);

extern int	trl_adjacency_compare_nodes(const TrlAdjacency *adj, uint32 a,
										uint32 b);

/* What an arc costs. */
static inline float8
trl_arc_cost(const TrlAdjacency *adj, const TrlArc *arc)
{
	return adj->weighted ? arc->step.weight : 1;
}

#endif							/* TRL_KG_ADJACENCY_H */
