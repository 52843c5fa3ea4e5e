/*
 * reach.h - from a recall to the lists that a search probes
 */
#ifndef TRL_INDEX_IVF_REACH_H
#define TRL_INDEX_IVF_REACH_H

#include <math.h>

#include "index/ivf/ivf.h"

/* Places of the calibrated numbers of rows in TrlIvfMeta. */
#define TRL_IVF_K_1 0
#define TRL_IVF_K_10 1
#define TRL_IVF_K_100 2

/* What the distances of all lists from a query say of its surroundings. */
typedef struct TrlIvfSpread
{
	float		nearest;		/* the least distance */
	float		inverse;		/* of their standard deviation; 0 if that is 0 */
} TrlIvfSpread;

/* FLT_MAX stands for lists that are not in use. */
extern TrlIvfSpread trl_ivf_spread(const float *distances, uint32 lists);

/*
 * The place of the list that has so many before it: 0 of the nearest, never
 * less than that of a nearer one.
 */
static inline float
trl_ivf_list_place(const TrlIvfSpread *spread, float distance, uint32 rank)
{
	if (rank == 0)
		return 0;
	return (distance - spread->nearest) * spread->inverse + logf((float) rank);
}

/*
 * How far to reach for k rows (a TRL_IVF_K_...) at the target recall; FLT_MAX
 * for all lists.
 */
extern float trl_ivf_reach(const TrlIvfMeta *meta, int k);

/*
 * The same for any number of neighbours: between the calibrated ones by the
 * logarithm, beyond them on the line through the last two.
 */
extern float trl_ivf_reach_for(const TrlIvfMeta *meta, double neighbours);

/* About how many lists a query probes for so many neighbours. */
extern double trl_ivf_mean_probes_for(const TrlIvfMeta *meta,
									  double neighbours);

#endif							/* TRL_INDEX_IVF_REACH_H */
