/*
 * build.h - what the files of CREATE INDEX ... USING ivf share
 */
#ifndef TRL_INDEX_IVF_BUILD_H
#define TRL_INDEX_IVF_BUILD_H

#include "postgres.h"

#include <math.h>

#include "access/relscan.h"
#include "storage/dsm.h"
#include "utils/tuplesort.h"

#include "index/ivf/calibrate.h"
#include "index/ivf/kmeans.h"
#include "index/ivf/maintain.h"

/* What is sorted, behind a key of list and TID. */
typedef struct TrlIvfPayload
{
	float		add;
	TrlShortFloat rescale;
	TrlShortFloat error;
	ItemPointerData heap;
	uint16		unused;
	char		row[FLEXIBLE_ARRAY_MEMBER]; /* TrlIvfRerankRow, then bits,
											 * then filter columns */
} TrlIvfPayload;

/* ---- how many lists, of how large a sample ---- */

/* Sampled rows per list: fewer make worse lists, more take longer. */
#define TRL_IVF_SAMPLE_PER_LIST 48
#define TRL_IVF_SAMPLE_LEAST 10000

/* Lists of an index of so many rows, where nobody chose another number. */
static inline int
trl_ivf_default_lists(double rows)
{
	double		lists = Min(2 * sqrt(Max(rows, 1)), rows / TRL_IVF_LEAST_ROWS);

	return (int) Max(Min(lists, 65536), 1);
}

/* Rows that a sample for so many lists should have. */
static inline double
trl_ivf_default_sample(int lists)
{
	return Max(TRL_IVF_SAMPLE_PER_LIST * (double) lists, TRL_IVF_SAMPLE_LEAST);
}

/* ---- memory.c: what share of maintenance_work_mem goes where ---- */

typedef struct TrlIvfBudget
{
	Size		total;			/* maintenance_work_mem in bytes */
	int			batch;			/* rows assigned together by one process */
	int			queries;		/* of the calibration */
	Size		process;		/* bytes of the buffers of one process */
} TrlIvfBudget;

extern void trl_ivf_budget_init(TrlIvfBudget *budget, const TrlIvfMeta *meta);

/*
 * Lists that fit, of those wished for, and rows of a sample that leave room
 * for them; processes take part.  Raises 53200 if there is no room for one.
 */
extern int	trl_ivf_budget_lists(const TrlIvfBudget *budget,
								 const TrlIvfMeta *meta, int lists,
								 double wanted, int processes,
								 int *sample_rows);

/* Kilobytes for a sort, beside the lists and what each process needs. */
extern int	trl_ivf_budget_sort(const TrlIvfBudget *budget,
								const TrlIvfMeta *meta, int processes);

/* Whether this much dynamic shared memory is there; a NOTICE if not. */
extern bool trl_ivf_shared_memory(Size size);

/* ---- assign.c: from rows to codes, sorted by list, in one process ---- */

typedef struct TrlIvfAssign
{
	const TrlIvfClass *class;
	const TrlIvfMeta *meta;
	const TrlLists *lists;
	TrlIvfCalibration *calibration;
	Tuplesortstate *sort;
	pg_atomic_uint64 *done;		/* rows assigned, by all processes */
	bool		report;			/* them as progress */

	/* private */
	MemoryContext context;
	MemoryContext row_context;	/* reset per row */
	TrlAssigner *assigner;
	float	   *vector;			/* a row before rotation */
	float	   *batch;
	ItemPointerData *batch_tids;
	uint8	   *batch_filters;	/* meta->filter_bytes each */
	int			batch_room;
	int			batched;
	uint32	   *nearest;
	float	   *residual;
	TupleTableSlot *slot;
	bytea	   *payload;
	Size		payload_size;
	double		rows;			/* that the index has of this process */
} TrlIvfAssign;

/*
 * Assigns the rows of the table, or the share that the scan gives, and puts
 * them into assign->sort, which it begins; the calibration is shown them.
 * Returns the table's rows, as table_index_build_scan; those of the index in
 * assign->rows.  The caller has filled the members that are not private.
 */
extern double trl_ivf_assign(TrlIvfAssign *assign, Relation heap,
							 Relation index, IndexInfo *info, int batch,
							 TableScanDesc scan);

/* Begins a sort of such rows. */
extern Tuplesortstate *trl_ivf_sort_begin(int memory_kb,
										  SortCoordinate coordinate);

/* The list of a sorted row's key, or a tail: -2 NULL, -1 NaN. */
extern int	trl_ivf_key_list(int64 key);

/* A slot for what the sort returns. */
extern TupleTableSlot *trl_ivf_sorted_slot(void);

/* ---- parallel.c: the same by several processes ---- */

typedef struct TrlIvfParallel TrlIvfParallel;

/*
 * Sets up memory that workers share.  NULL if there can be none: the caller
 * goes on alone.  The sample lies in a segment of its own.  Places the lists
 * in shared memory; the workers start at once, with the clusters.
 */
extern TrlIvfParallel *trl_ivf_parallel_begin(Relation heap, Relation index,
											  IndexInfo *info, int workers,
											  const TrlIvfMeta *meta,
											  const TrlIvfBudget *budget,
											  dsm_segment * sample_segment,
											  const TrlSample *sample,
											  const TrlIvfCalibration *calibration,
											  TrlLists *lists);

/* The team that finds the clusters. */
extern TrlKmeansTeam *trl_ivf_parallel_team(TrlIvfParallel *parallel);

/*
 * Takes part in the assignment and waits for the workers.  Returns the sort
 * of all rows, ready to be performed; the calibration has seen all of them.
 */
extern Tuplesortstate *trl_ivf_parallel_assign(TrlIvfParallel *parallel,
											   TrlIvfAssign *assign,
											   double *heap_rows,
											   double *index_rows);

/* Ends the workers and parallel mode. */
extern void trl_ivf_parallel_end(TrlIvfParallel *parallel);

#endif							/* TRL_INDEX_IVF_BUILD_H */
