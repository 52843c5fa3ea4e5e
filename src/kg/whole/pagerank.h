/*
 * pagerank.h - the PageRank of every node
 */
#ifndef TRL_KG_PAGERANK_H
#define TRL_KG_PAGERANK_H

#include "kg/engine/csr.h"

typedef struct TrlPagerank
{
	float8		damping;		/* at least 0, less than 1 */
	float8		tolerance;		/* sum of all changes of the last round */
	int			max_iterations; /* TRL_NO_LIMIT for none */
	TrlDirection direction;		/* the way the surfer goes */
	const float8 *weight;		/* by edge, none negative; NULL: all are 1 */
	bool		settled;		/* out: the tolerance was reached */
} TrlPagerank;

/* The sides of the edges that a direction needs. */
extern int	trl_pagerank_sides(TrlDirection direction);

/* Scores by node, their sum is 1.  In the current context. */
extern float8 *trl_pagerank_run(const TrlCsr *csr, TrlPagerank *task,
								const TrlBudget *budget);

#endif							/* TRL_KG_PAGERANK_H */
