/*
 * calibrate.h - how many lists to probe for a recall, from the rows themselves
 */
#ifndef TRL_INDEX_IVF_CALIBRATE_H
#define TRL_INDEX_IVF_CALIBRATE_H

#include "index/ivf/ivf.h"

typedef struct TrlIvfCalibration TrlIvfCalibration;

/* Bits that are set, of a direction of 0 and 1. */
extern float trl_ivf_count_set(const float *x, int dims);

/*
 * Chooses at most so many (TRL_IVF_QUERIES) of n sampled rows (rotated,
 * dims_padded floats each, with their TIDs) as queries.
 */
#define TRL_IVF_QUERIES 256
#define TRL_IVF_NEIGHBOURS 100	/* that each remembers */

extern TrlIvfCalibration *trl_ivf_calibration_begin(const TrlIvfMeta *meta,
													const float *rows,
													const ItemPointerData *tids,
													int n, int queries,
													int batch);

/*
 * Bytes by which another process may begin with the same queries, and end
 * with what it found: writing and reading them.
 */
extern Size trl_ivf_calibration_queries_size(const TrlIvfCalibration *calibration);
extern void trl_ivf_calibration_put_queries(const TrlIvfCalibration *calibration,
											char *memory);
extern TrlIvfCalibration *trl_ivf_calibration_from(const TrlIvfMeta *meta,
												   const char *memory,
												   int batch);
extern Size trl_ivf_calibration_found_size(const TrlIvfCalibration *calibration);
extern void trl_ivf_calibration_put_found(const TrlIvfCalibration *calibration,
										  char *memory);
extern void trl_ivf_calibration_take_found(TrlIvfCalibration *calibration,
										   const char *memory);

/* Lends it TRL_GEMM_SCRATCH bytes, aligned to 64; else it takes its own. */
extern void trl_ivf_calibration_lend(TrlIvfCalibration *calibration,
									 void *scratch);

/*
 * Shows it m rows of the table, at most the batch it began with, and the
 * lists that they went to.
 */
extern void trl_ivf_calibration_add(TrlIvfCalibration *calibration,
									const float *rows,
									const ItemPointerData *tids,
									const uint32 *lists, int m);

/* Fills recall, reach and probes; centroids are those of meta->lists lists. */
extern void trl_ivf_calibration_end(TrlIvfCalibration *calibration,
									const float *centroids, double rows,
									TrlIvfMeta *meta);

#endif							/* TRL_INDEX_IVF_CALIBRATE_H */
