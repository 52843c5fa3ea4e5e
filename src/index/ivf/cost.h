/*
 * cost.h - what a search of an ivf index costs the planner
 */
#ifndef TRL_INDEX_IVF_COST_H
#define TRL_INDEX_IVF_COST_H

#include "nodes/pathnodes.h"

/*
 * Rows of the lists that a search for so many neighbours probes.  Locks: a
 * share lock on the metapage.
 */
extern double trl_ivf_search_rows(const IndexOptInfo *index,
								  double neighbours);

/*
 * The cost of a search for so many neighbours, of which only a share is looked
 * at, without reading the table: "reranked" of them are put in order.
 */
extern Cost trl_ivf_search_cost(const IndexOptInfo *index, double neighbours,
								double reranked, double share);

#endif							/* TRL_INDEX_IVF_COST_H */
