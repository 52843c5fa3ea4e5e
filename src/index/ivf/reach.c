/*
 * reach.c - from a recall to the lists that a search probes
 *
 * Queries differ: one has all its neighbours in the nearest list, another has
 * them spread over many that are nearly as near.  So what is calibrated is
 * not a number of lists but a reach.  A list's place is how much farther it
 * is than the nearest one, in standard deviations of the distances of all
 * lists, plus the logarithm of its rank; a search probes the lists whose
 * place is within the reach.  (The distance alone, or the rank alone, needs
 * more lists for the same recall: see the room's README.)
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "core/guc.h"
#include "index/ivf/methods.h"
#include "index/ivf/reach.h"

TrlIvfSpread
trl_ivf_spread(const float *distances, uint32 lists)
{
	TrlIvfSpread spread = {.nearest = FLT_MAX};
	double		sum = 0;
	double		squares = 0;
	double		variance;
	uint32		n = 0;
	uint32		i;

	for (i = 0; i < lists; i++)
	{
		if (distances[i] < FLT_MAX)
		{
			spread.nearest = Min(spread.nearest, distances[i]);
			sum += distances[i];
			squares += (double) distances[i] * distances[i];
			n++;
		}
	}
	variance = n > 0 ? squares / n - (sum / n) * (sum / n) : 0;

	/* of what is nearly one distance, rounding is all that is left */
	if (variance > 1e-12 * squares / Max(n, 1))
		spread.inverse = (float) (1 / sqrt(variance));
	return spread;
}

/* Of the calibrated recalls the last that is below the one asked for, or -1. */
static int
recall_below(const TrlIvfMeta *meta)
{
	int			i = TRL_IVF_CALIBRATED_RECALLS - 1;

	while (i >= 0 && meta->recall[i] >= (float) trl_guc_target_recall)
		i--;
	return i;
}

/* Between the values at two recalls, by the logarithm of what is missed. */
static double
between(const TrlIvfMeta *meta, int i, double low, double high)
{
	double		from = log(1 - meta->recall[i]);
	double		to = log(1 - meta->recall[i + 1]);
	double		share = (log(1 - trl_guc_target_recall) - from) / (to - from);

	return low + (high - low) * Min(Max(share, 0), 1);
}

float
trl_ivf_reach(const TrlIvfMeta *meta, int k)
{
	int			i = recall_below(meta);
	double		reach;

	if (meta->calibrated_rows <= 0 || i == TRL_IVF_CALIBRATED_RECALLS - 1)
		return FLT_MAX;
	reach = i < 0 ? meta->reach[k][0] :
		between(meta, i, meta->reach[k][i], meta->reach[k][i + 1]);

	/* lists that were split since: the same share of them */
	if (meta->lists_in_use > meta->calibrated_lists)
		reach += log((double) meta->lists_in_use / Max(meta->calibrated_lists, 1));
	return (float) reach;
}

float
trl_ivf_reach_for(const TrlIvfMeta *meta, double neighbours)
{
	double		at = log10(Max(neighbours, 1));
	int			k = at < TRL_IVF_K_10 ? TRL_IVF_K_1 : TRL_IVF_K_10;
	double		low = trl_ivf_reach(meta, k);
	double		high = trl_ivf_reach(meta, k + 1);

	if (low >= FLT_MAX || high >= FLT_MAX)
		return FLT_MAX;
	return (float) (low + (Max(high, low) - low) * (at - k));
}

/* About how many lists a query probes for k rows, a TRL_IVF_K_... */
static double
mean_probes(const TrlIvfMeta *meta, int k)
{
	int			i = recall_below(meta);
	double		probes;

	if (trl_guc_ivf_probes > 0)
		return Min((double) trl_guc_ivf_probes, meta->lists_in_use);
	if (meta->calibrated_rows <= 0 || i == TRL_IVF_CALIBRATED_RECALLS - 1)
		return meta->lists_in_use;
	probes = i < 0 ? meta->probes[k][0] :
		between(meta, i, meta->probes[k][i], meta->probes[k][i + 1]);
	probes *= Max((double) meta->lists_in_use / Max(meta->calibrated_lists, 1), 1);
	return Min(probes, meta->lists_in_use);
}

double
trl_ivf_mean_probes_for(const TrlIvfMeta *meta, double neighbours)
{
	double		at = log10(Max(neighbours, 1));
	int			k = at < TRL_IVF_K_10 ? TRL_IVF_K_1 : TRL_IVF_K_10;
	double		low = Max(mean_probes(meta, k), 1);
	double		high = Max(mean_probes(meta, k + 1), low);

	return Min(low * pow(high / low, at - k), meta->lists_in_use);
}
