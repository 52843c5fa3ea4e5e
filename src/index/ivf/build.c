/*
 * build.c - CREATE INDEX ... USING ivf
 *
 * Sample, k-means, assign every row to its list, sort the rows by list, write
 * the pages in the order of the file, log them.  Workers take part in the
 * clusters and the assignment (parallel.c).
 *
 * Memory: maintenance_work_mem, as memory.c divides it.  Locks: those of
 * CREATE INDEX.  WAL: the finished file, page by page.
 */
#include "postgres.h"

#include <math.h>

#include "access/tableam.h"
#include "access/xloginsert.h"
#include "catalog/index.h"
#include "commands/progress.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "portability/instr_time.h"
#include "storage/bufmgr.h"
#include "utils/backend_progress.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "core/compat.h"
#include "index/ivf/build.h"
#include "index/ivf/filter.h"
#include "index/ivf/maintain.h"
#include "index/ivf/methods.h"
#include "index/ivf/write.h"
#include "index/ivf/yield.h"
#include "types/dense.h"

/* Blocks that tell how many rows a table has. */
#define PROBED_BLOCKS 16

/* Bytes that a build of an empty table may take at any setting. */
#define EMPTY_BUDGET ((Size) 64 * 1024 * 1024)

typedef struct Build
{
	Relation	heap;
	Relation	index;
	IndexInfo  *info;
	const TrlIvfClass *class;
	TrlIvfMeta	meta;
	TrlIvfBudget budget;
	int			workers;		/* to be asked for */
	TrlIvfPhase phase;
	instr_time	phase_began;

	/* sample */
	MemoryContext row_context;	/* reset per row */
	float	   *vector;			/* a row before rotation */
	double		seen;			/* rows that have a place in a list */
	TrlSample	sample;
	dsm_segment *sample_segment;	/* that it lies in, or NULL */
	char	   *sample_memory;	/* or this */

	TrlLists	lists;
	TrlIvfCalibration *calibration;
	TrlIvfParallel *parallel;	/* NULL: alone */
	Tuplesortstate *sort;
	double		heap_rows;		/* of the table */
	double		index_rows;		/* of the index */
} Build;

/* Tells which phase begins, and in the log how long the last one took. */
static void
start_phase(Build *b, TrlIvfPhase phase)
{
	instr_time	now;

	INSTR_TIME_SET_CURRENT(now);
	if (b->phase != 0)
	{
		instr_time	took = now;

		INSTR_TIME_SUBTRACT(took, b->phase_began);
		ereport(DEBUG1,
				(errmsg_internal("ivf build, %s: %.0f ms",
								 trl_ivf_phase_name(b->phase),
								 INSTR_TIME_GET_MILLISEC(took))));
	}
	b->phase = phase;
	b->phase_began = now;
	pgstat_progress_update_param(PROGRESS_CREATEIDX_SUBPHASE, phase);
}

/* ---- options and shape ---- */

static void
init_meta(Build *b)
{
	TrlIvfMeta *meta = &b->meta;
	int			dims = TupleDescAttr(RelationGetDescr(b->index), 0)->atttypmod;

	if (dims < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("column does not have dimensions"),
				 b->class->sparse ?
				 errhint("Give the column a dimension, as in ALTER TABLE ... ALTER COLUMN ... TYPE sparsevec(30522), or index an expression such as (embedding::sparsevec(30522)).") :
				 errhint("Give the column a dimension, as in ALTER TABLE ... ALTER COLUMN ... TYPE vector(384), or index an expression such as (embedding::vector(384)).")));
	if (dims > trl_ivf_max_dims(b->class))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("column cannot have more than %d dimensions for ivf index",
						trl_ivf_max_dims(b->class))));
	memset(meta, 0, sizeof(TrlIvfMeta));
	meta->magic = TRL_IVF_MAGIC;
	meta->version = TRL_IVF_VERSION;
	meta->metric = (uint16) b->class->metric;
	meta->element_size = trl_ivf_element_size(b->class);
	meta->seed = UINT64CONST(0x7472656c6c6973);
	meta->generation = 1;
	meta->centroids = meta->directory = InvalidBlockNumber;
	meta->tail_nan = meta->tail_null = InvalidBlockNumber;
	trl_ivf_filter_columns(meta, b->index);
	trl_ivf_shape_column(meta, b->class->sparse, dims);
}

/* Lists for so many rows, before memory is considered. */
static int
choose_lists(Build *b, double rows)
{
	int			lists = trl_ivf_option_lists(b->index);

	if (lists == 0)
		lists = trl_ivf_default_lists(rows);
	return lists;
}

/* ---- sample ---- */

static void
count_row(Relation index, ItemPointer tid, Datum *values, bool *isnull,
		  bool alive, void *state)
{
	(void) index;
	(void) tid;
	(void) values;
	(void) alive;
	if (!isnull[0])
		((Build *) state)->seen++;
}

static void
sample_row(Relation index, ItemPointer tid, Datum *values, bool *isnull,
		   bool alive, void *state)
{
	Build	   *b = (Build *) state;
	TrlSample  *sample = &b->sample;
	MemoryContext old = MemoryContextSwitchTo(b->row_context);

	(void) index;
	(void) alive;
	if (trl_ivf_value(b->class, &b->meta, values[0], isnull[0],
					  b->vector) == TRL_IVF_VALUE)
	{
		b->seen++;
		if (sample->n < sample->room)
		{
			trl_ivf_rotate(&b->meta, b->vector,
						   sample->rows + (Size) sample->n * sample->dims);
			sample->tids[sample->n++] = *tid;
		}
	}
	MemoryContextSwitchTo(old);
	MemoryContextReset(b->row_context);
}

/*
 * Steps of this many blocks, modulo all of them, visit each block once and
 * are spread evenly however early they end: about the golden section, and
 * with no common divisor.
 */
static uint64
block_stride(uint64 blocks)
{
	uint64		stride = (uint64) (blocks * 0.6180339887498949);

	for (;; stride++)
	{
		uint64		a = blocks;
		uint64		b = Max(stride, 1);

		while (b != 0)
		{
			uint64		rest = a % b;

			a = b;
			b = rest;
		}
		if (a <= 1)
			return Max(stride, 1);
	}
}

/* Blocks of the table one by one, spread evenly over it. */
typedef struct Walk
{
	uint64		blocks;
	uint64		stride;
	uint64		turn;			/* blocks read */
} Walk;

/* Reads the next block; false if there is none. */
static bool
walk_on(Build *b, Walk *walk, IndexBuildCallback callback)
{
	if (walk->turn >= walk->blocks)
		return false;
	CHECK_FOR_INTERRUPTS();

	/* a concurrent build reads by a snapshot and knows no other rows */
	table_index_build_range_scan(b->heap, b->index, b->info, false,
								 !b->info->ii_Concurrent, false,
								 (BlockNumber) (walk->turn * walk->stride % walk->blocks),
								 1, callback, b, NULL);
	walk->turn++;
	return true;
}

/* Rows of the table that have a place in a list, by those of some blocks. */
static double
estimate_rows(Build *b, Walk *walk)
{
	b->seen = 0;
	while (walk->turn < PROBED_BLOCKS && walk_on(b, walk, count_row))
		;
	return walk->turn > 0 ? b->seen / walk->turn * walk->blocks : 0;
}

/* Rows that a sample should have. */
static double
wanted_sample(Build *b, double rows)
{
	return trl_ivf_default_sample(choose_lists(b, rows));
}

/* Memory for a sample, shared if workers are to read it. */
static void
make_room(Build *b, double wanted, int lists)
{
	int			rows;
	Size		size;

	trl_ivf_budget_lists(&b->budget, &b->meta, lists, wanted, b->workers + 1,
						 &rows);
	size = trl_sample_size(rows, b->meta.dims_padded);
	if (b->workers > 0 && trl_ivf_shared_memory(size))
		b->sample_segment = dsm_create(size, DSM_CREATE_NULL_IF_MAXSEGMENTS);
	if (b->sample_segment != NULL)
		b->sample_memory = dsm_segment_address(b->sample_segment);
	else
	{
		b->workers = 0;
		b->sample_memory = MemoryContextAllocHuge(CurrentMemoryContext, size);
	}
	trl_sample_place(&b->sample, rows, b->meta.dims_padded, b->sample_memory);
	b->sample.n = 0;
}

/* Says so where memory allowed less than half of what should be read. */
static void
tell_small_sample(Build *b, double rows)
{
	double		wanted = Min(wanted_sample(b, rows), rows);

	if (b->sample.n < b->sample.room || b->sample.n >= wanted / 2)
		return;
	ereport(NOTICE,
			(errmsg("choosing lists by %d rows rather than %.0f, since maintenance_work_mem is %d kB",
					b->sample.n, wanted, maintenance_work_mem),
			 errhint("More memory makes an index that is faster to search.")));
}

/* Takes the sample and chooses the number of lists. */
static void
take_sample(Build *b)
{
	BlockNumber blocks = RelationGetNumberOfBlocks(b->heap);
	Walk		walk = {.blocks = blocks,.stride = block_stride(blocks)};
	double		rows = estimate_rows(b, &walk);
	int			wished;
	int			lists;
	int			unused;

	/* the estimate is rough, and a sample should not end at it */
	make_room(b, Min(wanted_sample(b, rows) * 1.25, rows * 1.5 + 1000),
			  choose_lists(b, rows));
	walk.turn = 0;
	b->seen = 0;
	while (b->sample.n < b->sample.room && walk_on(b, &walk, sample_row))
	{
		rows = b->seen / walk.turn * blocks;
		if (b->sample.n >= wanted_sample(b, rows))
			break;
	}
	rows = walk.turn > 0 ? b->seen / walk.turn * blocks : 0;
	tell_small_sample(b, rows);
	wished = choose_lists(b, rows);
	lists = trl_ivf_budget_lists(&b->budget, &b->meta, wished, 1,
								 b->workers + 1, &unused);
	if (lists < wished)
		ereport(NOTICE,
				(errmsg("building %d lists rather than %d, since maintenance_work_mem is %d kB",
						lists, wished, maintenance_work_mem),
				 errhint("More memory makes an index that is faster to search.")));
	b->meta.lists = (uint32) Min(lists, Max(b->sample.n, 1));
	b->meta.lists_in_use = b->meta.lists;
	pgstat_progress_update_param(PROGRESS_CREATEIDX_TUPLES_TOTAL, (int64) rows);
}

static void
free_sample(Build *b)
{
	if (b->sample_segment != NULL)
		dsm_detach(b->sample_segment);
	else
		pfree(b->sample_memory);
}

/* ---- lists ---- */

static void
place_lists(Build *b)
{
	int			lists = (int) b->meta.lists;
	int			dims = b->meta.dims_padded;
	Size		size = trl_lists_size(lists, dims);

	trl_lists_place(&b->lists, lists, dims,
					MemoryContextAllocExtended(CurrentMemoryContext, size,
											   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO));
}

static void
make_lists(Build *b)
{
	TrlKmeansTeam *team = NULL;

	b->calibration = trl_ivf_calibration_begin(&b->meta, b->sample.rows,
											   b->sample.tids, b->sample.n,
											   b->budget.queries,
											   b->budget.batch);
	if (b->workers > 0)
		b->parallel = trl_ivf_parallel_begin(b->heap, b->index, b->info,
											 b->workers, &b->meta, &b->budget,
											 b->sample_segment, &b->sample,
											 b->calibration, &b->lists);
	if (b->parallel != NULL)
		team = trl_ivf_parallel_team(b->parallel);
	else
		place_lists(b);
	if (b->sample.n > 0)
		trl_kmeans_sample(&b->sample, b->meta.seed, &b->lists, team,
						  b->budget.batch);
	trl_ivf_yield_learn(&b->meta, &b->sample, &b->lists);
	free_sample(b);
}

static void
assign_rows(Build *b)
{
	pg_atomic_uint64 done;
	TrlIvfAssign assign = {
		.class = b->class,
		.meta = &b->meta,
		.lists = &b->lists,
		.calibration = b->calibration,
		.done = &done,
		.report = true,
	};

	pg_atomic_init_u64(&done, 0);
	if (b->parallel != NULL)
		b->sort = trl_ivf_parallel_assign(b->parallel, &assign, &b->heap_rows,
										  &b->index_rows);
	else
	{
		b->sort = assign.sort =
			trl_ivf_sort_begin(trl_ivf_budget_sort(&b->budget, &b->meta, 1), NULL);
		b->heap_rows = trl_ivf_assign(&assign, b->heap, b->index, b->info,
									  b->budget.batch, NULL);
		b->index_rows = assign.rows;
	}
	trl_ivf_calibration_end(b->calibration, b->lists.centroids, b->index_rows,
							&b->meta);
	b->meta.built_rows = b->index_rows;
}

/* ---- pages ---- */

/* Hands a sorted row to the writer. */
static void
write_row(Build *b, TrlIvfWriter *writer, TupleTableSlot *slot, char *row)
{
	Size		row_size = trl_ivf_rerank_size(&b->meta);
	bool		isnull;
	int			list = trl_ivf_key_list(DatumGetInt64(slot_getattr(slot, 1, &isnull)));
	bytea	   *bytes = DatumGetByteaPP(slot_getattr(slot, 2, &isnull));
	char	   *payload = VARDATA_ANY(bytes);
	char	   *payload_row = payload + offsetof(TrlIvfPayload, row);
	TrlIvfPayload front;
	TrlIvfCode	code;

	/* a short header leaves the rest unaligned */
	memcpy(&front, payload, offsetof(TrlIvfPayload, row));
	if (list < 0)
	{
		trl_ivf_writer_add_tail(writer, list == -1 ? TRL_IVF_VALUE_NAN :
								TRL_IVF_VALUE_NULL, &front.heap);
		return;
	}
	memcpy(row, payload_row, row_size);
	code.add = front.add;
	code.rescale = front.rescale;
	code.error = front.error;
	code.row = (TrlIvfRerankRow *) row;
	code.bits = (uint8 *) payload_row + row_size;
	code.filters = code.bits + trl_ivf_code_size(&b->meta);
	trl_ivf_writer_add(writer, (uint32) list, &front.heap, &code);
}

static void
write_rows(Build *b)
{
	TrlIvfWriter *writer = trl_ivf_writer_begin(b->index, MAIN_FORKNUM, &b->meta,
												b->lists.centroids);
	TupleTableSlot *slot = trl_ivf_sorted_slot();
	char	   *row = palloc(trl_ivf_rerank_size(&b->meta));
	int64		done = 0;

	while (tuplesort_gettupleslot(b->sort, true, false, slot, NULL))
	{
		CHECK_FOR_INTERRUPTS();
		write_row(b, writer, slot, row);
		if (++done % 1024 == 0)
			pgstat_progress_update_param(PROGRESS_CREATEIDX_TUPLES_DONE, done);
	}
	trl_ivf_writer_end(writer);
	ExecDropSingleTupleTableSlot(slot);
}

static void
write_index(Build *b)
{
	start_phase(b, TRL_IVF_PHASE_SORT);
	tuplesort_performsort(b->sort);
	start_phase(b, TRL_IVF_PHASE_WRITE);
	pgstat_progress_update_param(PROGRESS_CREATEIDX_TUPLES_TOTAL,
								 (int64) b->index_rows);
	write_rows(b);
	tuplesort_end(b->sort);
	if (b->parallel != NULL)
		trl_ivf_parallel_end(b->parallel);
	start_phase(b, TRL_IVF_PHASE_LOG);
	if (RelationNeedsWAL(b->index))
		log_newpage_range(b->index, MAIN_FORKNUM, 0,
						  RelationGetNumberOfBlocks(b->index), true);
	start_phase(b, TRL_IVF_PHASE_LOG);
}

IndexBuildResult *
trl_ivf_build(Relation heap, Relation index, IndexInfo *info)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "trellis ivf build",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Build		b = {.heap = heap,.index = index,.info = info};
	IndexBuildResult *result;

	if (RelationGetNumberOfBlocks(index) != 0)
		elog(ERROR, "index \"%s\" already contains data",
			 RelationGetRelationName(index));
	b.class = trl_ivf_class(index);
	init_meta(&b);
	trl_ivf_budget_init(&b.budget, &b.meta);

	/* TRUNCATE, and COMMIT of some temporary tables, must not fail for memory */
	if (RelationGetNumberOfBlocks(heap) == 0)
		b.budget.total = Max(b.budget.total, EMPTY_BUDGET);
	b.workers = trl_build_workers(heap, index, info);
	b.row_context = AllocSetContextCreate(context, "trellis ivf build row",
										  ALLOCSET_DEFAULT_SIZES);
	b.vector = palloc(sizeof(float) * b.meta.dims);

	start_phase(&b, TRL_IVF_PHASE_SAMPLE);
	take_sample(&b);
	start_phase(&b, TRL_IVF_PHASE_KMEANS);
	make_lists(&b);
	start_phase(&b, TRL_IVF_PHASE_ASSIGN);
	assign_rows(&b);
	write_index(&b);

	MemoryContextSwitchTo(old);
	result = palloc(sizeof(IndexBuildResult));
	result->heap_tuples = b.heap_rows;
	result->index_tuples = b.index_rows;
	MemoryContextDelete(context);
	return result;
}

/* The init fork of an unlogged index: one list without rows. */
void
trl_ivf_buildempty(Relation index)
{
	Build		b = {.index = index,.class = trl_ivf_class(index)};
	TrlIvfWriter *writer;

	init_meta(&b);
	b.meta.lists = b.meta.lists_in_use = 1;
	place_lists(&b);
	writer = trl_ivf_writer_begin(index, INIT_FORKNUM, &b.meta,
								  b.lists.centroids);
	trl_ivf_writer_end(writer);
	log_newpage_range(index, INIT_FORKNUM, 0,
					  RelationGetNumberOfBlocksInFork(index, INIT_FORKNUM), true);
}
