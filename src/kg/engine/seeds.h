/*
 * seeds.h - the nodes that a call starts from, and their scores
 */
#ifndef TRL_KG_SEEDS_H
#define TRL_KG_SEEDS_H

#include "kg/engine/call.h"

typedef struct TrlSeeds
{
	TrlKey	   *keys;			/* they point into the argument */
	float8	   *scores;			/* NULL if none were given */
	int			n;
} TrlSeeds;

/*
 * Reads an array of ids, whose type the caller has checked, and an array of
 * as many finite numbers, or NULL, whose argument is called scores_name.
 * Ids that are NULL are left out, and their scores with them.
 */
extern void trl_seeds_read(TrlSeeds *seeds, FunctionCallInfo fcinfo,
						   TrlKeyKind kind, int ids_arg, int scores_arg,
						   const char *scores_name);

#endif							/* TRL_KG_SEEDS_H */
