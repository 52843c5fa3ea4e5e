/*
 * parallel.c - workers of CREATE INDEX ... USING ivf
 *
 * The leader takes the sample and writes the pages; in between it is one of
 * several equals, who find the lists (kmeans.c) and assign the rows of a
 * parallel scan, each into a sort of its own that the leader's merges.
 *
 * A worker may come late or never: it joins the clusters at the step that is
 * at hand, and the scan gives it what is left.
 *
 * Memory: maintenance_work_mem, shared.  Locks: workers take those that the
 * leader holds, in its lock group.  WAL: none here.
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "commands/progress.h"
#include "executor/executor.h"
#include "executor/instrument.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/bufmgr.h"
#include "storage/condition_variable.h"
#include "storage/spin.h"
#include "tcop/tcopprot.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/wait_event.h"

#include "core/compat.h"
#include "index/ivf/build.h"

/* Keys of the table of contents. */
#define KEY_SHARED UINT64CONST(0x5649000000000001)
#define KEY_SORT UINT64CONST(0x5649000000000002)
#define KEY_LISTS UINT64CONST(0x5649000000000003)
#define KEY_QUERIES UINT64CONST(0x5649000000000004)
#define KEY_FOUND UINT64CONST(0x5649000000000005)
#define KEY_QUERY_TEXT UINT64CONST(0x5649000000000006)
#define KEY_WAL UINT64CONST(0x5649000000000007)
#define KEY_BUFFERS UINT64CONST(0x5649000000000008)

/* In shared memory; the parallel table scan follows it. */
typedef struct Shared
{
	/* for workers to read */
	Oid			heap;
	Oid			index;
	bool		concurrent;
	int			sort_kb;
	int			batch;
	Size		found_size;		/* of a process's part of KEY_FOUND */
	TrlIvfMeta	meta;
	dsm_handle	sample_handle;
	int			sampled;
	int			sample_room;

	TrlKmeansTeam team;
	pg_atomic_uint64 assigned;	/* rows */
	pg_atomic_uint32 places;	/* taken of KEY_FOUND */

	/* what each has done, under the lock */
	slock_t		lock;
	ConditionVariable ended;
	int			participants_ended;
	double		heap_rows;
	double		index_rows;
	bool		broken_hot_chain;
} Shared;

#define SHARED_SCAN(shared) \
	((ParallelTableScanDesc) ((char *) (shared) + BUFFERALIGN(sizeof(Shared))))

struct TrlIvfParallel
{
	Relation	heap;
	Relation	index;
	IndexInfo  *info;
	ParallelContext *context;
	Shared	   *shared;
	Sharedsort *sort;
	char	   *found;
	Snapshot	snapshot;
	WalUsage   *wal;
	BufferUsage *buffers;
	TrlIvfBudget budget;
	TrlKmeansTeam *team;
};

extern PGDLLEXPORT void trl_ivf_parallel_main(dsm_segment * segment,
											  shm_toc * toc);

/* ---- set-up ---- */

static void
estimate(ParallelContext *context, Size size)
{
	shm_toc_estimate_chunk(&context->estimator, size);
	shm_toc_estimate_keys(&context->estimator, 1);
}

static void *
allocate(ParallelContext *context, uint64 key, Size size)
{
	void	   *memory = shm_toc_allocate(context->toc, size);

	memset(memory, 0, size);
	shm_toc_insert(context->toc, key, memory);
	return memory;
}

static void
init_shared(TrlIvfParallel *p, const TrlIvfMeta *meta,
			const TrlIvfBudget *budget, dsm_segment * sample_segment,
			const TrlSample *sample, int participants)
{
	Shared	   *shared = p->shared;

	shared->heap = RelationGetRelid(p->heap);
	shared->index = RelationGetRelid(p->index);
	shared->concurrent = p->info->ii_Concurrent;
	shared->sort_kb = trl_ivf_budget_sort(budget, meta, participants);
	shared->batch = budget->batch;
	shared->meta = *meta;
	shared->sample_handle = dsm_segment_handle(sample_segment);
	shared->sampled = sample->n;
	shared->sample_room = sample->room;
	trl_kmeans_team_init(&shared->team);
	pg_atomic_init_u64(&shared->assigned, 0);
	pg_atomic_init_u32(&shared->places, 0);
	SpinLockInit(&shared->lock);
	ConditionVariableInit(&shared->ended);
	table_parallelscan_initialize(p->heap, SHARED_SCAN(shared), p->snapshot);
}

/* Ends what begin_context() began, where nothing has been launched. */
static void
abandon(TrlIvfParallel *p)
{
	if (IsMVCCSnapshot(p->snapshot))
		UnregisterSnapshot(p->snapshot);
	DestroyParallelContext(p->context);
	ExitParallelMode();
}

/* Estimates and creates the segment; false if there is none. */
static bool
begin_context(TrlIvfParallel *p, int workers, const TrlIvfMeta *meta,
			  const TrlIvfCalibration *calibration, Size shared_size,
			  Size query_text)
{
	int			participants = workers + 1;
	ParallelContext *context;

	EnterParallelMode();
	context = CreateParallelContext("trellis", "trl_ivf_parallel_main", workers);
	p->context = context;
	estimate(context, shared_size);
	estimate(context, tuplesort_estimate_shared(participants));
	estimate(context, trl_lists_size((int) meta->lists, meta->dims_padded));
	estimate(context, trl_ivf_calibration_queries_size(calibration));
	estimate(context, trl_ivf_calibration_found_size(calibration) * participants);
	estimate(context, sizeof(WalUsage) * workers);
	estimate(context, sizeof(BufferUsage) * workers);
	if (query_text > 0)
		estimate(context, query_text);
	if (!trl_ivf_shared_memory(shm_toc_estimate(&context->estimator)))
	{
		abandon(p);
		return false;
	}
	InitializeParallelDSM(context);
	if (context->seg == NULL)
	{
		abandon(p);
		return false;
	}
	return true;
}

/* The leader and those workers that could be started. */
static int
participants(const TrlIvfParallel *p)
{
	return p->context->nworkers_launched + 1;
}

TrlIvfParallel *
trl_ivf_parallel_begin(Relation heap, Relation index, IndexInfo *info,
					   int workers, const TrlIvfMeta *meta,
					   const TrlIvfBudget *budget,
					   dsm_segment * sample_segment, const TrlSample *sample,
					   const TrlIvfCalibration *calibration,
					   TrlLists *lists)
{
	TrlIvfParallel *p = palloc0(sizeof(TrlIvfParallel));
	Size		lists_size = trl_lists_size((int) meta->lists, meta->dims_padded);
	Size		found_size = trl_ivf_calibration_found_size(calibration);
	Size		query_text = debug_query_string ? strlen(debug_query_string) + 1 : 0;
	Size		shared_size;
	char	   *text;

	p->heap = heap;
	p->index = index;
	p->info = info;
	p->budget = *budget;
	p->snapshot = info->ii_Concurrent ?
		RegisterSnapshot(GetTransactionSnapshot()) : SnapshotAny;
	shared_size = BUFFERALIGN(sizeof(Shared)) +
		table_parallelscan_estimate(heap, p->snapshot);
	if (!begin_context(p, workers, meta, calibration, shared_size, query_text))
	{
		pfree(p);
		return NULL;
	}
	p->shared = allocate(p->context, KEY_SHARED, shared_size);
	init_shared(p, meta, budget, sample_segment, sample, workers + 1);
	p->shared->found_size = found_size;
	p->team = &p->shared->team;
	p->sort = allocate(p->context, KEY_SORT, tuplesort_estimate_shared(workers + 1));
	tuplesort_initialize_shared(p->sort, workers + 1, p->context->seg);
	trl_lists_place(lists, (int) meta->lists, meta->dims_padded,
					allocate(p->context, KEY_LISTS, lists_size));
	trl_ivf_calibration_put_queries(calibration,
									allocate(p->context, KEY_QUERIES,
											 trl_ivf_calibration_queries_size(calibration)));
	p->found = allocate(p->context, KEY_FOUND, found_size * (workers + 1));
	p->wal = allocate(p->context, KEY_WAL, sizeof(WalUsage) * workers);
	p->buffers = allocate(p->context, KEY_BUFFERS, sizeof(BufferUsage) * workers);
	if (query_text > 0)
	{
		text = allocate(p->context, KEY_QUERY_TEXT, query_text);
		memcpy(text, debug_query_string, query_text);
	}
	LaunchParallelWorkers(p->context);
	ereport(DEBUG1,
			(errmsg_internal("ivf build: %d of %d workers launched",
							 p->context->nworkers_launched, workers)));
	return p;
}

TrlKmeansTeam *
trl_ivf_parallel_team(TrlIvfParallel *parallel)
{
	return parallel->team;
}

/* ---- the part of one process ---- */

/* Assigns the rows that the scan gives, sorts them, tells what it did. */
static void
take_part(Shared *shared, Sharedsort *shared_sort, char *found,
		  TrlIvfAssign *assign, Relation heap, Relation index,
		  IndexInfo *info)
{
	SortCoordinate coordinate = palloc0(sizeof(SortCoordinateData));
	TableScanDesc scan = table_beginscan_parallel(heap, SHARED_SCAN(shared));
	double		heap_rows;
	uint32		place;

	coordinate->isWorker = true;
	coordinate->nParticipants = -1;
	coordinate->sharedsort = shared_sort;
	assign->sort = trl_ivf_sort_begin(shared->sort_kb, coordinate);
	heap_rows = trl_ivf_assign(assign, heap, index, info, shared->batch, scan);
	tuplesort_performsort(assign->sort);

	place = pg_atomic_fetch_add_u32(&shared->places, 1);
	trl_ivf_calibration_put_found(assign->calibration,
								  found + shared->found_size * place);
	SpinLockAcquire(&shared->lock);
	shared->participants_ended++;
	shared->heap_rows += heap_rows;
	shared->index_rows += assign->rows;
	shared->broken_hot_chain |= info->ii_BrokenHotChain;
	SpinLockRelease(&shared->lock);
	ConditionVariableSignal(&shared->ended);
	tuplesort_end(assign->sort);
}

/* Joins the clusters, if they are still being made. */
static void
join_team(Shared *shared, TrlLists *lists)
{
	dsm_segment *segment = dsm_attach(shared->sample_handle);
	TrlSample	sample;

	if (segment == NULL)
		return;
	trl_sample_place(&sample, shared->sample_room, shared->meta.dims_padded,
					 dsm_segment_address(segment));
	sample.n = shared->sampled;
	if (sample.n > 0)
		trl_kmeans_sample(&sample, shared->meta.seed, lists, &shared->team,
						  shared->batch);
	dsm_detach(segment);
}

static void
work(Shared *shared, dsm_segment * segment, shm_toc * toc, Relation heap,
	 Relation index)
{
	Sharedsort *sort = shm_toc_lookup(toc, KEY_SORT, false);
	IndexInfo  *info = BuildIndexInfo(index);
	TrlLists	lists;
	TrlIvfAssign assign = {
		.class = trl_ivf_class(index),
		.meta = &shared->meta,
		.lists = &lists,
		.done = &shared->assigned,
	};

	info->ii_Concurrent = shared->concurrent;
	tuplesort_attach_shared(sort, segment);
	trl_lists_place(&lists, (int) shared->meta.lists, shared->meta.dims_padded,
					shm_toc_lookup(toc, KEY_LISTS, false));
	join_team(shared, &lists);
	assign.calibration =
		trl_ivf_calibration_from(&shared->meta,
								 shm_toc_lookup(toc, KEY_QUERIES, false),
								 shared->batch);
	take_part(shared, sort, shm_toc_lookup(toc, KEY_FOUND, false), &assign,
			  heap, index, info);
}

/* A worker's main function. */
void
trl_ivf_parallel_main(dsm_segment * segment, shm_toc * toc)
{
	Shared	   *shared = shm_toc_lookup(toc, KEY_SHARED, false);
	WalUsage   *wal = shm_toc_lookup(toc, KEY_WAL, false);
	BufferUsage *buffers = shm_toc_lookup(toc, KEY_BUFFERS, false);
	LOCKMODE	heap_lock = shared->concurrent ? ShareUpdateExclusiveLock : ShareLock;
	LOCKMODE	index_lock = shared->concurrent ? RowExclusiveLock : AccessExclusiveLock;
	Relation	heap;
	Relation	index;

	debug_query_string = shm_toc_lookup(toc, KEY_QUERY_TEXT, true);
	pgstat_report_activity(STATE_RUNNING, debug_query_string);
	heap = table_open(shared->heap, heap_lock);
	index = index_open(shared->index, index_lock);
	InstrStartParallelQuery();
	work(shared, segment, toc, heap, index);
	InstrEndParallelQuery(&buffers[ParallelWorkerNumber],
						  &wal[ParallelWorkerNumber]);
	index_close(index, index_lock);
	table_close(heap, heap_lock);
}

/* ---- the leader ---- */

static void
wait_for_workers(TrlIvfParallel *p)
{
	Shared	   *shared = p->shared;

	/* a worker that could not be started is an error, not a long wait */
	WaitForParallelWorkersToAttach(p->context);
	for (;;)
	{
		int			ended;

		SpinLockAcquire(&shared->lock);
		ended = shared->participants_ended;
		SpinLockRelease(&shared->lock);
		pgstat_progress_update_param(PROGRESS_CREATEIDX_TUPLES_DONE,
									 (int64) pg_atomic_read_u64(&shared->assigned));
		if (ended == participants(p))
			break;
		ConditionVariableSleep(&shared->ended,
							   WAIT_EVENT_PARALLEL_CREATE_INDEX_SCAN);
	}
	ConditionVariableCancelSleep();
}

Tuplesortstate *
trl_ivf_parallel_assign(TrlIvfParallel *p, TrlIvfAssign *assign,
						double *heap_rows, double *index_rows)
{
	Shared	   *shared = p->shared;
	TrlIvfCalibration *all = assign->calibration;
	SortCoordinate coordinate = palloc0(sizeof(SortCoordinateData));
	int			i;

	assign->done = &shared->assigned;
	assign->calibration =
		trl_ivf_calibration_from(&shared->meta,
								 shm_toc_lookup(p->context->toc, KEY_QUERIES, false),
								 shared->batch);
	take_part(shared, p->sort, p->found, assign, p->heap, p->index, p->info);
	assign->calibration = all;
	wait_for_workers(p);

	for (i = 0; i < participants(p); i++)
		trl_ivf_calibration_take_found(all, p->found + shared->found_size * i);
	*heap_rows = shared->heap_rows;
	*index_rows = shared->index_rows;
	p->info->ii_BrokenHotChain |= shared->broken_hot_chain;
	coordinate->isWorker = false;
	coordinate->nParticipants = participants(p);
	coordinate->sharedsort = p->sort;
	return trl_ivf_sort_begin(trl_ivf_budget_sort(&p->budget, &shared->meta, 1),
							  coordinate);
}

void
trl_ivf_parallel_end(TrlIvfParallel *p)
{
	int			i;

	WaitForParallelWorkersToFinish(p->context);
	for (i = 0; i < p->context->nworkers_launched; i++)
		InstrAccumParallelQuery(&p->buffers[i], &p->wal[i]);
	if (IsMVCCSnapshot(p->snapshot))
		UnregisterSnapshot(p->snapshot);
	DestroyParallelContext(p->context);
	ExitParallelMode();
}
