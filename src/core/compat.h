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
