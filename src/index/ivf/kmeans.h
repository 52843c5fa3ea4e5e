/*
 * kmeans.h - centroids of a sample, by one process or several
 */
#ifndef TRL_INDEX_IVF_KMEANS_H
#define TRL_INDEX_IVF_KMEANS_H

#include "postgres.h"

#include "port/atomics.h"
#include "storage/barrier.h"
#include "storage/itemptr.h"

#include "index/ivf/lists.h"

/* Rounds of Lloyd's algorithm, and steps of the whole: see kmeans.c. */
#define TRL_KMEANS_ROUNDS 8
#define TRL_KMEANS_STEPS (1 + 3 * TRL_KMEANS_ROUNDS + 2)

/*
 * Processes that work together, in memory that they share.  Each may come at
 * any time; work is handed out in parts, and a step begins when all who are
 * there have ended the one before.
 */
typedef struct TrlKmeansTeam
{
	Barrier		barrier;
	pg_atomic_uint32 next[TRL_KMEANS_STEPS];	/* part of each step */
} TrlKmeansTeam;

extern void trl_kmeans_team_init(TrlKmeansTeam *team);

/* A sample of rows; with several processes, all of it in shared memory. */
typedef struct TrlSample
{
	int			dims;
	int			n;				/* rows */
	int			room;
	float	   *rows;
	ItemPointerData *tids;
	uint32	   *nearest;		/* scratch: a row's cluster */
	int		   *counts;			/* scratch: a cluster's rows */
} TrlSample;

/* Bytes of a sample per row, and placing one of "room" rows in memory. */
#define TRL_SAMPLE_ROW_SIZE(dims) \
	(sizeof(float) * (dims) + sizeof(ItemPointerData) + sizeof(uint32) + \
	 sizeof(int))

extern Size trl_sample_size(int room, int dims);
extern void trl_sample_place(TrlSample *sample, int room, int dims,
							 char *memory);

/*
 * Fills the lists, 1 to sample->n of them.  The same for a seed, however many
 * work at it.  May put the sample into another order.  team is NULL for one
 * process alone.  rows is the batch of the assigner.  Interruptible.
 */
extern void trl_kmeans_sample(TrlSample *sample, uint64 seed,
							  TrlLists *lists, TrlKmeansTeam *team, int rows);

/*
 * The same for one process and a few clusters: k <= n centroids of n rows of
 * dims floats, into room for k * dims floats.
 */
extern void trl_kmeans(const float *rows, int n, int dims, int k, uint64 seed,
					   float *centroids);

#endif							/* TRL_INDEX_IVF_KMEANS_H */
