/*
 * method.c - the access methods hnsw and ivfflat
 *
 * Does: tell PostgreSQL what they can do, from which it makes its own errors
 * (no unique, multicolumn, INCLUDE, ASC and DESC).
 * Does not: build or read an index.  An index is refused as it is created
 * (create.c), so a callback that needs one is never called; fill_routine()
 * is the one place where they would be another method's.
 */
#include "postgres.h"

#include "access/amapi.h"
#include "access/genam.h"
#include "access/relscan.h"
#include "catalog/pg_am.h"
#include "commands/vacuum.h"
#include "nodes/execnodes.h"
#include "nodes/pathnodes.h"
#include "utils/float.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "core/compat.h"

#include "compat/shim.h"

/* ivfflat: norm that the means of the partitions are scaled by */
#define IVFFLAT_KMEANS_NORM_PROC 4

static void
no_index(Relation index)
{
	elog(ERROR, "index \"%s\" has no contents", RelationGetRelationName(index));
}

static IndexBuildResult *
hnsw_build(Relation heap, Relation index, IndexInfo *info)
{
	trl_shim_refuse(&trl_shim_hnsw);
	return NULL;
}

static IndexBuildResult *
ivfflat_build(Relation heap, Relation index, IndexInfo *info)
{
	trl_shim_refuse(&trl_shim_ivfflat);
	return NULL;
}

static void
build_empty(Relation index)
{
	no_index(index);
}

static bool
insert(Relation index, Datum *values, bool *isnull, ItemPointer heap_tid,
	   Relation heap, IndexUniqueCheck unique, bool unchanged, IndexInfo *info)
{
	no_index(index);
	return false;
}

static IndexBulkDeleteResult *
bulk_delete(IndexVacuumInfo *info, IndexBulkDeleteResult *stats,
			IndexBulkDeleteCallback callback, void *state)
{
	no_index(info->index);
	return NULL;
}

static IndexBulkDeleteResult *
vacuum_cleanup(IndexVacuumInfo *info, IndexBulkDeleteResult *stats)
{
	no_index(info->index);
	return NULL;
}

/* The planner never takes an index that cannot be read. */
static void
cost_estimate(PlannerInfo *root, IndexPath *path, double loop_count,
			  Cost *startup_cost, Cost *total_cost,
			  Selectivity *selectivity, double *correlation, double *pages)
{
	*startup_cost = get_float8_infinity();
	*total_cost = get_float8_infinity();
	*selectivity = 0;
	*correlation = 0;
	*pages = 0;
}

static bool
validate(Oid opclass)
{
	return true;
}

static IndexScanDesc
begin_scan(Relation index, int nkeys, int norderbys)
{
	no_index(index);
	return NULL;
}

static void
rescan(IndexScanDesc scan, ScanKey keys, int nkeys,
	   ScanKey orderbys, int norderbys)
{
	no_index(scan->indexRelation);
}

static bool
get_tuple(IndexScanDesc scan, ScanDirection dir)
{
	no_index(scan->indexRelation);
	return false;
}

static void
end_scan(IndexScanDesc scan)
{
	no_index(scan->indexRelation);
}

/* All that is not set is false, zero or absent. */
static IndexAmRoutine *
fill_routine(const TrlShimMethod *method, ambuild_function build)
{
	IndexAmRoutine *routine = makeNode(IndexAmRoutine);

	routine->amsupport = method->nsupport;
	routine->amcanorderbyop = true;
	routine->amoptionalkey = true;
	routine->amparallelvacuumoptions = VACUUM_OPTION_PARALLEL_BULKDEL;
	routine->amkeytype = InvalidOid;
	routine->ambuild = build;
	routine->ambuildempty = build_empty;
	routine->aminsert = insert;
	routine->ambulkdelete = bulk_delete;
	routine->amvacuumcleanup = vacuum_cleanup;
	routine->amcostestimate = cost_estimate;
	routine->amoptions = method->parse_options;
	routine->amvalidate = validate;
	routine->ambeginscan = begin_scan;
	routine->amrescan = rescan;
	routine->amgettuple = get_tuple;
	routine->amendscan = end_scan;
	return routine;
}

static void
check_hnsw(const TrlShimColumn *column)
{
	const TrlShimHnswOptions *options = column->options;
	int			m = TRL_SHIM_DEFAULT_M;
	int			ef_construction = TRL_SHIM_DEFAULT_EF_CONSTRUCTION;

	if (options)
	{
		m = options->m;
		ef_construction = options->ef_construction;
	}
	if (ef_construction < 2 * m)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("ef_construction must be greater than or equal to 2 * m"),
				 errdetail("ef_construction is %d, m is %d.",
						   ef_construction, m)));
}

/* A direction in one dimension is a sign: nothing to divide rows by. */
static void
check_ivfflat(const TrlShimColumn *column)
{
	if (column->typmod == 1 &&
		OidIsValid(get_opfamily_proc(column->opfamily, column->opcintype,
									 column->opcintype,
									 IVFFLAT_KMEANS_NORM_PROC)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("dimensions must be greater than one for this opclass")));
}

const TrlShimMethod trl_shim_hnsw = {
	.name = "hnsw",
	.nsupport = 3,
	.type_proc = 3,
	.parse_options = trl_shim_hnsw_parse,
	.check = check_hnsw
};

const TrlShimMethod trl_shim_ivfflat = {
	.name = "ivfflat",
	.nsupport = 5,
	.type_proc = 5,
	.parse_options = trl_shim_ivfflat_parse,
	.check = check_ivfflat
};

TRL_FUNCTION(trl_hnswhandler);
Datum
trl_hnswhandler(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(fill_routine(&trl_shim_hnsw, hnsw_build));
}

TRL_FUNCTION(trl_ivfflathandler);
Datum
trl_ivfflathandler(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(fill_routine(&trl_shim_ivfflat, ivfflat_build));
}
