/*
 * chunks.c - trellis.register_chunks() and the rows of trellis.graph_chunks
 *
 * forget_document() deletes from these relations as its caller, and so runs
 * their triggers as the caller: only who owns both the graph and a relation
 * registers it, and both must still belong to those roles when it is used: a
 * row may be left from a graph of that name which its owner has dropped.
 *
 * Locks: AccessShareLock to read, released at once; ShareRowExclusiveLock to
 * write, kept to the transaction's end.  WAL: heap inserts and updates.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"

#include "core/compat.h"
#include "kg/engine/args.h"
#include "kg/write/changes.h"
#include "kg/write/chunks.h"

TRL_FUNCTION(trl_register_chunks);

/* Columns of trellis.graph_chunks (sql/install/50-kg.sql), from 0. */
enum
{
	COL_GRAPH,
	COL_SCHEMA,
	COL_NAME,
	COL_OWNER,
	COL_GRAPH_OWNER,
	COL_CHUNK_ID,
	COL_DOC_ID,
	COL_COUNT
};

#define KEY_COLUMNS 3

/* One row; a column without a value is empty. */
typedef struct ChunksRow
{
	NameData	column[COL_COUNT];
} ChunksRow;

static Relation
open_catalog(LOCKMODE lock)
{
	Oid			table = get_relname_relid("graph_chunks",
										  get_namespace_oid("trellis", false));

	if (!OidIsValid(table))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation \"trellis.graph_chunks\" does not exist"),
				 errhint("Drop and create the extension again.")));
	return table_open(table, lock);
}

/* Rows whose first n columns are those of the key. */
static SysScanDesc
scan_catalog(Relation catalog, ChunksRow *key, int n)
{
	ScanKeyData keys[KEY_COLUMNS];
	List	   *indexes = RelationGetIndexList(catalog);
	Oid			index = indexes == NIL ? InvalidOid : linitial_oid(indexes);
	int			i;

	for (i = 0; i < n; i++)
		ScanKeyInit(&keys[i], i + 1, BTEqualStrategyNumber, F_NAMEEQ,
					NameGetDatum(&key->column[i]));
	return systable_beginscan(catalog, index, OidIsValid(index), NULL, n, keys);
}

/* ---- register_chunks ---- */

static void
store_row(ChunksRow *row)
{
	Relation	catalog = open_catalog(ShareRowExclusiveLock);
	SysScanDesc scan = scan_catalog(catalog, row, KEY_COLUMNS);
	Datum		values[COL_COUNT];
	bool		nulls[COL_COUNT];
	HeapTuple	old = systable_getnext(scan);
	HeapTuple	tuple;
	int			i;

	for (i = 0; i < COL_COUNT; i++)
	{
		values[i] = NameGetDatum(&row->column[i]);
		nulls[i] = NameStr(row->column[i])[0] == '\0';
	}
	tuple = heap_form_tuple(RelationGetDescr(catalog), values, nulls);
	if (HeapTupleIsValid(old))
	{
		tuple->t_self = old->t_self;
		CatalogTupleUpdate(catalog, &old->t_self, tuple);
	}
	else
		CatalogTupleInsert(catalog, tuple);
	systable_endscan(scan);
	table_close(catalog, NoLock);
	CommandCounterIncrement();
}

static void
check_owner(Relation rel)
{
	if (!has_privs_of_role(GetUserId(), rel->rd_rel->relowner))
		aclcheck_error(ACLCHECK_NOT_OWNER,
					   get_relkind_objtype(rel->rd_rel->relkind),
					   RelationGetRelationName(rel));
}

/* The graph's own tables must be the caller's as well.  Returns their owner. */
static const char *
check_graph(const TrlTarget *target)
{
	Relation	edge = relation_open(trl_change_table(target, "edge"),
									 AccessShareLock);
	const char *owner = GetUserNameFromId(edge->rd_rel->relowner, false);

	check_owner(edge);
	relation_close(edge, NoLock);
	return owner;
}

/* A column by name, which can hold ids; *column is cleared if name is empty. */
static void
find_column(Relation rel, const char *name, TrlColumn *column)
{
	AttrNumber	attnum;
	TrlKeyKind	kind;

	memset(column, 0, sizeof(*column));
	if (name[0] == '\0')
		return;
	attnum = get_attnum(RelationGetRelid(rel), name);
	if (attnum <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" does not exist in \"%s\"",
						name, RelationGetRelationName(rel)),
				 errhint("Register the relation with its columns by trellis.register_chunks.")));
	column->attnum = attnum;
	column->type = getBaseType(get_atttype(RelationGetRelid(rel), attnum));
	column->label = pstrdup(name);
	column->name = quote_identifier(column->label);
	if (!trl_key_kind(column->type, &kind))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of \"%s\" has type %s, which cannot hold ids",
						name, RelationGetRelationName(rel),
						format_type_be(column->type)),
				 errhint("Ids are integers, uuid or text.")));
}

static void
check_relation(Relation rel)
{
	trl_graph_check_relkind(rel, "rel");
	if (rel->rd_rel->relkind == RELKIND_MATVIEW)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" in argument \"rel\" is a materialized view: nothing can be deleted from it",
						RelationGetRelationName(rel))));
	check_owner(rel);
}

static void
set_column(ChunksRow *row, int column, const char *value)
{
	memset(&row->column[column], 0, sizeof(NameData));
	namestrcpy(&row->column[column], value);
}

static const char *
column_argument(FunctionCallInfo fcinfo, int arg)
{
	return PG_ARGISNULL(arg) ? "" : NameStr(*PG_GETARG_NAME(arg));
}

Datum
trl_register_chunks(PG_FUNCTION_ARGS)
{
	TrlTarget	target = trl_upsert_target(fcinfo);
	ChunksRow	row;
	TrlColumn	column;
	const char *graph_owner;
	Relation	rel;

	trl_arg_required(fcinfo, 1, "rel");
	/* the row is written directly, past the executor's own check */
	PreventCommandIfReadOnly("trellis.register_chunks()");
	graph_owner = check_graph(&target);
	rel = try_relation_open(PG_GETARG_OID(1), AccessShareLock);
	if (rel == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u in argument \"rel\" does not exist",
						PG_GETARG_OID(1))));
	check_relation(rel);
	set_column(&row, COL_GRAPH, target.name);
	set_column(&row, COL_SCHEMA, get_namespace_name(RelationGetNamespace(rel)));
	set_column(&row, COL_NAME, RelationGetRelationName(rel));
	set_column(&row, COL_OWNER, GetUserNameFromId(rel->rd_rel->relowner, false));
	set_column(&row, COL_GRAPH_OWNER, graph_owner);
	set_column(&row, COL_CHUNK_ID, column_argument(fcinfo, 2));
	set_column(&row, COL_DOC_ID, column_argument(fcinfo, 3));
	find_column(rel, NameStr(row.column[COL_CHUNK_ID]), &column);
	if (column.attnum == 0 && PG_ARGISNULL(3))
		trl_argument_error("doc_id", "must not be null if \"chunk_id\" is",
						   "Name the column with chunk ids, the one with document ids, or both.");
	find_column(rel, NameStr(row.column[COL_DOC_ID]), &column);
	relation_close(rel, NoLock);
	store_row(&row);
	PG_RETURN_VOID();
}

/* ---- reading ---- */

static List *
read_rows(const char *graph)
{
	Relation	catalog = open_catalog(AccessShareLock);
	List	   *rows = NIL;
	ChunksRow	key;
	SysScanDesc scan;
	HeapTuple	tuple;

	set_column(&key, COL_GRAPH, graph);
	scan = scan_catalog(catalog, &key, 1);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		ChunksRow  *row = palloc0(sizeof(ChunksRow));
		int			i;

		for (i = 0; i < COL_COUNT; i++)
		{
			bool		is_null;
			Datum		value = heap_getattr(tuple, i + 1,
											 RelationGetDescr(catalog), &is_null);

			if (!is_null)
				row->column[i] = *DatumGetName(value);
		}
		rows = lappend(rows, row);
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return rows;
}

/*
 * True if the row was written for this graph, or for one of another owner to
 * whom the relation belongs as well: then nobody else's triggers run.
 */
static bool
is_of_graph(const ChunksRow *row, Relation rel, Oid graph_owner)
{
	const char *owner = GetUserNameFromId(graph_owner, true);

	if (rel->rd_rel->relowner == graph_owner ||
		(owner != NULL && strcmp(owner, NameStr(row->column[COL_GRAPH_OWNER])) == 0))
		return true;
	ereport(WARNING,
			(errmsg("relation \"%s\" is left alone: it was registered when graph \"%s\" belonged to \"%s\"",
					RelationGetRelationName(rel), NameStr(row->column[COL_GRAPH]),
					NameStr(row->column[COL_GRAPH_OWNER])),
			 errhint("If it is the graph's, register it again by trellis.register_chunks.")));
	return false;
}

/* What a row says of a relation that exists; NULL if it does not. */
static TrlChunks *
open_row(const ChunksRow *row, Oid graph_owner)
{
	Oid			schema = get_namespace_oid(NameStr(row->column[COL_SCHEMA]), true);
	Oid			relid = InvalidOid;
	TrlChunks  *chunks;
	Relation	rel = NULL;
	const char *owner;

	if (OidIsValid(schema))
		relid = get_relname_relid(NameStr(row->column[COL_NAME]), schema);
	if (OidIsValid(relid))
		rel = try_relation_open(relid, AccessShareLock);
	if (rel == NULL)
		return NULL;
	if (!is_of_graph(row, rel, graph_owner))
	{
		relation_close(rel, AccessShareLock);
		return NULL;
	}
	owner = GetUserNameFromId(rel->rd_rel->relowner, true);
	if (owner == NULL || strcmp(owner, NameStr(row->column[COL_OWNER])) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("relation \"%s\" was registered by trellis.register_chunks when it belonged to \"%s\"",
						RelationGetRelationName(rel), NameStr(row->column[COL_OWNER])),
				 errhint("Register it again.")));
	chunks = palloc0(sizeof(TrlChunks));
	chunks->rel = relid;
	chunks->name = trl_relation_sql_name(relid);
	find_column(rel, NameStr(row->column[COL_CHUNK_ID]), &chunks->chunk_id);
	find_column(rel, NameStr(row->column[COL_DOC_ID]), &chunks->doc_id);
	relation_close(rel, AccessShareLock);
	return chunks;
}

/* What hangs on chunks, chunks, documents. */
static int
deletion_order(const TrlChunks *chunks)
{
	if (chunks->doc_id.attnum == 0)
		return 0;
	return chunks->chunk_id.attnum != 0 ? 1 : 2;
}

static int
compare_chunks(const ListCell *left, const ListCell *right)
{
	const TrlChunks *a = lfirst(left);
	const TrlChunks *b = lfirst(right);
	int			order = deletion_order(a) - deletion_order(b);

	return order != 0 ? order : strcmp(a->name, b->name);
}

List *
trl_chunks_of_graph(const TrlTarget *target)
{
	Relation	edge = relation_open(trl_change_table(target, "edge"),
									 AccessShareLock);
	Oid			graph_owner = edge->rd_rel->relowner;
	List	   *result = NIL;
	ListCell   *cell;

	relation_close(edge, NoLock);
	foreach(cell, read_rows(target->name))
	{
		TrlChunks  *chunks = open_row(lfirst(cell), graph_owner);

		if (chunks != NULL)
			result = lappend(result, chunks);
	}
	list_sort(result, compare_chunks);
	return result;
}
