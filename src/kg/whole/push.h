/*
 * push.h - personalised PageRank around seeds, by forward push
 *
 * Andersen, Chung, Lang, "Local Graph Partitioning using PageRank Vectors"
 * (FOCS 2006).  A walker starts at a seed, goes on along an edge with the
 * probability damping, and back to a seed otherwise, or where no edge leads
 * on; a node's score is the share of time spent there.  Mass that waits at a
 * node is pushed on to its neighbours while it is more than eps for each of
 * its edges; only edges of such nodes are ever read.
 */
#ifndef TRL_KG_PUSH_H
#define TRL_KG_PUSH_H

#include "kg/engine/call.h"
#include "kg/engine/seeds.h"

typedef struct TrlPush
{
	/* the task */
	TrlCall    *call;
	TrlDirection direction;
	float8		damping;		/* at least 0, less than 1 */
	float8		eps;			/* greater than 0 */
	bool		weighted;
	int			max_fanout;		/* TRL_NO_LIMIT for none */
	int			max_nodes;		/* nodes reached */

	/* the answer, by node number; sums up to 1 less what still waits */
	TrlNodeSet	nodes;
	float8	   *score;
	bool		stopped;		/* max_nodes ended it */
	bool		cut;			/* max_fanout left edges out */
} TrlPush;

/*
 * Seeds that are hidden, or missing where nodes are known, are left out; the
 * others' scores (1 each if there are none) are what seeds are chosen by.
 * ERROR for negative scores or weights.
 */
extern void trl_push_run(TrlPush *push, const TrlSeeds *seeds);

#endif							/* TRL_KG_PUSH_H */
