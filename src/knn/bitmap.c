/*
 * bitmap.c - TIDs from other indexes of the table
 *
 * Does: find the best combination of the other indexes for a table's quals, as
 * a path that a plan can be made of; turn the bitmap that it makes in a
 * running plan into a set of TIDs.  Does not: read the table.
 *
 * The planner's own bitmap paths may be gone by the time that its hook is
 * called, and those that are left may be freed when a better path is added.
 * So they are made once more, for a copy of the table's entry with no paths.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/tidbitmap.h"
#include "optimizer/cost.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "storage/bufmgr.h"
#include "utils/rel.h"

#include "core/compat.h"
#include "knn/knn.h"

/* ---- planning ---- */

/* Is there an index that could say anything of the table's quals? */
static bool
has_bitmap_index(const RelOptInfo *rel)
{
	ListCell   *cell;

	if (rel->baserestrictinfo == NIL)
		return false;
	foreach(cell, rel->indexlist)
	{
		IndexOptInfo *index = lfirst(cell);

		if (index->amhasgetbitmap && (index->indpred == NIL || index->predOK))
			return true;
	}
	return false;
}

BitmapHeapPath *
trl_knn_bitmap_path(PlannerInfo *root, RelOptInfo *rel)
{
	bool		indexscan = enable_indexscan;
	bool		indexonlyscan = enable_indexonlyscan;
	RelOptInfo *copy;
	BitmapHeapPath *path = NULL;
	ListCell   *cell;

	if (!enable_bitmapscan || !has_bitmap_index(rel))
		return NULL;
	copy = makeNode(RelOptInfo);
	memcpy(copy, rel, sizeof(RelOptInfo));
	copy->pathlist = copy->ppilist = copy->partial_pathlist = NIL;
	copy->consider_parallel = false;
	copy->joininfo = NIL;
	copy->has_eclass_joins = false;

	/* plain index paths must not be better than bitmaps here */
	PG_TRY();
	{
		enable_indexscan = enable_indexonlyscan = false;
		create_index_paths(root, copy);
	}
	PG_FINALLY();
	{
		enable_indexscan = indexscan;
		enable_indexonlyscan = indexonlyscan;
	}
	PG_END_TRY();
	foreach(cell, copy->pathlist)
	{
		BitmapHeapPath *found = lfirst(cell);

		if (IsA(found, BitmapHeapPath) && found->path.param_info == NULL)
			path = found;
	}
	if (path != NULL)
		path->path.parent = rel;
	return path;
}

/* ---- execution ---- */

/* Lists the tuples of a page with the others, if there is room. */
static void
list_few(TrlKnnBitmap *bitmap, BlockNumber block, const OffsetNumber *offsets,
		 int n, int room)
{
	int			i;

	if (bitmap->few == NULL)
		return;
	if (n < 0 || bitmap->n_few + n > room)
	{
		bitmap->few = NULL;
		return;
	}
	for (i = 0; i < n; i++)
	{
		/* a macro on some servers */
		ItemPointerSet(&bitmap->few[bitmap->n_few], block, offsets[i]);
		bitmap->n_few++;
	}
}

TrlKnnBitmap *
trl_knn_bitmap_run(PlanState *child, Relation heap, int few)
{
	TIDBitmap  *made = (TIDBitmap *) MultiExecProcNode(child);
	TrlKnnBitmap *bitmap = palloc0(sizeof(TrlKnnBitmap));
	TrlTbmPage	page;
	TrlTbmIterator *iterator;

	if (made == NULL || !IsA(made, TIDBitmap))
		elog(ERROR, "a bitmap index scan returned no bitmap");
	bitmap->tids = trl_ivf_tids_create(RelationGetNumberOfBlocks(heap));
	bitmap->few = palloc(sizeof(ItemPointerData) * Max(few, 1));
	iterator = trl_tbm_begin(made);
	while (trl_tbm_next(iterator, &page))
	{
		CHECK_FOR_INTERRUPTS();
		trl_ivf_tids_add(bitmap->tids, page.block, page.offsets, page.n);
		list_few(bitmap, page.block, page.offsets, page.n, few);
		bitmap->rows += page.n >= 0 ? page.n : MaxHeapTuplesPerPage / 4;
	}
	trl_tbm_end(iterator);
	tbm_free(made);
	return bitmap;
}
