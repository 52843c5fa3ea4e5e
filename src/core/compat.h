/*
 * compat.h - differences between PostgreSQL 15, 16, 17 and 18
 *
 * The only file of the project that looks at PG_VERSION_NUM.  Each entry
 * gives the newest server's spelling to the rest of the code.
 *
 * Include it after postgres.h and in place of the headers it covers.
 */
#ifndef TRL_CORE_COMPAT_H
#define TRL_CORE_COMPAT_H

#include "fmgr.h"

#if PG_VERSION_NUM < 150000
#error "trellis needs PostgreSQL 15 or later"
#endif

/* PostgreSQL 16 moved the varlena macros out of postgres.h. */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* PostgreSQL 16 merged the ownership checks into one function. */
#if PG_VERSION_NUM >= 160000
#define trl_owns_table(relid, roleid) \
	object_ownercheck(RelationRelationId, relid, roleid)
#else
#define trl_owns_table(relid, roleid) pg_class_ownercheck(relid, roleid)
#endif

/*
 * Memory of a setting's "extra" value.  PostgreSQL 16 gave it functions of
 * its own; before, guc.c used malloc and free.  NULL if there is none left.
 */
#if PG_VERSION_NUM >= 160000
#define trl_guc_malloc(size) guc_malloc(LOG, size)
#define trl_guc_free(ptr) guc_free(ptr)
#else
#define trl_guc_malloc(size) malloc(size)
#define trl_guc_free(ptr) free(ptr)
#endif

/* PostgreSQL 17 moved the target out of the attribute; 18 added an argument. */
#if PG_VERSION_NUM >= 170000
#define trl_statistics_target(stats) ((stats)->attstattarget)
#else
#define trl_statistics_target(stats) ((stats)->attr->attstattarget)
#endif
#if PG_VERSION_NUM >= 180000
#define trl_analyze_delay_point() vacuum_delay_point(true)
#define trl_vacuum_delay_point() vacuum_delay_point(false)
#else
#define trl_analyze_delay_point() vacuum_delay_point()
#define trl_vacuum_delay_point() vacuum_delay_point()
#endif

/*
 * PostgreSQL 18 compares paths by the number of disabled nodes before their
 * costs: two are more than a disabled sequential scan has.
 */
#if PG_VERSION_NUM >= 180000
#define trl_disable_path(indexpath) ((indexpath)->path.disabled_nodes = 2)
#else
#define trl_disable_path(indexpath) ((void) (indexpath))
#endif

/*
 * Pins a block's buffer where it was the last time, if it is there still;
 * false, and nothing done, if not.
 */
#if PG_VERSION_NUM >= 160000
#define trl_read_recent(rel, block, buffer) \
	ReadRecentBuffer((rel)->rd_locator, MAIN_FORKNUM, block, buffer)
#else
#define trl_read_recent(rel, block, buffer) \
	ReadRecentBuffer((rel)->rd_node, MAIN_FORKNUM, block, buffer)
#endif

/*
 * Whether a shared buffer's descriptor says that it holds a page of the main
 * fork; without a pin only a guess.
 */
#if PG_VERSION_NUM >= 160000
#define trl_seems_to_hold(desc, rel, block) \
	((desc)->tag.blockNum == (block) && (desc)->tag.forkNum == MAIN_FORKNUM && \
	 BufTagMatchesRelFileLocator(&(desc)->tag, &(rel)->rd_locator))
#else
#define trl_seems_to_hold(desc, rel, block) \
	((desc)->tag.blockNum == (block) && (desc)->tag.forkNum == MAIN_FORKNUM && \
	 RelFileNodeEquals((desc)->tag.rnode, (rel)->rd_node))
#endif

/* PostgreSQL 18 counts the searches of an index scan for EXPLAIN. */
#if PG_VERSION_NUM >= 180000
#define trl_count_index_search(scan) \
	do { if ((scan)->instrument) (scan)->instrument->nsearches++; } while (0)
#else
#define trl_count_index_search(scan) ((void) (scan))
#endif

/*
 * Headers of what EXPLAIN prints with: PostgreSQL 18 moved it.  For #include
 * by the few files that need them.
 */
#if PG_VERSION_NUM >= 180000
#define TRL_EXPLAIN_STATE_H "commands/explain_state.h"
#define TRL_EXPLAIN_FORMAT_H "commands/explain_format.h"
#else
#define TRL_EXPLAIN_STATE_H "commands/explain.h"
#define TRL_EXPLAIN_FORMAT_H "commands/explain.h"
#endif

/* PostgreSQL 18 lets an index scan count its searches for EXPLAIN. */
#if PG_VERSION_NUM >= 180000
#define trl_index_beginscan(heap, index, snapshot, keys, orderbys) \
	index_beginscan(heap, index, snapshot, NULL, keys, orderbys)
#else
#define trl_index_beginscan(heap, index, snapshot, keys, orderbys) \
	index_beginscan(heap, index, snapshot, keys, orderbys)
#endif

/* PostgreSQL 18 tells a path key's direction by a comparison's type. */
#if PG_VERSION_NUM >= 180000
#define trl_pathkey_descends(key) ((key)->pk_cmptype == COMPARE_GT)
#else
#define trl_pathkey_descends(key) ((key)->pk_strategy == BTGreaterStrategyNumber)
#endif

/* All rows of a query that may be run again.  PostgreSQL 18 takes that for granted. */
#if PG_VERSION_NUM >= 180000
#define trl_executor_run(query) ExecutorRun(query, ForwardScanDirection, 0)
#else
#define trl_executor_run(query) \
	ExecutorRun(query, ForwardScanDirection, 0, false)
#endif

/*
 * The members of an equivalence class, those of a child table included:
 * PostgreSQL 18 keeps these apart.
 */
#if PG_VERSION_NUM >= 180000
#define trl_foreach_member(member, class, relids) \
	EquivalenceMemberIterator member##_iterator; \
	EquivalenceMember *member; \
	setup_eclass_member_iterator(&member##_iterator, class, relids); \
	while ((member = eclass_member_iterator_next(&member##_iterator)) != NULL)
#else
#define trl_foreach_member(member, class, relids) \
	ListCell *member##_cell; \
	EquivalenceMember *member; \
	for (member##_cell = list_head((class)->ec_members); \
		 (member = member##_cell != NULL ? lfirst(member##_cell) : NULL) != NULL; \
		 member##_cell = lnext((class)->ec_members, member##_cell))
#endif

/*
 * The pages of a TID bitmap, each with its tuples; n is negative where the
 * bitmap knows the page only.  PostgreSQL 18 unpacks tuples when asked to.
 */
#include "access/htup_details.h"
#include "nodes/tidbitmap.h"

#if PG_VERSION_NUM >= 180000
typedef TBMPrivateIterator TrlTbmIterator;
#define trl_tbm_begin(tbm) tbm_begin_private_iterate(tbm)
#define trl_tbm_end(iterator) tbm_end_private_iterate(iterator)
#else
typedef TBMIterator TrlTbmIterator;
#define trl_tbm_begin(tbm) tbm_begin_iterate(tbm)
#define trl_tbm_end(iterator) tbm_end_iterate(iterator)
#endif

typedef struct TrlTbmPage
{
	BlockNumber block;
	int			n;
	OffsetNumber offsets[MaxHeapTuplesPerPage];
} TrlTbmPage;

static inline bool
trl_tbm_next(TrlTbmIterator *iterator, TrlTbmPage *page)
{
#if PG_VERSION_NUM >= 180000
	TBMIterateResult result;

	if (!tbm_private_iterate(iterator, &result))
		return false;
	page->block = result.blockno;
	page->n = -1;
	if (!result.lossy)
		page->n = tbm_extract_page_tuple(&result, page->offsets,
										 MaxHeapTuplesPerPage);
#else
	TBMIterateResult *result = tbm_iterate(iterator);

	if (result == NULL)
		return false;
	page->block = result->blockno;
	page->n = result->ntuples;
	if (page->n > 0)
		memcpy(page->offsets, result->offsets,
			   sizeof(OffsetNumber) * page->n);
#endif
	return true;
}

/* PostgreSQL 17 runs maintenance with a search path that nobody can change. */
#if PG_VERSION_NUM >= 170000
#define trl_restrict_search_path() RestrictSearchPath()
#else
#define trl_restrict_search_path() ((void) 0)
#endif

/*
 * Workers of an index build.  PostgreSQL 17 asks an access method whether it
 * can use them and plans their number; before, it does so for btree only.
 */
#if PG_VERSION_NUM >= 170000
#define trl_set_build_parallel(am) ((am)->amcanbuildparallel = true)
#define trl_build_workers(heap, index, info) ((info)->ii_ParallelWorkers)
#else
#include "access/parallel.h"
#include "optimizer/optimizer.h"
#define trl_set_build_parallel(am) ((void) (am))
#define trl_build_workers(heap, index, info) \
	(IsParallelWorker() || !IsNormalProcessingMode() ? 0 : \
	 plan_create_index_workers(RelationGetRelid(heap), RelationGetRelid(index)))
#endif

/*
 * Declares a function that SQL calls.  The library is built with hidden
 * symbols; before PostgreSQL 16, PG_FUNCTION_INFO_V1 does not export.
 */
#define TRL_FUNCTION(name) \
	extern PGDLLEXPORT Datum name(PG_FUNCTION_ARGS); \
	PG_FUNCTION_INFO_V1(name)

#endif							/* TRL_CORE_COMPAT_H */
