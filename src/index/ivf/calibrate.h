/*
 * calibrate.h - how many lists to probe for a recall, from the rows themselves
 */
#ifndef TRL_INDEX_IVF_CALIBRATE_H
#define TRL_INDEX_IVF_CALIBRATE_H

#include "index/ivf/ivf.h"

typedef struct TrlIvfCalibration TrlIvfCalibration;

/*
 * Chooses at most TRL_IVF_QUERIES of n sampled rows (rotated, dims_padded
 * floats each, with their TIDs) as queries.
 */
#define TRL_IVF_QUERIES 256

extern TrlIvfCalibration *trl_ivf_calibration_begin(const TrlIvfMeta *meta,
													const float *rows,
													const ItemPointerData *tids,
													int n);

/* Shows it m rows of the table and the lists that they went to. */
extern void trl_ivf_calibration_add(TrlIvfCalibration *calibration,
									const float *rows,
									const ItemPointerData *tids,
									const uint32 *lists, int m);

/* Fills recall and probes; centroids are those of meta->lists lists. */
extern void trl_ivf_calibration_end(TrlIvfCalibration *calibration,
									const float *centroids, double rows,
									TrlIvfMeta *meta);

#endif							/* TRL_INDEX_IVF_CALIBRATE_H */
