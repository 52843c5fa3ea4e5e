/*
 * build.c - CREATE INDEX ... USING ivf
 *
 * Sample, k-means, assign every row to its list, sort the rows by list, write
 * the pages in the order of the file, log them.  Rows are encoded when they
 * are assigned, so what is sorted is what is written.
 *
 * Memory: the sample and the centroids within maintenance_work_mem, the sort
 * within another; both are given back before the pages are written.
 *
 * Locks: those of CREATE INDEX.  WAL: the finished file, page by page.
 */
#include "postgres.h"

#include <math.h>

#include "access/tableam.h"
#include "access/xloginsert.h"
#include "catalog/index.h"
#include "catalog/pg_operator_d.h"
#include "catalog/pg_type_d.h"
#include "commands/progress.h"
#include "common/pg_prng.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/bufmgr.h"
#include "utils/backend_progress.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/sampling.h"
#include "utils/tuplesort.h"

#include "core/compat.h"
#include "index/ivf/calibrate.h"
#include "index/ivf/kmeans.h"
#include "index/ivf/maintain.h"
#include "index/ivf/methods.h"
#include "index/ivf/write.h"
#include "types/dense.h"

/* Sampled rows per list: fewer make worse lists, more take longer. */
#define SAMPLE_PER_LIST 48
#define SAMPLE_LEAST 10000

typedef struct Build
{
	Relation	heap;
	Relation	index;
	IndexInfo  *info;
	const TrlIvfClass *class;
	TrlIvfMeta	meta;
	MemoryContext row_context;	/* reset per row */
	float	   *vector;			/* a row before rotation */
	double		heap_rows;		/* rows that the index should have */

	/* sample */
	float	   *sample;
	ItemPointerData *sample_tids;
	int			sampled;
	int			sample_room;
	double		sample_seen;
	ReservoirStateData reservoir;
	double		skip;

	/* centroids */
	float	   *centroids;
	float	   *half_norms;

	/* rows that wait to be assigned together */
	float	   *batch;
	ItemPointerData *batch_tids;
	int			batched;
	float	   *products;
	void	   *scratch;
	uint32	   *nearest;
	float	   *residual;
	TrlIvfCalibration *calibration;

	/* assigned rows, and those in no list (list -1: NaN, -2: NULL) */
	Tuplesortstate *sort;
	TupleTableSlot *slot;
	bytea	   *payload;
	Size		payload_size;
} Build;

/* What is sorted behind the list's number: factors, TID, row, bits. */
typedef struct Payload
{
	float		add;
	float		rescale;
	float		error;
	ItemPointerData heap;
	uint16		unused;
	char		row[FLEXIBLE_ARRAY_MEMBER]; /* TrlIvfRerankRow, then bits */
} Payload;

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
				 errhint("Give the column a dimension, as in ALTER TABLE ... ALTER COLUMN ... TYPE vector(384), or index an expression such as (embedding::vector(384)).")));
	if (dims > TRL_IVF_MAX_DIMS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("column cannot have more than %d dimensions for ivf index",
						TRL_IVF_MAX_DIMS)));
	memset(meta, 0, sizeof(TrlIvfMeta));
	meta->magic = TRL_IVF_MAGIC;
	meta->version = TRL_IVF_VERSION;
	meta->metric = (uint16) b->class->metric;
	meta->element_size = (uint16)
		(b->class->element != NULL ? b->class->element->size : 0);
	meta->dims = dims;
	meta->seed = UINT64CONST(0x7472656c6c6973);
	meta->generation = 1;
	meta->centroids = meta->directory = InvalidBlockNumber;
	meta->tail_nan = meta->tail_null = InvalidBlockNumber;
	trl_ivf_shape(meta);
}

static int
choose_lists(Build *b, double rows)
{
	int			lists = trl_ivf_option_lists(b->index);

	if (lists == 0)
		lists = (int) Min(Min(2 * sqrt(Max(rows, 1)), rows / TRL_IVF_LEAST_ROWS),
						  65536);
	return Max(Min(lists, b->sampled), 1);
}

/* ---- sample ---- */

static void
sample_row(Relation index, ItemPointer tid, Datum *values, bool *isnull,
		   bool alive, void *state)
{
	Build	   *b = (Build *) state;
	MemoryContext old = MemoryContextSwitchTo(b->row_context);
	int			dims = b->meta.dims;
	int			place;

	(void) index;
	(void) alive;
	if (trl_ivf_value(b->class, values[0], isnull[0], dims, b->vector,
					  &dims) == TRL_IVF_VALUE)
	{
		place = b->sampled;
		b->sample_seen++;
		if (b->sampled < b->sample_room)
			b->sampled++;
		else
		{
			if (b->skip < 0)
				b->skip = reservoir_get_next_S(&b->reservoir, b->sample_seen - 1,
											   b->sample_room);
			place = b->skip <= 0 ?
				(int) (b->sample_room * sampler_random_fract(&b->reservoir.randstate)) : -1;
			b->skip -= 1;
		}
		if (place >= 0)
		{
			trl_rotate(b->meta.seed, b->vector, b->meta.dims,
					   b->sample + (Size) place * b->meta.dims_padded);
			b->sample_tids[place] = *tid;
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

/* Rows of blocks from all over the table; sets sampled and returns the table's rows. */
static double
take_sample(Build *b)
{
	BlockNumber blocks = RelationGetNumberOfBlocks(b->heap);
	Size		row_size = sizeof(float) * b->meta.dims_padded;
	double		memory = maintenance_work_mem * 1024.0 / 2;
	double		room = Min(memory / row_size, 2e6);
	double		read = 0;
	uint64		stride;
	uint64		block;
	uint64		turn;

	b->sample_room = (int) Max(room, 1000);
	b->sample = MemoryContextAllocHuge(CurrentMemoryContext,
									   row_size * b->sample_room);
	b->sample_tids = MemoryContextAllocHuge(CurrentMemoryContext,
											sizeof(ItemPointerData) * b->sample_room);
	b->skip = -1;
	reservoir_init_selection_state(&b->reservoir, b->sample_room);
	stride = block_stride(blocks);
	block = 0;
	for (turn = 0; turn < blocks && b->sampled < b->sample_room; turn++)
	{
		double		rows;
		double		enough;

		CHECK_FOR_INTERRUPTS();
		table_index_build_range_scan(b->heap, b->index, b->info, false, true,
									 false, (BlockNumber) block, 1, sample_row,
									 b, NULL);
		block = (block + stride) % blocks;
		read++;
		rows = b->sample_seen / read * blocks;
		enough = Max(SAMPLE_PER_LIST * 2 * sqrt(rows), SAMPLE_LEAST);
		if (trl_ivf_option_lists(b->index) > 0)
			enough = Max(enough, SAMPLE_PER_LIST * (double) trl_ivf_option_lists(b->index));
		if (b->sampled >= enough)
			break;
	}
	return read > 0 ? b->sample_seen / read * blocks : 0;
}

static void
make_centroids(Build *b)
{
	int			dims = b->meta.dims_padded;
	Size		k = b->meta.lists;
	Size		i;

	b->centroids = MemoryContextAllocHuge(CurrentMemoryContext,
										  sizeof(float) * k * dims);
	b->half_norms = palloc(sizeof(float) * k);
	if (b->sampled == 0)
		memset(b->centroids, 0, sizeof(float) * k * dims);
	else
		trl_kmeans(b->sample, b->sampled, dims, (int) k, b->meta.seed, b->centroids);
	for (i = 0; i < k; i++)
		b->half_norms[i] = 0.5f * (float)
			trl_kernels->f32_sum_squares(b->centroids + i * dims, dims);
}

/* ---- assignment ---- */

static void
put_row(Build *b, int32 list, Size size)
{
	TupleTableSlot *slot = b->slot;

	SET_VARSIZE(b->payload, VARHDRSZ + size);
	ExecClearTuple(slot);
	slot->tts_values[0] = Int32GetDatum(list);
	slot->tts_isnull[0] = false;
	slot->tts_values[1] = PointerGetDatum(b->payload);
	slot->tts_isnull[1] = false;
	ExecStoreVirtualTuple(slot);
	tuplesort_puttupleslot(b->sort, slot);
}

static void
assign_batch(Build *b)
{
	int			dims = b->meta.dims_padded;
	Payload    *payload = (Payload *) VARDATA(b->payload);
	Size		row_size = trl_ivf_rerank_size(&b->meta);
	int			i;

	if (b->batched == 0)
		return;
	trl_assign(b->batch, b->batched, dims, b->centroids, b->half_norms,
			   (int) b->meta.lists, b->products, b->scratch, b->nearest);
	trl_ivf_calibration_add(b->calibration, b->batch, b->batch_tids, b->nearest,
							b->batched);
	for (i = 0; i < b->batched; i++)
	{
		TrlIvfCode	code = {
			.row = (TrlIvfRerankRow *) payload->row,
			.bits = (uint8 *) payload->row + row_size,
		};

		trl_ivf_encode(&b->meta, b->batch + (Size) i * dims,
					   b->centroids + (Size) b->nearest[i] * dims, b->residual,
					   &code);
		payload->add = code.add;
		payload->rescale = code.rescale;
		payload->error = code.error;
		payload->heap = b->batch_tids[i];
		put_row(b, (int32) b->nearest[i], b->payload_size);
	}
	b->batched = 0;
}

static void
add_row(Relation index, ItemPointer tid, Datum *values, bool *isnull,
		bool alive, void *state)
{
	Build	   *b = (Build *) state;
	MemoryContext old = MemoryContextSwitchTo(b->row_context);
	int			dims = b->meta.dims;
	TrlIvfValue kind;

	(void) index;
	(void) alive;
	kind = trl_ivf_value(b->class, values[0], isnull[0], dims, b->vector, &dims);
	MemoryContextSwitchTo(old);
	if (kind == TRL_IVF_VALUE)
	{
		trl_rotate(b->meta.seed, b->vector, b->meta.dims,
				   b->batch + (Size) b->batched * b->meta.dims_padded);
		b->batch_tids[b->batched++] = *tid;
		if (b->batched == TRL_ASSIGN_ROWS)
			assign_batch(b);
	}
	else
	{
		((Payload *) VARDATA(b->payload))->heap = *tid;
		put_row(b, kind == TRL_IVF_VALUE_NAN ? -1 : -2,
				offsetof(Payload, row));
	}
	b->heap_rows++;
	MemoryContextReset(b->row_context);
}

static void
begin_assignment(Build *b)
{
	TupleDesc	desc = CreateTemplateTupleDesc(2);
	AttrNumber	column = 1;
	Oid			less = Int4LessOperator;
	Oid			collation = InvalidOid;
	bool		nulls_first = false;
	int			dims = b->meta.dims_padded;
	Size		k = b->meta.lists;

	TupleDescInitEntry(desc, 1, "list", INT4OID, -1, 0);
	TupleDescInitEntry(desc, 2, "row", BYTEAOID, -1, 0);
	b->sort = tuplesort_begin_heap(desc, 1, &column, &less, &collation,
								   &nulls_first, maintenance_work_mem, NULL,
								   TUPLESORT_NONE);
	b->slot = MakeSingleTupleTableSlot(desc, &TTSOpsVirtual);
	b->payload_size = offsetof(Payload, row) + trl_ivf_rerank_size(&b->meta) +
		dims / 8;
	b->payload = palloc0(VARHDRSZ + b->payload_size);
	b->batch = palloc(sizeof(float) * TRL_ASSIGN_ROWS * dims);
	b->batch_tids = palloc(sizeof(ItemPointerData) * TRL_ASSIGN_ROWS);
	b->products = MemoryContextAllocHuge(CurrentMemoryContext,
										 sizeof(float) * TRL_ASSIGN_ROWS * k);
	b->scratch = (void *) TYPEALIGN(64, palloc(TRL_GEMM_SCRATCH + 64));
	b->nearest = palloc(sizeof(uint32) * TRL_ASSIGN_ROWS);
	b->residual = palloc(sizeof(float) * dims);
}

/* ---- pages ---- */

static void
write_rows(Build *b)
{
	TrlIvfWriter *writer = trl_ivf_writer_begin(b->index, MAIN_FORKNUM, &b->meta,
												b->centroids);
	TupleTableSlot *slot = MakeSingleTupleTableSlot(b->slot->tts_tupleDescriptor,
													&TTSOpsMinimalTuple);
	Size		row_size = trl_ivf_rerank_size(&b->meta);
	char	   *row = palloc(row_size);
	int64		done = 0;

	while (tuplesort_gettupleslot(b->sort, true, false, slot, NULL))
	{
		bool		isnull;
		int32		list = DatumGetInt32(slot_getattr(slot, 1, &isnull));
		bytea	   *bytes = DatumGetByteaPP(slot_getattr(slot, 2, &isnull));
		Payload    *payload = (Payload *) VARDATA_ANY(bytes);
		Payload		front;
		TrlIvfCode	code;

		/* a short header leaves the rest unaligned */
		memcpy(&front, payload, offsetof(Payload, row));
		if (list < 0)
			trl_ivf_writer_add_tail(writer, list == -1 ? TRL_IVF_VALUE_NAN :
									TRL_IVF_VALUE_NULL, &front.heap);
		else
		{
			memcpy(row, payload->row, row_size);
			code.add = front.add;
			code.rescale = front.rescale;
			code.error = front.error;
			code.row = (TrlIvfRerankRow *) row;
			code.bits = (uint8 *) payload->row + row_size;
			trl_ivf_writer_add(writer, (uint32) list, &front.heap, &code);
		}
		if (++done % 1024 == 0)
			pgstat_progress_update_param(PROGRESS_CREATEIDX_TUPLES_DONE, done);
	}
	trl_ivf_writer_end(writer);
	ExecDropSingleTupleTableSlot(slot);
}

static void
start_phase(TrlIvfPhase phase)
{
	pgstat_progress_update_param(PROGRESS_CREATEIDX_SUBPHASE, phase);
}

IndexBuildResult *
trl_ivf_build(Relation heap, Relation index, IndexInfo *info)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "trellis ivf build",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Build		b = {.heap = heap, .index = index, .info = info};
	IndexBuildResult *result;
	double		heap_rows;
	double		rows;

	if (RelationGetNumberOfBlocks(index) != 0)
		elog(ERROR, "index \"%s\" already contains data",
			 RelationGetRelationName(index));
	b.class = trl_ivf_class(index);
	init_meta(&b);
	b.row_context = AllocSetContextCreate(context, "trellis ivf build row",
										  ALLOCSET_DEFAULT_SIZES);
	b.vector = palloc(sizeof(float) * TRL_IVF_VALUE_ROOM);

	start_phase(TRL_IVF_PHASE_SAMPLE);
	rows = take_sample(&b);
	b.meta.lists = (uint32) choose_lists(&b, rows);
	b.meta.lists_in_use = b.meta.lists;
	start_phase(TRL_IVF_PHASE_KMEANS);
	make_centroids(&b);

	start_phase(TRL_IVF_PHASE_ASSIGN);
	begin_assignment(&b);
	b.calibration = trl_ivf_calibration_begin(&b.meta, b.sample, b.sample_tids,
											  b.sampled);
	pfree(b.sample);
	heap_rows = table_index_build_scan(heap, index, info, true, true, add_row,
									   &b, NULL);
	assign_batch(&b);
	trl_ivf_calibration_end(b.calibration, b.centroids, b.heap_rows, &b.meta);
	b.meta.built_rows = b.heap_rows;

	start_phase(TRL_IVF_PHASE_SORT);
	tuplesort_performsort(b.sort);
	start_phase(TRL_IVF_PHASE_WRITE);
	pgstat_progress_update_param(PROGRESS_CREATEIDX_TUPLES_TOTAL,
								 (int64) b.heap_rows);
	write_rows(&b);
	tuplesort_end(b.sort);
	if (RelationNeedsWAL(index))
		log_newpage_range(index, MAIN_FORKNUM, 0,
						  RelationGetNumberOfBlocks(index), true);

	MemoryContextSwitchTo(old);
	result = palloc(sizeof(IndexBuildResult));
	result->heap_tuples = heap_rows;
	result->index_tuples = b.heap_rows;
	MemoryContextDelete(context);
	return result;
}

/* The init fork of an unlogged index: one list without rows. */
void
trl_ivf_buildempty(Relation index)
{
	Build		b = {.index = index, .class = trl_ivf_class(index)};
	TrlIvfWriter *writer;

	init_meta(&b);
	b.meta.lists = b.meta.lists_in_use = 1;
	make_centroids(&b);
	writer = trl_ivf_writer_begin(index, INIT_FORKNUM, &b.meta, b.centroids);
	trl_ivf_writer_end(writer);
	log_newpage_range(index, INIT_FORKNUM, 0,
					  RelationGetNumberOfBlocksInFork(index, INIT_FORKNUM), true);
}
