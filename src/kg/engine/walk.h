/*
 * walk.h - breadth-first, level by level
 *
 * A walk keeps one visit per node (or, when it follows a metapath, one per
 * node and step): how it was reached, from which seed.  Of several ways to
 * a node on one level the best is kept: higher score, then the parent of
 * lower id, then as trl_step_compare() says, so that the answer does not
 * depend on the order in which rows come.
 */
#ifndef TRL_KG_WALK_H
#define TRL_KG_WALK_H

#include "kg/engine/hop.h"

typedef struct TrlSeed
{
	uint32		node;			/* number in the walk's set */
	float8		score;
} TrlSeed;

typedef struct TrlVisit
{
	TrlStep		step;			/* the edge walked; none for a seed */
	uint32		node;			/* number in the walk's set */
	uint32		parent;			/* visit, TRL_NONE for a seed */
	uint32		seed;			/* index in seeds */
	int32		depth;
} TrlVisit;

typedef struct TrlWalk
{
	MemoryContext cxt;
	TrlBudget  *budget;
	TrlNodeSet	nodes;
	TrlHop	   *hop;
	TrlSeed    *seeds;
	TrlVisit   *visits;			/* level after level */
	uint32		n_visits;
	uint32		capacity;
	uint32		level;			/* first visit of the newest level */
	int			depth;			/* of the newest level */
	float8		decay;
	float8		factor;			/* decay ^ depth of the level being built */
	float8	   *factors;		/* by depth, up to that */
	int			n_factors;
	uint32		max_visits;
	int			max_depth;		/* that the caller will step to, at most */
	bool		cut;			/* max_visits left a node out */
	bool		revisit;		/* one visit per node and level */
} TrlWalk;

/* Lives in the current memory context. */
extern void trl_walk_init(TrlWalk *walk, const TrlGraph *graph,
						  const TrlFilter *filter, TrlRels *rels,
						  TrlBudget *budget, int max_fanout);

/*
 * Level 0.  A seed given twice keeps its higher score; where nodes are
 * known, a seed that is hidden or missing is left out.
 */
extern void trl_walk_start(TrlWalk *walk, const TrlKey *keys,
						   const float8 *scores, int n);

/*
 * Makes a walk ready for other seeds: it keeps its hop alone, and what it
 * learns from now on in cxt, which the caller resets before the next restart.
 */
extern void trl_walk_restart(TrlWalk *walk, MemoryContext cxt);

/* Builds the next level; returns its size. */
extern uint32 trl_walk_step(TrlWalk *walk, TrlDirection direction);

extern float8 trl_walk_score(const TrlWalk *walk, const TrlVisit *visit);

extern TrlKey trl_walk_key(const TrlWalk *walk, const TrlVisit *visit);

#endif							/* TRL_KG_WALK_H */
