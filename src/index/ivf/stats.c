/*
 * stats.c - trellis.ivf_stats() and trellis.ivf_lists(): what an ivf index
 * holds
 *
 * Reads every page once, in the order of the file: a page says what it is and
 * to which list it belongs, so that no chain is followed.
 *
 * Locks: AccessShareLock on table and index, one page share-locked at a time.
 * WAL: none.  Memory: a few words per list.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/index.h"
#include "catalog/pg_am_d.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type_d.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "storage/bufmgr.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "core/compat.h"
#include "index/ivf/cache.h"
#include "index/ivf/inspect.h"
#include "index/ivf/methods.h"

TRL_FUNCTION(trl_ivf_stats);
TRL_FUNCTION(trl_ivf_lists);

typedef struct ListStats
{
	int64		rows;
	int64		units;
	int64		killed;
	bool		retired;
} ListStats;

typedef struct IndexStats
{
	TrlIvfMeta	meta;
	BlockNumber pages;
	int64		by_kind[TRL_IVF_UNUSED + 1];	/* [0]: never written */
	int64		tail_rows;
	uint32		lists;			/* of the arrays below */
	ListStats  *list;
	TrlIvfPlaceOf *places;		/* in the order of ids */
} IndexStats;

void
trl_ivf_open(Oid indexid, LOCKMODE mode, Relation *heap, Relation *index)
{
	Oid			heapid = IndexGetRelation(indexid, true);

	/* the table first, as everybody locks */
	*heap = OidIsValid(heapid) ? try_table_open(heapid, mode) : NULL;
	*index = *heap != NULL ? index_open(indexid, mode == AccessShareLock ?
										AccessShareLock : RowExclusiveLock) : NULL;
	if (*index == NULL || !trl_ivf_is_index(*index))
	{
		const char *name = get_rel_name(indexid);

		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 name != NULL ? errmsg("\"%s\" is not an ivf index", name) :
				 errmsg("relation with OID %u does not exist", indexid)));
	}
	if (!trl_owns_table(RelationGetRelid(*heap), GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_INDEX,
					   RelationGetRelationName(*index));
	if ((*index)->rd_rel->relkind != RELKIND_INDEX)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("\"%s\" is a partitioned index",
						RelationGetRelationName(*index)),
				 errhint("Name the index of a partition.")));
	if (RELATION_IS_OTHER_TEMP(*index))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot access temporary tables of other sessions")));
}

/* ---- reading ---- */

static void
count_unit(IndexStats *stats, Page page, uint32 id)
{
	const TrlIvfUnit *unit = (const TrlIvfUnit *) PageGetContents(page);
	const uint32 *killed = trl_ivf_killed(&stats->meta, page);
	int64		list = trl_ivf_place_of(stats->places, stats->lists, id);
	int			i;

	/* lists may have been added meanwhile */
	if (list < 0)
		return;
	stats->list[list].units++;
	for (i = 0; i < stats->meta.unit_blocks; i++)
	{
		stats->list[list].rows += pg_popcount32(unit->live[i]);
		stats->list[list].killed += pg_popcount32(unit->live[i] & killed[i]);
	}
}

static void
count_page(IndexStats *stats, Relation index, BlockNumber block, Page page)
{
	TrlIvfOpaque *opaque;

	if (PageIsNew(page))
	{
		stats->by_kind[0]++;
		return;
	}
	opaque = TrlIvfPageOpaque(page);
	if (PageGetSpecialSize(page) != MAXALIGN(sizeof(TrlIvfOpaque)) ||
		opaque->page_id != TRL_IVF_PAGE_ID || opaque->kind < TRL_IVF_META ||
		opaque->kind > TRL_IVF_UNUSED)
		ereport(ERROR,
				(errcode(ERRCODE_INDEX_CORRUPTED),
				 errmsg("index \"%s\" is corrupted",
						RelationGetRelationName(index)),
				 errdetail("Block %u is no page of an ivf index.", block),
				 errhint("Rebuild it with REINDEX.")));
	stats->by_kind[opaque->kind]++;
	if (opaque->kind == TRL_IVF_POSTING)
		count_unit(stats, page, opaque->list);
	else if (opaque->kind == TRL_IVF_TAIL)
		stats->tail_rows += ((TrlIvfTail *) PageGetContents(page))->count;
}

/* Which lists are retired, with room for all. */
static void
read_retired(Relation index, IndexStats *stats)
{
	const TrlIvfCache *cache = trl_ivf_cache(index);
	uint32		i;

	stats->meta = cache->meta;
	stats->lists = cache->meta.lists;
	stats->list = MemoryContextAllocExtended(CurrentMemoryContext,
											 sizeof(ListStats) * (Size) stats->lists,
											 MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (i = 0; i < stats->lists; i++)
		stats->list[i].retired = cache->first[i] == InvalidBlockNumber;
	stats->places = trl_ivf_places(cache);
}

static void
read_stats(Relation index, IndexStats *stats)
{
	BufferAccessStrategy strategy = GetAccessStrategy(BAS_BULKREAD);
	BlockNumber block;

	memset(stats, 0, sizeof(IndexStats));
	read_retired(index, stats);
	stats->pages = RelationGetNumberOfBlocks(index);
	for (block = 0; block < stats->pages; block++)
	{
		Buffer		buffer;

		CHECK_FOR_INTERRUPTS();
		buffer = ReadBufferExtended(index, MAIN_FORKNUM, block, RBM_NORMAL,
									strategy);
		LockBuffer(buffer, BUFFER_LOCK_SHARE);
		count_page(stats, index, block, BufferGetPage(buffer));
		UnlockReleaseBuffer(buffer);
	}
	FreeAccessStrategy(strategy);
}

/* ---- trellis.ivf_stats ---- */

static const char *
metric_name(const TrlIvfMeta *meta)
{
	switch (meta->metric)
	{
		case TRL_IVF_L2:
			return "l2";
		case TRL_IVF_IP:
			return "ip";
		case TRL_IVF_COSINE:
			return "cosine";
		case TRL_IVF_L1:
			return "l1";
		case TRL_IVF_HAMMING:
			return "hamming";
		case TRL_IVF_JACCARD:
			return "jaccard";
	}
	return "unknown";
}

static int
compare_rows(const void *left, const void *right)
{
	int64		a = *(const int64 *) left;
	int64		b = *(const int64 *) right;

	return (a > b) - (a < b);
}

static Datum
recall_array(const TrlIvfMeta *meta)
{
	Datum		values[TRL_IVF_CALIBRATED_RECALLS];
	int			i;

	for (i = 0; i < TRL_IVF_CALIBRATED_RECALLS; i++)
		values[i] = Float4GetDatum(meta->recall[i]);
	return PointerGetDatum(construct_array(values, lengthof(values), FLOAT4OID,
										   sizeof(float4), true, TYPALIGN_INT));
}

static Datum
probes_array(const TrlIvfMeta *meta, int k)
{
	Datum		values[TRL_IVF_CALIBRATED_RECALLS];
	int			i;

	for (i = 0; i < TRL_IVF_CALIBRATED_RECALLS; i++)
		values[i] = Float4GetDatum(meta->probes[k][i]);
	return PointerGetDatum(construct_array(values, lengthof(values), FLOAT4OID,
										   sizeof(float4), true, TYPALIGN_INT));
}

/* What follows from the sizes of the lists in use. */
typedef struct Sizes
{
	int64		rows;
	int64		units;
	int64		killed;
	int64		smallest;
	int64		median;
	int64		largest;
	double		imbalance;
	int			lists;
} Sizes;

static Sizes
measure_sizes(const IndexStats *stats)
{
	Sizes		sizes = {0};
	int64	   *rows = MemoryContextAllocHuge(CurrentMemoryContext,
											  sizeof(int64) * Max(stats->lists, 1));
	double		squares = 0;
	uint32		i;

	for (i = 0; i < stats->lists; i++)
	{
		if (stats->list[i].retired)
			continue;
		rows[sizes.lists++] = stats->list[i].rows;
		sizes.rows += stats->list[i].rows;
		sizes.units += stats->list[i].units;
		sizes.killed += stats->list[i].killed;
		squares += (double) stats->list[i].rows * stats->list[i].rows;
	}
	if (sizes.lists > 0)
	{
		qsort(rows, sizes.lists, sizeof(int64), compare_rows);
		sizes.smallest = rows[0];
		sizes.median = rows[sizes.lists / 2];
		sizes.largest = rows[sizes.lists - 1];
	}
	if (sizes.rows > 0)
		sizes.imbalance = squares * sizes.lists /
			((double) sizes.rows * sizes.rows);
	pfree(rows);
	return sizes;
}

#define STATS_COLUMNS 32

static int
put_sizes(const IndexStats *stats, Datum *values, bool *nulls)
{
	Sizes		sizes = measure_sizes(stats);
	int64		lanes = sizes.units * TRL_IVF_UNIT_LANES(&stats->meta);
	int64		rows = sizes.rows + stats->tail_rows;
	double		bytes = (double) stats->pages * BLCKSZ;
	int			n = 0;

	values[n++] = Int64GetDatum(rows);
	values[n++] = Int64GetDatum(stats->tail_rows);
	values[n++] = Int32GetDatum((int32) stats->meta.lists_in_use);
	values[n++] = Int32GetDatum((int32) stats->meta.lists);
	values[n++] = Int64GetDatum(sizes.smallest);
	values[n++] = Int64GetDatum(sizes.median);
	values[n++] = Int64GetDatum(sizes.largest);
	nulls[n] = sizes.rows == 0;
	values[n++] = Float8GetDatum(sizes.imbalance);
	values[n++] = Int64GetDatum(sizes.units);
	values[n++] = Int64GetDatum(lanes);
	values[n++] = Int64GetDatum(lanes - sizes.rows);
	values[n++] = Int64GetDatum(sizes.killed);
	values[n++] = Int64GetDatum((int64) bytes);
	nulls[n] = rows == 0;
	values[n++] = Float8GetDatum(rows > 0 ? bytes / rows : 0);
	return n;
}

Datum
trl_ivf_stats(PG_FUNCTION_ARGS)
{
	Relation	heap;
	Relation	index;
	IndexStats	stats;
	TupleDesc	desc;
	Datum		values[STATS_COLUMNS];
	bool		nulls[STATS_COLUMNS] = {0};
	int			n;
	int			i;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	trl_ivf_open(PG_GETARG_OID(0), AccessShareLock, &heap, &index);
	read_stats(index, &stats);

	n = put_sizes(&stats, values, nulls);
	values[n++] = Int64GetDatum(stats.pages);
	for (i = TRL_IVF_CENTROID; i <= TRL_IVF_TAIL; i++)
		values[n++] = Int64GetDatum(stats.by_kind[i]);
	values[n++] = Int64GetDatum(stats.by_kind[TRL_IVF_UNUSED] +
								stats.by_kind[0]);
	values[n++] = Int32GetDatum(stats.meta.column_dims);
	values[n++] = CStringGetTextDatum(metric_name(&stats.meta));
	values[n++] = Int64GetDatum(stats.meta.generation);
	values[n++] = Float8GetDatum(stats.meta.built_rows);
	values[n++] = Float8GetDatum(stats.meta.calibrated_rows);
	values[n++] = recall_array(&stats.meta);
	for (i = 0; i < TRL_IVF_CALIBRATED_K; i++)
		values[n++] = probes_array(&stats.meta, i);
	if (stats.meta.calibrated_rows <= 0)
		memset(nulls + n - TRL_IVF_CALIBRATED_K - 1, true, TRL_IVF_CALIBRATED_K + 1);
	Assert(n == desc->natts && n <= STATS_COLUMNS);

	index_close(index, AccessShareLock);
	table_close(heap, AccessShareLock);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc),
													  values, nulls)));
}

/* ---- trellis.ivf_lists ---- */

Datum
trl_ivf_lists(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Relation	heap;
	Relation	index;
	IndexStats	stats;
	uint32		i;

	InitMaterializedSRF(fcinfo, 0);
	trl_ivf_open(PG_GETARG_OID(0), AccessShareLock, &heap, &index);
	read_stats(index, &stats);
	for (i = 0; i < stats.lists; i++)
	{
		const ListStats *list = &stats.list[i];
		int64		lanes = list->units * TRL_IVF_UNIT_LANES(&stats.meta);
		Datum		values[6];
		bool		nulls[6] = {0};

		/* its pages have been freed */
		if (list->retired && list->units == 0)
			continue;
		values[0] = Int32GetDatum((int32) i);
		values[1] = Int64GetDatum(list->rows);
		values[2] = Int64GetDatum(list->units);
		values[3] = Int64GetDatum(lanes - list->rows);
		values[4] = Int64GetDatum(list->killed);
		values[5] = BoolGetDatum(list->retired);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	index_close(index, AccessShareLock);
	table_close(heap, AccessShareLock);
	return (Datum) 0;
}
