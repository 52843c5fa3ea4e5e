/*
 * assign.c - from rows to codes, sorted by list, in one process of a build
 *
 * Rows are rotated, collected and assigned together.  They are encoded here, so
 * that what is sorted is what is written.  The key holds list, block and
 * offset: a list's rows come in the order of the table, whoever assigned them.
 *
 * Memory: maintenance_work_mem, as memory.c divides it.  Locks: those of the
 * scan.  WAL: none.
 */
#include "postgres.h"

#include "access/tableam.h"
#include "catalog/pg_operator_d.h"
#include "catalog/pg_type_d.h"
#include "commands/progress.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/backend_progress.h"
#include "utils/memutils.h"

#include "core/compat.h"
#include "index/ivf/build.h"
#include "index/ivf/filter.h"

/* Bits of a key: above them, list + 2 in 17 bits. */
#define KEY_OFFSET_BITS 14
#define KEY_BLOCK_BITS 32

static int64
make_key(int list, ItemPointer tid)
{
	uint64		key = (uint64) (list + 2);

	key = key << KEY_BLOCK_BITS | ItemPointerGetBlockNumber(tid);
	key = key << KEY_OFFSET_BITS |
		Min(ItemPointerGetOffsetNumber(tid), (1 << KEY_OFFSET_BITS) - 1);
	return (int64) key;
}

int
trl_ivf_key_list(int64 key)
{
	return (int) (key >> (KEY_BLOCK_BITS + KEY_OFFSET_BITS)) - 2;
}

/* ---- the sort ---- */

static TupleDesc
sorted_columns(void)
{
	TupleDesc	desc = CreateTemplateTupleDesc(2);

	TupleDescInitEntry(desc, 1, "key", INT8OID, -1, 0);
	TupleDescInitEntry(desc, 2, "row", BYTEAOID, -1, 0);
	return desc;
}

Tuplesortstate *
trl_ivf_sort_begin(int memory_kb, SortCoordinate coordinate)
{
	AttrNumber	column = 1;
	Oid			less = Int8LessOperator;
	Oid			collation = InvalidOid;
	bool		nulls_first = false;

	return tuplesort_begin_heap(sorted_columns(), 1, &column, &less, &collation,
								&nulls_first, memory_kb, coordinate,
								TUPLESORT_NONE);
}

TupleTableSlot *
trl_ivf_sorted_slot(void)
{
	return MakeSingleTupleTableSlot(sorted_columns(), &TTSOpsMinimalTuple);
}

/* ---- rows ---- */

static void
put_row(TrlIvfAssign *a, int list, ItemPointer tid, Size size)
{
	TupleTableSlot *slot = a->slot;

	((TrlIvfPayload *) VARDATA(a->payload))->heap = *tid;
	SET_VARSIZE(a->payload, VARHDRSZ + size);
	ExecClearTuple(slot);
	slot->tts_values[0] = Int64GetDatum(make_key(list, tid));
	slot->tts_isnull[0] = false;
	slot->tts_values[1] = PointerGetDatum(a->payload);
	slot->tts_isnull[1] = false;
	ExecStoreVirtualTuple(slot);
	tuplesort_puttupleslot(a->sort, slot);
}

static void
report_done(TrlIvfAssign *a, int rows)
{
	uint64		done = pg_atomic_add_fetch_u64(a->done, rows);

	if (a->report)
		pgstat_progress_update_param(PROGRESS_CREATEIDX_TUPLES_DONE,
									 (int64) done);
}

static void
assign_batch(TrlIvfAssign *a)
{
	int			dims = a->meta->dims_padded;
	TrlIvfPayload *payload = (TrlIvfPayload *) VARDATA(a->payload);
	TrlIvfCode	code = {
		.row = (TrlIvfRerankRow *) payload->row,
		.bits = (uint8 *) payload->row + trl_ivf_rerank_size(a->meta),
	};
	uint8	   *filters = code.bits + trl_ivf_code_size(a->meta);
	Size		filter_bytes = a->meta->filter_bytes;
	int			i;

	if (a->batched == 0)
		return;
	trl_assign(a->assigner, a->lists, a->batch, a->batched, a->nearest);
	trl_ivf_calibration_add(a->calibration, a->batch, a->batch_tids, a->nearest,
							a->batched);
	for (i = 0; i < a->batched; i++)
	{
		trl_ivf_encode(a->meta, a->batch + (Size) i * dims,
					   a->lists->centroids + (Size) a->nearest[i] * dims,
					   a->residual, &code);
		payload->add = code.add;
		payload->rescale = code.rescale;
		payload->error = code.error;

		/* where bits are not stored, they were made in this place */
		memcpy(filters, a->batch_filters + filter_bytes * i, filter_bytes);
		put_row(a, (int) a->nearest[i], &a->batch_tids[i], a->payload_size);
	}
	report_done(a, a->batched);
	a->batched = 0;
}

static void
add_row(Relation index, ItemPointer tid, Datum *values, bool *isnull,
		bool alive, void *state)
{
	TrlIvfAssign *a = (TrlIvfAssign *) state;
	MemoryContext old = MemoryContextSwitchTo(a->row_context);
	TrlIvfValue kind;

	(void) index;
	(void) alive;
	kind = trl_ivf_value(a->class, a->meta, values[0], isnull[0], a->vector);
	if (kind == TRL_IVF_VALUE)
		trl_ivf_filter_form(a->meta, values, isnull, a->batch_filters +
							(Size) a->meta->filter_bytes * a->batched);
	MemoryContextSwitchTo(a->context);
	if (kind == TRL_IVF_VALUE)
	{
		trl_ivf_rotate(a->meta, a->vector,
					   a->batch + (Size) a->batched * a->meta->dims_padded);
		a->batch_tids[a->batched++] = *tid;
		if (a->batched == a->batch_room)
			assign_batch(a);
	}
	else
	{
		put_row(a, kind == TRL_IVF_VALUE_NAN ? -1 : -2, tid,
				offsetof(TrlIvfPayload, row));
		report_done(a, 1);
	}
	a->rows++;
	MemoryContextSwitchTo(old);
	MemoryContextReset(a->row_context);
}

double
trl_ivf_assign(TrlIvfAssign *a, Relation heap, Relation index,
			   IndexInfo *info, int batch, TableScanDesc scan)
{
	MemoryContext old;
	int			dims = a->meta->dims_padded;
	double		heap_rows;

	a->context = AllocSetContextCreate(CurrentMemoryContext,
									   "trellis ivf assignment",
									   ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(a->context);
	a->row_context = AllocSetContextCreate(a->context, "trellis ivf build row",
										   ALLOCSET_DEFAULT_SIZES);
	a->assigner = trl_assigner_create(batch, dims);
	trl_ivf_calibration_lend(a->calibration, trl_assigner_scratch(a->assigner));
	a->vector = palloc(sizeof(float) * a->meta->dims);
	a->batch = MemoryContextAllocHuge(a->context,
									  sizeof(float) * (Size) batch * dims);
	a->batch_tids = palloc(sizeof(ItemPointerData) * batch);
	a->batch_filters = palloc((Size) a->meta->filter_bytes * batch);
	a->batch_room = batch;
	a->batched = 0;
	a->nearest = palloc(sizeof(uint32) * batch);
	a->residual = palloc(sizeof(float) * dims);
	a->slot = MakeSingleTupleTableSlot(sorted_columns(), &TTSOpsVirtual);
	a->payload_size = offsetof(TrlIvfPayload, row) +
		trl_ivf_rerank_size(a->meta) + trl_ivf_code_size(a->meta) +
		a->meta->filter_bytes;

	/* bits are made also where they are not stored */
	a->payload = palloc0(VARHDRSZ + a->payload_size + dims / 8);
	a->rows = 0;
	heap_rows = table_index_build_scan(heap, index, info, true, a->report,
									   add_row, a, scan);
	assign_batch(a);
	trl_ivf_calibration_lend(a->calibration, NULL);
	ExecDropSingleTupleTableSlot(a->slot);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(a->context);
	return heap_rows;
}
