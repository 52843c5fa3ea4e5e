/*
 * heap_rerank.c - rows of a search in the order of their exact distances
 *
 * Does: read the tuples of the rows that a search hands out, measure their
 * values, and order them; say how far the distance of a sketch may be from the
 * truth.  Does not: search.
 *
 * The search hands rows out in the order of the distances of sketches.  From
 * each follows a bound that the true distance of this row, and of all that
 * come later, will rarely be below; what has been measured and is no farther
 * goes out.
 *
 * The index's expressions are evaluated as the user who asks, as in a query
 * that names them.
 *
 * Locks: a share lock on one page of the table at a time.  WAL: none.
 */
#include "postgres.h"

#include <math.h>

#include "access/tableam.h"
#include "catalog/index.h"
#include "executor/executor.h"
#include "lib/pairingheap.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "core/compat.h"
#include "core/guc.h"
#include "index/ivf/heap_rerank.h"
#include "index/ivf/methods.h"
#include "kernels/kernels.h"
#include "types/distance.h"

/*
 * How many standard errors the bound allows where trellis.target_recall is
 * 0.95, and how many more for each tenth of the misses: so that this stage
 * makes about a tenth of them.  Where rows are hashed, lanes are kept with
 * much less caution, since the bound reads on behind whatever comes late.
 */
#define DEVIATIONS 1.9
#define DEVIATIONS_MORE 0.6
#define DEVIATIONS_MOST 4.0
#define CAUTION 0.3
#define CAUTION_MORE 0.3

/* Lanes that a search keeps at first: where rows are hashed, many are read. */
#define ROOM 2048
#define LEAST_ROOM 256

/* The same of the fewer bits of a sketch (TRL_IVF_ROW_LOSS). */
#define SKETCH_LOSS 0.1

/* A row that has been measured. */
typedef struct Measured
{
	pairingheap_node node;		/* first */
	double		distance;		/* squared, if L2 or cosine */
	TrlIvfRow	candidate;
} Measured;

struct TrlIvfHeapRerank
{
	IndexScanDesc scan;
	const TrlIvfClass *class;
	MemoryContext context;

	/* of the table */
	IndexFetchTableData *fetch;
	TupleTableSlot *slot;
	IndexInfo  *info;
	EState	   *estate;

	/* of one query */
	MemoryContext query_context;
	const TrlIvfMeta *meta;
	TrlSparseArray query;
	double		norm;
	double		scale;			/* of the search's query */
	bool		bounds;
	double		deviations;		/* of the bound, in standard errors */
	pairingheap *rows;
	bool		has_next;
	TrlIvfRow	next;			/* of the search, not read yet */
	double		bound;			/* of its distance and of those behind it */
	double		squares;		/* of the norms of rows that were measured */
	double		measured;
};

/* The nearest in front. */
static int
compare_rows(const pairingheap_node * a, const pairingheap_node * b, void *unused)
{
	double		left = ((const Measured *) a)->distance;
	double		right = ((const Measured *) b)->distance;

	(void) unused;
	return (left < right) - (left > right);
}

/*
 * Of the index's columns the first alone: who asks need not be allowed to call
 * the functions of filter columns.
 */
static IndexInfo *
vector_info(Relation index)
{
	IndexInfo  *info = BuildIndexInfo(index);

	info->ii_NumIndexAttrs = info->ii_NumIndexKeyAttrs = 1;
	if (info->ii_IndexAttrNumbers[0] != 0)
		info->ii_Expressions = NIL;
	else
		info->ii_Expressions = list_make1(linitial(info->ii_Expressions));
	return info;
}

TrlIvfHeapRerank *
trl_ivf_heap_begin(IndexScanDesc scan, const TrlIvfClass *class,
				   MemoryContext parent)
{
	MemoryContext context = AllocSetContextCreate(parent, "trellis ivf rows",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	TrlIvfHeapRerank *h = palloc0(sizeof(TrlIvfHeapRerank));
	Relation	heap = scan->heapRelation;

	h->scan = scan;
	h->class = class;
	h->context = context;
	h->fetch = table_index_fetch_begin(heap);

	/*
	 * a copy of the descriptor has no reference count that would need an
	 * owner
	 */
	h->slot = MakeSingleTupleTableSlot(CreateTupleDescCopy(RelationGetDescr(heap)),
									   table_slot_callbacks(heap));
	h->info = vector_info(scan->indexRelation);
	h->estate = CreateExecutorState();
	GetPerTupleExprContext(h->estate)->ecxt_scantuple = h->slot;
	h->query_context = AllocSetContextCreate(context, "trellis ivf rows of a query",
											 ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(old);
	return h;
}

void
trl_ivf_heap_query(TrlIvfHeapRerank *h, const TrlIvfMeta *meta, Datum query,
				   bool bounds, double scale, TrlIvfSearch *search)
{
	double		tenths = log10(0.05 / Max(1 - trl_guc_target_recall, 1e-9));
	MemoryContext old = MemoryContextSwitchTo(h->query_context);

	h->meta = meta;
	h->query =
		trl_sparsevec_array((TrlSparsevec *) PG_DETOAST_DATUM_COPY(query));
	h->norm = sqrt(trl_kernels->f32_sum_squares(h->query.value, h->query.n));
	h->bounds = bounds;
	h->scale = scale;
	h->rows = pairingheap_allocate(compare_rows, NULL);
	h->has_next = false;
	h->squares = h->measured = 0;
	h->deviations = Max(DEVIATIONS + DEVIATIONS_MORE * tenths, 0);
	h->deviations = Min(h->deviations, DEVIATIONS_MOST);
	MemoryContextSwitchTo(old);
	if (trl_ivf_is_hashed(meta))
		trl_ivf_search_relax(search, ROOM,
							 (float) Max(CAUTION + CAUTION_MORE * tenths, 0));
	else
		trl_ivf_search_relax(search, LEAST_ROOM,
							 (float) Max(1 + CAUTION_MORE * tenths, 1));
}

/* Nothing of the table stays pinned. */
static void
release(TrlIvfHeapRerank *h)
{
	ExecClearTuple(h->slot);
	table_index_fetch_reset(h->fetch);
}

void
trl_ivf_heap_reset(TrlIvfHeapRerank *h)
{
	release(h);
	MemoryContextReset(h->query_context);
}

void
trl_ivf_heap_end(TrlIvfHeapRerank *h)
{
	release(h);
	table_index_fetch_end(h->fetch);
	ExecDropSingleTupleTableSlot(h->slot);
	FreeExecutorState(h->estate);
	MemoryContextDelete(h->context);
}

/* ---- bounds ---- */

/* The standard deviation of a sketch's distance from the true one. */
static double
sketch_error(const TrlIvfHeapRerank *h, double distance)
{
	double		dims = h->meta->dims;
	double		squared;
	double		cosine;

	if (!trl_ivf_is_hashed(h->meta))
		return 0;
	switch (h->meta->metric)
	{
		case TRL_IVF_IP:
			/* by the norms of rows so far, as this one's is not known */
			squared = h->norm * h->norm *
				h->squares / Max(h->measured, 1) + distance * distance;
			return sqrt(squared / dims);
		case TRL_IVF_COSINE:
			/* as of a coefficient of correlation */
			cosine = Max(Min(1 - distance / 2, 1), -1);
			return 2 * (1 - cosine * cosine) / sqrt(dims);
		default:
			return distance * sqrt(2 / dims);
	}
}

/* The same of the rerank row's distance from the sketch's. */
static double
code_error(const TrlIvfHeapRerank *h, const TrlIvfProbe *probe,
		   double distance)
{
	double		loss = h->meta->row_bits == TRL_IVF_ROW_MOST_BITS ?
	TRL_IVF_ROW_LOSS : SKETCH_LOSS;
	double		from = sqrt(Max(probe->distance, 0));
	double		residual;
	double		error;

	if (h->meta->metric == TRL_IVF_IP)
		residual = sqrt(h->squares / Max(h->measured, 1));
	else
		residual = from + sqrt(distance);
	error = from * residual * loss / sqrt(h->meta->dims_padded);
	return h->meta->metric == TRL_IVF_IP ? error / h->scale : 2 * error;
}

/* What the true distance of a row will rarely be below. */
static double
lower_bound(const TrlIvfHeapRerank *h, const TrlIvfSearch *search,
			const TrlIvfRow *row)
{
	double		distance = row->distance / h->scale;
	double		sketch;
	double		code;

	if (!h->bounds)
		return -INFINITY;
	if (h->meta->metric != TRL_IVF_IP)
		distance = Max(distance, 0);
	sketch = sketch_error(h, distance);
	code = code_error(h, &search->probes[row->probe], distance);
	return distance - h->deviations * sqrt(sketch * sketch + code * code);
}

/* ---- rows ---- */

/* A value's distance from the query, as its operator orders by it. */
static double
distance_of(TrlIvfHeapRerank *h, const TrlSparseArray *value)
{
	double		squares = trl_kernels->f32_sum_squares(value->value, value->n);
	double		distance;

	h->squares += squares;
	h->measured++;
	switch (h->class->metric)
	{
		case TRL_IVF_IP:
			distance = -(double) trl_kernels->sparse_dot(value, &h->query);
			break;
		case TRL_IVF_COSINE:
			distance = 2 * trl_cosine_distance(trl_kernels->sparse_dot(value, &h->query),
											   (float) squares,
											   (float) (h->norm * h->norm));
			break;
		default:
			distance = trl_kernels->sparse_l2_squared(value, &h->query);
	}

	/* as a sort would */
	return isnan(distance) ? INFINITY : distance;
}

/* Measures the value in the slot. */
static double
measure_slot(TrlIvfHeapRerank *h)
{
	MemoryContext old = MemoryContextSwitchTo(GetPerTupleMemoryContext(h->estate));
	Datum		value;
	bool		isnull;
	double		distance = INFINITY;

	FormIndexDatum(h->info, h->slot, h->estate, &value, &isnull);
	if (!isnull)
	{
		TrlSparseArray array = trl_sparsevec_array(trl_sparsevec_from_datum(value));

		distance = distance_of(h, &array);
	}
	MemoryContextSwitchTo(old);
	ResetPerTupleExprContext(h->estate);
	return distance;
}

/* Reads and measures a row; one that the snapshot does not see is dropped. */
static void
read_row(TrlIvfHeapRerank *h, const TrlIvfRow *candidate)
{
	ItemPointerData tid = candidate->heap;	/* is moved along a chain */
	bool		again = false;
	bool		all_dead = false;
	Measured   *row;

	CHECK_FOR_INTERRUPTS();
	if (!table_index_fetch_tuple(h->fetch, &tid, h->scan->xs_snapshot, h->slot,
								 &again, &all_dead))
	{
		/* the executor, which would say so, does not get to see it */
		if (all_dead && !h->scan->xactStartedInRecovery)
			trl_ivf_kill_lane(h->scan->indexRelation, h->meta, candidate);
		return;
	}
	row = MemoryContextAlloc(h->query_context, sizeof(Measured));
	row->distance = measure_slot(h);
	row->candidate = *candidate;
	pairingheap_add(h->rows, &row->node);
}

bool
trl_ivf_heap_next(TrlIvfHeapRerank *h, TrlIvfSearch *search,
				  TrlIvfRow *row)
{
	Measured   *first = NULL;

	for (;;)
	{
		if (!h->has_next && trl_ivf_search_next(search, &h->next))
		{
			h->has_next = true;
			h->bound = lower_bound(h, search, &h->next);
		}
		if (!pairingheap_is_empty(h->rows))
			first = (Measured *) pairingheap_first(h->rows);
		if (!h->has_next || (first != NULL && first->distance <= h->bound))
			break;
		read_row(h, &h->next);
		h->has_next = false;
	}
	release(h);
	if (first == NULL)
		return false;
	*row = first->candidate;
	(void) pairingheap_remove_first(h->rows);
	pfree(first);
	return true;
}
