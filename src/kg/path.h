/*
 * path.h - a path, and the two ways to find one
 */
#ifndef TRL_KG_PATH_H
#define TRL_KG_PATH_H

#include "kg/walk.h"

/* Nodes in order; step[i] is the edge that leads to node[i], none for 0. */
typedef struct TrlPath
{
	int			n;				/* nodes; 0: there is no path */
	TrlKey	   *node;
	TrlStep    *step;
} TrlPath;

/* What a search is about.  Limits: TRL_NO_LIMIT for none. */
typedef struct TrlSearch
{
	const TrlGraph *graph;
	const TrlFilter *filter;
	TrlRels    *rels;
	TrlBudget  *budget;
	TrlKey		source;
	TrlKey		target;
	TrlDirection direction;
	int			max_depth;		/* edges; unweighted only */
	int			max_nodes;		/* nodes reached */
	bool		stopped;		/* max_nodes ended the search */
} TrlSearch;

/* The direction of a search that starts from the target. */
extern TrlDirection trl_direction_reversed(TrlDirection direction);

extern void trl_path_init(TrlPath *path, int n);

/* Fewest edges, breadth-first from both ends. */
extern void trl_path_by_edges(TrlSearch *search, TrlPath *path);

/* ERROR unless the weight is a number of at least 0. */
extern void trl_path_check_weight(const TrlGraph *graph, float8 weight);

/* Least sum of weights, from both ends. */
extern void trl_path_by_weight(TrlSearch *search, TrlPath *path);

#endif							/* TRL_KG_PATH_H */
