/*
 * path.h - a path, and the two ways to find one
 */
#ifndef TRL_KG_PATH_H
#define TRL_KG_PATH_H

#include "kg/engine/call.h"

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
	int			max_depth;		/* edges */
	int			max_nodes;		/* nodes reached */
	bool		weighted;		/* cost is the sum of weights, not edges */
	bool		stopped;		/* max_nodes ended the search */
} TrlSearch;

/* The direction of a search that starts from the target. */
extern TrlDirection trl_direction_reversed(TrlDirection direction);

extern void trl_path_init(TrlPath *path, int n);

/* ERROR unless the weight is a number of at least 0. */
extern void trl_path_check_weight(const TrlGraph *graph, float8 weight);

/* Fewest edges, breadth-first from both ends. */
extern void trl_path_by_edges(TrlSearch *search, TrlPath *path);

/* Least sum of weights, from both ends; does not look at max_depth. */
extern void trl_path_by_weight(TrlSearch *search, TrlPath *path);

/* Least sum of weights of the paths of at most max_depth edges. */
extern void trl_path_within_depth(TrlSearch *search, TrlPath *path);

/*
 * What functions that return a path's steps share: columns of the result, and
 * arguments in this order: weighted, max_depth, direction, rels, and those of
 * trl_call_begin(), from `weighted` on.  False if an end is NULL.
 */
#define TRL_PATH_NODE_COLUMN 2

extern bool trl_path_read_search(TrlSearch *search, TrlCall *call,
								 FunctionCallInfo fcinfo, int source_arg,
								 int weighted_arg, int max_nodes_arg);

/* Names of relations must have been loaded. */
extern void trl_path_put(TrlCall *call, const TrlPath *path, int path_id,
						 bool weighted);

#endif							/* TRL_KG_PATH_H */
