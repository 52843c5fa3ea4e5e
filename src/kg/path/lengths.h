/*
 * lengths.h - how far it is from a node to the nearest target, in edges
 *
 * Reads what lies on walks of up to some length between sources and targets,
 * level by level from both ends, and tells for each node met, and each state
 * of the automaton, which numbers of edges lead on to a target.
 */
#ifndef TRL_KG_LENGTHS_H
#define TRL_KG_LENGTHS_H

#include "kg/path/adjacency.h"

/* Lengths up to this are told one by one. */
#define TRL_LENGTHS_EXACT 62

typedef struct TrlLengthsSide
{
	uint32	   *frontier;		/* nodes with new states */
	uint32		n;
	uint32		capacity;
	int			depth;			/* levels whose edges were read */
} TrlLengthsSide;

/* Per node: states that it was reached in. */
typedef struct TrlLengthsNode
{
	uint64		seen[2];		/* by side */
	uint64		now[2];			/* new on a side's frontier */
	uint64		coming;			/* on the one being built */
} TrlLengthsNode;

typedef struct TrlLengths
{
	TrlAdjacency *adj;
	const TrlAutomaton *automaton;
	MemoryContext cxt;
	TrlLengthsSide side[2];
	TrlLengthsNode *nodes;
	uint32		nodes_capacity;
	TrlSide		reading;		/* the side that takes a step */
	const uint32 *targets;		/* NULL: every node is one */
	uint32		n_targets;
	bool		met;			/* some walk leads from a source to a target */
	bool		measured;		/* nothing was read since */
	uint32		n_reached;		/* nodes, each side's */
	uint64	   *lengths;		/* by node, then state: bit r, a walk of r
								 * edges; bit 63, of more than 62 */
	uint32	   *least;			/* the same: edges of the shortest; NULL if
								 * none is longer than 62 */
} TrlLengths;

/*
 * targets NULL: any node.  None of the ends is TRL_NONE, and each is there
 * once.  The targets must outlive the reach.
 */
extern TrlLengths *trl_lengths_create(TrlAdjacency *adj,
									  const TrlAutomaton *automaton,
									  const uint32 *sources, uint32 n_sources,
									  const uint32 *targets, uint32 n_targets);

/* True if walks of any length have been read. */
extern bool trl_lengths_exhausted(const TrlLengths *reach);

/*
 * Reads what walks of up to length edges need.  False if max_nodes of the
 * search ended it before.
 */
extern bool trl_lengths_read(TrlLengths *reach, int length);

/*
 * Builds the adjacency and computes lengths, of up to `longest` edges.  They
 * hold for what has been read.
 */
extern void trl_lengths_measure(TrlLengths *reach, int longest);

/* Of the states, those from which a target is exactly `length` edges away. */
extern uint64 trl_lengths_states(const TrlLengths *reach, uint32 node,
								 uint64 states, int length);

/* True if from one of the states a target may be further away than that. */
extern bool trl_lengths_further(const TrlLengths *reach, uint32 node,
								uint64 states, int length);

#endif							/* TRL_KG_LENGTHS_H */
