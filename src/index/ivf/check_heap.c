/*
 * check_heap.c - compares an ivf index with its table
 *
 * Reads the table as a concurrent build does, by the snapshot: every row that
 * it sees must be at a spot of the index.  The table is read in the order of
 * its blocks and the spots are sorted by TID, so that the spots of one block
 * at a time are in memory.
 *
 * A row that moved between lists was made from its 8-bit codes, so what a lane
 * holds is not bit for bit what encoding the table's value gives.  Instead
 * the rerank row, decoded, must be near the table's value, and the lane's
 * factors and bits must be those of the decoded row.  Bit strings are in the
 * index as they are.
 *
 * Locks: share locks on a unit's pages or on a rerank page.  WAL: none.
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "access/heapam.h"
#include "access/tableam.h"
#include "access/transam.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/index.h"
#include "catalog/pg_am_d.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "storage/bufmgr.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "core/compat.h"
#include "index/ivf/cache.h"
#include "index/ivf/check.h"
#include "index/ivf/filter.h"
#include "index/ivf/write.h"
#include "kernels/kernels.h"

/*
 * How far a decoded row may be from the table's value: in the residual, or in
 * what the residual may have been in lists that the row came from.  Those may
 * have been anywhere: a row of norm 0 that was once put to a list far away
 * keeps the error of its 8 bits there.
 */
#define ROW_TOLERANCE 0.05
#define MOVED_TOLERANCE 0.02

/*
 * How far an element of a row that is not rotated may be from the table's, in
 * steps of codes that reach from the row's greatest element to any centroid's:
 * rounding loses half of one each time that the row moves.
 */
#define ELEMENT_TOLERANCE 2.0

/* The squares of shorter residuals vanish in floats. */
#define LEAST_NORM 1e-18

/* How far factors may be from those of the decoded row. */
#define FACTOR_TOLERANCE 0.05

typedef struct HeapCheck
{
	TrlIvfCheck *check;
	MemoryContext row_context;	/* reset per row */

	/* spots of one block of the table */
	BlockNumber block;
	int			n_spots;
	TrlIvfSpot	spots[2 * MaxHeapTuplesPerPage];
	bool		has_next;
	TrlIvfSpot	next;			/* the first one of a later block */

	double		farthest;		/* norm of the longest centroid */
	double		widest;			/* greatest element of any */
	float	   *vector;
	float	   *rotated;
	float	   *centroid;
	float	   *decoded;
	uint8	   *bits;			/* as stored */
	uint8	   *codes;			/* scratch */
	uint8	   *filters;		/* of the row */
	uint8	   *stored_filters;
	double		tolerance;		/* times those above: more in few bits */
} HeapCheck;

/* ---- spots of a block ---- */

/* Reads the spots of the block, passing those before it. */
static void
load_block(HeapCheck *h, BlockNumber block)
{
	if (h->block == block)
		return;
	h->block = block;
	h->n_spots = 0;
	while (h->has_next && (h->next.tid >> 16) <= block)
	{
		if ((h->next.tid >> 16) == block &&
			h->n_spots < (int) lengthof(h->spots))
			h->spots[h->n_spots++] = h->next;
		h->has_next = trl_ivf_check_next(h->check, &h->next);
	}
}

/* The row's spot, one that is not frozen if there are two; or NULL. */
static TrlIvfSpot *
find_spot(HeapCheck *h, uint64 tid)
{
	TrlIvfSpot *found = NULL;
	int			i;

	for (i = 0; i < h->n_spots; i++)
	{
		if (h->spots[i].tid == tid && (found == NULL || found->frozen))
			found = &h->spots[i];
	}
	return found;
}

/* ---- what a lane holds ---- */

/* Takes a lane's bits out of the unit's pages that were copied. */
static void
get_bits(HeapCheck *h, char *copies, int lane)
{
	Page		pages[TRL_IVF_MAX_SPAN];
	int			i;

	for (i = 0; i < h->check->meta.span; i++)
		pages[i] = copies + (Size) i * BLCKSZ;
	trl_ivf_get_lane_bits(&h->check->meta, pages, lane, h->bits);
}

static void
differs(HeapCheck *h, const TrlIvfSpot *spot, const char *what)
{
	trl_ivf_check_failed(h->check, "Lane %u of the unit at block %u has other %s than its row (%u,%u).",
						 spot->lane, spot->block, what,
						 (BlockNumber) (spot->tid >> 16),
						 (uint32) (spot->tid & 0xFFFF));
}

static bool
close_to(const HeapCheck *h, double a, double b, double scale)
{
	return fabs(a - b) <= h->tolerance * FACTOR_TOLERANCE * scale + FLT_MIN;
}

static double
norm(const float *x, int dims)
{
	return sqrt(trl_kernels->f32_sum_squares(x, dims));
}

/* What a rerank row stands for, less the centroid; the step of its codes. */
static double
decode_row(HeapCheck *h, BlockNumber block, int lane)
{
	const TrlIvfMeta *meta = &h->check->meta;
	const TrlIvfRerankRow *row;

	trl_ivf_check_copy(h->check, block, TRL_IVF_RERANK, h->check->rerank);
	row = (const TrlIvfRerankRow *)
		(PageGetContents(h->check->rerank) +
		 trl_ivf_rerank_size(meta) * (lane % meta->rerank_rows));
	trl_ivf_row_decode(meta, row, NULL, h->codes, h->decoded);
	return trl_ivf_row_step(meta, row);
}

/* Is the decoded residual near the row's own? */
static void
compare_row(HeapCheck *h, const TrlIvfSpot *spot, double step)
{
	int			dims = h->check->meta.dims_padded;
	double		error = 0;
	double		most = 0;
	double		largest = 0;
	double		square = 0;
	double		loose;
	double		r;
	int			i;

	for (i = 0; i < dims; i++)
	{
		double		residual = (double) h->rotated[i] - h->centroid[i];
		double		difference = residual - h->decoded[i];

		square += residual * residual;
		error += difference * difference;
		most = Max(most, fabs(difference));
		largest = Max(largest, fabs(h->rotated[i]));
	}
	r = sqrt(square);
	error = sqrt(error);

	/* without a rotation a single element may be all of the residual */
	loose = ROW_TOLERANCE * r + LEAST_NORM;
	if (h->check->meta.metric == TRL_IVF_L1)
	{
		loose += step * sqrt(dims);
		if (most <= h->tolerance * ELEMENT_TOLERANCE * (largest + h->widest) / 127.5)
			return;
	}
	if (!(error <= h->tolerance * loose ||
		  error <= h->tolerance * MOVED_TOLERANCE * (r + h->farthest)))
		trl_ivf_check_failed(h->check, "Lane %u of the unit at block %u is off its row (%u,%u) by %g, %g from a centroid of norm %g.",
							 spot->lane, spot->block,
							 (BlockNumber) (spot->tid >> 16),
							 (uint32) (spot->tid & 0xFFFF), error, r,
							 norm(h->centroid, dims));
}

/* Are the bits those of the decoded residual? */
static void
compare_bits(HeapCheck *h, const TrlIvfSpot *spot, double step)
{
	int			i;

	for (i = 0; i < h->check->meta.dims_padded; i++)
	{
		bool		stored = (h->bits[i / 8] >> i % 8 & 1) != 0;

		/* at 0 the sign is lost in 8 bits */
		if (stored != (h->decoded[i] > 0) && fabs(h->decoded[i]) > 1.5 * step + LEAST_NORM)
			differs(h, spot, "codes");
	}
}

/* Are the factors those that encode.c makes of bits and decoded residual? */
static void
compare_factors(HeapCheck *h, const TrlIvfSpot *spot, const TrlIvfRuns *runs)
{
	int			dims = h->check->meta.dims_padded;
	bool		ip = h->check->meta.metric == TRL_IVF_IP;
	double		rr = 0;
	double		cc = 0;
	double		rc = 0;
	double		ru = 0;
	double		cu = 0;
	double		add;
	double		rescale;
	double		error;
	double		stored_rescale = trl_short_value(runs->rescale[spot->lane]);
	double		stored_error = trl_short_value(runs->error[spot->lane]);
	int			i;

	for (i = 0; i < dims; i++)
	{
		double		u = (h->bits[i / 8] >> i % 8 & 1) != 0 ? 0.5 : -0.5;
		double		r = h->decoded[i];
		double		c = h->centroid[i];

		rr += r * r;
		cc += c * c;
		rc += r * c;
		ru += r * u;
		cu += c * u;
	}

	/* factors of a row at its centroid are all rounding */
	if (rr <= 1e-10 * cc || rr <= LEAST_NORM * LEAST_NORM || ru <= 0)
		return;
	rescale = -rr / ru;
	add = (ip ? -rc : rr) - stored_rescale * cu;
	error = sqrt(Max(rr * dims * 0.25 / (ru * ru) - 1, 0) / (dims - 1));
	error = (TRL_IVF_EPSILON(dims) * error + TRL_IVF_SHORT_ERROR) * sqrt(rr);
	if (!ip)
	{
		rescale *= 2;
		error *= 2;
	}
	if (!close_to(h, runs->add[spot->lane], add, rr + 3 * sqrt(rr * cc)) ||
		!close_to(h, stored_rescale, rescale, fabs(rescale)) ||
		!close_to(h, stored_error, error, sqrt(rr)))
		trl_ivf_check_failed(h->check, "Lane %u of the unit at block %u has the factors %g, %g, %g instead of %g, %g, %g.",
							 spot->lane, spot->block, runs->add[spot->lane],
							 stored_rescale, stored_error, add, rescale, error);
}

/* Is the bit string the row's, with the number of its bits? */
static void
compare_bit_string(HeapCheck *h, char *pages, const TrlIvfSpot *spot,
				   float set)
{
	const TrlIvfMeta *meta = &h->check->meta;
	int			i;

	get_bits(h, pages, spot->lane);
	trl_ivf_bits_decode(meta, h->bits, h->decoded);
	for (i = 0; i < meta->dims_padded; i++)
	{
		if ((h->decoded[i] > 0) != (h->rotated[i] > 0))
			differs(h, spot, "bits");
	}
	if (set != (float) pg_popcount((const char *) h->bits, meta->dims_padded / 8))
		differs(h, spot, "number of bits");
}

static void
compare_lane(HeapCheck *h, const TrlIvfSpot *spot)
{
	TrlIvfCheck *check = h->check;
	char	   *pages = trl_ivf_check_unit(check, spot->block);
	TrlIvfUnit *unit = (TrlIvfUnit *) PageGetContents(pages);
	TrlIvfRuns	runs = trl_ivf_runs(&check->meta, unit);
	ItemPointer heap = &runs.heap[spot->lane];
	uint64		tid = (uint64) ItemPointerGetBlockNumberNoCheck(heap) << 16 |
	ItemPointerGetOffsetNumberNoCheck(heap);
	int64		list;
	double		step;

	if (tid != spot->tid || (unit->live[spot->lane / TRL_IVF_LANES] &
							 (1u << spot->lane % TRL_IVF_LANES)) == 0)
	{
		/* the primary's VACUUM is not kept away from a standby */
		if (RecoveryInProgress())
			return;
		differs(h, spot, "contents");
	}
	if (check->meta.n_filters > 0)
	{
		trl_ivf_filter_get(&check->meta, &runs, spot->lane, h->stored_filters);
		if (memcmp(h->filters, h->stored_filters, check->meta.filter_bytes) != 0)
			differs(h, spot, "filter columns");
	}
	list = trl_ivf_place_of(check->places, check->n_places,
							TrlIvfPageOpaque(pages)->list);
	if (list < 0)
	{
		if (RecoveryInProgress())
			return;
		differs(h, spot, "list");
	}
	trl_ivf_centroid(check->index, check->centroid_blocks,
					 check->meta.dims_padded, (uint32) list, h->centroid);
	if (check->meta.code_form == TRL_IVF_CODE_BITS)
	{
		compare_bit_string(h, pages, spot, runs.add[spot->lane]);
		return;
	}
	step = decode_row(h, unit->rerank[spot->lane / check->meta.rerank_rows],
					  spot->lane);
	compare_row(h, spot, step);
	if (check->meta.code_form == TRL_IVF_CODE_NONE)
		return;
	get_bits(h, pages, spot->lane);
	compare_bits(h, spot, step);
	compare_factors(h, spot, &runs);
}

/* ---- the table ---- */

static const char *
place_of(TrlIvfValue kind)
{
	switch (kind)
	{
		case TRL_IVF_VALUE:
			return "a list";
		case TRL_IVF_VALUE_NAN:
			return "the tail of NaNs";
		case TRL_IVF_VALUE_NULL:
			return "the tail of NULLs";
	}
	return "nowhere";
}

static void
check_row(Relation index, ItemPointer tid, Datum *values, bool *isnull,
		  bool alive, void *state)
{
	HeapCheck  *h = (HeapCheck *) state;
	TrlIvfCheck *check = h->check;
	MemoryContext old = MemoryContextSwitchTo(h->row_context);
	BlockNumber block = ItemPointerGetBlockNumber(tid);
	OffsetNumber offset = ItemPointerGetOffsetNumber(tid);
	TrlIvfValue kind;
	TrlIvfSpot *spot;

	(void) index;
	(void) alive;
	load_block(h, block);
	spot = find_spot(h, (uint64) block << 16 | offset);
	if (spot == NULL)
		trl_ivf_check_failed(check, "The row (%u,%u) of the table is not in the index.",
							 block, offset);
	kind = trl_ivf_value(check->class, &check->meta, values[0], isnull[0],
						 h->vector);
	if (kind != (TrlIvfValue) spot->kind)
		trl_ivf_check_failed(check, "The row (%u,%u) stands in %s instead of %s.",
							 block, offset, place_of(spot->kind), place_of(kind));
	if (kind == TRL_IVF_VALUE)
	{
		trl_ivf_filter_form(&check->meta, values, isnull, h->filters);
		trl_ivf_rotate(&check->meta, h->vector, h->rotated);
		compare_lane(h, spot);
	}
	MemoryContextSwitchTo(old);
	MemoryContextReset(h->row_context);
}

/*
 * An index that was built over chains of heap-only tuples whose versions
 * differ in the indexed columns lacks rows that old snapshots see.
 */
static void
check_snapshot(TrlIvfCheck *check, Snapshot snapshot)
{
	if (IsolationUsesXactSnapshot() && check->index->rd_index->indcheckxmin &&
		!TransactionIdPrecedes(HeapTupleHeaderGetXmin(check->index->rd_indextuple->t_data),
							   snapshot->xmin))
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("index \"%s\" cannot be verified using transaction snapshot",
						RelationGetRelationName(check->index))));
}

void
trl_ivf_check_heap(TrlIvfCheck *check, Snapshot snapshot)
{
	HeapCheck  *h = palloc0(sizeof(HeapCheck));
	int			dims = check->meta.dims_padded;
	IndexInfo  *info = BuildIndexInfo(check->index);
	TableScanDesc scan;
	uint32		list;
	int			i;

	if (check->heap->rd_rel->relam != HEAP_TABLE_AM_OID)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("only tables of access method heap can be compared with an index"),
				 errhint("Call trellis.ivf_check with heap_check => false.")));
	check_snapshot(check, snapshot);
	h->check = check;
	h->block = InvalidBlockNumber;
	h->row_context = AllocSetContextCreate(CurrentMemoryContext,
										   "trellis ivf check row",
										   ALLOCSET_DEFAULT_SIZES);
	h->tolerance = Max((1 << (TRL_IVF_ROW_MOST_BITS - check->meta.row_bits)) / 2, 1);

	/* rows of sketches are short lists' and move more often */
	if (trl_ivf_is_hashed(&check->meta))
		h->tolerance *= 2;
	h->vector = palloc(sizeof(float) * check->meta.dims);
	h->rotated = palloc(sizeof(float) * dims);
	h->centroid = palloc(sizeof(float) * dims);
	h->decoded = palloc(sizeof(float) * dims);
	h->bits = palloc((Size) dims / 8);
	h->codes = palloc(dims);
	h->filters = palloc(check->meta.filter_bytes);
	h->stored_filters = palloc(check->meta.filter_bytes);
	for (list = 0; list < check->meta.lists; list++)
	{
		CHECK_FOR_INTERRUPTS();
		trl_ivf_centroid(check->index, check->centroid_blocks, dims, list,
						 h->centroid);
		h->farthest = Max(h->farthest, norm(h->centroid, dims));
		for (i = 0; i < dims; i++)
			h->widest = Max(h->widest, fabs(h->centroid[i]));
	}
	h->has_next = trl_ivf_check_next(check, &h->next);

	/* by the snapshot, as CREATE INDEX CONCURRENTLY; in the order of blocks */
	info->ii_Concurrent = true;
	scan = table_beginscan_strat(check->heap, snapshot, 0, NULL, true, false);
	/* a scan that is given must be allowed to start anywhere; ours does not */
	table_index_build_scan(check->heap, check->index, info, true, false,
						   check_row, h, scan);
	pfree(h);
}
