/*
 * create.c - what is looked at when an index of these methods is created
 *
 * Does: raise the errors about the column and the options that clients know,
 * and refuse an operator class that ivf cannot search by.
 *
 * All of it happens as the index's catalogue rows are written and not when
 * the index is built: an index on a partitioned table is never built itself,
 * and CREATE INDEX CONCURRENTLY commits an invalid index before it builds.
 * The rows are not visible to the command yet, so they are read with
 * SnapshotSelf.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/reloptions.h"
#include "access/table.h"
#include "catalog/index.h"
#include "catalog/indexing.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_type.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "compat/shim.h"

static object_access_hook_type previous_hook;

static void
refuse_class(const TrlShimMethod *method, Oid opclass)
{
	HeapTuple	tuple = SearchSysCache1(CLAOID, ObjectIdGetDatum(opclass));

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for operator class %u", opclass);
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("this version of trellis cannot build an index of access method \"%s\" by operator class \"%s\"",
					method->name,
					NameStr(((Form_pg_opclass) GETSTRUCT(tuple))->opcname)),
			 errdetail("Without an index, ORDER BY distance LIMIT k reads every row that the WHERE leaves, and its answer is exact."),
			 errhint("Leave the index out; queries need no change.")));
}

static void
check_column(const TrlShimMethod *method, const TrlShimColumn *column)
{
	int			max_dims = trl_shim_ivf()->max_dims(get_opclass_family(column->opclass),
													get_opclass_input_type(column->opclass));

	if (column->type == VARBITOID)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("type not supported for %s index", method->name),
				 errdetail("A varbit column has no fixed number of bits."),
				 errhint("Cast the column to bit(n) in the index.")));
	if (column->typmod < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("column does not have dimensions"),
				 errhint("Give the column's type its dimensions, as in vector(3), or cast the column in the index.")));
	if (max_dims == 0)
		refuse_class(method, column->opclass);
	if (column->typmod > max_dims)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("column cannot have more than %d dimensions for %s index",
						max_dims, method->name),
				 errdetail("The column has %d dimensions.", column->typmod)));
	if (method->check_options)
		method->check_options(column->options);
}

/* A copy of the row of a catalogue whose key is id, or NULL. */
static HeapTuple
row_of(Relation catalog, Oid index_id, AttrNumber key, Oid id)
{
	ScanKeyData skey;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&skey, key, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(id));
	scan = systable_beginscan(catalog, index_id, true, SnapshotSelf, 1, &skey);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		tuple = heap_copytuple(tuple);
	systable_endscan(scan);
	return tuple;
}

/* The operator class of the first column of an index just created. */
static Oid
opclass_of(Oid index)
{
	Relation	catalog = table_open(IndexRelationId, AccessShareLock);
	HeapTuple	tuple = row_of(catalog, IndexRelidIndexId,
							   Anum_pg_index_indexrelid, index);
	Oid			opclass;
	bool		isnull;
	Datum		classes;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "no pg_index row of index %u", index);
	classes = heap_getattr(tuple, Anum_pg_index_indclass,
						   RelationGetDescr(catalog), &isnull);
	if (isnull)
		elog(ERROR, "null indclass of index %u", index);
	opclass = ((oidvector *) DatumGetPointer(classes))->values[0];
	table_close(catalog, AccessShareLock);
	return opclass;
}

/* Its parsed storage parameters, NULL if it has none. */
static const void *
options_of(const TrlShimMethod *method, Oid index)
{
	Relation	catalog = table_open(RelationRelationId, AccessShareLock);
	HeapTuple	tuple = row_of(catalog, ClassOidIndexId,
							   Anum_pg_class_oid, index);
	const void *options;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "no pg_class row of index %u", index);
	options = extractRelOptions(tuple, RelationGetDescr(catalog),
								method->parse_options);
	table_close(catalog, AccessShareLock);
	return options;
}

static void
check_new_index(const TrlShimMethod *method, Relation index)
{
	Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(index), 0);
	TrlShimColumn column;

	column.type = attribute->atttypid;
	column.typmod = attribute->atttypmod;
	column.opclass = opclass_of(RelationGetRelid(index));
	column.options = options_of(method, RelationGetRelid(index));
	check_column(method, &column);
}

/* The method of this access method if it is one of ours, else NULL. */
static const TrlShimMethod *
method_of(Oid am)
{
	IndexAmRoutine *routine = GetIndexAmRoutineByAmId(am, true);

	if (routine == NULL)
		return NULL;
	if (routine->amoptions == trl_shim_hnsw.parse_options)
		return &trl_shim_hnsw;
	if (routine->amoptions == trl_shim_ivfflat.parse_options)
		return &trl_shim_ivfflat;
	return NULL;
}

static void
created(ObjectAccessType access, Oid catalog, Oid object, int sub, void *arg)
{
	Relation	relation;

	if (previous_hook)
		previous_hook(access, catalog, object, sub, arg);
	if (access != OAT_POST_CREATE || catalog != RelationRelationId || sub != 0)
		return;
	relation = RelationIdGetRelation(object);
	if (!RelationIsValid(relation))
		return;
	if (relation->rd_rel->relkind == RELKIND_INDEX ||
		relation->rd_rel->relkind == RELKIND_PARTITIONED_INDEX)
	{
		const TrlShimMethod *method = method_of(relation->rd_rel->relam);

		if (method)
			check_new_index(method, relation);
	}
	RelationClose(relation);
}

void
trl_shim_create_init(void)
{
	previous_hook = object_access_hook;
	object_access_hook = created;
}
