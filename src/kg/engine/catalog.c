/*
 * catalog.c - rows of trellis.graph_edges
 *
 * Does: read and write the table directly, so that no role needs a grant on
 * it and nobody's search_path matters.  Who may register what is checked by
 * the caller (register.c).
 *
 * Locks: AccessShareLock to read, released at once; ShareRowExclusiveLock to
 * write, kept to the transaction's end, so that two sessions registering one
 * relation wait instead of failing.  WAL: heap inserts and updates.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"

#include "core/compat.h"
#include "kg/engine/catalog.h"

/* Attribute numbers of trellis.graph_edges (sql/install/50-kg.sql). */
#define ATT_REL_SCHEMA 1
#define ATT_REL_NAME 2
#define ATT_FIRST_ROLE 3
#define ATT_NODE_SCHEMA (ATT_FIRST_ROLE + TRL_ROLES)
#define ATT_NODE_NAME (ATT_NODE_SCHEMA + 1)
#define ATT_NODE_KEY (ATT_NODE_SCHEMA + 2)
#define ATT_TYPE_SCHEMA (ATT_NODE_SCHEMA + 3)
#define ATT_TYPE_NAME (ATT_NODE_SCHEMA + 4)
#define ATT_COUNT ATT_TYPE_NAME

static Relation
open_catalog(LOCKMODE lock)
{
	Oid			schema = get_namespace_oid("trellis", false);
	Oid			table = get_relname_relid("graph_edges", schema);

	if (!OidIsValid(table))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation \"trellis.graph_edges\" does not exist"),
				 errhint("Drop and create the extension again.")));
	return table_open(table, lock);
}

/* A scan for the row of one relation; names must live as long as the scan. */
static SysScanDesc
scan_catalog(Relation catalog, NameData *schema, NameData *name)
{
	ScanKeyData keys[2];
	List	   *indexes = RelationGetIndexList(catalog);
	Oid			index = indexes == NIL ? InvalidOid : linitial_oid(indexes);

	ScanKeyInit(&keys[0], ATT_REL_SCHEMA, BTEqualStrategyNumber, F_NAMEEQ,
				NameGetDatum(schema));
	ScanKeyInit(&keys[1], ATT_REL_NAME, BTEqualStrategyNumber, F_NAMEEQ,
				NameGetDatum(name));
	return systable_beginscan(catalog, index, OidIsValid(index), NULL, 2, keys);
}

static void
relation_names(Oid rel, NameData *schema, NameData *name)
{
	namestrcpy(schema, get_namespace_name(get_rel_namespace(rel)));
	namestrcpy(name, get_rel_name(rel));
}

static const char *
name_value(const Datum *values, const bool *nulls, int att)
{
	if (nulls[att - 1])
		return NULL;
	return pstrdup(NameStr(*DatumGetName(values[att - 1])));
}

static TrlRegistration *
read_row(HeapTuple tuple, TupleDesc desc)
{
	TrlRegistration *row = palloc0(sizeof(TrlRegistration));
	Datum		values[ATT_COUNT];
	bool		nulls[ATT_COUNT];
	int			i;

	if (desc->natts != ATT_COUNT)
		elog(ERROR, "trellis.graph_edges has %d columns, not %d",
			 desc->natts, ATT_COUNT);
	heap_deform_tuple(tuple, desc, values, nulls);
	for (i = 0; i < TRL_ROLES; i++)
		row->column[i] = name_value(values, nulls, ATT_FIRST_ROLE + i);
	row->node_schema = name_value(values, nulls, ATT_NODE_SCHEMA);
	row->node_name = name_value(values, nulls, ATT_NODE_NAME);
	row->node_key = name_value(values, nulls, ATT_NODE_KEY);
	row->type_schema = name_value(values, nulls, ATT_TYPE_SCHEMA);
	row->type_name = name_value(values, nulls, ATT_TYPE_NAME);
	return row;
}

TrlRegistration *
trl_catalog_find(Oid rel)
{
	Relation	catalog = open_catalog(AccessShareLock);
	TrlRegistration *row = NULL;
	NameData	schema;
	NameData	name;
	SysScanDesc scan;
	HeapTuple	tuple;

	relation_names(rel, &schema, &name);
	scan = scan_catalog(catalog, &schema, &name);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		row = read_row(tuple, RelationGetDescr(catalog));
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return row;
}

static void
set_name(Datum *values, bool *nulls, int att, const char *value)
{
	NameData   *name;

	nulls[att - 1] = value == NULL;
	if (value == NULL)
		return;
	name = palloc0(sizeof(NameData));
	namestrcpy(name, value);
	values[att - 1] = NameGetDatum(name);
}

static HeapTuple
form_row(Relation catalog, NameData *schema, NameData *name,
		 const TrlRegistration *row)
{
	Datum		values[ATT_COUNT] = {0};
	bool		nulls[ATT_COUNT];
	int			i;

	set_name(values, nulls, ATT_REL_SCHEMA, NameStr(*schema));
	set_name(values, nulls, ATT_REL_NAME, NameStr(*name));
	for (i = 0; i < TRL_ROLES; i++)
		set_name(values, nulls, ATT_FIRST_ROLE + i, row->column[i]);
	set_name(values, nulls, ATT_NODE_SCHEMA, row->node_schema);
	set_name(values, nulls, ATT_NODE_NAME, row->node_name);
	set_name(values, nulls, ATT_NODE_KEY, row->node_key);
	set_name(values, nulls, ATT_TYPE_SCHEMA, row->type_schema);
	set_name(values, nulls, ATT_TYPE_NAME, row->type_name);
	return heap_form_tuple(RelationGetDescr(catalog), values, nulls);
}

void
trl_catalog_store(Oid rel, const TrlRegistration *registration)
{
	Relation	catalog = open_catalog(ShareRowExclusiveLock);
	NameData	schema;
	NameData	name;
	SysScanDesc scan;
	HeapTuple	old;
	HeapTuple	row;

	relation_names(rel, &schema, &name);
	row = form_row(catalog, &schema, &name, registration);
	scan = scan_catalog(catalog, &schema, &name);
	old = systable_getnext(scan);
	if (HeapTupleIsValid(old))
	{
		row->t_self = old->t_self;
		CatalogTupleUpdate(catalog, &old->t_self, row);
	}
	else
		CatalogTupleInsert(catalog, row);
	systable_endscan(scan);
	table_close(catalog, NoLock);
	CommandCounterIncrement();
}
