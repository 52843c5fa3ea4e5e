/*
 * ball.h - the edges on paths of up to some cost between two nodes
 *
 * Two balls, around the source and around the target, grow until their radii
 * together reach the cost: then every path that costs no more lies within
 * them.  Cost is the sum of weights, or the number of edges.
 */
#ifndef TRL_KG_BALL_H
#define TRL_KG_BALL_H

#include "kg/path/adjacency.h"
#include "kg/path/queue.h"

/*
 * Sums of the same weights differ by the order of adding: costs are equal if
 * they differ by no more than this part of them.
 */
#define TRL_COST_TOLERANCE 1e-12

/* The least cost known to a node; parallel to the adjacency's nodes. */
typedef struct TrlBallLabel
{
	float8		cost;			/* below 0: not reached */
	float8		batch_cost;		/* as of the start of its batch */
} TrlBallLabel;

typedef struct TrlBallSide
{
	TrlBallLabel *labels;
	uint32		capacity;
	TrlQueue	queue;
} TrlBallSide;

typedef struct TrlBall
{
	TrlAdjacency *adj;
	uint32		source;
	uint32		target;
	TrlBallSide side[2];
	TrlSide		reading;		/* the side that grows */
	uint32		batch;			/* nodes of the next batch */
	uint32		n_reached;		/* nodes, each side's */
	float8		radius;			/* of both together */
	bool		exhausted;		/* all was read */
	float8		best;			/* least cost of a path, if met */
	bool		met;
	bool		stopped;		/* max_nodes ended it */
} TrlBall;

extern void trl_ball_init(TrlBall *ball, TrlAdjacency *adj, uint32 source,
						  uint32 target);

/* True if every path of that cost has been read. */
extern bool trl_ball_covers(const TrlBall *ball, float8 cost);

/* Grows until the least cost is certain, or more than max_cost. */
extern void trl_ball_meet(TrlBall *ball, float8 max_cost);

/* Grows until the cost is covered, or so many arcs have been read. */
extern void trl_ball_grow(TrlBall *ball, float8 cost, uint32 arcs);

/*
 * Drops the arcs that are on no path of up to that cost, which must be
 * covered.  The adjacency must be built.  Nothing can be read afterwards.
 */
extern void trl_ball_trim(TrlBall *ball, float8 cost);

#endif							/* TRL_KG_BALL_H */
