/*
 * metapath.h - a sequence of relations to follow, one a hop
 *
 * 'works_at>' goes along edges of that relation, '<located_in' against them,
 * 'part_of' in the direction that the call gives; 'knows|likes' is an edge of
 * either.  'part_of*3' stands for three equal steps, 'part_of*1..3' for one
 * to three of them.
 */
#ifndef TRL_KG_METAPATH_H
#define TRL_KG_METAPATH_H

#include "kg/engine/args.h"

#define TRL_METAPATH_MAX_STEPS 63

/* What one step may go along; equal ones are kept once. */
typedef struct TrlEdgeClass
{
	Datum	   *rels;			/* text */
	int			n_rels;
	TrlDirection direction;
	const char *text;			/* the names as they were given */
} TrlEdgeClass;

typedef struct TrlMetapath
{
	int			n;				/* steps of one hop each */
	int			class_of[TRL_METAPATH_MAX_STEPS];	/* by step */
	bool		optional[TRL_METAPATH_MAX_STEPS];
	int			n_classes;
	TrlEdgeClass classes[TRL_METAPATH_MAX_STEPS];
} TrlMetapath;

/*
 * ERROR naming the element that is no step, or that is a range where ranges
 * are not wanted.  Everything in the current memory context.
 */
extern void trl_metapath_parse(TrlMetapath *path, const Datum *elements,
							   int n, TrlDirection direction, bool ranges);

#endif							/* TRL_KG_METAPATH_H */
