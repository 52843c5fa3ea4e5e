/*
 * metapath.h - a sequence of relations to follow, one a hop
 *
 * 'works_at>' goes along edges of that relation, '<located_in' against them,
 * 'part_of' in the direction that the call gives; 'part_of*3' stands for
 * three equal steps.
 */
#ifndef TRL_KG_METAPATH_H
#define TRL_KG_METAPATH_H

#include "kg/args.h"

#define TRL_METAPATH_MAX_STEPS 64

typedef struct TrlMetapath
{
	int			n;
	Datum		rel[TRL_METAPATH_MAX_STEPS];	/* text */
	TrlDirection direction[TRL_METAPATH_MAX_STEPS];
} TrlMetapath;

/* ERROR naming the element that is no step. */
extern void trl_metapath_parse(TrlMetapath *path, const Datum *elements,
							   int n, TrlDirection direction);

#endif							/* TRL_KG_METAPATH_H */
