/*
 * yen.h - paths without loops, the cheapest first
 *
 * Yen's algorithm with Lawler's improvement: each path found is left at each
 * of its nodes in turn, and the cheapest way on that no path before has taken
 * becomes a candidate.
 */
#ifndef TRL_KG_YEN_H
#define TRL_KG_YEN_H

#include "kg/path/adjacency.h"

/* A path's arcs, by number; false stops the search. */
typedef bool (*TrlYenSink) (void *state, const uint32 *arcs, int n,
							float8 cost);

/*
 * In order of cost, then edges, then node ids, then edges as
 * trl_step_compare() has them.  The adjacency must be built; nothing else is
 * read.  max_edges: TRL_NO_LIMIT for none.  At most `most` paths.
 */
extern void trl_yen(const TrlAdjacency *adj, uint32 source, uint32 target,
					int max_edges, uint32 most, TrlYenSink sink, void *state);

#endif							/* TRL_KG_YEN_H */
