/*
 * estimate.c - trellis.ivf_estimate(): what building an ivf index would take
 *
 * From the planner's idea of the number of rows and the column's dimensions:
 * lists, bytes on disk, memory with which nothing is cut short, seconds.
 *
 * Locks: AccessShareLock on the table and its partitions.  WAL: none.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_type_d.h"
#include "commands/defrem.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "optimizer/plancat.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "core/compat.h"
#include "index/ivf/build.h"

TRL_FUNCTION(trl_ivf_estimate);

/*
 * Measured by processor time of serial builds of 64 and 384 dimensions, on a
 * server processor with AVX-512 and rows in the cache: products and sums per
 * second, what a row takes beside them, and its dimensions, and a byte that
 * is written and logged.  A processor with AVX2 alone takes about twice as
 * long for the first.
 */
#define PRODUCTS_PER_SECOND 33e9
#define SECONDS_PER_ROW 1.5e-6
#define SECONDS_PER_DIMENSION 10e-9
#define SECONDS_PER_BYTE 2e-9

/* Products of the clusters, of one per row of the sample and list. */
#define KMEANS_PRODUCTS 2.0

typedef struct Estimate
{
	double		rows;
	double		lists;
	double		bytes;
	double		memory;
	double		seconds;
} Estimate;

/* What one of the access method's classes for the type stands for, or NULL. */
static const TrlIvfClass *
class_of_type(Oid type)
{
	CatCList   *classes = SearchSysCacheList1(CLAAMNAMENSP,
											  ObjectIdGetDatum(get_index_am_oid("ivf", false)));
	const TrlIvfClass *found = NULL;
	int			i;

	for (i = 0; i < classes->n_members && found == NULL; i++)
	{
		Form_pg_opclass class =
		(Form_pg_opclass) GETSTRUCT(&classes->members[i]->tuple);

		if (class->opcintype == type)
			found = trl_ivf_find_class(class->opcfamily, type);
	}
	ReleaseSysCacheList(classes);
	return found;
}

/*
 * Sets the shape of an index of the column, of L2 or Hamming distance; raises
 * errors as CREATE INDEX does.
 */
static void
column_shape(Oid relid, const char *column, TrlIvfMeta *meta)
{
	AttrNumber	number = get_attnum(relid, column);
	Oid			type;
	Oid			base;
	Oid			collation;
	int32		dims;
	const TrlIvfClass *class;

	if (number <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of relation \"%s\" does not exist", column,
						get_rel_name(relid))));
	get_atttypetypmodcoll(relid, number, &type, &dims, &collation);
	base = getBaseType(type);
	class = class_of_type(base);
	if (class == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" is of type %s, which no ivf index holds",
						column, format_type_be(type))));
	if (dims < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("column \"%s\" does not have dimensions", column)));
	if (dims > trl_ivf_max_dims(class))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("column \"%s\" has %d dimensions, an ivf index at most %d",
						column, dims, trl_ivf_max_dims(class))));

	/* codes of bit strings have a form of their own, those of others one */
	meta->metric = base == BITOID ? TRL_IVF_HAMMING : TRL_IVF_L2;
	trl_ivf_shape_column(meta, class->sparse, dims);
}

/* Adds the index of one table of so many rows. */
static void
add_table(Estimate *estimate, const TrlIvfMeta *meta, double rows)
{
	double		lists = trl_ivf_default_lists(rows);
	double		sample = Min(trl_ivf_default_sample((int) lists), rows);
	double		dims = meta->dims_padded;
	double		units;
	double		pages;
	double		memory;
	TrlIvfBudget budget;

	/* of each list's last unit half is empty, of each unit's last page */
	units = lists * Max(rows / lists / TRL_IVF_UNIT_LANES(meta) + 0.5, 1);
	pages = units * meta->span + units / 2 +
		ceil(lists * dims / TRL_IVF_PAGE_FLOATS) +
		ceil(lists / TRL_IVF_DIRECTORY_ENTRIES) + 1;

	if (meta->rerank_rows > 0)
		pages += rows / meta->rerank_rows;

	trl_ivf_budget_init(&budget, meta);
	memory = sample * TRL_SAMPLE_ROW_SIZE(meta->dims_padded) +
		trl_lists_size((int) lists, meta->dims_padded) + budget.process;

	estimate->rows += rows;
	estimate->lists += lists;
	estimate->bytes += pages * BLCKSZ;
	estimate->memory = Max(estimate->memory, memory);
	estimate->seconds += rows * (SECONDS_PER_ROW + SECONDS_PER_DIMENSION * dims) +
		lists * dims * (KMEANS_PRODUCTS * sample + rows) / PRODUCTS_PER_SECOND +
		pages * BLCKSZ * SECONDS_PER_BYTE;
}

static double
table_rows(Relation rel)
{
	BlockNumber pages;
	double		rows;
	double		visible;

	estimate_rel_size(rel, NULL, &pages, &rows, &visible);
	return rows;
}

static void
add_relation(Estimate *estimate, const TrlIvfMeta *meta, Oid relid)
{
	Relation	rel = table_open(relid, AccessShareLock);

	switch (rel->rd_rel->relkind)
	{
		case RELKIND_RELATION:
		case RELKIND_MATVIEW:
			add_table(estimate, meta, table_rows(rel));
			break;
		case RELKIND_PARTITIONED_TABLE:
			{
				List	   *children = find_inheritance_children(relid, AccessShareLock);
				ListCell   *lc;

				foreach(lc, children)
					add_relation(estimate, meta, lfirst_oid(lc));
				break;
			}
		default:
			ereport(ERROR,
					(errcode(ERRCODE_WRONG_OBJECT_TYPE),
					 errmsg("\"%s\" is not a table or materialized view",
							RelationGetRelationName(rel))));
	}
	table_close(rel, AccessShareLock);
}

Datum
trl_ivf_estimate(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(0);
	TrlIvfMeta	meta = {0};
	Estimate	estimate = {0};
	TupleDesc	desc;
	Datum		values[6];
	bool		nulls[6] = {0};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	if (get_rel_name(relid) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relid)));
	column_shape(relid, NameStr(*PG_GETARG_NAME(1)), &meta);
	add_relation(&estimate, &meta, relid);

	values[0] = Int64GetDatum((int64) estimate.rows);
	values[1] = Int32GetDatum(meta.column_dims);
	values[2] = Int64GetDatum((int64) estimate.lists);
	values[3] = Int64GetDatum((int64) estimate.bytes);
	values[4] = Int64GetDatum((int64) estimate.memory);
	values[5] = Float8GetDatum(estimate.seconds);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc),
													  values, nulls)));
}
